// DuckDB for scale: a database that reads the same file with two threads, into a table and not into JavaScript.

import { DuckDBInstance } from '@duckdb/node-api'
import type { FileColumns } from '../measure/file-columns.js'

export const DUCKDB_THREADS = 2

const TYPES: Readonly<Record<string, string>> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  decimal: 'DECIMAL(38,9)',
  instant: 'TIMESTAMP',
  json: 'JSON',
}

/** What stands after FROM; `types` are those that are to be others than usual. */
export function readCsvCall(
  { dataset }: FileColumns,
  file: string,
  types: Readonly<Record<string, string>> = {},
): string {
  const typeOf = (kind: string): string => types[kind] ?? TYPES[kind] ?? 'VARCHAR'
  const columns = dataset.columns.map(({ name, kind }) => `'${name}': '${typeOf(kind)}'`)
  return (
    `read_csv('${file}', header = true, delim = ',', quote = '"', escape = '"', new_line = '\\r\\n', ` +
    `columns = { ${columns.join(', ')} })`
  )
}

export interface DuckdbReader {
  /** Reads the file into a table, and gives the number of its rows. */
  read(): Promise<number>
  close(): void
}

export async function duckdbReader(columns: FileColumns, file: string): Promise<DuckdbReader> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(DUCKDB_THREADS) })
  const connection = await instance.connect()
  const statement = `CREATE OR REPLACE TABLE t AS SELECT * FROM ${readCsvCall(columns, file)}`
  return {
    async read() {
      await connection.run(statement)
      const result = await connection.runAndReadAll('SELECT count(*) FROM t')
      return Number(result.getRows()[0]?.[0])
    },
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
