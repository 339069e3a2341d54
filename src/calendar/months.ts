// In: the days of a coverage. Out: months of weeks that begin on Monday, and the place of each day in its month.

import type { CoverageDay } from '../read/coverage.js'

/** A day in its place. */
export interface CalendarDay {
  readonly day: CoverageDay
  /** Of the month, from 1. */
  readonly number: number
  /** From Monday, 0, to Sunday, 6. */
  readonly weekday: number
  /** The row of its month, from 0: the first one with a day of the coverage. */
  readonly week: number
}

/** A month, with the days of it that the coverage has. */
export interface CalendarMonth {
  /** 'March 2026'. */
  readonly name: string
  readonly weeks: number
  readonly days: readonly CalendarDay[]
}

/** How many months may stand side by side: a year fills its rows. */
export const MONTHS_PER_ROW = [1, 2, 3, 4, 6, 12] as const
export type MonthsPerRow = (typeof MONTHS_PER_ROW)[number]

export const WEEKDAYS = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ')

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)

/**
 * The months in rows. Where they fill more than one, each month has its own column, as in a calendar of the year: the
 * first row may begin with undefined, where no month is.
 */
export function calendarRows(
  days: readonly CoverageDay[],
  monthsPerRow: MonthsPerRow,
): (CalendarMonth | undefined)[][] {
  const months = new Map<string, CoverageDay[]>()
  for (const day of days) {
    const month = day.day.slice(0, 7)
    const some = months.get(month)
    if (some === undefined) months.set(month, [day])
    else some.push(day)
  }
  const cells: (CalendarMonth | undefined)[] = [...months].map(([month, some]) => calendarMonth(month, some))
  const [first] = months.keys()
  if (first !== undefined && cells.length > monthsPerRow)
    cells.unshift(...Array.from({ length: monthIndex(first) % monthsPerRow }, () => undefined))
  const rows = Math.ceil(cells.length / monthsPerRow)
  return Array.from({ length: rows }, (_, row) => cells.slice(row * monthsPerRow, (row + 1) * monthsPerRow))
}

function calendarMonth(month: string, days: readonly CoverageDay[]): CalendarMonth {
  const firstWeekday = weekdayOf(`${month}-01`)
  const weekOf = (number: number): number => Math.floor((firstWeekday + number - 1) / 7)
  const numbers = days.map(({ day }) => Number(day.slice(8)))
  const firstWeek = weekOf(Math.min(...numbers))
  const lastWeek = weekOf(Math.max(...numbers))
  return {
    name: `${MONTHS[monthIndex(month)] ?? ''} ${month.slice(0, 4)}`,
    weeks: lastWeek - firstWeek + 1,
    days: days.map((day) => {
      const number = Number(day.day.slice(8))
      return { day, number, weekday: weekdayOf(day.day), week: weekOf(number) - firstWeek }
    }),
  }
}

function monthIndex(month: string): number {
  return Number(month.slice(5, 7)) - 1
}

function weekdayOf(day: string): number {
  return (new Date(day).getUTCDay() + 6) % 7
}
