// In: 44-column events in memory. Out: how fast each library makes CSV bytes of them.

import { dateEncoders, textEncoders } from './encode/contenders.js'
import { DAY, dateRows, textRows } from './encode/rows.js'
import { describe, differenceOf } from './difference.js'
import { goldenCsv } from './golden.js'
import { allocationAlone, peakAlone, speedWithoutCodeGeneration, type WorkloadName } from './measure/alone.js'
import { comparisonTable, waysTable, type Compared } from './measure/comparison.js'
import type { Contender, Encode } from './measure/contender.js'
import { fileColumns } from './measure/file-columns.js'
import { medianOf, timeInRounds, type Timing } from './measure/rounds.js'
import type { Subject, SubjectOptions, Table, Target } from './report/result.js'
import { events } from 'dayfile'

const COLUMNS = fileColumns(events)
const ALLOCATION_ROWS = 1600

export const encode: Subject = {
  name: 'encode',
  async run(options) {
    const rows = options.rows ?? 20_000
    const text = await variant(options, 'text', textRows(rows), textEncoders(COLUMNS))
    const dates = await variant(options, 'dates', dateRows(rows), dateEncoders(COLUMNS))
    return {
      subject: 'encode',
      title: `${rows.toLocaleString('en-US')} rows of 44 columns in memory to CSV bytes in memory`,
      compared: [
        `The rows are sampleEvents of ${DAY}, seed 1. "Text" has instants as ISO strings, as JSON brings them; "dates" has them as Date objects, which each library turns into text in its own best way.`,
        'Each library makes Buffers, by its synchronous interface where it has one, and keeps none of them. Before anything is timed, the bytes of each are compared with those of an encoder of a few lines (test/bench/golden.ts).',
        'Peak MB is the maximum resident set of a new process that runs that one contender once. Heap B/row is what it allocates on the JavaScript heap for a row, garbage included, seen in a new process whose young generation (256 MB) is never collected meanwhile; Buffers lie outside the heap.',
      ],
      targets: [...text.targets, ...dates.targets],
      tables: [
        ...text.tables,
        ...dates.tables,
        waysTable([...textEncoders(COLUMNS), ...dateEncoders(COLUMNS)]),
      ],
    }
  },
}

async function variant(
  { rounds = 9, progress }: SubjectOptions,
  name: 'text' | 'dates',
  rows: readonly object[],
  contenders: readonly Contender<Encode>[],
): Promise<{ tables: Table[]; targets: Target[] }> {
  progress(`encode ${name}: compares the outputs`)
  const golden = goldenCsv(COLUMNS.names, rows)
  const ready = await Promise.all(contenders.map(async ({ name, load }) => ({ name, run: await load() })))
  const differences = new Map<string, string | null>()
  for (const { name, run } of ready) {
    const difference = differenceOf(golden, await outputOf(run, rows))
    if (difference !== null && name === 'dayfile') throw new Error(`dayfile: ${describe(difference)}`)
    differences.set(name, difference === null ? null : describe(difference))
  }

  progress(`encode ${name}: ${rounds} rounds`)
  const timings = await timeInRounds(
    ready.map(({ name, run }) => ({ name, run: () => run(rows, discard) })),
    { rounds },
  )

  const workload: WorkloadName = `encode ${name}`
  const compared = new Map<string, Compared>()
  for (const timing of timings) {
    progress(`encode ${name}: memory of ${timing.name}`)
    const contenders = [timing.name]
    compared.set(timing.name, {
      timing,
      difference: differences.get(timing.name) ?? null,
      peakMB: await peakAlone({ workload, contenders, rows: rows.length }),
      bytesPerRow: await allocationAlone({ workload, contenders, rows: ALLOCATION_ROWS }),
    })
  }
  const floorMB = await peakAlone({ workload, contenders: [], rows: rows.length })

  progress(`encode ${name}: without code generation`)
  const job = { workload, contenders: ['dayfile', 'd3-dsv'], rows: rows.length, rounds }
  const table = comparisonTable({
    title: name === 'text' ? 'Instants as ISO strings' : 'Instants as Dates',
    rows: rows.length,
    csvBytes: golden.length,
    contenders,
    compared,
    floorMB,
    notes: [withoutCodeGeneration(await speedWithoutCodeGeneration(job), rows.length)],
  })
  return { tables: [table], targets: targetsOf(name, timings) }
}

function withoutCodeGeneration(timings: readonly Timing[], rows: number): string {
  const own = medianOf(timings, 'dayfile')
  const ratio = medianOf(timings, 'd3-dsv') / own
  const speed = Math.round((rows / own) * 1000).toLocaleString('en-US')
  return `dayfile without code generation: ${speed} rows/s, ${ratio.toFixed(2)} x d3-dsv, both in a process under --disallow-code-generation-from-strings.`
}

function targetsOf(name: string, timings: readonly Timing[]): Target[] {
  const own = medianOf(timings, 'dayfile')
  const others = timings.filter((timing) => timing.name !== 'dayfile' && timing.name !== 'no escaping')
  const fastest = others.toSorted((a, b) => a.medianMs - b.medianMs)[0]
  const target = (what: string, wanted: number, other: number): Target => ({
    what: `${name}: speed against ${what}`,
    bound: 'at least',
    wanted,
    measured: other / own,
  })
  return [
    target('csv-stringify', 5, medianOf(timings, 'csv-stringify')),
    target(`the fastest other library (${fastest?.name ?? 'none'})`, 1.6, fastest?.medianMs ?? NaN),
    target("'no escaping'", 0.85, medianOf(timings, 'no escaping')),
  ]
}

async function outputOf(run: Encode, rows: readonly object[]): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  // Copies: a contender may fill its buffer again.
  await run(rows, (bytes) => chunks.push(Uint8Array.from(bytes)))
  return Buffer.concat(chunks)
}

function discard(): void {
  // Where a user would write them.
}
