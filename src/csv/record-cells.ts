// In: a scanned record. Out: the values of its cells.

import { TextDecoder } from 'node:util'
import type { Dialect } from './dialect.js'
import { readMilliseconds } from './instant-bytes.js'
import { BEYOND_ASCII, placeOf } from './marks.js'
import { isDecimal, readWholeNumber } from './number-bytes.js'
import type { RecordScanner } from './record-scanner.js'

const SHORT_CHARACTERS = 1000

// What is made a string at once, to cut cells from it: a record and those after it up to here. A cell that is kept keeps it.
const TEXT_BYTES = 4096

// A record with a cell beyond ASCII in so many bytes or fewer is decoded as a whole. In others the cells are far apart, and to
// go from one to the next takes longer than the call into the runtime for each.
const BYTES_A_CELL = 64

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
  private marks: Int32Array
  private first = 0
  private recordStart = 0
  private recordEnd = 0
  // What is added to a place to get that in the file.
  private shift = 0
  // The record and some that follow as one string, a character a byte: to cut a cell from it takes 3 ns, and 49 to make a
  // string of its bytes. Where in the file it begins and ends.
  private text = ''
  private textStart = 0
  private textEnd = 0
  // The same with UTF-8 decoded, once it is needed, and where in the file one of its UTF-16 units is.
  private unicode = ''
  private decoder: TextDecoder | undefined
  private unicodeEnd = 0
  private knownByte = 0
  private knownUnit = 0
  private isDense = false
  private beyondAscii = 0

  constructor(record: RecordScanner, { quote, escape }: Pick<Dialect, 'quote' | 'escape'>) {
    this.record = record
    this.quote = quote.charCodeAt(0)
    this.escape = escape
    this.escapeCode = escape.charCodeAt(0)
    this.escaped = new RegExp(`${literal(escape)}([${literal(escape)}${literal(quote)}])`, 'g')
    this.bytes = record.bytes
    this.marks = record.marks
  }

  /** Turns to the record. No cell after the one at `last` will be read. */
  begin(last: number): void {
    this.isDense = this.beyondAscii * BYTES_A_CELL > this.recordEnd - this.recordStart
    this.beyondAscii = 0
    const { bytes, marks, first } = this.record
    this.bytes = bytes
    this.marks = marks
    this.first = first
    this.recordStart = placeOf(marks[first] ?? 0) + 1
    this.recordEnd = placeOf(marks[first + last + 1] ?? 0)
    this.shift = this.record.recordOffset - this.recordStart
    // Now, and not when a cell needs it: for each cell to look whether it is there made short rows 15 % slower.
    if (this.recordEnd + this.shift > this.textEnd) this.readText()
  }

  field(index: number): Field {
    const { marks } = this
    const at = this.first + index
    const start = placeOf(marks[at] ?? 0) + 1
    const mark = marks[at + 1] ?? 0
    const end = placeOf(mark)
    if (start === end) return null
    const isBeyondAscii = (mark & BEYOND_ASCII) !== 0
    if (this.bytes[start] === this.quote) return this.quoted(start + 1, end - 1, isBeyondAscii)
    return isBeyondAscii ? this.utf8(start, end) : this.ascii(start, end)
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
    const start = this.after(index)
    return this.bytes[start] === this.quote && start !== this.after(index + 1) - 1 ? start + 1 : start
  }

  private endOf(index: number, start: number): number {
    const end = this.after(index + 1) - 1
    return start > this.after(index) ? end - 1 : end
  }

  /** The place after a mark. */
  private after(index: number): number {
    return placeOf(this.marks[this.first + index] ?? 0) + 1
  }

  private quoted(start: number, end: number, isBeyondAscii: boolean): string {
    if (start === end) return ''
    return this.unescaped(isBeyondAscii ? this.utf8(start, end) : this.ascii(start, end))
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

  private ascii(start: number, end: number): string {
    const shift = this.shift - this.textStart
    return this.text.slice(start + shift, end + shift)
  }

  /** A call into the runtime for each cell of é and a few letters took a third longer for the whole record. */
  private utf8(start: number, end: number): string {
    this.beyondAscii++
    if (!this.isDense) return this.bytes.toString('utf8', start, end)
    const { bytes, shift } = this
    if (this.recordEnd + shift > this.unicodeEnd || this.knownByte < shift) this.readUnicode()
    const place = this.knownByte - shift
    // Columns may be asked for in another order than that of the file.
    const from =
      this.knownUnit + (start >= place ? unitsOf(bytes, place, start) : -unitsOf(bytes, start, place))
    this.knownUnit = from + unitsOf(bytes, start, end)
    this.knownByte = end + shift
    return this.unicode.slice(from, this.knownUnit)
  }

  private readText(): void {
    const { bytes, recordStart, shift } = this
    const end = this.endOfText()
    this.text = bytes.toString('latin1', recordStart, end)
    this.textStart = recordStart + shift
    this.textEnd = end + shift
  }

  private readUnicode(): void {
    const { bytes, recordStart, shift } = this
    let end = this.endOfText()
    while (end < this.record.filled && ((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end--
    // These are whole characters: as a stream they take two thirds of the time.
    this.decoder ??= new TextDecoder('utf-8', { ignoreBOM: true })
    this.unicode = this.decoder.decode(bytes.subarray(recordStart, end), { stream: true })
    this.unicodeEnd = end + shift
    this.knownByte = recordStart + shift
    this.knownUnit = 0
  }

  private endOfText(): number {
    return Math.max(this.recordEnd, Math.min(this.recordStart + TEXT_BYTES, this.record.filled))
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
