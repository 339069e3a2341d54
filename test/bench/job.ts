// In: rows in memory. Out: how long it takes until they are a file, in a directory or in S3.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { events } from 'dayfile'
import { describe, differenceOf } from './difference.js'
import { DAY, dateRows } from './encode/rows.js'
import { goldenCsv } from './golden.js'
import { exportToDirectory, plainWrite, userPipeline } from './job/directory-ways.js'
import { duckdbWays } from './job/duckdb-ways.js'
import { gzipLevels } from './job/gzip-levels.js'
import { s3Ways } from './job/s3-ways.js'
import type { JobInput, WayOut } from './job/way-out.js'
import { versionOf } from './measure/machine.js'
import { medianOf, timeInRounds, type Timing } from './measure/rounds.js'
import type { Subject, SubjectOptions, Table, Target, Value } from './report/result.js'

export const job: Subject = {
  name: 'job',
  async run(options) {
    const rows = dateRows(options.rows ?? 100_000)
    const golden = goldenCsv(
      events.columns.map(({ name }) => name),
      rows,
    )
    const folder = await mkdtemp(join(tmpdir(), 'bench-job-'))
    const input = { rows, golden, folder }
    const duckdb = await duckdbWays(input)
    const s3 = await s3Ways(input)
    try {
      const directory = [
        exportToDirectory(input, 'gzip'),
        userPipeline(input, 'gzip'),
        exportToDirectory(input, 'none'),
        userPipeline(input, 'none'),
        ...duckdb.ways,
        plainWrite(input),
      ]
      const inDirectory = await compared(options, input, 'A file in a directory', directory)
      const inS3 = await compared(options, input, 'An object in S3 (a local server)', s3.ways)
      options.progress('job: levels of gzip')
      return {
        subject: 'job',
        title: `${rows.length.toLocaleString('en-US')} rows of 44 columns in memory to a delivered file`,
        compared: [
          `The rows are sampleEvents of ${DAY}, seed 1, as an array. Every round delivers to a new folder or prefix. Before the rounds, what each has delivered is decompressed and compared with the golden bytes.`,
          'dayfile computes two SHA-256 digests, syncs, and writes a manifest beside the file; the pipelines and DuckDB do none of it. DuckDB has the rows in a table of its own, in memory, before the time begins.',
          'The S3 server is test/support/fake-s3 in a process of its own on the same machine: it checks signatures and checksums, and takes its share of the cores from both.',
        ],
        targets: targetsOf([...inDirectory.timings, ...inS3.timings]),
        tables: [inDirectory.table, inS3.table, await gzipLevels(golden)],
      }
    } finally {
      duckdb.close()
      s3.close()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function compared(
  { rounds = 3, progress }: SubjectOptions,
  { rows, golden }: JobInput,
  title: string,
  ways: readonly WayOut[],
): Promise<{ table: Table; timings: Timing[] }> {
  const notes: string[] = []
  const outputs = new Map<string, Record<string, Value>>()
  for (const { name, deliver } of ways) {
    progress(`job: compares ${name}`)
    const delivered = await deliver(0)
    const difference = differenceOf(golden, await delivered.csv())
    if (difference !== null && name.startsWith('dayfile')) throw new Error(`${name}: ${describe(difference)}`)
    if (difference !== null) notes.push(`(${notes.length + 1}) ${name}: ${describe(difference)}.`)
    outputs.set(name, {
      storedMB: (await delivered.storedBytes()) / 1e6,
      output: difference === null ? 'equal' : `differs (${notes.length})`,
    })
  }
  progress(`job: ${rounds} rounds, ${title}`)
  let deliveries = 0
  const timings = await timeInRounds(
    ways.map(({ name, deliver }) => ({ name, run: () => deliver(++deliveries) })),
    { rounds, warmUps: 1 },
  )
  const lines = ways.map(({ name, package: library }): Record<string, Value> => {
    const ms = medianOf(timings, name)
    return {
      name: library === null || library === 'dayfile' ? name : `${name} (${library} ${versionOf(library)})`,
      seconds: ms / 1000,
      rowsPerSecond: (rows.length / ms) * 1000,
      megabytesPerSecond: golden.length / ms / 1000,
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
    measured: medianOf(timings, other) / medianOf(timings, own),
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
