import type { Column } from '../datasets/column.js'
import { DECIMAL, dayFolders, indented, type EngineModule } from './engine.js'
import { backtickEscaped, escapedLiteral, qualified } from './identifiers.js'

// Instants keep microseconds: an ISO string from the source is written to the file as it is.
const types = {
  text: 'String',
  integer: 'Int64',
  decimal: `Decimal(${DECIMAL.precision}, ${DECIMAL.scale})`,
  instant: "DateTime64(6, 'UTC')",
  json: 'String',
} as const

export const clickhouse: EngineModule = {
  foldsCase: false,
  addsDay: false,
  createTable({ table, columns, timeColumn }) {
    return `CREATE TABLE ${qualified(table, backtickEscaped)} (
${indented(columns.map(definition))}
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(${backtickEscaped(timeColumn)})
ORDER BY ${backtickEscaped(timeColumn)};`
  },
  // Settings are named even where they are today's defaults: servers and profiles differ, and each changes cells.
  loadCommand(request) {
    const { table, columns, role } = request
    const names = columns.map(({ name }) => backtickEscaped(name))
    const structure = columns.map(definition).join(', ')
    const credentials = role === undefined ? '' : `,\n  extra_credentials(role_arn = ${escapedLiteral(role)})`
    return `INSERT INTO ${qualified(table, backtickEscaped)} (
${indented(names)}
)
SELECT
${indented(names)}
FROM s3(
  ${escapedLiteral(`${dayFolders(request)}*.csv.gz`)},
  'CSVWithNames',
  ${escapedLiteral(structure)},
  'gzip'${credentials}
)
SETTINGS
  input_format_with_names_use_header = 1,
  input_format_skip_unknown_fields = 1,
  input_format_csv_empty_as_default = 1,
  input_format_csv_trim_whitespaces = 0,
  format_csv_allow_single_quotes = 0,
  date_time_input_format = 'best_effort';`
  },
}

function definition({ name, kind, nullable }: Column): string {
  return `${backtickEscaped(name)} ${nullable ? `Nullable(${types[kind]})` : types[kind]}`
}
