// The public encoder: batches of rows in, the bytes of their records out.

import type { Dataset, RowOf } from '../datasets/dataset.js'
import { requireOptions } from '../options.js'
import { CSV_OPTIONS, type CsvOptions, type CsvReport } from './csv-options.js'
import { RowEncoder } from './row-encoder.js'

/** Encodes rows of one file. Made by {@link csvEncoder}. */
export interface CsvEncoder<Row = object> {
  /** The columns of the file in order; asking fixes them. */
  readonly columns: readonly string[]
  /** The header with its line end; asking fixes the columns. */
  header(): Uint8Array
  /** The records of these rows, without the header. The first call with rows fixes the columns by them. */
  encode(rows: Iterable<Row>): Uint8Array
  /** A snapshot of the counts so far. */
  readonly report: CsvReport
}

/**
 * Encodes rows of a dataset to CSV bytes, batch by batch and synchronously.
 *
 * The header is the declared columns, and after them the undeclared keys of the first batch (with `addedColumns:
 * 'append'`); calling `header()` before `encode()` fixes it to the declared ones. A row that cannot be written is
 * never written in part. Memory: the records of one `encode` call, 1 GiB at most, and a block of up to 256 KiB. What `encode` returns is
 * cut from that block and is not written again; copy it before you transfer its `buffer`, which holds others beside it.
 *
 * @throws DayfileError `ROW_INVALID`, `CELL_UNENCODABLE` or `COLUMN_UNKNOWN` from `encode`, naming row and column.
 * @throws TypeError or RangeError when an option has the wrong shape.
 * @example
 * const orders = defineDataset({
 *   name: 'orders',
 *   timeColumn: 'at',
 *   columns: [column.instant('at', { nullable: false }), column.decimal('total')],
 * })
 * const encoder = csvEncoder(orders)
 * const records = encoder.encode([{ at: '2026-03-07T12:00:00Z', total: 9.5 }])
 * Buffer.concat([encoder.header(), records]).toString() // 'at,total\r\n2026-03-07T12:00:00Z,9.5\r\n'
 */
export function csvEncoder<const D extends Dataset>(
  dataset: D,
  options: CsvOptions = {},
): CsvEncoder<RowOf<D>> {
  requireOptions('csvEncoder', options, CSV_OPTIONS)
  const encoder = new RowEncoder(dataset, options)
  let number = 0
  // Of the calls of `encode` that are under way, one within another.
  let calls = 0

  function encodeAll(rows: readonly unknown[]): Uint8Array {
    // A row of the call before may have thrown out of it.
    encoder.discard()
    calls++
    try {
      for (const row of rows) encoder.write(row, ++number)
      return encoder.take()
    } finally {
      calls--
    }
  }

  return {
    get columns() {
      return encoder.columns
    },
    header: () => encoder.header(),
    encode(batch) {
      const rows: readonly unknown[] = Array.isArray(batch) ? batch : [...batch]
      if (rows.length > 0) encoder.fix(rows)
      // A getter of a row, or your application's onInvalidRow, may encode other rows.
      return calls === 0 ? encodeAll(rows) : encoder.within(() => encodeAll(rows))
    },
    get report() {
      return encoder.report
    },
  }
}
