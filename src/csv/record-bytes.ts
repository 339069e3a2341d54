// In: the cells of a record, one after another. Out: its bytes.

import { writeInstantText, writeMilliseconds } from './instant-bytes.js'
import { writeDecimalText, writeWholeNumber } from './number-bytes.js'
import { textBytes, writeLowerCase, writeText } from './text-bytes.js'

/** A cell that would make its record too long. Thrown before memory is taken for it. */
export class RecordTooLong extends Error {
  constructor() {
    super(`at most ${MAX_RECORD_BYTES} bytes of CSV`)
  }
}

/** What the reader refuses must not be published: it takes no cell that is longer. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024

const LF = 10
const CR = 13
const COMMA = 44

// Longer text is left to the runtime, whose calls cost more and whose characters cost less.
const SHORT_CHARACTERS = 96
const SHORT_BYTES = textBytes(SHORT_CHARACTERS)

// Nine batches of 64 rows are cut from one block: a block or a copy for each batch took a fifth of the time.
const BLOCK_BYTES = 256 * 1024

/**
 * Bytes of records under construction. Every cell is written with the comma after it; the end of a record replaces the
 * last one. What returns a boolean writes the value only where that takes no more than copying digits; it returns false,
 * and nothing is written, for all that is left to the codec of the kind.
 *
 * A class, as its methods are called for every cell: functions that share variables made whole records 12 % slower.
 */
export class RecordBytes {
  private bytes = Buffer.alloc(0)
  // Where what is handed out next begins, where the record does, and where the next byte goes.
  private taken = 0
  private start = 0
  private position = 0
  // Beyond it a short cell and the commas of the whole record may not fit.
  private limit = 0
  private reserved = 0

  /** How many bytes were written since the last `take`; set to fewer, the others are taken away again. */
  get length(): number {
    return this.position - this.taken
  }

  set length(count: number) {
    this.position = this.taken + count
  }

  /** Begins a record of so many cells. */
  begin(cells: number): void {
    this.start = this.position
    this.reserved = SHORT_BYTES + cells + 2
    this.makeRoom(0)
  }

  empty(): void {
    this.bytes[this.position++] = COMMA
  }

  text(value: string): void {
    const { length } = value
    if (length > SHORT_CHARACTERS || length === 0) {
      this.longText(value)
      return
    }
    if (this.position > this.limit) this.makeRoom(0)
    const end = writeText(this.bytes, this.position, value)
    this.bytes[end] = COMMA
    this.position = end + 1
  }

  lowerCase(value: unknown): boolean {
    if (typeof value !== 'string' || value.length > SHORT_CHARACTERS) return false
    if (this.position > this.limit) this.makeRoom(0)
    return this.endCell(writeLowerCase(this.bytes, this.position, value) - this.position)
  }

  integer(value: unknown): boolean {
    if (this.position > this.limit) this.makeRoom(0)
    return typeof value === 'number' && this.endCell(writeWholeNumber(this.bytes, this.position, value))
  }

  decimal(value: unknown): boolean {
    if (typeof value !== 'string') return this.integer(value)
    if (this.position > this.limit) this.makeRoom(0)
    return (
      value.length <= SHORT_CHARACTERS && this.endCell(writeDecimalText(this.bytes, this.position, value))
    )
  }

  instant(value: unknown): boolean {
    if (this.position > this.limit) this.makeRoom(0)
    if (typeof value === 'string') return this.endCell(writeInstantText(this.bytes, this.position, value))
    return (
      value instanceof Date &&
      this.endCell(writeMilliseconds(this.bytes, this.position, millisecondsOf(value)))
    )
  }

  end(): void {
    this.bytes[this.position - 1] = CR
    this.bytes[this.position++] = LF
  }

  /** Writes a whole record that was made elsewhere. */
  record(text: string): void {
    this.start = this.position
    this.write(text)
  }

  /** Hands out what was written since the last time. These bytes are not written again. */
  take(): Uint8Array {
    const written = this.bytes.subarray(this.taken, this.position)
    this.taken = this.position
    return written
  }

  private longText(value: string): void {
    // The empty cell is null: the quotes tell empty text from it.
    const quoted = value === '' || needsQuotes(value)
    this.write(quoted ? `"${value.replaceAll('"', '""')}"` : value)
    this.bytes[this.position++] = COMMA
  }

  private write(text: string): void {
    if (this.position - this.start + text.length > MAX_RECORD_BYTES) throw new RecordTooLong()
    this.makeRoom(3 * text.length)
    this.position += this.bytes.write(text, this.position)
  }

  /** Ends the cell that took so many bytes. */
  private endCell(count: number): boolean {
    if (count === 0) return false
    this.position += count
    this.bytes[this.position++] = COMMA
    return true
  }

  private makeRoom(count: number): void {
    const { bytes, position, taken, reserved } = this
    if (position + count + reserved > bytes.length) {
      const written = position - taken
      this.bytes = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, 2 * (written + count + reserved)))
      bytes.copy(this.bytes, 0, taken, position)
      this.start -= taken
      this.position = written
      this.taken = 0
    }
    this.limit = this.bytes.length - reserved
  }
}

/** NaN of what only has the prototype of a Date. */
function millisecondsOf(date: Date): number {
  try {
    return Date.prototype.getTime.call(date)
  } catch {
    return NaN
  }
}

/** Four searches of the runtime are faster than one regular expression, which looks at each character. */
function needsQuotes(text: string): boolean {
  return text.includes(',') || text.includes('"') || text.includes('\n') || text.includes('\r')
}
