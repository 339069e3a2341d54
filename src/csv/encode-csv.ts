import { Transform } from 'node:stream'
import type { Dataset, RowOf } from '../datasets/dataset.js'
import { BATCH_ROWS, batchesOf, HEADER_SAMPLE_ROWS } from './batches.js'
import { csvEncoder, selectingCsvEncoder, type CsvEncoder } from './csv-encoder.js'
import type { CsvOptions, CsvReport } from './csv-options.js'

/**
 * Encodes rows to CSV, header first.
 *
 * Undeclared keys of the first 1,000 rows become columns (with `addedColumns: 'append'`), so as many rows wait in
 * memory before the first bytes; after that 64 rows are held at a time. Rows are pulled only as bytes are, and the
 * source is closed when the reading ends early. No rows give the header alone.
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
  rows: Iterable<RowOf<D>> | AsyncIterable<RowOf<D>>,
  options: CsvOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  yield* encodeRows(csvEncoder(dataset, options), rows)
}

/** The bytes of an encoder for rows as they come, header first. */
export async function* encodeRows<Row>(
  encoder: CsvEncoder<Row>,
  rows: Iterable<Row> | AsyncIterable<Row>,
): AsyncGenerator<Uint8Array, void, void> {
  let headerSent = false
  // More of them as long as the header is to know the columns that rows bring along.
  for await (const batch of batchesOf(rows, () => (headerSent ? BATCH_ROWS : HEADER_SAMPLE_ROWS))) {
    // Encoding comes first: it is what fixes the columns of the header. Rows that are all left out fix nothing.
    const records = encoder.encode(batch)
    if (records.length === 0) continue
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
 * Holds up to 1,000 rows before the first bytes, as {@link encodeCsv} does, and 64 after that.
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
  const encoder: CsvEncoder = selectingCsvEncoder(dataset, options, undefined)
  let waiting: object[] = []
  let headerSent = false
  const flush = (stream: Transform): void => {
    const records = encoder.encode(waiting)
    waiting = []
    if (!headerSent) stream.push(encoder.header())
    headerSent = true
    if (records.length > 0) stream.push(records)
  }
  const transform = new Transform({
    writableObjectMode: true,
    transform(row: object, _encoding, done) {
      waiting.push(row)
      try {
        if (waiting.length >= (headerSent ? BATCH_ROWS : HEADER_SAMPLE_ROWS)) flush(this)
        done()
      } catch (error) {
        done(error as Error)
      }
    },
    flush(done) {
      try {
        flush(this)
        done()
      } catch (error) {
        done(error as Error)
      }
    },
  })
  return Object.defineProperty(transform, 'report', { get: () => encoder.report }) as CsvTransform
}
