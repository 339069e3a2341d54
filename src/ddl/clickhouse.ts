import type { Column } from '../datasets/column.js'
import { DECIMAL, dayFolders, indented, type EngineModule, type LoadRequest } from './engine.js'
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
  // The default for NULL is \N, which a text may well be.
  loadCommand(request) {
    const { table, columns } = request
    const names = columns.map(({ name }) => backtickEscaped(name))
    return `INSERT INTO ${qualified(table, backtickEscaped)} (
${indented(names)}
)
SELECT
${indented(names)}
FROM s3(
${indented(source(request))}
)
SETTINGS
  input_format_with_names_use_header = 1,
  input_format_skip_unknown_fields = 1,
  format_csv_null_representation = '',
  input_format_csv_empty_as_default = 1,
  input_format_csv_trim_whitespaces = 0,
  format_csv_allow_single_quotes = 0,
  date_time_input_format = 'best_effort';`
  },
}

// A named collection holds the keys on the server, and is the only other way in that writes no secret: servers no longer
// lend their own credentials to a query. With one, the arguments go by name.
function source(request: LoadRequest): readonly string[] {
  const { columns, role } = request
  const url = escapedLiteral(`${dayFolders(request)}*.csv.gz`)
  const structure = escapedLiteral(columns.map(definition).join(', '))
  if (role === undefined || role.startsWith('arn:')) {
    const credentials = role === undefined ? [] : [`extra_credentials(role_arn = ${escapedLiteral(role)})`]
    return [url, "'CSVWithNames'", structure, "'gzip'", ...credentials]
  }
  return [
    backtickEscaped(role),
    `url = ${url}`,
    "format = 'CSVWithNames'",
    `structure = ${structure}`,
    "compression_method = 'gzip'",
  ]
}

function definition({ name, kind, nullable }: Column): string {
  return `${backtickEscaped(name)} ${nullable ? `Nullable(${types[kind]})` : types[kind]}`
}
