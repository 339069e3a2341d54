// In: rows that are too many for one file. Out: the bytes of several, each with its header.

import { BATCH_ROWS, batchesOf, HEADER_SAMPLE_ROWS } from './batches.js'
import type { CsvEncoder } from './csv-encoder.js'

/** Stands after the bytes of each file. */
export interface EndOfFile {
  readonly rows: number
  readonly isLast: boolean
}

/** Where a file ends and the next one begins. */
export interface SplitOptions {
  /** Rows of a file, at most. Where it is less than 1,000, as many decide which added columns there are. */
  readonly maxRows?: number | undefined
  /**
   * Bytes of a file's CSV before compression, at most, 1 MiB or more. Records are not counted singly: up to 1,000 that
   * are longer together are one file.
   */
  readonly maxCsvBytes?: number | undefined
}

/**
 * Encodes rows as {@link encodeRows} does, to files of a limited size. All have the same header, and there is one at least.
 */
export async function* encodeSplit<Row>(
  encoder: CsvEncoder<Row>,
  rows: Iterable<Row> | AsyncIterable<Row>,
  { maxRows = Infinity, maxCsvBytes = Infinity }: SplitOptions,
): AsyncGenerator<Uint8Array | EndOfFile, void, void> {
  let header: Uint8Array | undefined
  let rowsOfOthers = 0
  let bytes = 0
  const rowsOfFile = (): number => encoder.report.rows - rowsOfOthers
  const batchRows = (): number => {
    const left = rowsOfFile() < maxRows ? maxRows - rowsOfFile() : maxRows
    return Math.min(header === undefined ? HEADER_SAMPLE_ROWS : BATCH_ROWS, left)
  }
  for await (const batch of batchesOf(rows, batchRows)) {
    const rowsBefore = rowsOfFile()
    const records = encoder.encode(batch)
    if (records.length === 0) continue
    if (header === undefined) {
      header = encoder.header()
      bytes = header.length
      yield header
    } else if (rowsBefore >= maxRows || bytes + records.length > maxCsvBytes) {
      yield { rows: rowsBefore, isLast: false }
      rowsOfOthers += rowsBefore
      bytes = header.length
      yield header
    }
    bytes += records.length
    yield records
  }
  if (header === undefined) yield encoder.header()
  yield { rows: rowsOfFile(), isLast: true }
}
