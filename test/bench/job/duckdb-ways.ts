import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { events } from 'dayfile'
import { fileColumns } from '../measure/file-columns.js'
import { DUCKDB_THREADS, readCsvCall } from '../read/duckdb-read.js'
import { publishedFile, roundFolder } from './files.js'
import type { JobInput, WayOut } from './way-out.js'

export interface DuckdbWays {
  readonly ways: readonly WayOut[]
  close(): void
}

/** The same rows in a table in memory; filling it is not timed. */
export async function duckdbWays({ golden, folder }: JobInput): Promise<DuckdbWays> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(DUCKDB_THREADS) })
  const connection = await instance.connect()
  const file = join(folder, `rows-${process.pid}.csv`)
  await writeFile(file, golden)
  // Amounts stay text, as they are in the rows: a DECIMAL would come out with other digits, and slower.
  const columns = readCsvCall(fileColumns(events), file, { decimal: 'VARCHAR' })
  await connection.run(`CREATE TABLE t AS SELECT * FROM ${columns}`)
  await rm(file)

  function copy(compression: 'gzip' | 'none'): WayOut {
    const name = `DuckDB COPY, ${compression}`
    return {
      name,
      package: '@duckdb/node-api',
      way: `COPY of a table in memory, ${DUCKDB_THREADS} threads, in its own dialect: LF, and instants without T and Z.`,
      async publish(round) {
        const path = join(await roundFolder(folder, name, round), 'events.csv')
        await connection.run(`COPY t TO '${path}' (FORMAT csv, HEADER, COMPRESSION ${compression})`)
        return publishedFile(path)
      },
    }
  }

  return {
    ways: [copy('gzip'), copy('none')],
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
