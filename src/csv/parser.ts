// In: text in chunks cut anywhere. Out: records of cells, each with the line it begins on.

import { ExportError, type ErrorDetails } from '../errors.js'
import type { Dialect } from './dialect.js'

/** A cell as it stands: null when it is empty and not quoted, '' when it is `""`. */
export type Field = string | null

export interface CsvRecord {
  readonly fields: readonly Field[]
  /** The line of the file on which the record begins; 1 is the header's. */
  readonly line: number
}

export interface CsvParser {
  write(text: string): void
  /** Completes the last record, which may lack its line end. */
  end(): void
  /** The records completed since the last call; those before the error when there was one. */
  take(): CsvRecord[]
  /** The line that has been reached. */
  readonly line: number
}

/** Text that is not CSV: where, and which rule it breaks. */
export class MalformedCsv extends Error {
  readonly line: number
  readonly rule: string
  constructor(line: number, rule: string) {
    super(rule)
    this.line = line
    this.rule = rule
  }
}

/** The error of a file that is not CSV. `told` is the rule in a sentence, where `rule` is none. */
export function csvMalformed(
  details: ErrorDetails['CSV_MALFORMED'],
  { told = details.rule, cause }: { readonly told?: string; readonly cause?: unknown } = {},
): ExportError {
  return new ExportError(
    'CSV_MALFORMED',
    `${details.dataset} line ${details.line}: ${told}; get the file again, or have the day exported again`,
    details,
    cause === undefined ? {} : { cause },
  )
}

/** In characters. A cell that never ends (a lost quote in a large file) must not take all of the memory. */
export const MAX_CELL_LENGTH = 64 * 1024 * 1024

const LF = 10
const CR = 13

type State = 'start of cell' | 'unquoted' | 'quoted' | 'closed'

/**
 * Parses CSV strictly: a quote within an unquoted cell, text after a closing quote, a bare CR or an unclosed quote is
 * an error, as guessing would shift amounts between columns. LF and CRLF both end a record.
 *
 * @throws MalformedCsv
 */
export function csvParser(dialect: Pick<Dialect, 'delimiter' | 'quote' | 'escape'>): CsvParser {
  const delimiter = dialect.delimiter.charCodeAt(0)
  const quote = dialect.quote.charCodeAt(0)
  const doubled = dialect.escape === dialect.quote

  let records: CsvRecord[] = []
  let fields: Field[] = []
  let line = 1
  let recordLine = 1
  let state: State = 'start of cell'
  // What the chunks so far hold of the current cell is in `value`, so that no chunk is looked at twice, however long
  // the cell: `start` is the first character of `text` that is not yet there, `position` the next one to look at.
  let text = ''
  let start = 0
  let position = 0
  let value = ''

  function gather(index: number): void {
    value += text.slice(start, index)
    start = index
  }

  function endCell(field: Field, next: number): void {
    fields.push(field)
    value = ''
    state = 'start of cell'
    position = start = next
  }

  function endRecord(field: Field, next: number): void {
    endCell(field, next)
    records.push({ fields, line: recordLine })
    fields = []
    recordLine = ++line
  }

  /** Ends the cell at `index` if a delimiter or line end stands there; false when the next chunk must tell. */
  function endAt(index: number, field: Field, final: boolean): boolean {
    const code = text.charCodeAt(index)
    if (code === delimiter) endCell(field, index + 1)
    else if (code === LF) endRecord(field, index + 1)
    else if (code === CR) {
      if (index + 1 === text.length && !final) return false
      if (text.charCodeAt(index + 1) !== LF)
        throw new MalformedCsv(line, 'a carriage return outside of quotes')
      endRecord(field, index + 2)
    } else throw new MalformedCsv(line, 'text after a closing quote')
    return true
  }

  function consumeUnquoted(final: boolean): boolean {
    let index = position
    for (; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code === delimiter || code === LF || code === CR) {
        gather(index)
        position = index
        return endAt(index, value === '' ? null : value, final)
      }
      if (code === quote) throw new MalformedCsv(line, 'a quote within an unquoted cell')
    }
    return wait(index)
  }

  function consumeQuoted(final: boolean): boolean {
    for (let index = position; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code === LF) line++
      else if (doubled && code === quote) {
        if (index + 1 === text.length && !final) return wait(index)
        if (text.charCodeAt(index + 1) !== quote) return close(index)
        value += text.slice(start, ++index)
        start = index + 1
      } else if (!doubled && code === quote) {
        return close(index)
      } else if (!doubled && code === dialect.escape.charCodeAt(0)) {
        if (index + 1 === text.length && !final) return wait(index)
        const escaped = text[index + 1]
        if (escaped !== dialect.quote && escaped !== dialect.escape) continue
        value += text.slice(start, index) + escaped
        start = ++index + 1
      }
    }
    return wait(text.length)
  }

  function wait(index: number): false {
    gather(index)
    position = index
    return false
  }

  function close(index: number): true {
    gather(index)
    state = 'closed'
    position = start = index + 1
    return true
  }

  function consume(final: boolean): void {
    while (position < text.length) {
      if (state === 'start of cell') {
        if (text.charCodeAt(position) === quote) {
          state = 'quoted'
          start = ++position
        } else state = 'unquoted'
      } else if (state === 'unquoted') {
        if (!consumeUnquoted(final)) break
      } else if (state === 'quoted') {
        if (!consumeQuoted(final)) break
      } else if (!endAt(position, value, final)) break
    }
    if (value.length + text.length - start > MAX_CELL_LENGTH) {
      throw new MalformedCsv(line, `a cell of more than ${MAX_CELL_LENGTH} characters`)
    }
  }

  return {
    write(chunk) {
      text = text.slice(start) + chunk
      position -= start
      start = 0
      consume(false)
    },
    end() {
      consume(true)
      if (state === 'quoted')
        throw new MalformedCsv(recordLine, 'a quoted cell that is not closed; the file may be cut short')
      if (state === 'unquoted' || state === 'closed') endRecord(value, text.length)
      else if (fields.length > 0) endRecord(null, text.length)
    },
    take() {
      const taken = records
      records = []
      return taken
    },
    get line() {
      return line
    },
  }
}
