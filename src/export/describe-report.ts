import { isDayfileError, type DayfileError } from '../errors.js'
import { BOOLEAN, requireOptions, type OptionTable } from '../options.js'
import { counted, sizeText } from '../quantities.js'
import type { FailedDay } from './failed-day.js'
import type { PlannedDay } from './planned-days.js'
import type { DestinationReport, ExportReport } from './report.js'

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
 * describeReport(report).slice(0, 50) // 'events 2026-03-07: published, 1,000 rows, revision'
 */
export function describeReport(
  report: ExportReport | FailedDay | PlannedDay,
  options: DescribeOptions = {},
): string {
  const causes = requireDescribeOptions('describeReport', options)
  const { dataset, window } = report
  const days = 'lastDay' in window ? `${window.day} to ${window.lastDay}` : window.day
  const said = report.outcome === 'planned' ? describePlan(report, causes) : describeOutcome(report, causes)
  return oneLine(`${dataset} ${days}: ${said.join(', ')}`)
}

/** Options of {@link describeReport} and {@link describeRun}. */
export interface DescribeOptions {
  /**
   * Whether to add what caused an error, such as the message of a database driver. Defaults to false: such a message is
   * written by other code, which may quote data. Causes of errors about rows and cells are never added, as they may quote
   * a cell, and passwords in URLs are cut out.
   */
  readonly causes?: boolean | undefined
}

/**
 * Lines for a log: one for each day, and one for each destination that failed as a whole or had nothing due.
 *
 * Takes what `exportDue` and `exportDays` resolve to, or the `RUN_FAILED` that they reject with. Of any other error it
 * returns one line. Each line is as {@link describeReport} writes it.
 *
 * @example
 * const run = await exportDue({
 *   scheduledAt: new Date('2026-03-08T04:00:00Z'),
 *   destinations: [
 *     {
 *       dataset: events,
 *       source: () => {
 *         throw new Error('connection refused')
 *       },
 *       sink: memorySink(),
 *     },
 *   ],
 * }).catch((error: unknown) => error)
 * const [line] = describeRun(run, { causes: true })
 * line.slice(-27) // '(Error: connection refused)'
 */
export function describeRun(run: unknown, options: DescribeOptions = {}): string[] {
  const causes = requireDescribeOptions('describeRun', options)
  if (isDayfileError(run, 'RUN_FAILED'))
    return describeRun(run.details.destinations ?? run.details.reports, options)
  if (!Array.isArray(run)) return [oneLine(`failed: ${describeError(run, causes)}`)]
  const all = run as readonly (DestinationReport | ExportReport | FailedDay)[]
  return all.flatMap((each) => {
    if (!('reports' in each)) return [describeReport(each, options)]
    const { destination, reports, unreadableDays, error } = each
    const lines = reports.map((report) => describeReport(report, options))
    for (const unreadable of unreadableDays) {
      lines.push(
        oneLine(`${destination} ${unreadable.day}: not exported, ${describeError(unreadable.error, causes)}`),
      )
    }
    if (error !== null) lines.push(oneLine(`${destination}: failed: ${describeError(error, causes)}`))
    return lines.length > 0 ? lines : [oneLine(`${destination}: nothing due`)]
  })
}

const DESCRIBE_OPTIONS = { causes: BOOLEAN } satisfies OptionTable<DescribeOptions>

function requireDescribeOptions(name: string, options: DescribeOptions): boolean {
  requireOptions(name, options, DESCRIBE_OPTIONS)
  return options.causes === true
}

/** A key of a row can be in a message: no control of a terminal comes through, and no line is endless. */
function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
  return line.length > LONGEST ? `${line.slice(0, LONGEST).toWellFormed()}…` : line
}

const LONGEST = 2000

function describeOutcome(report: ExportReport | FailedDay, causes: boolean): string[] {
  if (report.outcome === 'failed') return [`failed: ${describeError(report.error, causes)}`]
  const { outcome, rows, revision, bytes, files, timings } = report
  return [
    outcome,
    counted(rows, 'row'),
    `revision ${revision}`,
    `${sizeText(bytes)} in ${counted(files.length, 'file')}`,
    `${(timings.total / 1000).toFixed(1)} s`,
    ...report.warnings,
  ]
}

const ACTIONS = {
  publish: 'would be published',
  compare: 'would be exported again, and replaced where it differs',
  skip: 'would be skipped (already published)',
} as const

function describePlan({ action, rows, bytes, estimatedFrom, error }: PlannedDay, causes: boolean): string[] {
  if (action === 'fail') return [`would fail: ${error === undefined ? '' : describeError(error, causes)}`]
  if (rows === null || bytes === null) return [ACTIONS[action], 'of unknown size']
  const about = estimatedFrom.length > 0 ? 'about ' : ''
  const from = estimatedFrom.length > 0 ? [`by ${counted(estimatedFrom.length, 'day')} near it`] : []
  return [ACTIONS[action], `${about}${counted(rows, 'row')}`, `${about}${sizeText(bytes)}`, ...from]
}

function describeError(error: unknown, causes: boolean): string {
  if (!isDayfileError(error)) {
    const name = error instanceof Error ? error.name : 'what was thrown'
    return `${name} in your application's code${causes ? ` (${causeOf(error)})` : "; see the report's error"}`
  }
  const { code, retryable, message, cause } = error
  const because = causes && cause !== undefined && !QUOTES_CELLS.has(code) ? ` (${causeOf(cause)})` : ''
  return `${code}${retryable ? ' (retryable)' : ''}: ${message}${because}`
}

/** Codes whose cause comes from a row: it may quote what is in it. */
const QUOTES_CELLS: ReadonlySet<DayfileError['code']> = new Set([
  'ROW_INVALID',
  'CELL_UNENCODABLE',
  'CELL_UNDECODABLE',
])

function causeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'not an Error'
  const { name, message, cause: next } = cause
  const said = `${name}: ${message}`.replace(/\/\/[^\s/@]*@/g, '//…@')
  return next instanceof Error ? `${said}; ${causeOf(next)}` : said
}
