// Calendar days as text 'YYYY-MM-DD': which ones there are, and which one comes next.

import { DayfileError } from './errors.js'
import type { OptionTable } from './options.js'

/** Days to look at: from the first to the last, both included; open where an end is not given. */
export interface DaySpan {
  /** The first day, 'YYYY-MM-DD'; defaults to the first there is. */
  readonly from?: string | undefined
  /** The last day, included; defaults to the last there is. */
  readonly to?: string | undefined
}

export const DAY_SPAN = { from: true, to: true } satisfies OptionTable<DaySpan>

/** The days of each month of a year that is not a leap year; January is at index 1. */
export const DAYS_OF_MONTH: readonly number[] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** How many days a month from 1 to 12 has; 0 for any other. */
export function daysInMonth(year: number, month: number): number {
  const isLeapYear = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return month === 2 && isLeapYear ? 29 : (DAYS_OF_MONTH[month] ?? 0)
}

/** Whether the value is text 'YYYY-MM-DD' of a day that the calendar has, from 0000-01-01 to 9999-12-31. */
export function isCalendarDay(value: unknown): value is string {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return false
  const day = Number(value.slice(8))
  return day > 0 && day <= daysInMonth(Number(value.slice(0, 4)), Number(value.slice(5, 7)))
}

/** Throws `WINDOW_INVALID` unless the days that are given are dates in order. */
export function requireDaySpan({ from, to }: DaySpan): void {
  const isInOrder = from === undefined || to === undefined || from <= to
  if (isInOrder && [from, to].every((day) => day === undefined || isCalendarDay(day))) return
  throw new DayfileError(
    'WINDOW_INVALID',
    "days: expected `from` and `to` to be real dates 'YYYY-MM-DD', and `from` not after `to`",
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
