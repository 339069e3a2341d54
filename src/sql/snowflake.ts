import {
  dayFolders,
  DECIMAL,
  filesInFolder,
  requireFolder,
  tableText,
  type EngineModule,
  type LoadRequest,
} from './engine.js'
import { requireNoAlias } from './file-columns.js'
import { doubleQuoted, escapedLiteral, qualified } from './identifiers.js'

const types = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  decimal: `NUMBER(${DECIMAL.precision}, ${DECIMAL.scale})`,
  boolean: 'BOOLEAN',
  date: 'DATE',
  instant: 'TIMESTAMP_TZ',
  json: 'VARCHAR',
} as const

// The most that FILES may have.
const MOST_FILES = 1000

export const snowflake: EngineModule = {
  foldsCase: true,
  addsDay: false,
  // SKIP_BYTE_ORDER_MARK defaults to TRUE.
  takesMark: true,
  createTable: (request) => tableText(request, snowflakeName, types),
  // NULL_IF and ESCAPE_UNENCLOSED_FIELD have defaults that would change cells: \\N becomes NULL, a backslash escapes.
  loadCommand(request) {
    const { table, role, compression } = request
    requireNoAlias(request)
    const { folder, choice } = source(request)
    return `COPY INTO ${qualified(table, snowflakeName)}
FROM ${escapedLiteral(folder)}
${role === undefined ? '' : `STORAGE_INTEGRATION = ${snowflakeName(role)}\n`}${choice}
FILE_FORMAT = (
  TYPE = CSV
  COMPRESSION = ${compression.toUpperCase()}
  PARSE_HEADER = TRUE
  FIELD_OPTIONALLY_ENCLOSED_BY = '"'
  EMPTY_FIELD_AS_NULL = TRUE
  NULL_IF = ()
  ESCAPE_UNENCLOSED_FIELD = NONE
  DATE_FORMAT = 'YYYY-MM-DD'
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

// The names of FILES are put behind the place after FROM.
function source(request: LoadRequest): { readonly folder: string; readonly choice: string } {
  const { engine, day, files } = request
  if (files === undefined) {
    const folder = day === undefined ? requireFolder(request) : dayFolders(request)
    return { folder, choice: "PATTERN = '.*[.]csv[.]gz'" }
  }
  if (files.length > MOST_FILES) {
    throw new TypeError(`${engine}: COPY takes ${MOST_FILES} files by name, the day has ${files.length}`)
  }
  const { folder, names } = filesInFolder(engine, files)
  return { folder, choice: `FILES = (${names.map(escapedLiteral).join(', ')})` }
}
