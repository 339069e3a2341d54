import type { Column } from '../datasets/column.js'
import { dayFile, fileUrls, indented, tableText, type EngineModule, type LoadRequest } from './engine.js'
import { insertStaged, STAGE, stagedColumns, type StagedColumn } from './file-columns.js'
import { doubleQuoted, qualified, shellWord } from './identifiers.js'

// Decimals are TEXT: a NUMERIC column would keep them as floating point numbers.
const types = {
  text: 'TEXT',
  integer: 'INTEGER',
  decimal: 'TEXT',
  boolean: 'INTEGER',
  date: 'TEXT',
  instant: 'TEXT',
  json: 'TEXT',
} as const

const UNKNOWN_COLUMNS =
  '-- .import goes by position: name the columns of the files (option columns or published) where they have others.'

const COUNT = `temp.${doubleQuoted('dayfile_count')}`

export const sqlite: EngineModule = {
  foldsCase: true,
  addsDay: false,
  takesMark: true,
  createTable: (request) => tableText(request, doubleQuoted, types),
  loadCommand(request) {
    if (request.table.length > 2)
      throw new TypeError('sqlite: option table: expected "table" or "schema.table"')
    return importStaged(request)
  },
}

// .import takes no list of columns, and stores each cell as its text: of a boolean the text 'true', which is false in a
// condition.
function importStaged(request: LoadRequest): string {
  const fileColumns = request.fileColumns ?? request.columns.map(({ name }) => name)
  const staged = stagedColumns({ ...request, fileColumns }, sqlite)
  const table = qualified(request.table, doubleQuoted)
  const stage = `temp.${doubleQuoted(STAGE)}`
  const count = countCheck(request, stage)
  const [insert, drop] = insertStaged(staged, {
    table,
    stage,
    quote: doubleQuoted,
    value: storedValue,
    where: count === undefined ? undefined : `EXISTS (SELECT 1 FROM ${COUNT})`,
  })
  // Fields that a record lacks are imported as NULL, empty ones as ''.
  return [
    `-- For the sqlite3 program, with -bail. .import stores every empty field as '', which in text columns loses NULL.
${request.fileColumns === undefined ? UNKNOWN_COLUMNS : '-- Added columns are not loaded.'}
CREATE TABLE ${stage} (
${indented(staged.map(stagedDefinition))}
);`,
    imports(request).join('\n'),
    ...(count === undefined ? [] : [count]),
    insert,
    ...(count === undefined ? [drop] : [`${drop}\nDROP TABLE ${COUNT};`]),
  ].join('\n\n')
}

function stagedDefinition({ name, declared }: StagedColumn): string {
  const cell = doubleQuoted(name)
  if (declared?.kind !== 'boolean') return `${cell} TEXT NOT NULL`
  const rule = doubleQuoted(`${name} is true or false`)
  return `${cell} TEXT NOT NULL CONSTRAINT ${rule} CHECK (${cell} IN ('true', 'false', ''))`
}

function storedValue(name: string, { kind }: Column): string {
  const cell = doubleQuoted(name)
  if (kind === 'boolean') return `CASE ${cell} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END`
  return kind === 'text' ? cell : `NULLIF(${cell}, '')`
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

function imports(request: LoadRequest): readonly string[] {
  return sources(request).map(
    (source) => `.import --csv --skip 1 --schema "temp" ${dotArgument(source)} ${dotArgument(STAGE)}`,
  )
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
