import { DayfileError } from '../errors.js'

/** Days to look at: from the first to the last, both included; open where an end is not given. */
export interface DaySpan {
  /** The first day, 'YYYY-MM-DD'; defaults to the first there is. */
  readonly from?: string
  /** The last day, included; defaults to the last there is. */
  readonly to?: string
}

/** Whether the text is a date 'YYYY-MM-DD' that exists. */
export function isCalendarDay(text: unknown): text is string {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(text)) return false
  // Date takes 2026-02-30 for the 2nd of March: only what comes back as it went is a date.
  const date = new Date(text)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/** Throws `WINDOW_INVALID` unless the days that are given are dates in order. */
export function requireDaySpan({ from, to }: DaySpan): void {
  const isInOrder = from === undefined || to === undefined || from <= to
  if (isInOrder && [from, to].every((day) => day === undefined || isCalendarDay(day))) return
  throw new DayfileError(
    'WINDOW_INVALID',
    "days: expected `from` and `to`, where they are given, as real dates 'YYYY-MM-DD', the first one first",
    { reason: 'from and to are not dates in order' },
  )
}

/** All dates from the first to the last, both included; none when the last is before the first. */
export function* calendarDays(from: string, to: string): Generator<string, void, void> {
  for (let day = from; day <= to; day = dayAfter(day)) {
    yield day
    // What comes after 9999-12-31 has another length, and is before it as text.
    if (day === to) return
  }
}

/** The date after a date. */
export function dayAfter(day: string): string {
  return shifted(day, 1)
}

/** The date before a date. */
export function dayBefore(day: string): string {
  return shifted(day, -1)
}

function shifted(day: string, days: number): string {
  const date = new Date(day)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10)
}
