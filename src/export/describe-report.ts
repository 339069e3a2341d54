import { isDayfileError } from '../errors.js'
import type { FailedDay } from './failed-day.js'
import type { PlannedDay } from './planned-days.js'
import type { ExportReport } from './report.js'

/**
 * One line for a log: what became of a window, how much it is, and what somebody should look at.
 *
 * Numbers are written as in English, sizes in units of 1,000. It holds no cell's content and no credential; of an error that
 * your application's code threw it has the name alone.
 *
 * @example
 * const [report] = await exportDays({
 *   dataset: events,
 *   days: [dayWindow('2026-03-07')],
 *   source: () => sampleEvents({ day: '2026-03-07', count: 1000 }),
 *   sink: memorySink(),
 * })
 * describeReport(report).slice(0, 48) // 'events 2026-03-07: published, 1,000 rows, revision'
 */
export function describeReport(report: ExportReport | FailedDay | PlannedDay): string {
  const { dataset, window } = report
  const days = 'lastDay' in window ? `${window.day} to ${window.lastDay}` : window.day
  const said = report.outcome === 'planned' ? describePlan(report) : describeOutcome(report)
  // A key of a row can be in a message: no control of a terminal comes through, and no line is endless.
  const line = `${dataset} ${days}: ${said.join(', ')}`.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
  return line.length > LONGEST ? `${line.slice(0, LONGEST).toWellFormed()}…` : line
}

const LONGEST = 2000

function describeOutcome(report: ExportReport | FailedDay): string[] {
  if (report.outcome === 'failed') return [`failed: ${describeError(report.error)}`]
  const { outcome, rows, revision, bytes, files, timings } = report
  return [
    outcome,
    count(rows, 'row'),
    `revision ${revision}`,
    `${size(bytes)} in ${count(files.length, 'file')}`,
    `${(timings.total / 1000).toFixed(1)} s`,
    ...warnings(report),
  ]
}

/** What was not written as it came, and what differs. */
function warnings(report: ExportReport): string[] {
  const { filteredOut, rejectedRows, droppedColumns, notRemoved, reconciliation } = report
  const all = Object.values(filteredOut).reduce((sum, rows) => sum + rows, 0)
  const difference = reconciliation?.difference ?? 0
  const than = `${difference < 0 ? 'fewer' : 'more'} than the source counts`
  return [
    ...(difference === 0 ? [] : [`${count(Math.abs(difference), 'row')} ${than}`]),
    ...(rejectedRows === 0 ? [] : [`${count(rejectedRows, 'row')} rejected`]),
    ...(all === 0 ? [] : [`${count(all, 'row')} left out`]),
    ...(droppedColumns.length === 0 ? [] : [`${count(droppedColumns.length, 'column')} dropped`]),
    ...(notRemoved.length === 0 ? [] : [`${count(notRemoved.length, 'old file')} not removed`]),
  ]
}

const ACTIONS = {
  publish: 'would be published',
  compare: 'would be exported again, and replaced where it differs',
  skip: 'would be skipped, as it is there',
} as const

function describePlan({ action, rows, bytes, estimatedFrom, error }: PlannedDay): string[] {
  if (action === 'fail') return [`would fail: ${error === undefined ? '' : describeError(error)}`]
  if (rows === null || bytes === null) return [ACTIONS[action], 'of unknown size']
  const about = estimatedFrom.length > 0 ? 'about ' : ''
  const from = estimatedFrom.length > 0 ? [`by ${count(estimatedFrom.length, 'day')} near it`] : []
  return [ACTIONS[action], `${about}${count(rows, 'row')}`, `${about}${size(bytes)}`, ...from]
}

function describeError(error: Error): string {
  if (!isDayfileError(error)) return `${error.name} in your application's code; see the report's error`
  return `${error.code}${error.retryable ? ' (retryable)' : ''}: ${error.message}`
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`
}

const UNITS = ['kB', 'MB', 'GB', 'TB'] as const

function size(bytes: number): string {
  if (bytes < 1000) return count(bytes, 'byte')
  let value = bytes / 1000
  let unit = 0
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${UNITS[unit] ?? ''}`
}
