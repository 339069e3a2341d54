// The public encoders: rows in, the bytes of their records out.

import { Transform } from 'node:stream'
import type { Dataset, RowOf } from '../datasets/dataset.js'
import { requireOptions } from '../options.js'
import { batchesOf, RecordBatches, type BatchOptions } from './batches.js'
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

/**
 * Encodes rows to CSV, header first.
 *
 * Undeclared keys of the first 1,000 rows become columns (with `addedColumns: 'append'`), or of fewer rows if those hold
 * 16 MiB. So many wait in memory before the first bytes; after that one row, and one batch of 64 records, or fewer if those
 * have 32 KiB. Rows are pulled only as bytes are, and the source is closed when the reading ends early. No rows give the
 * header alone.
 *
 * @throws DayfileError as {@link csvEncoder} does, while being read.
 * @example
 * import { text } from 'node:stream/consumers'
 *
 * const csv = await text(encodeCsv(paywallViews, []))
 * csv.split(',')[0] // 'profile_id'
 */
export async function* encodeCsv<const D extends Dataset>(
  dataset: D,
  rows: RowOf<D>[] | Iterable<RowOf<D>> | AsyncIterable<RowOf<D>>,
  options: CsvOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  requireOptions('encodeCsv', options, CSV_OPTIONS)
  yield* encodeRows(new RowEncoder(dataset, options), rows)
}

/** The bytes of an encoder for rows as they come, header first. */
export async function* encodeRows(
  encoder: RowEncoder,
  rows: Iterable<unknown> | AsyncIterable<unknown>,
  options?: BatchOptions,
): AsyncGenerator<Uint8Array, void, void> {
  let headerSent = false
  // The first batch comes first: it is what fixes the columns of the header. Rows that are all left out fix nothing.
  for await (const records of batchesOf(encoder, rows, options)) {
    if (!headerSent) yield encoder.header()
    headerSent = true
    yield records
  }
  if (!headerSent) yield encoder.header()
}

/** A Transform from rows to CSV bytes; `report` has the counts so far. */
export interface CsvTransform extends Transform {
  readonly report: CsvReport
}

/**
 * Makes a Node stream that takes row objects and gives CSV bytes, header first, for `pipeline`.
 *
 * Holds the first rows until the header is known, as {@link encodeCsv} does, and one batch after that.
 *
 * @example
 * import { text } from 'node:stream/consumers'
 *
 * const bytes = csvTransform(paywallViews)
 * bytes.end({ paywall_showed_at: new Date('2026-03-07T12:00:00Z') })
 * const csv = await text(bytes)
 * csv.split('\r\n').length // 3
 */
export function csvTransform(dataset: Dataset, options: CsvOptions = {}): CsvTransform {
  requireOptions('csvTransform', options, CSV_OPTIONS)
  const encoder = new RowEncoder(dataset, options)
  const batches = new RecordBatches(encoder)
  let headerSent = false
  const push = (stream: Transform, ready: Iterable<Uint8Array>): void => {
    for (const records of ready) {
      if (!headerSent) stream.push(encoder.header())
      headerSent = true
      stream.push(records)
    }
  }
  const transform = new Transform({
    writableObjectMode: true,
    transform(row: object, _encoding, done) {
      try {
        if (batches.add(row)) push(this, batches.due())
        done()
      } catch (error) {
        done(error as Error)
      }
    },
    flush(done) {
      try {
        push(this, batches.rest())
        if (!headerSent) this.push(encoder.header())
        done()
      } catch (error) {
        done(error as Error)
      }
    },
  })
  return Object.defineProperty(transform, 'report', { get: () => encoder.report }) as CsvTransform
}
