import { DayfileError, isDayfileError } from '../errors.js'
import { describeRun } from './describe-report.js'
import type { FailedDay } from './failed-day.js'
import type { DestinationReport, ExportReport } from './report.js'

/**
 * Makes the one error of a run that failed. Its message names each failure, so that a process that only prints it says what
 * to do.
 */
export function runFailed(
  reports: readonly (ExportReport | FailedDay)[],
  destinations?: readonly DestinationReport[],
): DayfileError<'RUN_FAILED'> {
  const ofDays = reports.flatMap((report) => (report.outcome === 'failed' ? [report.error] : []))
  const ofDestinations = destinations?.flatMap(({ error }) => error ?? []) ?? []
  const errors = [...ofDestinations, ...ofDays]
  const lines = describeRun(destinations ?? reports).filter((line) => line.includes(': failed: '))
  const more = lines.length > MOST_LINES ? [`and ${lines.length - MOST_LINES} more`] : []
  const all = [...lines.slice(0, MOST_LINES), ...more].map((line) => `\n  ${line}`).join('')
  return new DayfileError(
    'RUN_FAILED',
    `${errors.length} of ${reports.length + ofDestinations.length} exports failed${all}`,
    { reports, destinations },
    { errors, retryable: errors.every((error) => isDayfileError(error) && error.retryable) },
  )
}

const MOST_LINES = 20
