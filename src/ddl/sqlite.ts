import { columnDefinitions, dayFile, type EngineModule, type LoadRequest } from './engine.js'
import { doubleQuoted, qualified, shellWord } from './identifiers.js'

// Decimals are TEXT: a NUMERIC column would keep them as floating point numbers.
const types = { text: 'TEXT', integer: 'INTEGER', decimal: 'TEXT', instant: 'TEXT', json: 'TEXT' } as const

export const sqlite: EngineModule = {
  foldsCase: true,
  addsDay: false,
  createTable({ table, columns }) {
    return `CREATE TABLE ${qualified(table, doubleQuoted)} (
${columnDefinitions(columns, doubleQuoted, types)}
);`
  },
  loadCommand(request) {
    const { table, columns } = request
    const [name = '', schema, ...more] = table.toReversed()
    if (more.length > 0) throw new TypeError('sqlite: option table: expected "table" or "schema.table"')
    const schemaOption = schema === undefined ? '' : ` --schema ${dotArgument(schema)}`
    const empty = columns.filter(({ kind, nullable }) => kind !== 'text' && nullable)
    return [
      '-- For the sqlite3 program. .import goes by position, leaves added columns out, and stores every empty field',
      "-- as ''. In text columns that loses NULL; in the others, where '' is no value, the UPDATE brings it back.",
      `.import --csv --skip 1${schemaOption} ${dotArgument(importSource(request))} ${dotArgument(name)}`,
      ...(empty.length === 0 ? [] : [emptyToNull(qualified(table, doubleQuoted), empty)]),
    ].join('\n')
  },
}

function emptyToNull(table: string, columns: readonly { name: string }[]): string {
  const names = columns.map(({ name }) => doubleQuoted(name))
  return `UPDATE ${table} SET
${names.map((name) => `  ${name} = NULLIF(${name}, '')`).join(',\n')}
WHERE '' IN (${names.join(', ')});`
}

function importSource(request: LoadRequest): string {
  const { file, folder } = request
  if (file !== undefined) return file.endsWith('.gz') ? `|gzip -dc ${shellWord(file)}` : file
  if (folder === undefined) {
    throw new TypeError('sqlite: option location or option file is required: .import reads one file')
  }
  const key = shellWord(`${dayFile(request)}.csv.gz`)
  return folder.startsWith('s3://') ? `|aws s3 cp ${key} - | gzip -dc` : `|gzip -dc ${key}`
}

// The arguments of a dot-command have C's backslash escapes between double quotes.
function dotArgument(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`
}
