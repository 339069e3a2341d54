// In: a row. Out: one record in any dialect that csv-stringify's options describe.

import { stringify } from 'csv-stringify/sync'
import type { Dialect } from './dialect.js'
import type { EncodeRecord } from './encoder.js'
import type { RecordBytes } from './record-bytes.js'
import { cellText, type OutputColumn } from './output-columns.js'

/** The engine for every dialect but the default one. */
export function stringifierRecordEncoder(
  columns: readonly OutputColumn[],
  dialect: Dialect,
  bytes: RecordBytes,
): EncodeRecord {
  const write = stringifyRecord(dialect)
  return (row) => {
    bytes.record(write(columns.map((column) => cellText(column, row))))
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
