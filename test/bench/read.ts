// In: the bytes of a file of 44-column events, in chunks of 64 KiB. Out: how fast each library makes rows of them.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { events } from 'dayfile'
import { DAY, dateRows } from './encode/rows.js'
import { goldenCsv, goldenText } from './golden.js'
import { allocationAlone, peakAlone } from './measure/alone.js'
import { comparisonTable, waysTable, type Compared } from './measure/comparison.js'
import type { Contender, Read } from './measure/contender.js'
import { fileColumns } from './measure/file-columns.js'
import { medianOf, timeInRounds, type Timing } from './measure/rounds.js'
import { duckdbReader, DUCKDB_THREADS } from './read/duckdb-read.js'
import { rowDifference } from './read/row-difference.js'
import { stringReaders } from './read/string-readers.js'
import { dayfile, typedReaders } from './read/typed-readers.js'
import { udsvPicking } from './read/udsv.js'
import { chunksOf } from './read/whole-text.js'
import type { Subject, SubjectOptions, Target } from './report/result.js'

const COLUMNS = fileColumns(events)
const SIX = ['profile_id', 'event_type', 'event_datetime', 'revenue_usd', 'store', 'product_id']
const ALLOCATION_ROWS = 1600

interface Input {
  readonly chunks: readonly Uint8Array[]
  readonly csvBytes: number
  readonly rows: number
  readonly file: string
  readonly options: SubjectOptions
}

export const read: Subject = {
  name: 'read',
  async run(options) {
    const rows = dateRows(options.rows ?? 20_000)
    const golden = goldenCsv(COLUMNS.names, rows)
    const folder = await mkdtemp(join(tmpdir(), 'bench-read-'))
    try {
      const file = join(folder, 'events.csv')
      await writeFile(file, golden)
      const input = { chunks: chunksOf(golden), csvBytes: golden.length, rows: rows.length, file, options }
      return await subjectResult(input, rows, folder)
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}

async function subjectResult(input: Input, rows: readonly object[], folder: string) {
  const typed = await compared(input, 'typed', typedReaders(COLUMNS), rows, COLUMNS.names)
  const six = await compared(
    input,
    'six columns',
    [dayfile(COLUMNS, SIX), ...udsvPicking(COLUMNS, SIX)],
    rows,
    SIX,
  )
  const strings = await compared(
    input,
    'strings',
    [dayfile(COLUMNS), ...stringReaders(COLUMNS)],
    rows.map(asStrings),
    // dayfile is in this table with its typed rows: that they are right is seen above.
    COLUMNS.names,
  )
  const memory = await memoryOf(input, typed.timings, folder)
  const shown = (found: Awaited<ReturnType<typeof compared>>, title: string, notes: readonly string[] = []) =>
    comparisonTable({ ...input, title, contenders: found.contenders, compared: found.results, notes })
  for (const [name, found] of memory.byName) {
    const result = typed.results.get(name)
    if (result !== undefined) typed.results.set(name, { ...result, ...found })
  }
  return {
    subject: 'read',
    title: `${input.rows.toLocaleString('en-US')} rows of 44 columns in memory, as bytes in chunks of 64 KiB`,
    compared: [
      `The file is that of sampleEvents of ${DAY}, seed 1, written by test/bench/golden.ts. Every reader hands each row to a function that looks at nothing.`,
      'Typed rows have text or null, decimals as text, integers as numbers and instants as Dates. The rows of each reader are compared value by value with those that were written before anything is timed. Libraries that take strings alone decode the bytes within their time. "By hand" means that the library gives cells as text and the bench makes the typed row, by code that a user would write for these columns.',
      'dayfile checks every cell against the kind of its column, and that every record has all cells; the others do not.',
    ],
    targets: targetsOf(typed.timings, six.timings),
    tables: [
      {
        ...comparisonTable({
          ...input,
          title: 'Typed rows, all columns',
          contenders: typed.contenders,
          compared: typed.results,
          floorMB: memory.floorMB,
          notes: [await duckdbNote(input)],
        }),
      },
      shown(six, 'Typed rows, six of 44 columns', [`The six: ${SIX.join(', ')}.`]),
      shown(strings, 'Rows of strings by the others, typed rows by dayfile'),
      waysTable([...typed.contenders, ...six.contenders.slice(1), ...strings.contenders.slice(1)]),
    ],
  }
}

async function compared(
  { chunks, options: { rounds = 9, progress } }: Input,
  title: string,
  contenders: readonly Contender<Read>[],
  expected: readonly object[],
  names: readonly string[],
) {
  progress(`read ${title}: compares the rows`)
  const ready = await Promise.all(contenders.map(async ({ name, load }) => ({ name, run: await load() })))
  const differences = new Map<string, string | null>()
  for (const { name, run } of ready) {
    if (title === 'strings' && name === 'dayfile') continue
    const found: object[] = []
    await run(chunks, (row) => found.push(row))
    const difference = rowDifference(expected, found, names)
    if (difference !== null && name === 'dayfile') throw new Error(`dayfile ${difference}`)
    differences.set(name, difference)
  }
  progress(`read ${title}: ${rounds} rounds`)
  const timings = await timeInRounds(
    ready.map(({ name, run }) => ({ name, run: () => run(chunks, discard) })),
    { rounds },
  )
  const results = new Map<string, Compared>(
    timings.map((timing) => [timing.name, { timing, difference: differences.get(timing.name) ?? null }]),
  )
  return { contenders, timings, results }
}

async function memoryOf({ rows, file, options }: Input, timings: readonly Timing[], folder: string) {
  const allocated = join(folder, 'allocated.csv')
  await writeFile(allocated, goldenCsv(COLUMNS.names, dateRows(ALLOCATION_ROWS)))
  const byName = new Map<string, { peakMB: number; bytesPerRow: number }>()
  for (const { name } of timings) {
    options.progress(`read: memory of ${name}`)
    const contenders = [name]
    byName.set(name, {
      peakMB: await peakAlone({ workload: 'read', contenders, rows, file }),
      bytesPerRow: await allocationAlone({
        workload: 'read',
        contenders,
        rows: ALLOCATION_ROWS,
        file: allocated,
      }),
    })
  }
  return { byName, floorMB: await peakAlone({ workload: 'read', contenders: [], rows, file }) }
}

async function duckdbNote({
  file,
  rows,
  csvBytes,
  options: { rounds = 9, progress },
}: Input): Promise<string> {
  progress('read: DuckDB')
  const reader = await duckdbReader(COLUMNS, file)
  try {
    const found = await reader.read()
    if (found !== rows) return `DuckDB's read_csv finds ${found} rows of ${rows} and is not timed.`
    const timings = await timeInRounds([{ name: 'duckdb', run: () => reader.read() }], { rounds })
    const speed = csvBytes / medianOf(timings, 'duckdb') / 1000
    return `For scale: DuckDB's read_csv with ${DUCKDB_THREADS} threads and declared types takes ${speed.toFixed(0)} MB/s from a file into a table of its own; no row of it is in JavaScript.`
  } finally {
    reader.close()
  }
}

function targetsOf(typed: readonly Timing[], six: readonly Timing[]): Target[] {
  const target = (what: string, wanted: number, timings: readonly Timing[], prefix: string): Target => {
    const rivals = timings.filter(({ name }) => name.startsWith(prefix)).map(({ medianMs }) => medianMs)
    return { what, bound: 'at least', wanted, measured: Math.min(...rivals) / medianOf(timings, 'dayfile') }
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

function discard(): void {
  // Where a user would look at the row.
}
