// In: rows that are too many for one file. Out: the bytes of several, each with its header.

import { whole, type OptionTable } from '../options.js'
import { batchesOf, type BatchOptions } from './batches.js'
import type { RowEncoder } from './row-encoder.js'

/** Stands after the bytes of each file. */
export interface EndOfFile {
  readonly rows: number
  readonly isLast: boolean
}

/** Where a file ends and the next one begins. */
export interface SplitOptions {
  /** Rows of a file, at most. */
  readonly maxRows?: number | undefined
  /**
   * Bytes of a file's CSV before compression, at most, 1 MiB or more. Records are not cut: a file may have more if it holds
   * one that is longer than half a MiB.
   */
  readonly maxCsvBytes?: number | undefined
}

export const SPLIT_OPTIONS = {
  maxRows: whole('a whole number, 1 at least', 1),
  maxCsvBytes: whole('a whole number of bytes, 1 MiB at least', 1024 * 1024),
} satisfies OptionTable<SplitOptions>

/**
 * Encodes rows as {@link encodeRows} does, to files of a limited size. All have the same header, and there is one at least.
 */
export async function* encodeSplit(
  encoder: RowEncoder,
  rows: Iterable<unknown> | AsyncIterable<unknown>,
  { maxRows = Infinity, maxCsvBytes = Infinity }: SplitOptions,
  { select }: BatchOptions = {},
): AsyncGenerator<Uint8Array | EndOfFile, void, void> {
  let header: Uint8Array | undefined
  let rowsOfOthers = 0
  let rowsOfFile = 0
  let bytes = 0
  const rowsLeft = (): number => (rowsOfFile < maxRows ? maxRows - rowsOfFile : maxRows)
  for await (const records of batchesOf(encoder, rows, { select, maxRows: rowsLeft })) {
    if (header === undefined) {
      header = encoder.header()
      bytes = header.length
      yield header
    } else if (rowsOfFile >= maxRows || bytes + records.length > maxCsvBytes) {
      yield { rows: rowsOfFile, isLast: false }
      rowsOfOthers += rowsOfFile
      bytes = header.length
      yield header
    }
    bytes += records.length
    rowsOfFile = encoder.report.rows - rowsOfOthers
    yield records
  }
  if (header === undefined) yield encoder.header()
  yield { rows: rowsOfFile, isLast: true }
}
