import { isDayfileError } from '../errors.js'
import type { DayRange, DayWindow } from '../windows/day-window.js'

/**
 * A day that could not be exported, among the reports of `exportDays`. JSON keeps all of it, but only the name of an error that
 * your application's code threw; a copy by `{ ...report }` loses that protection.
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
 * The same report. JSON.stringify keeps only the name of an error of your application: its message may contain a cell, and so
 * may the properties that a driver gives it. It would keep nothing of a plain Error.
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
