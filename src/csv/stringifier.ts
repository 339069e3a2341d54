// In: a row. Out: one record in any dialect that csv-stringify's options describe.

import { stringify } from 'csv-stringify/sync'
import type { Dialect } from './dialect.js'
import type { EncodeRecord } from './encoder.js'
import { RecordTooLong, type RecordBytes } from './record-bytes.js'
import { MAX_RECORD_BYTES } from './record-limit.js'
import { cellText, type OutputColumn } from './output-columns.js'

/** The engine for every dialect but the default one. */
export function stringifierRecordEncoder(
  columns: readonly OutputColumn[],
  dialect: Dialect,
  bytes: RecordBytes,
): EncodeRecord {
  const write = stringifyRecord(dialect)
  return (row) => {
    const cells = columns.map((column) => cellText(column, row))
    // Before they become one string, which cannot have any length.
    if (cells.reduce((sum, cell) => sum + (cell?.length ?? 0), 0) > MAX_RECORD_BYTES)
      throw new RecordTooLong()
    bytes.record(write(cells))
  }
}

/** What makes one record of cells, with its line end. */
export function stringifyRecord({
  delimiter,
  quote,
  escape,
  recordDelimiter,
  quoting,
}: Dialect): (cells: readonly (string | null)[]) => string {
  const options = {
    delimiter,
    quote,
    escape,
    record_delimiter: recordDelimiter,
    // With a record delimiter given, csv-stringify leaves CR and LF unquoted where they are not the whole of it.
    quote_record_delimiter: true,
    quoted: quoting === 'all',
    // Quotes the empty string and leaves null alone, which `quoted_empty` and `quoted` do not.
    quoted_match: /^$/,
  }
  return (cells) => stringify([cells], options)
}
