// In: a row. Out: one RFC 4180 record. The default dialect, compiled to one function for the columns of a file;
// closures do the same, slower, where code generation from strings is not allowed.

import { allowsCodeGeneration } from './code-generation.js'
import { isInheritedByAll, missingCell, valueOf, type OutputColumn } from './output-columns.js'
import type { RecordBytes } from './record-bytes.js'

/** Writes the record of a row, with its line end. Throws UnfitColumn when a cell does not fit, with a part written. */
export type EncodeRecord = (row: object) => void

/** The fastest engine that may run here. It writes to `bytes`. */
export function recordEncoder(columns: readonly OutputColumn[], bytes: RecordBytes): EncodeRecord {
  return allowsCodeGeneration() ? compiledRecordEncoder(columns, bytes) : closureRecordEncoder(columns, bytes)
}

/**
 * Generates the function for a list of columns. For a text column, a decimal one and a required instant it reads
 *
 *     bytes.begin(3)
 *     let v
 *     v = row["profile_id"]
 *     if (typeof v === 'string') bytes.text(v)
 *     else if (v === null || v === undefined) bytes.empty()
 *     else bytes.text(encode[0](v))
 *     v = row["revenue_usd"]
 *     if (v === null || v === undefined) bytes.empty()
 *     else if (!bytes.decimal(v)) bytes.text(encode[1](v))
 *     v = row["event_datetime"]
 *     if (v === null || v === undefined) throw missingCell("event_datetime")
 *     else if (!bytes.instant(v)) bytes.text(encode[2](v))
 *     bytes.end()
 *
 * Names come into it as JSON string literals only, so that no name can be code.
 */
export function compiledRecordEncoder(columns: readonly OutputColumn[], bytes: RecordBytes): EncodeRecord {
  const cells = columns.map(({ name, nullable, writer }, index) => {
    const literal = JSON.stringify(name)
    const value = isInheritedByAll(name)
      ? `Object.hasOwn(row, ${literal}) ? row[${literal}] : undefined`
      : `row[${literal}]`
    const isEmpty = 'v === null || v === undefined'
    const empty = nullable ? 'bytes.empty()' : `throw missingCell(${literal})`
    const encoded = `bytes.text(encode[${index}](v))`
    if (writer === 'text') {
      return `v = ${value}\nif (typeof v === 'string') bytes.text(v)\nelse if (${isEmpty}) ${empty}\nelse ${encoded}`
    }
    const unless = writer === undefined ? '' : `if (!bytes.${writer}(v)) `
    return `v = ${value}\nif (${isEmpty}) ${empty}\nelse ${unless}${encoded}`
  })
  const code = `return (row) => {\nbytes.begin(${columns.length})\nlet v\n${cells.join('\n')}\nbytes.end()\n}`
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the point of this engine; see the sample above
  const build = new Function('bytes', 'encode', 'missingCell', code) as (...values: unknown[]) => EncodeRecord
  const encode = columns.map((column) => column.encode)
  // `bytes` is bound here, and no parameter of the function: as one it made whole records 15 % slower.
  return build(bytes, encode, missingCell)
}

/** The same records without code generation. */
export function closureRecordEncoder(columns: readonly OutputColumn[], bytes: RecordBytes): EncodeRecord {
  return (row) => {
    bytes.begin(columns.length)
    for (const { name, nullable, writer, encode } of columns) {
      const value = valueOf(row, name)
      if (value === null || value === undefined) {
        if (!nullable) throw missingCell(name)
        bytes.empty()
      } else if (writer === 'text' && typeof value === 'string') bytes.text(value)
      else if (writer === undefined || writer === 'text' || !bytes[writer](value)) bytes.text(encode(value))
    }
    bytes.end()
  }
}
