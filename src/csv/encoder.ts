// In: a row. Out: one RFC 4180 record. The default dialect, compiled to one function for the columns of a file;
// closures do the same, slower, where code generation from strings is not allowed.

import { allowsCodeGeneration, generatedFunction } from './code-generation.js'
import { isInheritedByAll, missingCell, valueOf, type OutputColumn } from './output-columns.js'
import type { RecordBytes } from './record-bytes.js'

/** Writes the record of a row, with its line end. Throws UnfitColumn when a cell does not fit, with a part written. */
export type EncodeRecord = (row: object) => void

/** The fastest engine that may run here. It writes to `bytes`. */
export function recordEncoder(columns: readonly OutputColumn[], bytes: RecordBytes): EncodeRecord {
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
