import { isObject, requireShape, whole, type OptionTable } from '../options.js'
import { DAY_MS, type DayRange, type DayWindow } from '../windows/day-window.js'

/** What becomes of rows that come when their day has been published. */
export interface LateRows {
  /**
   * How many days are exported again: the newest one and those before it, 1 or more. Where the rows are those of the file
   * the day stays as it is ('unchanged'), else it gets its next revision ('replaced').
   */
  readonly lookbackDays: number
}

export const LATE_ROWS_OPTIONS = {
  lookbackDays: whole('a whole number of days, 1 at least', 1),
} satisfies OptionTable<LateRows>

/** Throws for what is no choice. */
export function requireLateRows(lateRows: unknown): void {
  requireShape('option lateRows', lateRows, '{ lookbackDays }', isObject(lateRows))
  const { lookbackDays } = lateRows as Partial<LateRows>
  if (Number.isSafeInteger(lookbackDays) && Number(lookbackDays) >= 1) return
  throw new RangeError('option lateRows.lookbackDays: expected a whole number of days, 1 at least')
}

/** Whether a day is one of those that are exported again, counted back from the newest one. */
export function isLate(
  window: DayWindow | DayRange,
  newestDay: string,
  lateRows: LateRows | undefined,
): boolean {
  if (lateRows === undefined) return false
  return Date.parse(newestDay) - Date.parse(lastDayOf(window)) < lateRows.lookbackDays * DAY_MS
}

export function lastDayOf(window: DayWindow | DayRange): string {
  return 'lastDay' in window ? window.lastDay : window.day
}
