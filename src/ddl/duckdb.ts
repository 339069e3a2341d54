import { columnDefinitions, DECIMAL, dayFolders, indented, type EngineModule } from './engine.js'
import { doubleQuoted, literal, qualified } from './identifiers.js'

const types = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  decimal: `DECIMAL(${DECIMAL.precision}, ${DECIMAL.scale})`,
  instant: 'TIMESTAMPTZ',
  json: 'JSON',
} as const

export const duckdb: EngineModule = {
  foldsCase: true,
  addsDay: false,
  createTable({ table, columns }) {
    return `CREATE TABLE ${qualified(table, doubleQuoted)} (
${columnDefinitions(columns, doubleQuoted, types)}
);`
  },
  // Everything is read as text and cast by name, so that nothing is guessed from a sample. The empty half of the union
  // has every declared column: one that no file has yet is NULL, where read_csv refuses its name among its types.
  // The sniffer has to be told what is not there as well: it takes # for a comment where few rows begin with it.
  loadCommand(request) {
    const { table, columns } = request
    const named = columns.map(({ name }) => doubleQuoted(name))
    return `INSERT INTO ${qualified(table, doubleQuoted)} BY NAME
SELECT
${indented(columns.map(({ kind }, index) => `CAST(${named[index] ?? ''} AS ${types[kind]}) AS ${named[index] ?? ''}`))}
FROM (
  SELECT
${indented(named.map((name) => `  CAST(NULL AS VARCHAR) AS ${name}`))}
  WHERE false
  UNION ALL BY NAME
  SELECT *
  FROM read_csv(
    ${literal(`${dayFolders(request)}*.csv.gz`)},
    auto_detect = false,
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
