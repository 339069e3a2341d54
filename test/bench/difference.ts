// In: two files that are to be equal. Out: nothing, or in words how they differ.

/** How one file differs from the golden one. */
export interface Difference {
  /** Of the first byte that differs. */
  readonly byte: number
  /** 1 for the header. */
  readonly record: number
  /** By kind, with the number of cells or records. */
  readonly kinds: readonly string[]
}

/** Null when the bytes are the same. */
export function differenceOf(golden: Uint8Array, other: Uint8Array): Difference | null {
  if (Buffer.compare(golden, other) === 0) return null
  const byte = firstDifference(golden, other)
  const counts = new Map<string, number>()
  let record = 1
  let firstRecord: number | undefined
  const expected = rawCells(Buffer.from(golden).toString())
  const found = rawCells(Buffer.from(other).toString())
  for (const want of expected) {
    const got = found.next()
    const kind = got.done === true ? SHORTER : kindOf(want, got.value)
    if (kind !== null) {
      firstRecord ??= record
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      if (LAST_KINDS.has(kind)) break
    }
    if (want.end !== ',') record++
  }
  const isComparable = [...counts.keys()].every((kind) => !LAST_KINDS.has(kind))
  if (isComparable && found.next().done !== true) counts.set(LONGER, 1)
  return {
    byte,
    record: firstRecord ?? record,
    kinds: [...counts].map(([kind, count]) => (LAST_KINDS.has(kind) ? kind : `${kind} (${count})`)),
  }
}

/** In one line. */
export function describe({ byte, record, kinds }: Difference): string {
  return `${kinds.join('; ')}; first at byte ${byte}, record ${record}`
}

interface RawCell {
  /** As it stands in the file, with quotes. */
  readonly raw: string
  readonly end: ',' | '\r\n' | '\n' | ''
}

const UNQUOTED = 'leaves cells without the quotes they need, and is not comparable from there on'
const SHORTER = 'ends early'
const LONGER = 'goes on after the last record'
const MOVED = 'has other cells from there on'
// What follows them cannot be laid beside the golden file.
const LAST_KINDS = new Set([UNQUOTED, MOVED, SHORTER, LONGER])

function kindOf(want: RawCell, got: RawCell): string | null {
  if (want.raw !== got.raw) {
    if (isQuoted(want.raw) && !isQuoted(got.raw) && got.raw !== '') return UNQUOTED
    if (want.raw === '""' && got.raw === '') return 'writes the empty string as null'
    if (want.raw === '' && got.raw === '""') return 'writes null as the empty string'
    if (isQuoted(got.raw) && unquoted(got.raw) === want.raw) return 'quotes cells that need no quotes'
    return want.end === got.end ? 'writes another value' : MOVED
  }
  if (want.end === got.end) return null
  if (want.end === '\r\n' && got.end === '\n') return 'ends records with LF'
  if (want.end === '\r\n' && got.end === '') return 'has no line end after the last record'
  return MOVED
}

function isQuoted(raw: string): boolean {
  return raw.startsWith('"')
}

function unquoted(raw: string): string {
  return raw.slice(1, -1).replaceAll('""', '"')
}

const CELL = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n|\n|$)/y

function* rawCells(text: string): Generator<RawCell, void, void> {
  CELL.lastIndex = 0
  // By position and not by the expression's own, as two files are walked at once.
  let isOpen = false
  for (let at = 0; at < text.length;) {
    CELL.lastIndex = at
    const match = CELL.exec(text)
    if (match === null) {
      yield { raw: text.slice(at), end: '' }
      return
    }
    const [whole, raw = '', end = ''] = match
    at += whole.length
    isOpen = end === ','
    yield { raw, end: end as RawCell['end'] }
  }
  // A comma is followed by a cell, even at the end of the file.
  if (isOpen) yield { raw: '', end: '' }
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return at
  return length
}
