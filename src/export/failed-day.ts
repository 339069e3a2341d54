import { isDayfileError } from '../errors.js'
import type { DayRange, DayWindow } from '../windows/day-window.js'

/**
 * A day that could not be exported, among the reports of `exportDays`. JSON keeps all of it, but of an error that your application's
 * own code threw the name alone; not so of a copy by `{ ...report }`.
 */
export interface FailedDay {
  readonly outcome: 'failed'
  readonly dataset: string
  readonly window: DayWindow | DayRange
  /** A DayfileError by `isDayfileError`, or what your application's code threw, such as `onProgress`. */
  readonly error: Error
}

export function failedDay(dataset: string, window: DayWindow | DayRange, thrown: unknown): FailedDay {
  return safeInJson({ outcome: 'failed', dataset, window, error: asError(thrown) })
}

/**
 * The same report, of which JSON.stringify keeps no more of your application's error than its name: its message may be a cell, and so may
 * the properties that a driver gives it. Of a plain Error it would keep nothing at all.
 */
export function safeInJson<Report extends { readonly error?: Error | null }>(report: Report): Report {
  const { error } = report
  if (error === undefined || error === null) return report
  const toJSON = () => ({ ...report, error: isDayfileError(error) ? error : { name: error.name } })
  return Object.defineProperty(report, 'toJSON', { value: toJSON })
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error('your code threw something that is not an Error; see cause', { cause: thrown })
}
