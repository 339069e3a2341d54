import {
  columnDefinitions,
  dayFile,
  fileUrls,
  indented,
  type EngineModule,
  type LoadRequest,
} from './engine.js'
import { insertStaged, STAGE, stagedColumns } from './file-columns.js'
import { doubleQuoted, qualified, shellWord } from './identifiers.js'

// Decimals are TEXT: a NUMERIC column would keep them as floating point numbers.
const types = { text: 'TEXT', integer: 'INTEGER', decimal: 'TEXT', instant: 'TEXT', json: 'TEXT' } as const

const COUNT = `temp.${doubleQuoted('dayfile_count')}`

export const sqlite: EngineModule = {
  foldsCase: true,
  addsDay: false,
  takesMark: true,
  createTable({ table, columns }) {
    return `CREATE TABLE ${qualified(table, doubleQuoted)} (
${columnDefinitions(columns, doubleQuoted, types)}
);`
  },
  loadCommand(request) {
    if (request.table.length > 2)
      throw new TypeError('sqlite: option table: expected "table" or "schema.table"')
    return request.files === undefined && isDeclaredOrder(request)
      ? importStraight(request)
      : importStaged(request)
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
    "-- as ''. In text columns that loses NULL; in the others, where '' is no value, the UPDATE brings it back. A file that",
    '-- is missing or cut it takes for a shorter one: option published has the rows counted.',
    ...importsInto(request, name, schema),
    ...(empty.length === 0 ? [] : [emptyToNull(qualified(table, doubleQuoted), empty)]),
  ].join('\n')
}

function importStaged(request: LoadRequest): string {
  const staged = stagedColumns(request, sqlite)
  const table = qualified(request.table, doubleQuoted)
  const stage = `temp.${doubleQuoted(STAGE)}`
  const count = countCheck(request, stage)
  const [insert, drop] = insertStaged(staged, {
    table,
    stage,
    quote: doubleQuoted,
    value: (name, { kind }) => (kind === 'text' ? doubleQuoted(name) : `NULLIF(${doubleQuoted(name)}, '')`),
    where: count === undefined ? undefined : `EXISTS (SELECT 1 FROM ${COUNT})`,
  })
  // Fields that a record lacks are imported as NULL, empty ones as ''.
  return [
    `-- For the sqlite3 program, with -bail. .import stores every empty field as '', which in text columns loses NULL.
-- Added columns are left out.
CREATE TABLE ${stage} (
${indented(staged.map(({ name }) => `${doubleQuoted(name)} TEXT NOT NULL`))}
);`,
    importsInto(request, STAGE, 'temp').join('\n'),
    ...(count === undefined ? [] : [count]),
    insert,
    ...(count === undefined ? [drop] : [`${drop}\nDROP TABLE ${COUNT};`]),
  ].join('\n\n')
}

// .import goes on without a file, and after the end of half a file, as if nothing were amiss: only the rows tell.
function countCheck({ files, day }: LoadRequest, stage: string): string | undefined {
  const counts = files?.flatMap(({ rows }) => rows ?? []) ?? []
  if (files === undefined || counts.length < files.length) return undefined
  const rows = counts.reduce((sum, each) => sum + each, 0)
  return `CREATE TABLE ${COUNT} (
  "rows" INTEGER CONSTRAINT ${doubleQuoted(`${day ?? ''} has ${rows} rows`)} CHECK ("rows" = ${rows})
);
INSERT INTO ${COUNT}
SELECT count(*) FROM ${stage};`
}

function importsInto(request: LoadRequest, name: string, schema: string | undefined): readonly string[] {
  const schemaOption = schema === undefined ? '' : ` --schema ${dotArgument(schema)}`
  return sources(request).map(
    (source) => `.import --csv --skip 1${schemaOption} ${dotArgument(source)} ${dotArgument(name)}`,
  )
}

function emptyToNull(table: string, columns: readonly { name: string }[]): string {
  const names = columns.map(({ name }) => doubleQuoted(name))
  return `UPDATE ${table} SET
${names.map((name) => `  ${name} = NULLIF(${name}, '')`).join(',\n')}
WHERE '' IN (${names.join(', ')});`
}

function sources(request: LoadRequest): readonly string[] {
  const { engine, file, files, folder, compression } = request
  if (file !== undefined) {
    if (files !== undefined && files.length > 1)
      throw new TypeError(`${engine}: option file: one file cannot be the ${files.length} files of the day`)
    return [sourceOf(file, file.endsWith('.gz'))]
  }
  if (files !== undefined) return fileUrls(engine, files).map((url) => sourceOf(url, compression === 'gzip'))
  if (folder === undefined) {
    throw new TypeError(
      'sqlite: option location is required, or published or file: .import reads files that are named',
    )
  }
  return [sourceOf(`${dayFile(request)}.csv.gz`, true)]
}

function sourceOf(place: string, isGzip: boolean): string {
  if (place.startsWith('s3://')) return `|aws s3 cp ${shellWord(place)} -${isGzip ? ' | gzip -dc' : ''}`
  return isGzip ? `|gzip -dc ${shellWord(place)}` : place
}

// The arguments of a dot-command have C's backslash escapes between double quotes.
function dotArgument(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`
}
