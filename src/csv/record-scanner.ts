// In: bytes in chunks cut anywhere. Out: one record after another, as the places of its cells among the bytes.

import type { Dialect } from './dialect.js'
import { MAX_RECORD_BYTES } from './record-limit.js'

/** Bytes that are no CSV: on which line and how many bytes from the start, and which rule they break. */
export class MalformedCsv extends Error {
  readonly line: number
  readonly offset: number
  readonly rule: string
  constructor(line: number, offset: number, rule: string) {
    super(rule)
    this.line = line
    this.offset = offset
    this.rule = rule
  }
}

const LF = 10
const CR = 13
const BYTE_ORDER_MARK = Buffer.from('\uFEFF')

const FIRST_BYTES = 128 * 1024
const FIRST_CELLS = 64

const COMMA = 44

// Four bytes at a time, as in the words of a little-endian machine: the bound above the comma, and the high bits.
const BOUND_IN_EACH = 0x2d2d2d2d
const HIGH_BIT_OF_EACH = 0x80808080 | 0
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

/**
 * Finds records strictly: a quote within an unquoted cell, text after a closing quote, a bare CR or an unclosed quote is
 * an error, as guessing would shift amounts between columns. LF and CRLF both end a record. A byte order mark at the very
 * start is passed over.
 *
 * No byte is looked at twice, however long a record is, and no more is held than the record under way and what was
 * written after it.
 *
 * @throws MalformedCsv from `next`.
 */
export class RecordScanner {
  /** The bytes in which the cells lie, until the next `write`. */
  bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  /** How many cells the record has. */
  count = 0
  /** Cell `n` lies after `bounds[n]` and before `bounds[n + 1]`, quotes included. */
  bounds = new Int32Array(FIRST_CELLS)
  /** Where the record begins among the bytes. */
  recordStart = 0
  /** The line on which it begins; 1 is the header's. */
  recordLine = 1
  /** The line that has been reached. */
  line = 1

  private readonly delimiter: number
  private readonly quote: number
  private readonly escape: number
  /** 1 for each byte that means something outside of quotes. */
  private readonly special = new Uint8Array(0x100)
  /** Whether four bytes can be looked at at once: where none of the special ones is above the comma. */
  private readonly readsWords: boolean
  private words = new Int32Array(this.bytes.buffer)
  /** How many bytes of the file came before `bytes`. */
  private before = 0
  private filled = 0
  private position = 0
  private withinQuotes = false
  private highBits = 0
  private complete = false

  constructor({ delimiter, quote, escape }: Pick<Dialect, 'delimiter' | 'quote' | 'escape'>) {
    this.delimiter = delimiter.charCodeAt(0)
    this.quote = quote.charCodeAt(0)
    this.escape = escape.charCodeAt(0)
    for (const code of [this.delimiter, this.quote, LF, CR]) this.special[code] = 1
    this.readsWords = IS_LITTLE_ENDIAN && this.delimiter <= COMMA && this.quote <= COMMA
    this.bounds[0] = -1
  }

  /** Whether the record may have bytes that are not ASCII; false when it has none. */
  get mayBeBeyondAscii(): boolean {
    return this.highBits !== 0
  }

  /** How many bytes of the file stand before the record. */
  get recordOffset(): number {
    return this.before + this.recordStart
  }

  /** How many bytes were written: how far into the file it is. */
  get offset(): number {
    return this.before + this.filled
  }

  /** Takes more bytes, in whole characters; they are copied. */
  write(piece: Uint8Array): void {
    const isFirst = this.offset === 0 && piece.length > 0
    if (this.filled + piece.length > this.bytes.length) this.makeRoom(piece.length)
    this.bytes.set(piece, this.filled)
    this.filled += piece.length
    if (isFirst && BYTE_ORDER_MARK.equals(piece.subarray(0, BYTE_ORDER_MARK.length))) {
      this.position = BYTE_ORDER_MARK.length
      this.beginRecord()
    }
  }

  /**
   * Goes to the next record. False when its end is not among the bytes: `write` more of them, or say that the last ones
   * have come; then false means that there are no more records.
   */
  next(isLast = false): boolean {
    if (this.complete) this.beginRecord()
    const { bytes, filled, delimiter, quote } = this
    for (;;) {
      if (this.withinQuotes && !this.closesQuotes(isLast)) return this.wait()
      if (!this.readsWords || !this.passWords()) this.passBytes()
      const { position } = this
      if (position === filled) {
        if (!isLast) return this.wait()
        return position > this.recordStart && this.endRecord(position)
      }
      const code = bytes[position]
      if (code === LF) return this.endRecord(position + 1)
      if (code === delimiter) this.makeRoomForCells()
      else if (code === quote) {
        if (position !== (this.bounds[this.count] ?? 0) + 1)
          throw this.malformed('a quote within an unquoted cell')
        this.withinQuotes = true
        this.position++
      } else {
        if (position + 1 === filled && !isLast) return this.wait()
        if (bytes[position + 1] !== LF || position + 1 === filled)
          throw this.malformed('a carriage return outside of quotes')
        return this.endRecord(position + 2)
      }
    }
  }

  // Nothing is called and no field is read within the two loops that follow: either made them twice as slow.

  /** Notes the cells up to the first byte that is special and no delimiter; false if there is none in the whole words. */
  private passWords(): boolean {
    const { bytes, words, filled, delimiter, special, bounds } = this
    const room = bounds.length - 1
    const end = filled >> 2
    let { count, highBits } = this
    // Of the first word only what follows the position.
    let mask = -1 << ((this.position & 3) << 3)
    let found = -1
    for (let place = this.position >> 2; place < end && found < 0; place++) {
      const word = words[place] ?? 0
      highBits |= word
      // The high bit of each byte below the bound, by the borrow of the subtraction. It may set that of the byte after
      // one, too: each is looked at. Only one byte in ten is.
      let marks = (word - BOUND_IN_EACH) & ~word & HIGH_BIT_OF_EACH & mask
      mask = -1
      for (; marks !== 0; marks &= marks - 1) {
        const index = (place << 2) + ((31 - Math.clz32(marks & -marks)) >> 3)
        const code = bytes[index] ?? 0
        if (special[code] === 0) continue
        if (code !== delimiter || count === room) {
          found = index
          break
        }
        bounds[++count] = index
      }
    }
    this.position = found < 0 ? Math.max(this.position, end << 2) : found
    this.count = count
    this.highBits = highBits & HIGH_BIT_OF_EACH
    return found >= 0
  }

  /** The same, byte by byte to the end of what is there. */
  private passBytes(): void {
    const { bytes, filled, delimiter, special, bounds } = this
    const room = bounds.length - 1
    let index = this.position
    let { count, highBits } = this
    for (; index < filled; index++) {
      const code = bytes[index] ?? 0
      highBits |= code & 0x80
      if (special[code] === 0) continue
      if (code !== delimiter || count === room) break
      bounds[++count] = index
    }
    this.position = index
    this.count = count
    this.highBits = highBits
  }

  /** Goes to the place after the closing quote, where a cell must end; false when more bytes must tell. */
  private closesQuotes(isLast: boolean): boolean {
    const { bytes, filled, quote, escape } = this
    let index = this.position
    let highBits = 0
    let lines = 0
    let closing = -1
    for (; index < filled; index++) {
      const code = bytes[index] ?? 0
      highBits |= code
      if (code === LF) lines++
      else if (code === quote || code === escape) {
        // What it means is told by the byte after it.
        if (index + 1 === filled && !isLast) break
        const next = index + 1 < filled ? bytes[index + 1] : undefined
        if (code === escape && (next === quote || next === escape)) index++
        else if (code === quote) {
          closing = index
          break
        }
      }
    }
    this.highBits |= highBits & 0x80
    this.line += lines
    this.position = index
    if (closing < 0) {
      if (isLast) throw this.unclosed()
      return false
    }
    const after = bytes[closing + 1] ?? 0
    this.withinQuotes = false
    this.position = closing + 1
    if (closing + 1 < filled && (this.special[after] === 0 || after === quote))
      throw this.malformed('text after a closing quote')
    return true
  }

  /** Ends the record before the place `next`, its last cell at the place that has been reached. */
  private endRecord(next: number): true {
    if (next - this.recordStart > MAX_RECORD_BYTES) throw this.tooLong()
    if (this.count === this.bounds.length - 1) this.makeRoomForCells()
    this.bounds[++this.count] = this.position
    this.line++
    this.position = next
    this.complete = true
    return true
  }

  private beginRecord(): void {
    this.complete = false
    this.count = 0
    this.highBits = 0
    this.recordLine = this.line
    this.recordStart = this.position
    this.bounds[0] = this.position - 1
  }

  private wait(): false {
    if (this.filled - this.recordStart > MAX_RECORD_BYTES) throw this.tooLong()
    return false
  }

  private malformed(rule: string): MalformedCsv {
    return new MalformedCsv(this.line, this.before + this.position, rule)
  }

  private unclosed(): MalformedCsv {
    const opening = this.before + (this.bounds[this.count] ?? 0) + 1
    const rule = 'a quoted cell that is not closed; the file may be cut short'
    return new MalformedCsv(this.recordLine, opening, rule)
  }

  /** A record that never ends, by a lost quote in a large file, must not take all of the memory. */
  private tooLong(): MalformedCsv {
    const rule = `a record of more than ${MAX_RECORD_BYTES} bytes`
    return new MalformedCsv(this.recordLine, this.recordOffset, rule)
  }

  /** Puts the record under way in front, in a larger block if it takes more than half of this one. */
  private makeRoom(count: number): void {
    if (this.complete) this.beginRecord()
    const { bytes, recordStart, filled } = this
    const held = filled - recordStart
    if (2 * (held + count) > bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(4 * (held + count))
      this.words = new Int32Array(this.bytes.buffer)
    }
    bytes.copy(this.bytes, 0, recordStart, filled)
    for (let cell = 0; cell <= this.count; cell++) {
      this.bounds[cell] = (this.bounds[cell] ?? 0) - recordStart
    }
    this.before += recordStart
    this.position -= recordStart
    this.filled = held
    this.recordStart = 0
  }

  private makeRoomForCells(): void {
    const bounds = new Int32Array(2 * this.bounds.length)
    bounds.set(this.bounds)
    this.bounds = bounds
  }
}
