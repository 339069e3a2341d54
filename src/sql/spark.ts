import { DECIMAL, indented, requireDayFolder, requireFolder, type EngineModule } from './engine.js'
import { requirePositions } from './file-columns.js'
import { backticked, escapedLiteral, qualified } from './identifiers.js'

const types = {
  text: 'STRING',
  integer: 'BIGINT',
  decimal: `DECIMAL(${DECIMAL.precision}, ${DECIMAL.scale})`,
  boolean: 'BOOLEAN',
  date: 'DATE',
  instant: 'TIMESTAMP',
  json: 'STRING',
} as const

// The reader takes a cell that equals nullValue for NULL, whether it was quoted or not. A character that no cell
// holds leaves NULL to the unquoted empty field and '' to the quoted one.
const NULL_VALUE = '\\u0000'

export const spark: EngineModule = {
  foldsCase: true,
  addsDay: true,
  takesMark: true,
  // No NOT NULL: Spark takes every column of a file source for nullable. enforceSchema goes by position, which columns
  // added at the end do not disturb while nothing is declared after them; the other way refuses a file that has them.
  createTable(request) {
    const { table, columns } = request
    return `CREATE TABLE ${qualified(table, backticked)} (
${indented([...columns.map(({ name, kind }) => `${backticked(name)} ${types[kind]}`), '`dt` DATE'])}
)
USING csv
OPTIONS (
  header 'true',
  enforceSchema 'true',
  mode 'PERMISSIVE',
  encoding 'UTF-8',
  multiLine 'true',
  sep ',',
  quote '"',
  escape '"',
  nullValue '${NULL_VALUE}',
  emptyValue '',
  ignoreLeadingWhiteSpace 'false',
  ignoreTrailingWhiteSpace 'false',
  dateFormat 'yyyy-MM-dd',
  timestampFormat ${escapedLiteral("yyyy-MM-dd'T'HH:mm:ss[.SSSSSS][.SSS][XXX][XX]")}
)
PARTITIONED BY (\`dt\`)
LOCATION ${escapedLiteral(requireFolder(request))};`
  },
  // The table reads the files where they lie; what a new day needs is its partition in the catalogue.
  loadCommand(request) {
    const { table, day } = request
    requireDayFolder(request)
    requirePositions(request)
    const name = qualified(table, backticked)
    return day === undefined
      ? `MSCK REPAIR TABLE ${name};`
      : `ALTER TABLE ${name} ADD IF NOT EXISTS PARTITION (\`dt\` = DATE${escapedLiteral(day)});`
  },
}
