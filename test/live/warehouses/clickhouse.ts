// ClickHouse, which reads the files itself, by s3() from the server that is checked.

import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Column } from 'dayfile'
import { createTable, loadCommand, type LoadCommandOptions } from 'dayfile/sql'
import type { ListedDay } from 'dayfile/read'
import type { LoadedRow } from '../../sql/loaded-cells.js'
import { filter, type Bucket, type Warehouse } from '../../sql/warehouse.js'
import type { Credentials } from '../servers/live-server.js'

// The library with all of ClickHouse in it has half a gigabyte: too much for everyone who runs npm ci.
const PACKAGE = 'chdb@3.4.0'
const COLLECTION = 'live'

let installation: { readonly folder: string; readonly failure: string | undefined } | undefined

/** Why there is none; undefined when there is. Installs it, once. */
export function clickhouseMissing(): string | undefined {
  installation ??= installed()
  return installation.failure
}

function installed(): NonNullable<typeof installation> {
  const folder = mkdtempSync(join(tmpdir(), 'dayfile-live-clickhouse-'))
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true })
  })
  console.log(`ClickHouse: installing ${PACKAGE}`)
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder]
  const npm = spawnSync('npm', ['install', ...options, PACKAGE], { encoding: 'utf8', timeout: 300_000 })
  if (npm.status !== 0) {
    const said = npm.error?.message ?? npm.stderr.trim().split('\n').slice(0, 3).join(' / ')
    return { folder, failure: `npm could not install ${PACKAGE}: ${said}` }
  }
  const trial = spawnSync(process.execPath, sessionIn(folder), { input: '["SELECT 1"]', encoding: 'utf8' })
  const failure = trial.status === 0 ? undefined : `${PACKAGE} has no build for this machine: ${trial.stderr}`
  return { folder, failure }
}

/** Where `chdb` can be required from, once it is installed. */
export function clickhousePackages(): string {
  return `${installation?.folder ?? ''}/`
}

function sessionIn(folder: string): string[] {
  const program = fileURLToPath(new URL('clickhouse-session.mjs', import.meta.url))
  return [program, `${folder}/`, mkdtempSync(join(folder, 'session-'))]
}

/** Loads each day by the names of its files. */
export const clickhouse = (credentials: Credentials): Warehouse =>
  session('ClickHouse', credentials, ({ urlOf }, days) =>
    days.map(({ files, ...day }) => ({
      published: {
        ...day,
        files: files.map((file) => (urlOf === undefined ? file : { ...file, url: urlOf(file.key) })),
      },
    })),
  )

/** Loads all days that there are by one text. */
export const clickhouseAtOnce = (credentials: Credentials): Warehouse =>
  session('ClickHouse, all days at once', credentials, ({ location }, [first]) =>
    first === undefined ? [] : [{ location }],
  )

type Loads = (bucket: Bucket, days: readonly ListedDay[]) => readonly LoadCommandOptions[]

/** ClickHouse with the keys of a bucket in a named collection, as its users keep them. */
function session(name: string, { accessKeyId, secretAccessKey }: Credentials, loads: Loads): Warehouse {
  return {
    name,
    async create(dataset, bucket) {
      const program = sessionIn(installation?.folder ?? '')
      const keys = `access_key_id = ${literal(accessKeyId)}, secret_access_key = ${literal(secretAccessKey)}`
      const collection = `CREATE NAMED COLLECTION IF NOT EXISTS ${COLLECTION} AS ${keys}`
      const answer = (statements: readonly string[]) => answerOf(program, [collection, ...statements])
      await answer([createTable(dataset, 'clickhouse')])
      return {
        async run(statement) {
          await answer([statement])
        },
        async load(days) {
          const texts = loads(bucket, days).map((options) =>
            loadCommand(dataset, 'clickhouse', { ...options, role: COLLECTION }),
          )
          await answer(texts)
        },
        async cells() {
          const text = ({ kind }: Column, name: string) =>
            `toString(${kind === 'instant' ? `toUnixTimestamp64Micro(${name})` : name})`
          const lines = (await answer([filter(dataset, quoted, text)])).split('\n')
          return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LoadedRow)
        },
        close: () => Promise.resolve(),
      }
    },
  }
}

async function answerOf(program: readonly string[], statements: readonly string[]): Promise<string> {
  const running = promisify(execFile)(process.execPath, program, { maxBuffer: 256 * 1024 * 1024 })
  running.child.stdin?.end(JSON.stringify(statements))
  const { stdout } = await running
  return stdout
}

const quoted = (name: string) => `\`${name.replace(/[\\`]/g, '\\$&')}\``
const literal = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`
