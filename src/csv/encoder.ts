// In: a row. Out: one RFC 4180 record. The default dialect, compiled to one function for the columns of a file;
// closures do the same, slower, where code generation from strings is not allowed.

import { cellText, isInheritedByAll, missingCell, type OutputColumn } from './output-columns.js'

/** Makes one record, with its line end, of a row. Throws UnfitColumn when a cell does not fit. */
export type EncodeRecord = (row: object) => string

const NEEDS_QUOTES = /[",\r\n]/

/** Text as it stands between two commas. The empty string is quoted: the empty cell is null. */
export function quoteCell(text: string): string {
  if (text === '') return '""'
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The fastest engine that may run here. */
export function recordEncoder(columns: readonly OutputColumn[]): EncodeRecord {
  return allowsCodeGeneration() ? compiledRecordEncoder(columns) : closureRecordEncoder(columns)
}

/**
 * Generates the function for a list of columns. For a text column, a decimal one and a required one it reads
 *
 *     let v, record = ''
 *     v = row["profile_id"]
 *     if (typeof v === 'string') record += v === '' || needsQuotes.test(v) ? quoteCell(v) : v
 *     else if (v !== null && v !== undefined) record += quoteCell(encode[0](v))
 *     record += ','
 *     v = row["revenue_usd"]
 *     if (v !== null && v !== undefined) record += quoteCell(encode[1](v))
 *     record += ','
 *     v = row["event_datetime"]
 *     if (v !== null && v !== undefined) record += quoteCell(encode[2](v))
 *     else throw missingCell("event_datetime")
 *     return record + '\r\n'
 *
 * Names come into it as JSON string literals only, so that no name can be code.
 */
export function compiledRecordEncoder(columns: readonly OutputColumn[]): EncodeRecord {
  const body = columns.map((column, index) => {
    const name = JSON.stringify(column.name)
    const read = isInheritedByAll(column.name)
      ? `Object.hasOwn(row, ${name}) ? row[${name}] : undefined`
      : `row[${name}]`
    const verbatim = column.verbatimText
      ? `if (typeof v === 'string') record += v === '' || needsQuotes.test(v) ? quoteCell(v) : v\nelse `
      : ''
    const missing = column.nullable ? '' : `\nelse throw missingCell(${name})`
    return `v = ${read}\n${verbatim}if (v !== null && v !== undefined) record += quoteCell(encode[${index}](v))${missing}`
  })
  const code = `return (row) => {\nlet v, record = ''\n${body.join(`\nrecord += ','\n`)}\nreturn record + '\\r\\n'\n}`
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the point of this engine; see the sample above
  const build = new Function('encode', 'quoteCell', 'needsQuotes', 'missingCell', code) as (
    ...bindings: unknown[]
  ) => EncodeRecord
  const encode = columns.map((column) => column.encode)
  return build(encode, quoteCell, NEEDS_QUOTES, missingCell)
}

/** The same records without code generation. */
export function closureRecordEncoder(columns: readonly OutputColumn[]): EncodeRecord {
  return (row) => {
    let record = ''
    let separator = ''
    for (const column of columns) {
      const text = cellText(column, row)
      record += text === null ? separator : separator + quoteCell(text)
      separator = ','
    }
    return record + '\r\n'
  }
}

// `node --disallow-code-generation-from-strings`, Content Security Policy and some edge runtimes refuse it.
function allowsCodeGeneration(): boolean {
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- only asks whether it would work
    new Function('')
    return true
  } catch {
    return false
  }
}
