// In: a scanned record. Out: the values of its cells.

import type { Dialect } from './dialect.js'
import { readMilliseconds } from './instant-bytes.js'
import { isDecimal, readWholeNumber } from './number-bytes.js'
import type { RecordScanner } from './record-scanner.js'

const SHORT_CHARACTERS = 1000

// Of a record with more cells beyond ASCII all is decoded at once: where each cell is short and has an é, a call into the
// runtime for each took a quarter longer.
const CALLS_A_RECORD = 1

/** A cell as it stands: null when it is empty and not quoted, '' when it is `""`. */
export type Field = string | null

/**
 * The cells of the record that a scanner has come to. null is the empty cell. A cell of the usual form is read from its
 * bytes; all else is left to `decode`, the codec of its kind, which reads the cell or throws.
 */
export class RecordCells {
  private readonly record: RecordScanner
  private readonly quote: number
  private readonly escape: string
  private readonly escapeCode: number
  private readonly escaped: RegExp
  // Of the record; its fields are read for every cell.
  private bytes: Buffer
  private bounds: Int32Array
  private recordStart = 0
  private recordEnd = 0
  private mayBeBeyondAscii = false
  // The record as one string, a character a byte: to cut a cell from it takes 3 ns, and 49 to make a string of
  // its bytes. Not of more than one record, as a cell that is kept keeps all of the string.
  private text = ''
  // The same with UTF-8 decoded, once it is needed, and which byte of the record one of its UTF-16 units is.
  private unicode = ''
  private calls = 0
  private knownByte = 0
  private knownUnit = 0

  constructor(record: RecordScanner, { quote, escape }: Pick<Dialect, 'quote' | 'escape'>) {
    this.record = record
    this.quote = quote.charCodeAt(0)
    this.escape = escape
    this.escapeCode = escape.charCodeAt(0)
    this.escaped = new RegExp(`${literal(escape)}([${literal(escape)}${literal(quote)}])`, 'g')
    this.bytes = record.bytes
    this.bounds = record.bounds
  }

  /** Turns to the record, of which no cell after the one at `last` will be read. */
  begin(last: number): void {
    const { bytes, bounds, recordStart, mayBeBeyondAscii } = this.record
    this.bytes = bytes
    this.bounds = bounds
    this.recordStart = recordStart
    this.mayBeBeyondAscii = mayBeBeyondAscii
    this.recordEnd = bounds[last + 1] ?? 0
    // At once: for each cell to look whether it is there made short rows 15 % slower.
    this.text = bytes.toString('latin1', recordStart, this.recordEnd)
    if (mayBeBeyondAscii) {
      this.unicode = ''
      this.calls = 0
    }
  }

  field(index: number): Field {
    const start = (this.bounds[index] ?? 0) + 1
    const end = this.bounds[index + 1] ?? 0
    if (start === end) return null
    if (this.bytes[start] === this.quote) return this.quoted(start + 1, end - 1)
    return this.mayBeBeyondAscii ? this.utf8(start, end) : this.ascii(start, end)
  }

  integer(index: number, decode: () => unknown): unknown {
    const start = this.startOf(index)
    const end = this.endOf(index, start)
    if (start === end) return null
    const value = readWholeNumber(this.bytes, start, end)
    return value < 0 ? decode() : value
  }

  decimal(index: number, decode: () => unknown): unknown {
    const start = this.startOf(index)
    const end = this.endOf(index, start)
    if (start === end) return null
    return isDecimal(this.bytes, start, end) ? this.ascii(start, end) : decode()
  }

  instant(index: number, decode: () => unknown): unknown {
    const start = this.startOf(index)
    const end = this.endOf(index, start)
    if (start === end) return null
    const milliseconds = readMilliseconds(this.bytes, start, end)
    return Number.isNaN(milliseconds) ? decode() : new Date(milliseconds)
  }

  /** Any cell as its codec has it. */
  decoded(_index: number, decode: () => unknown): unknown {
    return decode()
  }

  /** Where the cell begins, behind its quote if it has one. */
  private startOf(index: number): number {
    const start = (this.bounds[index] ?? 0) + 1
    return this.bytes[start] === this.quote && start !== this.bounds[index + 1] ? start + 1 : start
  }

  private endOf(index: number, start: number): number {
    const end = this.bounds[index + 1] ?? 0
    return start - (this.bounds[index] ?? 0) > 1 ? end - 1 : end
  }

  private quoted(start: number, end: number): string {
    if (start === end) return ''
    const text = this.mayBeBeyondAscii ? this.utf8(start, end) : this.ascii(start, end)
    return this.unescaped(text)
  }

  /** Takes away each escape that stands before a quote or another escape. */
  private unescaped(text: string): string {
    const { escape, quote } = this
    let index = text.indexOf(escape)
    if (index < 0) return text
    // For short text the expression takes almost three times as long; what is put together below would fill the memory
    // for long text.
    if (text.length > SHORT_CHARACTERS) return text.replaceAll(this.escaped, '$1')
    let kept = ''
    let from = 0
    for (; index >= 0; index = text.indexOf(escape, index + 1)) {
      const next = text.charCodeAt(index + 1)
      if (next !== quote && next !== this.escapeCode) continue
      kept += text.slice(from, index)
      from = ++index
    }
    return kept + text.slice(from)
  }

  private utf8(start: number, end: number): string {
    const { bytes } = this
    let highBits = 0
    for (let index = start; index < end; index++) highBits |= bytes[index] ?? 0
    if ((highBits & 0x80) === 0) return this.ascii(start, end)
    if (this.calls++ < CALLS_A_RECORD) return bytes.toString('utf8', start, end)
    return this.ofUnicode(start, end)
  }

  private ofUnicode(start: number, end: number): string {
    const { bytes, recordStart, recordEnd } = this
    if (this.unicode === '') {
      this.unicode = bytes.toString('utf8', recordStart, recordEnd)
      this.knownByte = recordStart
      this.knownUnit = 0
    }
    // Columns may be asked for in another order than that of the file.
    const isBehind = start < this.knownByte
    const from = isBehind
      ? unitsOf(bytes, recordStart, start)
      : this.knownUnit + unitsOf(bytes, this.knownByte, start)
    this.knownUnit = from + unitsOf(bytes, start, end)
    this.knownByte = end
    return this.unicode.slice(from, this.knownUnit)
  }

  private ascii(start: number, end: number): string {
    return this.text.slice(start - this.recordStart, end - this.recordStart)
  }
}

/** How many UTF-16 units whole characters in UTF-8 are. */
function unitsOf(bytes: Uint8Array, start: number, end: number): number {
  let units = 0
  for (let index = start; index < end; index++) {
    const byte = bytes[index] ?? 0
    // One for a character's first byte, and another one where it is the first of four.
    if ((byte & 0b1100_0000) !== 0b1000_0000) units++
    if (byte >= 0b1111_0000) units++
  }
  return units
}

function literal(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}
