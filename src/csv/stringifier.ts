// In: a row. Out: one record in any dialect that csv-stringify's options describe.

import { stringify } from 'csv-stringify/sync'
import type { Dialect } from './dialect.js'
import type { EncodeRecord } from './encoder.js'
import { cellText, type OutputColumn } from './output-columns.js'

/** The engine for every dialect but the default one. */
export function stringifierRecordEncoder(columns: readonly OutputColumn[], dialect: Dialect): EncodeRecord {
  const write = recordWriter(dialect)
  return (row) => write(columns.map((column) => cellText(column, row)))
}

/** Writes the header in the same dialect. */
export function stringifyHeader(names: readonly string[], dialect: Dialect): string {
  return recordWriter(dialect)(names)
}

function recordWriter({
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
