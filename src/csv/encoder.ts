// In: a row. Out: one record. The default dialect is compiled to one function for the columns of a file; closures do the
// same, slower, where code generation from strings is not allowed. csv-stringify speaks the other dialects.

import { stringify } from 'csv-stringify/sync'
import { allowsCodeGeneration, generatedFunction } from './code-generation.js'
import { isRfc4180, MAX_RECORD_BYTES, type Dialect } from './dialect.js'
import { cellText, isInheritedByAll, missingCell, valueOf, type OutputColumn } from './output-columns.js'
import { RecordBytes, RecordTooLong } from './record-bytes.js'

/** Writes the record of a row, with its line end. Throws UnfitColumn when a cell does not fit, with a part written. */
export type EncodeRecord = (row: object) => void

/** The fastest engine that speaks the dialect and may run here. It writes to `bytes`. */
export function recordEncoder(
  columns: readonly OutputColumn[],
  dialect: Dialect,
  bytes: RecordBytes,
): EncodeRecord {
  if (!isRfc4180(dialect)) return stringifierRecordEncoder(columns, dialect, bytes)
  return allowsCodeGeneration() ? compiledRecordEncoder(columns, bytes) : closureRecordEncoder(columns, bytes)
}

/**
 * Generates the function for a list of columns. For a text column, a decimal one, a required instant and one of JSON it
 * reads
 *
 *     return (row) => {
 *     bytes.begin(4)
 *     bytes.text(row["profile_id"], encode[0])
 *     bytes.decimal(row["revenue_usd"], encode[1])
 *     bytes.instant(row["event_datetime"] ?? missing("event_datetime"), encode[2])
 *     bytes.encoded(row["attributes"], encode[3])
 *     bytes.end()
 *     }
 *
 * Names come into it as JSON string literals only, so that no name can be code. There are no branches in it: with some
 * for null and for other types in each column, the first value of a rare sort sent the whole function back to the
 * interpreter, again and again, and the first 100,000 rows took twice as long.
 */
export function compiledRecordEncoder(columns: readonly OutputColumn[], bytes: RecordBytes): EncodeRecord {
  const cells = columns.map(({ name, nullable, writer }, index) => {
    const literal = JSON.stringify(name)
    const value = isInheritedByAll(name)
      ? `(Object.hasOwn(row, ${literal}) ? row[${literal}] : undefined)`
      : `row[${literal}]`
    return `bytes.${writer}(${nullable ? value : `${value} ?? missing(${literal})`}, encode[${index}])`
  })
  const code = `return (row) => {\nbytes.begin(${columns.length})\n${cells.join('\n')}\nbytes.end()\n}`
  const encode = columns.map((column) => column.encode)
  // `bytes` is in scope, and no parameter of the function: as one it made whole records 20 % slower.
  return generatedFunction(code, { bytes, encode, missing }) as EncodeRecord
}

/** The same records without code generation. */
export function closureRecordEncoder(columns: readonly OutputColumn[], bytes: RecordBytes): EncodeRecord {
  return (row) => {
    bytes.begin(columns.length)
    for (const { name, nullable, writer, encode } of columns) {
      const value = valueOf(row, name)
      bytes[writer](nullable ? value : (value ?? missing(name)), encode)
    }
    bytes.end()
  }
}

function missing(column: string): never {
  throw missingCell(column)
}

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
function stringifyRecord({
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

/** The first line of a file, and before it the byte order mark of a dialect that has one. */
export function headerBytes(names: readonly string[], dialect: Dialect): Uint8Array {
  const bytes = new RecordBytes()
  if (isRfc4180(dialect)) {
    bytes.begin(names.length)
    for (const name of names) bytes.text(name, String)
    bytes.end()
  } else bytes.record(stringifyRecord(dialect)(names))
  const mark = Buffer.from(dialect.bom ? '\uFEFF' : '')
  const line = bytes.take()
  // A copy, as the encoder keeps it; and not from the pool of Buffer, which nobody may transfer.
  const header = Buffer.allocUnsafeSlow(mark.length + line.length)
  header.set(mark)
  header.set(line, mark.length)
  return header
}
