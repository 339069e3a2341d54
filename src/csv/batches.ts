// In: rows as they come. Out: their records, in batches of a bounded size, whatever the rows hold.

import { setImmediate } from 'node:timers/promises'
import { isDayfileError } from '../errors.js'
import type { RowEncoder } from './row-encoder.js'
import { isRow } from './undeclared-columns.js'

/** Rows that wait for the header, at most: as many as these, or fewer that hold so many bytes. */
const SAMPLE_ROWS = 1000
const SAMPLE_BYTES = 16 * 1024 * 1024

/** A batch ends after so many rows, or with the record that brings it to so many bytes. */
const BATCH_ROWS = 64
const BATCH_BYTES = 32 * 1024

// Rows that are all there keep the process from everything else, an abort by a timer or a signal among them: after so many
// of them, or batches of long ones, everything else has its turn.
const ROWS_A_TURN = 1024
const BATCHES_A_TURN = 16

/** What is done with rows before they are written. */
export interface BatchOptions {
  /** Says whether a row is to be written; the others count in row numbers all the same. Asked once a row. */
  readonly select?: ((row: object, number: number) => boolean) | undefined
  /** How many rows the next batch may take at most. Asked at the beginning of each. */
  readonly maxRows?: (() => number) | undefined
}

/**
 * Writes rows as they are given, and keeps none of them but the first, which decide the columns that are added. So memory
 * holds those, and afterwards one row and one batch.
 */
export class RecordBatches {
  private number = 0
  private sample: unknown[] = []
  private readonly sampleNumbers: number[] = []
  private sampleBytes = 0
  private rows = 0
  private rowsAllowed = 0

  constructor(
    private readonly encoder: RowEncoder,
    private readonly options: BatchOptions = {},
  ) {
    // Without added columns there is nothing to wait for.
    if (!encoder.appends) encoder.fix([])
  }

  /** Takes the next row. True when {@link due} has something to give, and has to be asked before the next row. */
  add(row: unknown): boolean {
    const number = ++this.number
    if (!this.isSelected(row, number)) return false
    if (this.encoder.isFixed) return this.write(row, number)
    this.sample.push(row)
    this.sampleNumbers.push(number)
    this.sampleBytes += weightOf(row, SAMPLE_BYTES - this.sampleBytes)
    return this.sample.length === SAMPLE_ROWS || this.sampleBytes >= SAMPLE_BYTES
  }

  /** The batches that are full. */
  *due(): Generator<Uint8Array, void, void> {
    const { sample, sampleNumbers } = this
    if (sample.length > 0) {
      this.encoder.fix(sample)
      this.sample = []
      for (const [index, row] of sample.entries())
        if (this.write(row, sampleNumbers[index] ?? 0)) yield* this.take()
    } else yield* this.take()
  }

  /** What is left after the last row. */
  *rest(): Generator<Uint8Array, void, void> {
    if (this.sample.length > 0) yield* this.due()
    yield* this.take()
  }

  private isSelected(row: unknown, number: number): boolean {
    const { select } = this.options
    if (select === undefined) return true
    try {
      return !isRow(row) || select(row, number)
    } catch (error) {
      if (isDayfileError(error)) throw error
      // Reading the row threw; writing it says so, with its number.
      return true
    }
  }

  private write(row: unknown, number: number): boolean {
    if (this.rows === 0) this.rowsAllowed = Math.min(BATCH_ROWS, this.options.maxRows?.() ?? BATCH_ROWS)
    return this.encoder.write(row, number) >= BATCH_BYTES || ++this.rows >= this.rowsAllowed
  }

  // Rows that were all left out are no batch.
  private *take(): Generator<Uint8Array, void, void> {
    this.rows = 0
    const records = this.encoder.take()
    if (records.length > 0) yield records
  }
}

/**
 * The records of rows, batch by batch. The source is pulled only when a batch is asked for, and closed when the batches are
 * left early.
 */
export async function* batchesOf(
  encoder: RowEncoder,
  rows: Iterable<unknown> | AsyncIterable<unknown>,
  options?: BatchOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const batches = new RecordBatches(encoder, options)
  if (Symbol.asyncIterator in rows) {
    for await (const row of rows) if (batches.add(row)) yield* batches.due()
  } else {
    let rowsOfTurn = 0
    let batchesOfTurn = 0
    // `for await` over a sync iterable waits once a row, and unwraps promises that are rows by mistake.
    for (const row of rows) {
      if (batches.add(row)) {
        for (const records of batches.due()) {
          yield records
          batchesOfTurn++
        }
      }
      if (++rowsOfTurn < ROWS_A_TURN && batchesOfTurn < BATCHES_A_TURN) continue
      rowsOfTurn = batchesOfTurn = 0
      await setImmediate()
    }
  }
  yield* batches.rest()
}

// What a value takes besides its characters, about: a reference, a number, the head of an object.
const VALUE_BYTES = 16

/**
 * How many bytes a row holds, about, counted up to `enough`: text and bytes by their length, lists and objects by what they
 * hold. A cycle is counted until it is enough.
 */
function weightOf(row: unknown, enough: number): number {
  const waiting: unknown[] = [row]
  let weight = 0
  while (waiting.length > 0 && weight < enough) {
    const value = waiting.pop()
    weight += VALUE_BYTES
    if (typeof value === 'string') weight += value.length
    else if (ArrayBuffer.isView(value)) weight += value.byteLength
    else if (typeof value === 'object' && value !== null) {
      addHeld(value, waiting, waiting.length + (enough - weight) / VALUE_BYTES)
    }
  }
  return weight
}

function addHeld(object: object, held: unknown[], most: number): void {
  try {
    if (Array.isArray(object)) {
      for (let index = 0; index < object.length && held.length < most; index++) held.push(object[index])
      return
    }
    for (const key in object) {
      if (held.length >= most) return
      held.push((object as Readonly<Record<string, unknown>>)[key])
    }
  } catch {
    // Reading it threw; writing the row says so, with its number.
  }
}
