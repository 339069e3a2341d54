// A PostgreSQL server, loaded as its users load it: psql with a text, and the unzipped file on its standard input.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Dataset } from 'dayfile'
import { createTable, loadCommand } from 'dayfile/sql'
import type { LoadedRow } from '../../sql/loaded-cells.js'
import { doubleQuoted, postgresText, type Bucket, type Table, type Warehouse } from '../../sql/warehouse.js'
import { startLocal } from '../servers/local-server.js'
import { unavailable } from '../servers/packages.js'

/** Why there is none; undefined when there is. */
export function postgresMissing(): string | undefined {
  return unavailable({
    name: 'PostgreSQL',
    packages: ['postgresql'],
    programs: ['psql', 'pg_createcluster', 'setpriv'],
  })
}

/** Reads the files that psql is fed with. */
export const psqlInput: Warehouse = {
  name: 'PostgreSQL, psql',
  create: (dataset, bucket) => create(dataset, bucket, false),
}

/** Reads files that lie on its own disk. */
export const postgres: Warehouse = {
  name: 'PostgreSQL',
  create: (dataset, bucket) => create(dataset, bucket, true),
}

// A cluster for each table: it starts in seconds, and nothing is left by another check.
async function create(dataset: Dataset, { archive }: Bucket, fromDisk: boolean): Promise<Table> {
  const server = startLocal('postgres.sh', {}, 'postgres')
  const file = join(server.folder, 'day.csv')
  const psql = (text: string, input?: AsyncIterable<Uint8Array>) =>
    answer(join(server.folder, 'cluster'), text, input)
  try {
    await psql(createTable(dataset, 'postgres'))
  } catch (error) {
    await server.close()
    throw error
  }
  return {
    async run(statement) {
      await psql(statement)
    },
    async load(days) {
      for (const published of days) {
        const text = loadCommand(dataset, 'postgres', fromDisk ? { file, published } : { published })
        for (const { key } of published.files) {
          const stored = Readable.from(archive.open(key))
          const csv = published.manifest.compression === 'gzip' ? stored.pipe(createGunzip()) : stored
          if (fromDisk) await writeFile(file, csv)
          await psql(text, fromDisk ? undefined : csv)
        }
      }
    },
    async cells() {
      const cells = dataset.columns.map((column) => postgresText(column, doubleQuoted(column.name)))
      const rows = `coalesce(json_agg(json_build_array(${cells.join(', ')})), '[]')`
      return JSON.parse(await psql(`SELECT ${rows} FROM ${doubleQuoted(dataset.name)}`)) as LoadedRow[]
    },
    close: server.close,
  }
}

/** What psql prints: all of the text in one transaction, and the input where it says STDIN. */
async function answer(socket: string, text: string, input?: AsyncIterable<Uint8Array>): Promise<string> {
  const options = ['-h', socket, '-U', 'postgres', '--no-psqlrc', '--quiet', '--tuples-only', '--no-align']
  const child = spawn('psql', [...options, '--single-transaction', '-v', 'ON_ERROR_STOP=1', '-c', text])
  const said: Buffer[] = []
  const wrong: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => wrong.push(chunk))
  const closed = once(child, 'close') as Promise<[number | null]>
  // psql that gives up reads no further; what it has to say is on stderr.
  await pipeline(input ?? [], child.stdin).catch(() => undefined)
  const [status] = await closed
  if (status !== 0) throw new Error(`psql: ${Buffer.concat(wrong).toString()}`)
  return Buffer.concat(said).toString()
}
