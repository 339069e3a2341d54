import { columnDefinitions, dayFolders, requireFolder, type EngineModule } from './engine.js'
import { backtickEscaped, escapedLiteral, qualified } from './identifiers.js'

// NUMERIC is DECIMAL(38, 9).
const types = {
  text: 'STRING',
  integer: 'INT64',
  decimal: 'NUMERIC',
  instant: 'TIMESTAMP',
  json: 'JSON',
} as const

export const bigquery: EngineModule = {
  foldsCase: true,
  addsDay: false,
  createTable({ table, columns, timeColumn }) {
    return `CREATE TABLE ${qualified(table, backtickEscaped)} (
${columnDefinitions(columns, backtickEscaped, types)}
)
PARTITION BY DATE(${backtickEscaped(timeColumn)});`
  },
  // A URI may hold one `*`, and it spans folders: `events/*.csv.gz` is every day and no manifest.
  loadCommand(request) {
    const { table, role, day } = request
    const folder = day === undefined ? requireFolder(request) : dayFolders(request)
    return `LOAD DATA INTO ${qualified(table, backtickEscaped)}
FROM FILES (
  format = 'CSV',
  uris = [${escapedLiteral(`${folder}*.csv.gz`)}],
  encoding = 'UTF-8',
  field_delimiter = ',',
  quote = '"',
  skip_leading_rows = 1,
  source_column_match = 'NAME',
  allow_quoted_newlines = TRUE,
  allow_jagged_rows = TRUE,
  ignore_unknown_values = TRUE
)${role === undefined ? '' : `\nWITH CONNECTION ${qualified(role.split('.'), backtickEscaped)}`};`
  },
}
