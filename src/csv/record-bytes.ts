// In: the cells of a record, one after another. Out: its bytes.

import type { EncodeCell } from './cells.js'
import { MAX_RECORD_BYTES } from './dialect.js'
import { writeInstantText, writeMilliseconds } from './instant-bytes.js'
import { writeDecimalText, writeWholeNumber } from './number-bytes.js'
import { textBytes, writeLowerCase, writeText } from './text-bytes.js'

/** A cell that would make its record too long. Thrown before memory is taken for it. */
export class RecordTooLong extends Error {
  constructor() {
    super(`at most ${MAX_RECORD_BYTES} bytes of CSV`)
  }
}

/** The records of one batch have no room together. The row at which it shows is not to blame, and is not left out. */
export class TooManyRecords extends Error {
  readonly mend: string
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.mend = 'encode fewer rows at once'
  }
}

const LF = 10
const CR = 13
const COMMA = 44

// Longer text is left to the runtime, whose calls cost more and whose characters cost less: of 36 characters (a UUID) 59
// ns against 77, of 48 86 against 73, of 96 155 against 75.
const SHORT_CHARACTERS = 40
const SHORT_BYTES = textBytes(SHORT_CHARACTERS)

// Batches are cut from one block: a block for each one of 64 rows, new pages every time, took as long as all the rest.
const BLOCK_BYTES = 256 * 1024
const BATCHES_A_BLOCK = 8

// Hashes, compression and files take less than 2 GiB at once, and Node 20 has no buffers of more than 4.
const MAX_BATCH_BYTES = 1024 * 1024 * 1024

// Longer text is measured before there is room made for it: three bytes for each of its characters would be too much.
const MEASURED_CHARACTERS = 64 * 1024

const NO_BYTES = Buffer.alloc(0)

/**
 * Bytes of records under construction. Every cell is written with the comma after it; the end of a record replaces the
 * last one. null and undefined are the empty cell. A value of the usual form is written at once; what needs more than
 * copying characters goes through `encode`, the codec of its kind, which makes text of it or throws.
 *
 * A class, as its methods are called for every cell: functions that share variables made whole records 12 % slower.
 */
export class RecordBytes {
  /**
   * One that is never used and never collected: where no instance is left the runtime throws away, after a few
   * collections, all that it has compiled for them.
   */
  static readonly lasting = new RecordBytes()

  private bytes: Buffer = NO_BYTES
  /** How many bytes the last batch took. */
  private batchBytes = 0
  // Where what is handed out next begins, where the record does, and where the next byte goes.
  private taken = 0
  private start = 0
  private position = 0
  // Beyond it a short cell and the commas of the whole record may not fit.
  private limit = 0
  private reserved = 0

  /** With `lends`, what `take` hands out is only lent: the next record is written over it. */
  constructor(private readonly lends = false) {}

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

  text(value: unknown, encode: EncodeCell): void {
    if (typeof value === 'string') this.writeCell(value)
    else this.encoded(value, encode)
  }

  lowerCase(value: unknown, encode: EncodeCell): void {
    if (typeof value === 'string' && value.length <= SHORT_CHARACTERS) {
      if (this.position > this.limit) this.makeRoom(0)
      if (this.endsCell(writeLowerCase(this.bytes, this.position, value) - this.position)) return
    }
    this.encoded(value, encode)
  }

  integer(value: unknown, encode: EncodeCell): void {
    if (typeof value === 'number') {
      if (this.position > this.limit) this.makeRoom(0)
      if (this.endsCell(writeWholeNumber(this.bytes, this.position, value))) return
    }
    this.encoded(value, encode)
  }

  decimal(value: unknown, encode: EncodeCell): void {
    if (typeof value === 'string' && value.length <= SHORT_CHARACTERS) {
      if (this.position > this.limit) this.makeRoom(0)
      if (this.endsCell(writeDecimalText(this.bytes, this.position, value))) return
      this.encoded(value, encode)
    } else this.integer(value, encode)
  }

  instant(value: unknown, encode: EncodeCell): void {
    if (typeof value === 'string') {
      if (this.position > this.limit) this.makeRoom(0)
      if (this.endsCell(writeInstantText(this.bytes, this.position, value))) return
    } else if (value instanceof Date) {
      if (this.position > this.limit) this.makeRoom(0)
      if (this.endsCell(writeMilliseconds(this.bytes, this.position, millisecondsOf(value)))) return
    }
    this.encoded(value, encode)
  }

  /** Any value as its codec has it. */
  encoded(value: unknown, encode: EncodeCell): void {
    if (value === null || value === undefined) this.bytes[this.position++] = COMMA
    else this.writeCell(encode(value))
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

  /** Hands out what was written since the last time. Unless lent, it is not written again; the buffer may have more. */
  take(): Uint8Array {
    const written = this.bytes.subarray(this.taken, this.position)
    this.batchBytes = written.length
    this.taken = this.position
    if (this.lends) this.taken = this.position = 0
    // A block that one large batch has needed is not kept for the small ones after it.
    if (this.bytes.length > BLOCK_BYTES) {
      this.bytes = NO_BYTES
      this.taken = this.position = 0
    }
    return written
  }

  private writeCell(text: string): void {
    const { length } = text
    if (length > SHORT_CHARACTERS || length === 0) {
      this.writeLongCell(text)
      return
    }
    if (this.position > this.limit) this.makeRoom(0)
    const end = writeText(this.bytes, this.position, text)
    this.bytes[end] = COMMA
    this.position = end + 1
  }

  private writeLongCell(value: string): void {
    if (value.length > MAX_RECORD_BYTES) throw new RecordTooLong()
    // The empty cell is null: the quotes tell empty text from it.
    const quoted = value === '' || needsQuotes(value)
    this.write(quoted ? `"${value.replaceAll('"', '""')}"` : value)
    this.bytes[this.position++] = COMMA
  }

  private write(text: string): void {
    if (this.position - this.start + text.length > MAX_RECORD_BYTES) throw new RecordTooLong()
    this.makeRoom(text.length > MEASURED_CHARACTERS ? Buffer.byteLength(text) : 3 * text.length)
    this.position += this.bytes.write(text, this.position)
  }

  /** Ends the cell that took so many bytes; false if it took none. */
  private endsCell(count: number): boolean {
    if (count === 0) return false
    this.position += count
    this.bytes[this.position++] = COMMA
    return true
  }

  private makeRoom(count: number): void {
    const { bytes, position, taken, reserved } = this
    // An application that has transferred what it was handed has taken the block away with it: it has no length then.
    if (position + count + reserved > bytes.length) {
      const written = position - taken
      const needed = written + count + reserved
      if (needed > MAX_BATCH_BYTES)
        throw new TooManyRecords(`expected at most ${MAX_BATCH_BYTES} bytes of CSV in one batch`)
      const foreseen = Math.min(BATCHES_A_BLOCK * this.batchBytes, BLOCK_BYTES)
      // Twice of it only where there are others before it: a batch of one long record needs no more.
      const roomy = written > 0 ? Math.min(2 * needed, MAX_BATCH_BYTES) : needed
      this.bytes = block(Math.max(needed, roomy, foreseen))
      if (written > 0) bytes.copy(this.bytes, 0, taken, position)
      this.start -= taken
      this.position = written
      this.taken = 0
    }
    this.limit = this.bytes.length - reserved
  }
}

function block(size: number): Buffer {
  try {
    return Buffer.allocUnsafeSlow(size)
  } catch (error) {
    throw new TooManyRecords(`expected memory for ${size} bytes of CSV`, { cause: error })
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
