import { columnDefinitions, DECIMAL, dayFolders, requireFolder, type EngineModule } from './engine.js'
import { doubleQuoted, escapedLiteral, qualified } from './identifiers.js'

const types = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  decimal: `NUMBER(${DECIMAL.precision}, ${DECIMAL.scale})`,
  instant: 'TIMESTAMP_TZ',
  json: 'VARCHAR',
} as const

export const snowflake: EngineModule = {
  foldsCase: true,
  addsDay: false,
  createTable({ table, columns }) {
    return `CREATE TABLE ${qualified(table, snowflakeName)} (
${columnDefinitions(columns, snowflakeName, types)}
);`
  },
  // NULL_IF and ESCAPE_UNENCLOSED_FIELD have defaults that would change cells: \\N becomes NULL, a backslash escapes.
  loadCommand(request) {
    const { table, role, day } = request
    const source = day === undefined ? requireFolder(request) : dayFolders(request)
    return `COPY INTO ${qualified(table, snowflakeName)}
FROM ${escapedLiteral(source)}
${role === undefined ? '' : `STORAGE_INTEGRATION = ${snowflakeName(role)}\n`}PATTERN = '.*[.]csv[.]gz'
FILE_FORMAT = (
  TYPE = CSV
  COMPRESSION = GZIP
  PARSE_HEADER = TRUE
  FIELD_OPTIONALLY_ENCLOSED_BY = '"'
  EMPTY_FIELD_AS_NULL = TRUE
  NULL_IF = ()
  ESCAPE_UNENCLOSED_FIELD = NONE
  TIMESTAMP_FORMAT = AUTO
  ERROR_ON_COLUMN_COUNT_MISMATCH = FALSE
)
MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
ON_ERROR = ABORT_STATEMENT;`
  },
}

// Quoted, so that no name is a reserved word; in upper case where it is plain, so that queries need no quotes.
function snowflakeName(name: string): string {
  return doubleQuoted(/^[A-Za-z_][A-Za-z0-9_$]*$/.test(name) ? name.toUpperCase() : name)
}
