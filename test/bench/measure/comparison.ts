// The table that every subject with rows and bytes shows.

import type { Table, TableColumn, Value } from '../report/result.js'
import type { Contender } from './contender.js'
import { versionOf } from './machine.js'
import { ratioOf, type TimedAlone } from './rounds.js'

/** What is known of one contender. */
export interface Compared {
  readonly timing: TimedAlone
  /** null when it is right; otherwise how it differs; undefined when it was not compared. */
  readonly difference: string | null | undefined
  readonly bytesPerRow?: number | null
}

export interface ComparisonInput {
  readonly title: string
  readonly rows: number
  readonly csvBytes: number
  readonly contenders: readonly Contender<unknown>[]
  readonly compared: ReadonlyMap<string, Compared>
  /** MB of a process that has the input and does nothing. */
  readonly floorMB?: number
  readonly notes?: readonly string[]
}

const COLUMNS: readonly TableColumn[] = [
  { key: 'name', title: '' },
  { key: 'rowsPerSecond', title: 'rows/s', digits: 0 },
  { key: 'megabytesPerSecond', title: 'MB/s', digits: 1 },
  { key: 'ratio', title: 'dayfile is', digits: 2 },
  { key: 'spread', title: 'spread %', digits: 0 },
  { key: 'firstRows', title: 'first rows/s', digits: 0 },
  { key: 'peakMB', title: 'peak MB', digits: 0 },
  { key: 'bytesPerRow', title: 'heap B/row', digits: 0 },
  { key: 'output', title: 'output' },
]

/** Of how much slower the others are, their outputs and their memory. */
export function comparisonTable(input: ComparisonInput): Table {
  const { title, rows, csvBytes, contenders, compared, floorMB } = input
  const notes: string[] = []
  const own = compared.get('dayfile')?.timing
  const lines = contenders.flatMap((contender): Record<string, Value>[] => {
    const found = compared.get(contender.name)
    if (found === undefined) return []
    const { timing, difference, bytesPerRow = null } = found
    if (typeof difference === 'string') notes.push(`(${notes.length + 1}) ${contender.name} ${difference}.`)
    return [
      {
        name: labelOf(contender),
        rowsPerSecond: (rows / timing.medianMs) * 1000,
        megabytesPerSecond: csvBytes / timing.medianMs / 1000,
        ratio: own === undefined ? null : ratioOf(timing, own),
        spread: (100 * (timing.slowestMs - timing.fastestMs)) / timing.medianMs,
        firstRows: (rows / timing.firstMs) * 1000,
        peakMB: timing.peakMB,
        bytesPerRow,
        output: outputOf(difference, notes.length),
      },
    ]
  })
  if (floorMB !== undefined) lines.push({ name: 'the input in memory, no more', peakMB: floorMB })
  return {
    title,
    columns: COLUMNS.filter(({ key }) => lines.some((line) => (line[key] ?? null) !== null)),
    rows: lines,
    notes: [...notes, ...(input.notes ?? [])],
  }
}

function outputOf(difference: string | null | undefined, note: number): string {
  if (difference === undefined) return ''
  return difference === null ? 'equal' : `differs (${note})`
}

function labelOf({ name, package: library }: Contender<unknown>): string {
  return library === null || library === 'dayfile' ? name : `${name} ${versionOf(library)}`
}

/** How each is called, for those who know a better way. */
export function waysTable(contenders: readonly Contender<unknown>[]): Table {
  const ways = new Map(contenders.map(({ name, way }) => [`${name} ${way}`, { name, way }]))
  return {
    title: 'How each is called',
    columns: [
      { key: 'name', title: '' },
      { key: 'way', title: 'way' },
    ],
    rows: [...ways.values()],
  }
}
