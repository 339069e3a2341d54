// In: bytes in chunks cut anywhere. Out: one record after another, as the places of its cells among the bytes.

import { MAX_RECORD_BYTES, type Dialect } from './dialect.js'
import { BEYOND_ASCII, marker, markOf, NO_DELIMITER, PIECE_BYTES, placeOf, type Marker } from './marks.js'

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

/**
 * Finds records strictly: a quote within an unquoted cell, text after a closing quote, a bare CR or an unclosed quote is
 * an error, as guessing would shift amounts between columns. LF and CRLF both end a record. A byte order mark at the very
 * start is passed over.
 *
 * Time is in proportion to the bytes, however long a record is, and no more is held than the record under way and what was
 * written after it.
 *
 * @throws MalformedCsv from `next`.
 */
export class RecordScanner {
  /** The bytes in which the cells lie, until the next `write`. */
  bytes = Buffer.alloc(0)
  /** How many cells the record has. */
  count = 0
  /**
   * Cell `n` lies after the place of `marks[first + n]` and before that of `marks[first + n + 1]`, quotes included. The
   * latter says whether it has bytes beyond ASCII.
   */
  marks = Int32Array.of(markOf(-1), 0)
  first = 0
  /** How many bytes there are. */
  filled = 0
  /** The line on which the record begins; 1 is the header's. */
  recordLine = 1
  /** The line that has been reached. */
  line = 1

  private readonly findMarks: Marker
  private readonly delimiter: number
  private readonly quote: number
  private readonly escape: number
  /** How many bytes of the file came before `bytes`. */
  private before = 0
  private recordStart = 0
  /** How many marks there are. */
  private marked = 1
  /** Which of them is looked at next. Those between it and the ends of the record's cells are of no use any more. */
  private reached = 1
  /** The bit of marks that were passed over within the cell. */
  private beyondAscii = 0
  private withinQuotes = false
  private complete = false

  constructor(dialect: Pick<Dialect, 'delimiter' | 'quote' | 'escape'>) {
    this.findMarks = marker(dialect)
    this.delimiter = dialect.delimiter.charCodeAt(0)
    this.quote = dialect.quote.charCodeAt(0)
    this.escape = dialect.escape.charCodeAt(0)
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
  write(bytes: Uint8Array): void {
    const isFirst = this.offset === 0 && bytes.length > 0
    for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
      this.append(bytes.subarray(from, from + PIECE_BYTES))
    }
    if (isFirst && BYTE_ORDER_MARK.equals(bytes.subarray(0, BYTE_ORDER_MARK.length))) {
      this.recordStart = BYTE_ORDER_MARK.length
      this.marks[this.first] = markOf(this.recordStart - 1)
    }
  }

  /**
   * Goes to the next record. False when its end is not among the bytes: `write` more of them, or say that the last ones
   * have come; then false means that there are no more records.
   */
  next(isLast = false): boolean {
    if (this.complete) this.beginRecord()
    const { bytes, marks, filled } = this
    for (;;) {
      if (this.withinQuotes && !this.closesQuotes(isLast)) return this.wait()
      this.passDelimiters()
      const { reached } = this
      if (reached === this.marked) {
        if (!isLast) return this.wait()
        if (filled <= this.recordStart) return false
        // As if a line end followed.
        marks[this.marked++] = markOf(filled, marks[reached])
        return this.endRecord(reached, reached)
      }
      const mark = marks[reached] ?? 0
      const place = placeOf(mark)
      const code = bytes[place]
      if (code === LF) return this.endRecord(reached, reached)
      if (code === CR) {
        if (place + 1 === filled && !isLast) return this.wait()
        if (place + 1 === filled || bytes[place + 1] !== LF)
          throw this.malformed(place, 'a carriage return outside of quotes')
        return this.endRecord(reached, reached + 1)
      }
      if (code === this.quote) {
        if (place !== this.cellStart()) throw this.malformed(place, 'a quote within an unquoted cell')
        this.withinQuotes = true
      }
      // An escape outside of quotes is text.
      this.beyondAscii |= mark & BEYOND_ASCII
      this.reached++
    }
  }

  /** Takes the marks of delimiters for the ends of cells, up to the first that is another one. */
  private passDelimiters(): void {
    const { marks, marked } = this
    const from = this.reached
    let reached = from
    if (from === marked || ((marks[from] ?? 0) & NO_DELIMITER) !== 0) return
    marks[from] = (marks[from] ?? 0) | this.beyondAscii
    this.beyondAscii = 0
    while (reached < marked && ((marks[reached] ?? 0) & NO_DELIMITER) === 0) reached++
    const to = this.first + this.count + 1
    if (to < from) marks.copyWithin(to, from, reached)
    this.count += reached - from
    this.reached = reached
  }

  /** Goes to the mark after the closing quote, where a cell must end; false when more bytes must tell. */
  private closesQuotes(isLast: boolean): boolean {
    const { bytes, marks, marked, filled, quote, escape, delimiter } = this
    let { reached } = this
    let closing = -1
    for (; reached < marked && closing < 0; reached++) {
      const mark = marks[reached] ?? 0
      this.beyondAscii |= mark & BEYOND_ASCII
      if ((mark & NO_DELIMITER) === 0) continue
      const place = placeOf(mark)
      const code = bytes[place]
      if (code === LF) this.line++
      else if (code === quote || code === escape) {
        // What it means is told by the byte after it.
        if (place + 1 === filled && !isLast) break
        const next = place + 1 < filled ? bytes[place + 1] : undefined
        if (code === escape && (next === quote || next === escape)) reached++
        else if (code === quote) closing = place
      }
    }
    this.reached = reached
    if (closing < 0) {
      if (isLast) throw this.unclosed()
      return false
    }
    this.withinQuotes = false
    if (closing + 1 === filled) return true
    const after = bytes[closing + 1]
    if (after !== delimiter && after !== LF && after !== CR)
      throw this.malformed(closing + 1, 'text after a closing quote')
    return true
  }

  /** Ends the record at the mark `end`; `lineEnd` is that of its LF, the same one where no CR or nothing stands before. */
  private endRecord(end: number, lineEnd: number): true {
    const { marks } = this
    const next = placeOf(marks[lineEnd] ?? 0) + 1
    if (Math.min(next, this.filled) - this.recordStart > MAX_RECORD_BYTES) throw this.tooLong()
    this.count++
    marks[this.first + this.count] = (marks[end] ?? 0) | this.beyondAscii
    this.line++
    this.reached = lineEnd + 1
    this.complete = true
    return true
  }

  private beginRecord(): void {
    this.complete = false
    this.count = 0
    this.beyondAscii = 0
    this.recordLine = this.line
    this.first = this.reached - 1
    this.recordStart = this.cellStart()
  }

  /** Where the cell after the last one begins. */
  private cellStart(): number {
    return placeOf(this.marks[this.first + this.count] ?? 0) + 1
  }

  private wait(): false {
    if (this.filled - this.recordStart > MAX_RECORD_BYTES) throw this.tooLong()
    return false
  }

  private malformed(place: number, rule: string): MalformedCsv {
    return new MalformedCsv(this.line, this.before + place, rule)
  }

  private unclosed(): MalformedCsv {
    const rule = 'a quoted cell that is not closed; the file may be cut short'
    return new MalformedCsv(this.recordLine, this.before + this.cellStart(), rule)
  }

  /** A record that never ends, by a lost quote in a large file, must not take all of the memory. */
  private tooLong(): MalformedCsv {
    const rule = `a record of more than ${MAX_RECORD_BYTES} bytes`
    return new MalformedCsv(this.recordLine, this.recordOffset, rule)
  }

  private append(piece: Uint8Array): void {
    if (this.filled + piece.length > this.bytes.length) this.makeRoom(piece.length)
    this.bytes.set(piece, this.filled)
    const found = this.findMarks(piece, this.filled, this.marks[this.marked] ?? 0)
    if (this.marked + found.length > this.marks.length) this.makeRoomForMarks(found.length)
    this.marks.set(found, this.marked)
    this.marked += found.length - 1
    this.filled += piece.length
  }

  /** Puts the record under way in front, in a larger block if it takes more than half of this one. */
  private makeRoom(count: number): void {
    if (this.complete) this.beginRecord()
    const { bytes, marks, recordStart, filled, first } = this
    const held = filled - recordStart
    if (2 * (held + count) > bytes.length) this.bytes = Buffer.allocUnsafeSlow(4 * (held + count))
    bytes.copy(this.bytes, 0, recordStart, filled)
    this.dropMarks()
    marks.copyWithin(0, first, this.marked + 1)
    this.first = 0
    this.reached -= first
    this.marked -= first
    for (let index = 0; index < this.marked; index++) marks[index] = (marks[index] ?? 0) - markOf(recordStart)
    this.before += recordStart
    this.filled = held
    this.recordStart = 0
  }

  private makeRoomForMarks(count: number): void {
    if (this.complete) this.beginRecord()
    this.dropMarks()
    if (this.marked + count <= this.marks.length) return
    const marks = new Int32Array(2 * (this.marked + count))
    marks.set(this.marks)
    this.marks = marks
  }

  /** Moves those that were not looked at behind those of the record's cells: a quoted cell can have millions between. */
  private dropMarks(): void {
    const { reached, marked } = this
    const kept = this.first + this.count + 1
    this.marks.copyWithin(kept, reached, marked + 1)
    this.reached = kept
    this.marked = kept + marked - reached
  }
}
