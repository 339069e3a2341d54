// In: one shape. Out: what each contender needs for it, after its output was compared.

import { describe, differenceOf } from '../difference.js'
import { goldenCsv, goldenText } from '../golden.js'
import type { WorkloadName } from '../measure/contender-process.js'
import type { Contender } from '../measure/contender.js'
import { fileColumns, type FileColumns } from '../measure/file-columns.js'
import { timeAlone, type Timing } from '../measure/rounds.js'
import { rowDifference } from '../read/row-difference.js'
import { chunksOf } from '../read/whole-text.js'
import type { Shape } from './shape.js'
import { shapeEncoders, shapeReaders } from './workload.js'

export interface MeasuredShape {
  readonly name: string
  readonly rows: number
  readonly cells: number
  readonly csvBytes: number
  /** For all rows; dayfile is the first. */
  readonly encode: readonly Timing[]
  readonly read: readonly Timing[]
  /** How the outputs of the others differ. */
  readonly differences: readonly string[]
}

export interface MeasureShapeOptions {
  /** Of the shape among all of them, and the size that all of them have. */
  readonly index: number
  readonly rows: number
  readonly rounds: number
}

export async function measuredShape(
  { name, dataset, rows }: Shape,
  options: MeasureShapeOptions,
): Promise<MeasuredShape> {
  const columns = fileColumns(dataset)
  const golden = goldenCsv(columns.names, rows)
  const cells = rows.length * columns.names.length
  const differences: string[] = []
  const compare = (contender: string, difference: string | null): void => {
    if (difference === null) return
    if (contender === 'dayfile') throw new Error(`${name}: dayfile ${difference}`)
    differences.push(`${name}: ${contender} ${difference}`)
  }

  const encoders = await loaded(shapeEncoders(columns))
  for (const { name: contender, run } of encoders) {
    const chunks: Uint8Array[] = []
    await run(rows, (bytes) => chunks.push(Uint8Array.from(bytes)))
    const difference = differenceOf(golden, Buffer.concat(chunks))
    // d3 ends every file so; the page says it once.
    const isLineEndAlone = difference?.kinds.every((kind) => kind.startsWith('ends records with LF')) ?? true
    compare(contender, difference === null || isLineEndAlone ? null : describe(difference))
  }
  const chunks = chunksOf(golden)
  const expected = rows.map((row) => expectedRow(columns, row))
  const readers = await loaded(shapeReaders(columns))
  for (const { name: contender, run } of readers) {
    const found: object[] = []
    await run(chunks, (row) => found.push(row))
    compare(contender, rowDifference(expected, found, columns.names))
  }

  const encode = await timed('shape encode', encoders, options)
  const read = await timed('shape read', readers, options)
  return { name, rows: rows.length, cells, csvBytes: golden.length, encode, read, differences }
}

async function loaded<Run>(contenders: readonly Contender<Run>[]): Promise<{ name: string; run: Run }[]> {
  return Promise.all(contenders.map(async ({ name, load }) => ({ name, run: await load() })))
}

async function timed(
  workload: WorkloadName,
  contenders: readonly { readonly name: string }[],
  { index, rows, rounds }: MeasureShapeOptions,
): Promise<readonly Timing[]> {
  return timeAlone(
    contenders.map(({ name }) => ({ workload, contender: name, rows, input: { shape: index } })),
    { rounds },
  )
}

/** A row as a reader is to hand it out. */
function expectedRow({ dataset }: FileColumns, row: object): object {
  const values = new Map<string, unknown>(Object.entries(row))
  const entries = dataset.columns.map(({ name, kind }): [string, unknown] => {
    const value = values.get(name) ?? null
    if (value === null) return [name, null]
    if (kind === 'instant') return [name, new Date(goldenText(value))]
    return [name, kind === 'decimal' ? goldenText(value) : value]
  })
  return Object.fromEntries(entries)
}
