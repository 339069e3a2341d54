// In: 44-column events in memory. Out: how fast each library makes CSV bytes of them.

import { dateEncoders, textEncoders } from './encode/contenders.js'
import { DAY, dateRows, textRows } from './encode/rows.js'
import { describe, differenceOf } from './difference.js'
import { goldenCsv } from './golden.js'
import { allocationAlone, type Work } from './measure/contender-process.js'
import { comparisonTable, waysTable, type Compared } from './measure/comparison.js'
import type { Contender, Encode } from './measure/contender.js'
import { fileColumns } from './measure/file-columns.js'
import { fastestOf, peakAlone, ratioOf, timeAlone, timingOf, type Timing } from './measure/rounds.js'
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
        'Each runs in a process of its own. Peak MB is the maximum resident set of that process after all rounds, the rows included. Heap B/row is what it allocates on the JavaScript heap for a row, garbage included, seen in a new process whose young generation (256 MB) is never collected meanwhile; Buffers lie outside the heap.',
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
  const ready = await Promise.all(
    contenders.map(async ({ name, flags, load }) => ({ name, flags, run: await load() })),
  )
  const differences = new Map<string, string | null>()
  for (const { name, run, flags } of ready) {
    if (flags !== undefined) continue
    const difference = differenceOf(golden, await outputOf(run, rows))
    if (difference !== null && name === 'dayfile') throw new Error(`dayfile: ${describe(difference)}`)
    differences.set(name, difference === null ? null : describe(difference))
  }

  progress(`encode ${name}: ${rounds} rounds`)
  const workOf = (contender: Contender<Encode> | null): Work => ({
    workload: `encode ${name}`,
    contender: contender?.name ?? null,
    rows: rows.length,
    flags: contender?.flags ?? [],
  })
  const timings = await timeAlone(contenders.map(workOf), { rounds })
  const compared = new Map<string, Compared>()
  for (const [index, timing] of timings.entries()) {
    progress(`encode ${name}: memory of ${timing.name}`)
    const bytesPerRow = await allocationAlone(ALLOCATION_ROWS, (count) => ({
      ...workOf(contenders[index] ?? null),
      rows: count,
    }))
    compared.set(timing.name, { timing, difference: differences.get(timing.name), bytesPerRow })
  }
  const table = comparisonTable({
    title: name === 'text' ? 'Instants as ISO strings' : 'Instants as Dates',
    rows: rows.length,
    csvBytes: golden.length,
    contenders,
    compared,
    floorMB: await peakAlone(workOf(null)),
  })
  return { tables: [table], targets: targetsOf(name, timings) }
}

function targetsOf(name: string, timings: readonly Timing[]): Target[] {
  const own = timingOf(timings, 'dayfile')
  const others = timings.filter(({ name }) => !name.startsWith('dayfile') && name !== 'no escaping')
  const fastest = fastestOf(others) ?? own
  const target = (what: string, wanted: number, other: Timing): Target => ({
    what: `${name}: speed against ${what}`,
    bound: 'at least',
    wanted,
    measured: ratioOf(other, own),
  })
  return [
    target('csv-stringify', 5, timingOf(timings, 'csv-stringify')),
    target(`the fastest other library (${fastest.name})`, 1.6, fastest),
    target("'no escaping'", 0.85, timingOf(timings, 'no escaping')),
  ]
}

async function outputOf(run: Encode, rows: readonly object[]): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  // Copies: a contender may fill its buffer again.
  await run(rows, (bytes) => chunks.push(Uint8Array.from(bytes)))
  return Buffer.concat(chunks)
}
