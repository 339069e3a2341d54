// In: rows in memory. Out: how long it takes until they are a file, in a directory or in S3.

import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, differenceOf } from './difference.js'
import { DAY } from './encode/rows.js'
import { directoryWays } from './job/directory-ways.js'
import { duckdbWays } from './job/duckdb-ways.js'
import { gzipLevels } from './job/gzip-levels.js'
import { s3Ways } from './job/s3-ways.js'
import type { JobInput, WayOut } from './job/way-out.js'
import { jobInput } from './job/workload.js'
import type { WorkloadName } from './measure/contender-process.js'
import { versionOf } from './measure/machine.js'
import { ratioOf, timeAlone, timingOf, type TimedAlone, type Timing } from './measure/rounds.js'
import type { Subject, SubjectOptions, Table, Target, Value } from './report/result.js'
import { startS3, type S3Access } from './s3/start-s3.js'

// A disk would be measured as well, and differs from minute to minute far more than the libraries do.
const MEMORY_DISK = '/dev/shm'

// An export runs half a second, and is at its full speed from the third one in a row on.
const SETTLE_MS = 1500

export const job: Subject = {
  name: 'job',
  async run(options) {
    const folder = await mkdtemp(join(existsSync(MEMORY_DISK) ? MEMORY_DISK : tmpdir(), 'bench-job-'))
    const input = jobInput(options.rows ?? 100_000, folder)
    const duckdb = await duckdbWays(input)
    const server = await startS3()
    const s3 = s3Ways(input, server.access)
    try {
      const directory = [...directoryWays(input), ...duckdb.ways]
      const inDirectory = await compared(options, input, 'A file in a directory', directory)
      const inS3 = await compared(options, input, 'An object in S3 (a local server)', s3.ways, server.access)
      options.progress('job: levels of gzip')
      return {
        subject: 'job',
        title: `${input.rows.length.toLocaleString('en-US')} rows of 44 columns in memory to a published file`,
        compared: [
          `The rows are sampleEvents of ${DAY}, seed 1, as an array. Every round publishes to a new folder or prefix; each way has a process of its own, and the first 1.5 s of each of its turns do not count. Files go to a file system in memory (/dev/shm) where there is one, as a disk would be most of what is measured. Before the rounds, what each has published is decompressed and compared with the golden bytes.`,
          'dayfile computes two SHA-256 digests, syncs, and writes a manifest beside the file; the pipelines and DuckDB do none of it. DuckDB has the rows in a table of its own, in memory, before the time begins.',
          'The S3 server is test/support/fake-s3 in a process of its own on the same machine: it checks signatures and checksums, and takes its share of the cores from both.',
        ],
        targets: targetsOf([...inDirectory.timings, ...inS3.timings]),
        tables: [inDirectory.table, inS3.table, await gzipLevels(input.golden)],
      }
    } finally {
      duckdb.close()
      s3.close()
      server.stop()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function compared(
  { rounds = 7, progress }: SubjectOptions,
  { rows, golden, folder }: JobInput,
  title: string,
  ways: readonly WayOut[],
  s3?: S3Access,
): Promise<{ table: Table; timings: TimedAlone[] }> {
  const notes: string[] = []
  const outputs = new Map<string, Record<string, Value>>()
  for (const { name, publish } of ways) {
    progress(`job: compares ${name}`)
    const published = await publish(0)
    const difference = differenceOf(golden, await published.csv())
    if (difference !== null && name.startsWith('dayfile')) throw new Error(`${name}: ${describe(difference)}`)
    if (difference !== null) notes.push(`(${notes.length + 1}) ${name}: ${describe(difference)}.`)
    outputs.set(name, {
      storedMB: (await published.storedBytes()) / 1e6,
      output: difference === null ? 'equal' : `differs (${notes.length})`,
    })
    await published.remove()
  }
  progress(`job: ${rounds} rounds, ${title}`)
  const workload: WorkloadName = s3 === undefined ? 'job to a directory' : 'job to S3'
  const timings = await timeAlone(
    ways.map(({ name }) => ({
      workload,
      contender: name,
      rows: rows.length,
      settleMs: SETTLE_MS,
      input: { folder, s3 },
    })),
    { rounds, warmUps: 1 },
  )
  const lines = ways.map(({ name, package: library }, index): Record<string, Value> => {
    const { medianMs: ms } = timingOf(timings, name)
    return {
      name: library === null || library === 'dayfile' ? name : `${name} (${library} ${versionOf(library)})`,
      seconds: ms / 1000,
      rowsPerSecond: (rows.length / ms) * 1000,
      megabytesPerSecond: golden.length / ms / 1000,
      firstRows: (rows.length / (timings[index]?.firstMs ?? NaN)) * 1000,
      ...outputs.get(name),
    }
  })
  return { timings, table: { title, columns: COLUMNS, rows: lines, notes: [...notes, ...waysOf(ways)] } }
}

const COLUMNS = [
  { key: 'name', title: '' },
  { key: 'seconds', title: 's', digits: 2 },
  { key: 'rowsPerSecond', title: 'rows/s', digits: 0 },
  { key: 'megabytesPerSecond', title: 'MB/s CSV', digits: 1 },
  { key: 'firstRows', title: 'first rows/s', digits: 0 },
  { key: 'storedMB', title: 'MB stored', digits: 1 },
  { key: 'output', title: 'output' },
]

function waysOf(ways: readonly WayOut[]): string[] {
  return [...new Map(ways.map(({ name, way }) => [way, `${name.split(',')[0] ?? name}: ${way}`])).values()]
}

function targetsOf(timings: readonly Timing[]): Target[] {
  const target = (what: string, wanted: number, own: string, other: string): Target => ({
    what,
    bound: 'at least',
    wanted,
    measured: ratioOf(timingOf(timings, other), timingOf(timings, own)),
  })
  const [gzip, none, s3] = ['gzip', 'none', 'S3 gzip'].map((form) => `dayfile exportWindow, ${form}`) as [
    string,
    string,
    string,
  ]
  return [
    target('gzip to a directory: speed against the user pipeline', 10, gzip, 'user pipeline, gzip'),
    target('gzip to S3: speed against the user pipeline', 10, s3, 'user pipeline, S3 gzip'),
    target("gzip: speed against DuckDB's COPY", 2, gzip, 'DuckDB COPY, gzip'),
    target("plain: speed against DuckDB's COPY", 1.5, none, 'DuckDB COPY, none'),
  ]
}
