import type { Column } from '../datasets/column.js'
import {
  dayFolders,
  DECIMAL,
  fileUrls,
  indented,
  requireFolder,
  requireNoPattern,
  tableText,
  type EngineModule,
  type LoadRequest,
} from './engine.js'
import { aliasesInFiles, coalesced } from './file-columns.js'
import { doubleQuoted, literal, qualified } from './identifiers.js'

const types = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  decimal: `DECIMAL(${DECIMAL.precision}, ${DECIMAL.scale})`,
  boolean: 'BOOLEAN',
  date: 'DATE',
  instant: 'TIMESTAMPTZ',
  json: 'JSON',
} as const

export const duckdb: EngineModule = {
  foldsCase: true,
  addsDay: false,
  takesMark: true,
  refuses: (name) => (/^\s|\s$/.test(name) ? 'trimmed: it has a blank at an end' : undefined),
  createTable: (request) => tableText(request, doubleQuoted, types),
  // Everything is read as text and cast by name, so that nothing is guessed from a sample. The empty half of the union
  // has every declared column: one that no file has yet is NULL, where read_csv refuses its name among its types.
  // The sniffer has to be told what is not there as well: it takes # for a comment where few rows begin with it.
  loadCommand(request) {
    const { table, columns } = request
    const cells = columns.map((column) => ({
      ...column,
      sources: sources(request, column).map(doubleQuoted),
    }))
    return `INSERT INTO ${qualified(table, doubleQuoted)} BY NAME
SELECT
${indented(cells.map(({ name, kind, sources }) => `CAST(${coalesced(sources)} AS ${types[kind]}) AS ${doubleQuoted(name)}`))}
FROM (
  SELECT
${indented(cells.flatMap(({ sources }) => sources).map((source) => `  CAST(NULL AS VARCHAR) AS ${source}`))}
  WHERE false
  UNION ALL BY NAME
  SELECT *
  FROM read_csv(
    ${source(request)},
    auto_detect = false,
    compression = '${request.compression}',
    comment = '',
    skip = 0,
    header = true,
    delim = ',',
    quote = '"',
    escape = '"',
    nullstr = '',
    allow_quoted_nulls = false,
    all_varchar = true,
    union_by_name = true,
    hive_partitioning = false
  )
);`
  },
}

// A name that is declared in another case is no alias: for DuckDB it is that column.
function sources(request: LoadRequest, column: Column): readonly string[] {
  const declared = new Set(request.columns.map(({ name }) => name.toLowerCase()))
  return [
    column.name,
    ...aliasesInFiles(request, column).filter((alias) => !declared.has(alias.toLowerCase())),
  ]
}

// Every path is a pattern for DuckDB, also one in a list.
function source(request: LoadRequest): string {
  const { engine, files } = request
  const places = files === undefined ? [requireFolder(request)] : fileUrls(engine, files)
  for (const place of places) requireNoPattern(engine, place, ['*', '?', '[', '{'])
  return files === undefined
    ? literal(`${dayFolders(request)}*.csv.gz`)
    : `[\n${indented(places.map((url) => `    ${literal(url)}`))}\n    ]`
}
