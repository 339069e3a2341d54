// One codec a kind: what a value becomes in a cell, and what the cell becomes again. Both sides use these.
// A value that does not fit throws UnfitCell, which names the rule; the row's place is added by whoever has it.

import { types } from 'node:util'
import { daysInMonth, isCalendarDay } from '../calendar-day.js'
import type { Column, ColumnKind } from '../datasets/column.js'
import { decimalParts } from '../datasets/decimals.js'
import { INSTANT_BYTES, readMilliseconds, writeInstantText } from './instant-bytes.js'
import { decodeJson, encodeJson } from './json-cells.js'
import { typeName, UnfitCell } from './unfit-cell.js'

/** How the reader hands out each kind. */
export interface DecodedForms {
  /** 'string' (the default) keeps every digit; 'number' is a float. */
  readonly decimals: 'string' | 'number'
  /** 'date' (the default) has milliseconds; 'string' is the text as it stands in the file. */
  readonly instants: 'date' | 'string'
  /** 'number' (the default) refuses what lies beyond 2^53; 'bigint' takes any. */
  readonly integers: 'number' | 'bigint'
}

export type EncodeCell = (value: unknown) => string
export type DecodeCell = (text: string) => unknown

type EncodedColumn = Pick<Column, 'kind'> & Partial<Pick<Column, 'lowerCase' | 'offset'>>

/** What writes a value of the column as text. null and undefined do not come here: they are the empty cell. */
export function cellEncoder({ kind, lowerCase, offset }: EncodedColumn): EncodeCell {
  if (lowerCase) return (value) => encodeText(value).toLowerCase()
  if (kind === 'instant' && offset === 'required') return encodeInstantWithOffset
  return ENCODERS[kind]
}

/** What reads the text of a cell. Empty cells of nullable columns do not come here. */
export function cellDecoder(kind: ColumnKind, { decimals, instants, integers }: DecodedForms): DecodeCell {
  switch (kind) {
    case 'text':
      return (text) => text
    case 'integer':
      return integers === 'bigint' ? decodeBigInteger : decodeInteger
    case 'decimal':
      return decimals === 'number' ? decodeDecimalAsNumber : decodeDecimal
    case 'boolean':
      return decodeBoolean
    case 'date':
      return decodeDate
    case 'instant':
      return instants === 'string' ? decodeInstantAsText : decodeInstant
    case 'json':
      return decodeJson
  }
}

/** What writes a value of a column that no dataset declares: by its own type, like the kind it looks most like. */
export function encodeAdded(value: unknown): string {
  // Not instanceof: Dates of another realm, as in a test runner's sandbox, are Dates.
  if (types.isDate(value)) return encodeInstant(value)
  if (typeof value === 'object') return encodeJson(value)
  return encodeText(value)
}

const ENCODERS: Record<ColumnKind, EncodeCell> = {
  text: encodeText,
  integer: encodeInteger,
  decimal: encodeDecimal,
  boolean: encodeBoolean,
  date: encodeDate,
  instant: encodeInstant,
  json: encodeJson,
}

// text

function encodeText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return plainNumber(exactNumber(value, 'a string'), 'text')
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  throw new UnfitCell(`expected text, received ${typeName(value)}`)
}

// integer

/** The number, if it is the one that your application had: beyond 2^53, 9007199254740993 is 9007199254740992. */
function exactNumber(value: number, instead: string): number {
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value
  throw new UnfitCell(
    `expected a number within 2^53, beyond which digits are lost, received a larger one; pass ${instead} or a bigint`,
  )
}

const INTEGER = /^[+-]?\d+$/
// pandas writes a column of integers with gaps as 1.0, 2.0
const INTEGER_IN_FILE = /^([+-]?\d+)(?:\.0+)?$/

function encodeInteger(value: unknown): string {
  if (typeof value === 'number' && Number.isInteger(value)) return String(exactNumber(value, 'digits'))
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'string' && INTEGER.test(value)) return value
  const what =
    typeof value === 'string' ? 'other text' : Number.isFinite(value) ? 'a fraction' : typeName(value)
  throw new UnfitCell(`expected an integer (number, bigint or digits), received ${what}`)
}

function decodeInteger(text: string): number {
  const value = Number(integerDigits(text))
  if (Number.isSafeInteger(value)) return value
  throw new UnfitCell("expected an integer within 2^53; read larger ones with integers: 'bigint'")
}

function decodeBigInteger(text: string): bigint {
  const digits = integerDigits(text)
  return BigInt(digits.startsWith('+') ? digits.slice(1) : digits)
}

function integerDigits(text: string): string {
  const digits = INTEGER_IN_FILE.exec(text)?.[1]
  if (digits === undefined) throw new UnfitCell('expected an integer')
  return digits
}

// decimal

// Enough for any double (1e308 and 5e-324) and for any database's numeric that people keep money in.
const MAX_EXPANDED_DIGITS = 1000

function encodeDecimal(value: unknown): string {
  if (typeof value === 'number') return plainNumber(value, 'a decimal')
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'string') return withoutExponent(value)
  throw new UnfitCell(`expected a decimal (number, bigint or decimal text), received ${typeName(value)}`)
}

function plainNumber(value: number, expected: string): string {
  if (!Number.isFinite(value)) throw new UnfitCell(`expected ${expected}, received ${String(value)}`)
  const text = String(value)
  return text.includes('e') ? withoutExponent(text) : text
}

// Moves the point in the text itself: the digits never pass through a float.
function withoutExponent(text: string): string {
  const parts = decimalParts(text)
  if (parts === undefined) throw new UnfitCell('expected decimal text such as -12.50, received other text')
  if (!parts.hasExponent) return text
  const { sign, digits, point } = parts
  if (Math.abs(point) + digits.length > MAX_EXPANDED_DIGITS) {
    throw new UnfitCell(
      `expected a decimal of at most ${MAX_EXPANDED_DIGITS} digits when written without exponent`,
    )
  }
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  const integer = digits.slice(0, point).padEnd(point, '0')
  const rest = digits.slice(point)
  return sign + integer + (rest === '' ? '' : `.${rest}`)
}

function decodeDecimal(text: string): string {
  if (decimalParts(text) === undefined) throw new UnfitCell('expected a decimal')
  return text
}

function decodeDecimalAsNumber(text: string): number {
  const value = Number(decodeDecimal(text))
  if (Number.isFinite(value)) return value
  throw new UnfitCell("expected a decimal within the range of a number; read it with decimals: 'string'")
}

// boolean

// Of databases that have no type for it, 1 and 0.
function encodeBoolean(value: unknown): string {
  if (value === true || value === 1 || value === 'true') return 'true'
  if (value === false || value === 0 || value === 'false') return 'false'
  const received =
    typeof value === 'string' ? 'other text' : Number.isFinite(value) ? 'another number' : typeName(value)
  throw new UnfitCell(`expected a boolean (true or false, 1 or 0), received ${received}`)
}

// pandas writes True, PostgreSQL t, MySQL and SQLite 1.
const TRUE = /^(?:true|t|1)$/i
const FALSE = /^(?:false|f|0)$/i

function decodeBoolean(text: string): boolean {
  if (TRUE.test(text)) return true
  if (FALSE.test(text)) return false
  throw new UnfitCell('expected a boolean (true or false)')
}

// date

const PASS_TEXT =
  'whose day depends on a zone: pass the text of the database (in pg with types.setTypeParser(1082, (text) => text), in mysql2 with dateStrings)'

function encodeDate(value: unknown): string {
  if (isCalendarDay(value)) return value
  const received =
    typeof value === 'string' ? 'other text' : types.isDate(value) ? `a Date, ${PASS_TEXT}` : typeName(value)
  throw new UnfitCell(`expected a calendar day as text 'YYYY-MM-DD', received ${received}`)
}

function decodeDate(text: string): string {
  if (isCalendarDay(text)) return text
  throw new UnfitCell("expected a calendar day 'YYYY-MM-DD'")
}

// instant

const CANONICAL = new Uint8Array(INSTANT_BYTES)
const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:(Z|z)|([+-])(\d\d)(?::?(\d\d))?)?)?$/
// Of text that has the form.
const OFFSET = /[T ].*(?:[Zz]|[+-]\d\d(?::?\d\d)?)$/

/**
 * The epoch milliseconds of an ISO 8601 text, or undefined if it is not one.
 *
 * Digits beyond milliseconds are cut off; a text without an offset is read as UTC, whatever the process's zone.
 */
export function parseInstant(text: string): number | undefined {
  // The form of toISOString takes a fourth of the time this way.
  const length = writeInstantText(CANONICAL, 0, text)
  if (length > 0) return readMilliseconds(CANONICAL, 0, length)
  const match = INSTANT.exec(text)
  if (match === null) return undefined
  const part = (index: number): number => Number(match[index] ?? 0)
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)]
  if (day < 1 || day > daysInMonth(year, month)) return undefined
  if (hour > 23 || minute > 59 || second > 59 || part(10) > 23 || part(11) > 59) return undefined
  const milliseconds = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3))
  const offsetMinutes = (match[9] === '-' ? -1 : 1) * (part(10) * 60 + part(11))
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  const utc = new Date(Date.UTC(2000, month - 1, day, hour, minute, second, milliseconds)).setUTCFullYear(
    year,
    month - 1,
    day,
  )
  return utc - offsetMinutes * 60_000
}

function encodeInstant(value: unknown): string {
  if (typeof value === 'string') {
    if (parseInstant(value) !== undefined) return value
    throw new UnfitCell('expected an ISO 8601 date or time, received other text')
  }
  if (!types.isDate(value))
    throw new UnfitCell(`expected a Date or an ISO 8601 string, received ${typeName(value)}`)
  const year = Date.prototype.getUTCFullYear.call(value)
  if (Number.isNaN(year)) throw new UnfitCell('expected a valid Date, received an invalid one')
  if (year < 0 || year > 9999) throw new UnfitCell('expected a Date within the years 0 to 9999')
  // Subclasses of Date (those of @date-fns/tz) write other text, with an offset of their own.
  return Date.prototype.toISOString.call(value)
}

function encodeInstantWithOffset(value: unknown): string {
  const text = encodeInstant(value)
  if (OFFSET.test(text)) return text
  throw new UnfitCell(
    "expected a time with its offset (Z, +02:00), as the column has offset: 'required', received one without; pass a Date, or the text with its offset",
  )
}

function decodeInstant(text: string): Date {
  const milliseconds = parseInstant(text)
  if (milliseconds === undefined) throw new UnfitCell('expected an ISO 8601 date or time')
  return new Date(milliseconds)
}

function decodeInstantAsText(text: string): string {
  if (parseInstant(text) === undefined) throw new UnfitCell('expected an ISO 8601 date or time')
  return text
}

// formula guard

const FORMULA = /^'*[=+\-@\t\r]/
const GUARDED = /^'+[=+\-@\t\r]/

/** Puts a ' before text that a spreadsheet would take for a formula. {@link unguardFormula} undoes it exactly. */
export function guardFormula(text: string): string {
  // Text that looks guarded already gets one more ', so that undoing never takes a ' of the text itself.
  return FORMULA.test(text) ? `'${text}` : text
}

/** Takes the ' of {@link guardFormula} away again. */
export function unguardFormula(text: string): string {
  return GUARDED.test(text) ? text.slice(1) : text
}
