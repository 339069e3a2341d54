// In: the bytes of a file of 44-column events, in chunks of 64 KiB. Out: how fast each library makes rows of them.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { events } from 'dayfile'
import { DAY, dateRows } from './encode/rows.js'
import { goldenCsv, goldenText } from './golden.js'
import { comparisonTable, waysTable, type Compared } from './measure/comparison.js'
import { allocationAlone, type Work, type WorkloadName } from './measure/contender-process.js'
import type { Contender, Read } from './measure/contender.js'
import { fileColumns } from './measure/file-columns.js'
import {
  fastestOf,
  millisecondsOf,
  peakAlone,
  ratioOf,
  timeAlone,
  timeInRounds,
  timingOf,
  type TimedAlone,
  type Timing,
} from './measure/rounds.js'
import { duckdbReader, DUCKDB_THREADS } from './read/duckdb-read.js'
import { rowDifference } from './read/row-difference.js'
import { chunksOf } from './read/whole-text.js'
import { SIX, SIX_COLUMNS_READERS, STRING_READERS, TYPED_READERS } from './read/workload.js'
import type { Subject, SubjectOptions, Table, Target } from './report/result.js'

const COLUMNS = fileColumns(events)
const ALLOCATION_ROWS = 1600

interface Input {
  readonly rows: readonly object[]
  readonly csv: Buffer
  readonly folder: string
  readonly options: SubjectOptions
}

export const read: Subject = {
  name: 'read',
  async run(options) {
    const rows = dateRows(options.rows ?? 20_000)
    const csv = goldenCsv(COLUMNS.names, rows)
    const folder = await mkdtemp(join(tmpdir(), 'bench-read-'))
    try {
      return await subjectResult({ rows, csv, folder, options })
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}

async function subjectResult(input: Input) {
  const { rows, csv } = input
  const typed = await comparison(input, {
    title: 'Typed rows, all columns',
    workload: 'read typed',
    contenders: TYPED_READERS,
    expected: rows,
    names: COLUMNS.names,
    withMemory: true,
  })
  const six = await comparison(input, {
    title: 'Typed rows, six of 44 columns',
    workload: 'read six columns',
    contenders: SIX_COLUMNS_READERS,
    expected: rows,
    names: SIX,
    notes: [`The six: ${SIX.join(', ')}.`],
  })
  const strings = await comparison(input, {
    title: 'Rows of strings by the others, typed rows by dayfile',
    workload: 'read strings',
    contenders: STRING_READERS,
    expected: rows.map(asStrings),
    names: COLUMNS.names,
  })
  const count = rows.length.toLocaleString('en-US')
  return {
    subject: 'read',
    title: `${count} rows of 44 columns in memory, as bytes in chunks of 64 KiB`,
    compared: [
      `The file (${(csv.length / 1e6).toFixed(1)} MB) is that of sampleEvents of ${DAY}, seed 1, written by test/bench/golden.ts. Every reader hands each row to a function that looks at nothing.`,
      'Typed rows have text or null, decimals as text, integers as numbers and instants as Dates. The rows of each reader are compared value by value with those that were written before anything is timed. Libraries that take strings alone decode the bytes within their time. "By hand" means that the library gives cells as text and the bench makes the typed row, by code that a user would write for these columns.',
      'dayfile checks every cell that it reads against the kind of its column, and that every record has all cells; the others do not.',
    ],
    targets: targetsOf(typed.timings, six.timings),
    tables: [
      { ...typed.table, notes: [...(typed.table.notes ?? []), await duckdbNote(input)] },
      six.table,
      strings.table,
      waysTable([...TYPED_READERS, ...SIX_COLUMNS_READERS.slice(1), ...STRING_READERS.slice(1)]),
    ],
  }
}

interface Comparison {
  readonly title: string
  readonly workload: WorkloadName
  readonly contenders: readonly Contender<Read>[]
  readonly expected: readonly object[]
  readonly names: readonly string[]
  readonly withMemory?: boolean
  readonly notes?: readonly string[]
}

async function comparison(
  { rows, csv, folder, options: { rounds = 9, progress } }: Input,
  { title, workload, contenders, expected, names, withMemory = false, notes = [] }: Comparison,
): Promise<{ timings: TimedAlone[]; table: Table }> {
  progress(`${workload}: compares the rows`)
  const chunks = chunksOf(csv)
  const differences = new Map<string, string | null>()
  for (const { name, flags, load } of contenders) {
    // dayfile is among those that read strings with its typed rows: that they are right is seen elsewhere.
    if (flags !== undefined || (workload === 'read strings' && name === 'dayfile')) continue
    const found: object[] = []
    const run = await load()
    await run(chunks, (row) => found.push(row))
    const difference = rowDifference(expected, found, names)
    if (difference !== null && name === 'dayfile') throw new Error(`dayfile ${difference}`)
    differences.set(name, difference)
  }

  progress(`${workload}: ${rounds} rounds`)
  const workOf = async (contender: Contender<Read> | null, count: number): Promise<Work> => ({
    workload,
    contender: contender?.name ?? null,
    rows: count,
    flags: contender?.flags ?? [],
    input: { file: await fileOf(folder, rows.slice(0, count)) },
  })
  const shares = contenders.map((each) => workOf(each, Math.ceil(rows.length * (each.share ?? 1))))
  const timings = await timeAlone(await Promise.all(shares), { rounds })
  const compared = new Map<string, Compared>()
  for (const [index, timing] of timings.entries()) {
    if (withMemory) progress(`${workload}: memory of ${timing.name}`)
    const workOfRows = (count: number): Promise<Work> => workOf(contenders[index] ?? null, count)
    const bytesPerRow = withMemory ? await allocationAlone(ALLOCATION_ROWS, workOfRows) : null
    compared.set(timing.name, { timing, difference: differences.get(timing.name), bytesPerRow })
  }
  const floor = withMemory ? { floorMB: await peakAlone(await workOf(null, rows.length)) } : {}
  const shown = { title, contenders, compared, notes, rows: rows.length, csvBytes: csv.length }
  return { timings, table: comparisonTable({ ...shown, ...floor }) }
}

/** The file of these rows, which are always the first ones. */
async function fileOf(folder: string, rows: readonly object[]): Promise<string> {
  const file = join(folder, `${rows.length}.csv`)
  await writeFile(file, goldenCsv(COLUMNS.names, rows))
  return file
}

async function duckdbNote({ rows, csv, folder, options: { rounds = 9, progress } }: Input): Promise<string> {
  progress('read: DuckDB')
  const reader = await duckdbReader(COLUMNS, await fileOf(folder, rows))
  try {
    const found = await reader.read()
    if (found !== rows.length)
      return `DuckDB's read_csv finds ${found} rows of ${rows.length} and is not timed.`
    const run = (): Promise<number> => millisecondsOf(() => reader.read())
    const timings = await timeInRounds([{ name: 'duckdb', run }], { rounds })
    const speed = csv.length / timingOf(timings, 'duckdb').medianMs / 1000
    return `For scale: DuckDB's read_csv with ${DUCKDB_THREADS} threads and declared types takes ${speed.toFixed(0)} MB/s from a file into a table of its own; no row of it is in JavaScript.`
  } finally {
    reader.close()
  }
}

function targetsOf(typed: readonly Timing[], six: readonly Timing[]): Target[] {
  const target = (what: string, wanted: number, timings: readonly Timing[], prefix: string): Target => {
    const own = timingOf(timings, 'dayfile')
    const rival = fastestOf(timings.filter(({ name }) => name.startsWith(prefix))) ?? own
    return { what, bound: 'at least', wanted, measured: ratioOf(rival, own) }
  }
  return [
    target("speed against uDSV's typed objects (its faster way)", 1.5, typed, 'udsv'),
    target('speed against csv-parse with casts (its faster way)', 8, typed.filter(isCast), 'csv-parse'),
    target("six columns: speed against uDSV's fastest way", 3, six, 'udsv'),
  ]
}

function isCast({ name }: Timing): boolean {
  return name === 'dayfile' || name.endsWith(', cast')
}

function asStrings(row: object): object {
  const entries = Object.entries(row).map(([name, value]) => [name, value === null ? '' : goldenText(value)])
  return Object.fromEntries(entries) as object
}
