// The engines that npm installs, and the sqlite3 program, each as a warehouse of days that lie in a folder.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { PGlite } from '@electric-sql/pglite'
import type { Column } from 'dayfile'
import { createTable, loadCommand } from 'dayfile/sql'
import type { ListedDay } from 'dayfile/read'
import { microseconds, type LoadedRow } from './loaded-cells.js'
import { doubleQuoted, postgresText, filter, type Warehouse } from './warehouse.js'

export const duckdb: Warehouse = {
  name: 'DuckDB',
  async create(dataset) {
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const run = async (statement: string): Promise<void> => {
      await connection.run(statement)
    }
    await run(createTable(dataset, 'duckdb'))
    return {
      run,
      async load(days) {
        for (const published of days) await run(loadCommand(dataset, 'duckdb', { published }))
      },
      async cells() {
        const text = ({ kind }: Column, name: string) =>
          `CAST(${kind === 'instant' ? `epoch_us(${name})` : name} AS VARCHAR)`
        const reader = await connection.runAndReadAll(filter(dataset, doubleQuoted, text))
        return reader.getRows() as LoadedRow[]
      },
      async close() {
        connection.closeSync()
        instance.closeSync()
      },
    }
  },
}

/** Loads all days that there are by one text. */
export const duckdbAtOnce: Warehouse = {
  name: 'DuckDB, all days at once',
  async create(dataset, bucket) {
    const table = await duckdb.create(dataset, bucket)
    return { ...table, load: () => table.run(loadCommand(dataset, 'duckdb', { location: bucket.location })) }
  },
}

/** PostgreSQL in this process; it offers the blob of a query as the file /dev/blob. */
export function pglite(database: () => Promise<PGlite>): Warehouse {
  return {
    name: 'PostgreSQL (PGlite)',
    async create(dataset, { location }) {
      const server = await database()
      await server.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
      await server.exec(createTable(dataset, 'postgres'))
      return {
        async run(statement) {
          await server.exec(statement)
        },
        async load(days) {
          for (const published of days) {
            const text = loadCommand(dataset, 'postgres', { file: '/dev/blob', published })
            for (const { key } of published.files) {
              const file = readFileSync(join(location, key))
              const blob = new Blob([published.manifest.compression === 'gzip' ? gunzipSync(file) : file])
              await server.exec(text, { blob })
            }
          }
        },
        async cells() {
          const text = filter(dataset, doubleQuoted, postgresText)
          const { rows } = await server.query(text, [], { rowMode: 'array' })
          return rows as LoadedRow[]
        },
        close: () => Promise.resolve(),
      }
    },
  }
}

/** What is missing for {@link sqlite}. */
export const sqliteMissing = ['sqlite3', 'gzip'].filter(
  (name) => spawnSync(name, ['--version']).error !== undefined,
)

export const sqlite: Warehouse = {
  name: 'SQLite',
  losses: { nullTexts: true },
  create(dataset) {
    const folder = mkdtempSync(join(tmpdir(), 'dayfile-sqlite-'))
    const program = (input: string): string => {
      const { stdout, stderr, status } = spawnSync('sqlite3', ['-bail', join(folder, 'database')], {
        input,
        encoding: 'utf8',
        maxBuffer: 256 * 1024 * 1024,
      })
      if (status !== 0 || stderr !== '') throw new Error(`sqlite3: ${stderr}`)
      return stdout
    }
    const load = (published: ListedDay) => loadCommand(dataset, 'sqlite', { published })
    program(createTable(dataset, 'sqlite'))
    return Promise.resolve({
      run: (statement) => Promise.resolve(void program(statement)),
      load: (days) => Promise.resolve(void program(days.map(load).join('\n'))),
      cells() {
        const cells = dataset.columns.map(({ name }) => `CAST(${doubleQuoted(name)} AS TEXT)`)
        const output = program(`SELECT json_array(${cells.join(', ')}) FROM ${doubleQuoted(dataset.name)};`)
        const rows = output
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as LoadedRow)
        // It keeps instants as the text that they are in the file, and booleans as numbers.
        const cell = (text: string | null, index: number) => {
          const kind = dataset.columns[index]?.kind
          if (text === null) return null
          if (kind === 'boolean') return text === '1' ? 'true' : text === '0' ? 'false' : assert.fail(text)
          return kind === 'instant' ? String(microseconds(text)) : text
        }
        return Promise.resolve(rows.map((row) => row.map(cell)))
      },
      close() {
        rmSync(folder, { recursive: true })
        return Promise.resolve()
      },
    })
  },
}
