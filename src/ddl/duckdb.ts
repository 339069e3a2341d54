import { columnDefinitions, DECIMAL, dayFolders, type EngineModule } from './engine.js'
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
  // Everything is read as text and cast by the INSERT, so that nothing is guessed from a sample. COLUMNS picks the
  // declared columns that the files have: a column that no file has yet would fail when it were named outright.
  loadCommand(request) {
    const { table, columns } = request
    const names = columns.map(({ name }) => name.replace(/[^\w\u0080-\u{10ffff}]/gu, '\\$&')).join('|')
    return `INSERT INTO ${qualified(table, doubleQuoted)} BY NAME
SELECT COLUMNS(${literal(`^(${names})$`)})
FROM read_csv(
  ${literal(`${dayFolders(request)}*.csv.gz`)},
  header = true,
  delim = ',',
  quote = '"',
  escape = '"',
  nullstr = '',
  allow_quoted_nulls = false,
  all_varchar = true,
  union_by_name = true,
  hive_partitioning = false
);`
  },
}
