import { isExportError } from '../errors.js'
import type { DayRange, DayWindow } from '../windows/day-window.js'

/** A day that could not be exported, among the reports of `exportDays`. JSON keeps all of it but what hosts' errors say. */
export interface FailedDay {
  readonly outcome: 'failed'
  readonly dataset: string
  readonly window: DayWindow | DayRange
  /** An ExportError by `isExportError`, or what the host's own code threw, such as `onProgress`. */
  readonly error: Error
}

export function failedDay(dataset: string, window: DayWindow | DayRange, thrown: unknown): FailedDay {
  const error = asError(thrown)
  const report: FailedDay = { outcome: 'failed', dataset, window, error }
  // An Error is {} in JSON. What one of the host's own says may be a cell: its name alone is kept.
  const toJSON = () => ({ ...report, error: isExportError(error) ? error : { name: error.name } })
  return Object.defineProperty(report, 'toJSON', { value: toJSON })
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error('what was thrown is no Error; see cause', { cause: thrown })
}
