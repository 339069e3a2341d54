import { columnDefinitions, dayFile, indented, type EngineModule, type LoadRequest } from './engine.js'
import { insertStaged, STAGE, stagedColumns } from './file-columns.js'
import { doubleQuoted, qualified, shellWord } from './identifiers.js'

// Decimals are TEXT: a NUMERIC column would keep them as floating point numbers.
const types = { text: 'TEXT', integer: 'INTEGER', decimal: 'TEXT', instant: 'TEXT', json: 'TEXT' } as const

const names = { bytes: Infinity, foldsCase: true }

export const sqlite: EngineModule = {
  foldsCase: true,
  addsDay: false,
  createTable({ table, columns }) {
    return `CREATE TABLE ${qualified(table, doubleQuoted)} (
${columnDefinitions(columns, doubleQuoted, types)}
);`
  },
  loadCommand(request) {
    if (request.table.length > 2)
      throw new TypeError('sqlite: option table: expected "table" or "schema.table"')
    return isDeclaredOrder(request) ? importStraight(request) : importStaged(request)
  },
}

// .import takes no list of columns.
function isDeclaredOrder({ columns, fileColumns }: LoadRequest): boolean {
  return (
    fileColumns === undefined ||
    (fileColumns.length === columns.length &&
      fileColumns.every((name, index) => name === columns[index]?.name))
  )
}

function importStraight(request: LoadRequest): string {
  const { table, columns } = request
  const [name = '', schema] = table.toReversed()
  const empty = columns.filter(({ kind, nullable }) => kind !== 'text' && nullable)
  return [
    '-- For the sqlite3 program. .import goes by position, leaves added columns out, and stores every empty field',
    "-- as ''. In text columns that loses NULL; in the others, where '' is no value, the UPDATE brings it back.",
    importInto(request, name, schema),
    ...(empty.length === 0 ? [] : [emptyToNull(qualified(table, doubleQuoted), empty)]),
  ].join('\n')
}

function importStaged(request: LoadRequest): string {
  const staged = stagedColumns(request, names)
  const table = qualified(request.table, doubleQuoted)
  const stage = `temp.${doubleQuoted(STAGE)}`
  return [
    `-- For the sqlite3 program. .import stores every empty field as '', which in text columns loses NULL.
-- Added columns are left out.
CREATE TABLE ${stage} (
${indented(staged.map(({ name }) => `${doubleQuoted(name)} TEXT`))}
);`,
    importInto(request, STAGE, 'temp'),
    ...insertStaged(staged, {
      table,
      stage,
      quote: doubleQuoted,
      value: (name, { kind }) => (kind === 'text' ? doubleQuoted(name) : `NULLIF(${doubleQuoted(name)}, '')`),
    }),
  ].join('\n\n')
}

function importInto(request: LoadRequest, name: string, schema: string | undefined): string {
  const schemaOption = schema === undefined ? '' : ` --schema ${dotArgument(schema)}`
  return `.import --csv --skip 1${schemaOption} ${dotArgument(importSource(request))} ${dotArgument(name)}`
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
