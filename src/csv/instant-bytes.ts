// Instants to bytes and back, in the form of toISOString alone: what is refused here is left to the codec of the kind.

import { DAYS_OF_MONTH } from '../calendar-day.js'

const DASH = 45
const POINT = 46
const ZERO = 48
const NINE = 57
const COLON = 58
const T = 84
const Z = 90

/** Of `2026-03-07T12:00:00.000Z`, the form that Date.prototype.toISOString writes. */
export const INSTANT_BYTES = 24

const MS_OF_DAY = 86_400_000
// 0000-01-01 and 10000-01-01: ISO 8601 has four digits between them.
const FIRST = -62_167_219_200_000
const END = 253_402_300_800_000

/**
 * Writes epoch milliseconds as toISOString does, in a tenth of its time (41 ns against 450).
 *
 * `| 0` keeps the arithmetic within 32 bits, where divisions by a constant are multiplications.
 */
export function writeMilliseconds(to: Uint8Array, at: number, milliseconds: number): number {
  if (!(milliseconds >= FIRST && milliseconds < END)) return 0
  const day = Math.floor(milliseconds / MS_OF_DAY) | 0
  writeDay(to, at, day)
  const ofDay = (milliseconds - day * MS_OF_DAY) | 0
  const seconds = (ofDay / 1000) | 0
  const minutes = (seconds / 60) | 0
  const hours = (minutes / 60) | 0
  to[at + 10] = T
  writePair(to, at + 11, hours)
  to[at + 13] = COLON
  writePair(to, at + 14, minutes - hours * 60)
  to[at + 16] = COLON
  writePair(to, at + 17, seconds - minutes * 60)
  to[at + 19] = POINT
  const thousandths = ofDay - seconds * 1000
  const tenths = (thousandths / 100) | 0
  to[at + 20] = ZERO + tenths
  writePair(to, at + 21, thousandths - tenths * 100)
  to[at + 23] = Z
  return INSTANT_BYTES
}

const DAYS_OF_ERA = 146_097

/**
 * The civil date of a day number (0 is 1970-01-01), by eras of 400 years that begin on a 1 March, so that the day of a
 * leap year comes last. Counted from the era before the year 0, which begins in January.
 */
function writeDay(to: Uint8Array, at: number, day: number): void {
  const days = (day + 719_468 + DAYS_OF_ERA) | 0
  const era = (days / DAYS_OF_ERA) | 0
  const dayOfEra = (days - era * DAYS_OF_ERA) | 0
  const leapDays = ((dayOfEra / 1460) | 0) - ((dayOfEra / 36_524) | 0) + ((dayOfEra / 146_096) | 0)
  const yearOfEra = ((dayOfEra - leapDays) / 365) | 0
  const dayOfYear = (dayOfEra - (365 * yearOfEra + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0))) | 0
  const monthFromMarch = ((5 * dayOfYear + 2) / 153) | 0
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = (yearOfEra + (era - 1) * 400 + (month <= 2 ? 1 : 0)) | 0
  const century = (year / 100) | 0
  writePair(to, at, century)
  writePair(to, at + 2, year - century * 100)
  to[at + 4] = DASH
  writePair(to, at + 5, month)
  to[at + 7] = DASH
  writePair(to, at + 8, dayOfYear - (((153 * monthFromMarch + 2) / 5) | 0) + 1)
}

function writePair(to: Uint8Array, at: number, value: number): void {
  const tens = (value / 10) | 0
  to[at] = ZERO + tens
  to[at + 1] = ZERO + value - tens * 10
}

const DIGITS = 17

/** Writes text of that form and gives its length; 0 for other text. */
export function writeInstantText(to: Uint8Array, at: number, text: string): number {
  if (text.length !== INSTANT_BYTES) return 0
  let digits = 0
  let units = 0
  for (let index = 0; index < INSTANT_BYTES; index++) {
    const code = text.charCodeAt(index)
    if (code >= ZERO && code <= NINE) digits++
    units |= code
    to[at + index] = code
  }
  return digits === DIGITS && units < 0x80 && hasForm(to, at) ? INSTANT_BYTES : 0
}

/** The epoch milliseconds of that form; NaN for any other. Each byte is loaded once: a loop first took 25 ns more. */
export function readMilliseconds(from: Uint8Array, start: number, end: number): number {
  if (end - start !== INSTANT_BYTES) return NaN
  const y1 = (from[start] ?? 0) - ZERO
  const y2 = (from[start + 1] ?? 0) - ZERO
  const y3 = (from[start + 2] ?? 0) - ZERO
  const y4 = (from[start + 3] ?? 0) - ZERO
  const m1 = (from[start + 5] ?? 0) - ZERO
  const m2 = (from[start + 6] ?? 0) - ZERO
  const d1 = (from[start + 8] ?? 0) - ZERO
  const d2 = (from[start + 9] ?? 0) - ZERO
  const h1 = (from[start + 11] ?? 0) - ZERO
  const h2 = (from[start + 12] ?? 0) - ZERO
  const n1 = (from[start + 14] ?? 0) - ZERO
  const n2 = (from[start + 15] ?? 0) - ZERO
  const s1 = (from[start + 17] ?? 0) - ZERO
  const s2 = (from[start + 18] ?? 0) - ZERO
  const t1 = (from[start + 20] ?? 0) - ZERO
  const t2 = (from[start + 21] ?? 0) - ZERO
  const t3 = (from[start + 22] ?? 0) - ZERO
  // A digit and six more are both below 16; of anything else one is not.
  const all =
    y1 |
    y2 |
    y3 |
    y4 |
    m1 |
    m2 |
    d1 |
    d2 |
    h1 |
    h2 |
    n1 |
    n2 |
    s1 |
    s2 |
    t1 |
    t2 |
    t3 |
    (y1 + 6) |
    (y2 + 6) |
    (y3 + 6) |
    (y4 + 6) |
    (m1 + 6) |
    (m2 + 6) |
    (d1 + 6) |
    (d2 + 6) |
    (h1 + 6) |
    (h2 + 6) |
    (n1 + 6) |
    (n2 + 6) |
    (s1 + 6) |
    (s2 + 6) |
    (t1 + 6) |
    (t2 + 6) |
    (t3 + 6)
  const punctuation =
    ((from[start + 4] ?? 0) ^ DASH) |
    ((from[start + 7] ?? 0) ^ DASH) |
    ((from[start + 10] ?? 0) ^ T) |
    ((from[start + 13] ?? 0) ^ COLON) |
    ((from[start + 16] ?? 0) ^ COLON) |
    ((from[start + 19] ?? 0) ^ POINT) |
    ((from[start + 23] ?? 0) ^ Z)
  const month = m1 * 10 + m2
  const day = d1 * 10 + d2
  const hour = h1 * 10 + h2
  const minute = n1 * 10 + n2
  const second = s1 * 10 + s2
  if (
    (all & ~15) !== 0 ||
    punctuation !== 0 ||
    day < 1 ||
    day > (DAYS_OF_MONTH[month] ?? 0) ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  )
    return NaN
  const year = (y1 * 10 + y2) * 100 + y3 * 10 + y4
  return (
    dayNumber(year, month, day) * MS_OF_DAY +
    (hour * 3600 + minute * 60 + second) * 1000 +
    t1 * 100 +
    t2 * 10 +
    t3
  )
}

/** The reverse of {@link writeDay}. */
function dayNumber(year: number, month: number, day: number): number {
  const years = (month <= 2 ? year + 399 : year + 400) | 0
  const era = (years / 400) | 0
  const yearOfEra = years - era * 400
  const dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) | 0) + day - 1
  const dayOfEra = yearOfEra * 365 + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0) + dayOfYear
  return (era - 1) * DAYS_OF_ERA + dayOfEra - 719_468
}

/** Whether the punctuation is in its places and each part in its range, but for 29 February, which not every year has. */
function hasForm(bytes: Uint8Array, at: number): boolean {
  const month = pair(bytes, at + 5)
  const day = pair(bytes, at + 8)
  return (
    bytes[at + 4] === DASH &&
    bytes[at + 7] === DASH &&
    bytes[at + 10] === T &&
    bytes[at + 13] === COLON &&
    bytes[at + 16] === COLON &&
    bytes[at + 19] === POINT &&
    bytes[at + 23] === Z &&
    day >= 1 &&
    day <= (DAYS_OF_MONTH[month] ?? 0) &&
    pair(bytes, at + 11) < 24 &&
    pair(bytes, at + 14) < 60 &&
    pair(bytes, at + 17) < 60
  )
}

function pair(digits: Uint8Array, at: number): number {
  return 10 * (digits[at] ?? 0) + (digits[at + 1] ?? 0) - 11 * ZERO
}
