import { orAborted, withSharedSignal } from '../abort.js'
import type { AddedColumns } from '../csv/csv-options.js'
import type { Dataset, RowOf } from '../datasets/dataset.js'
import { isDayfileError } from '../errors.js'
import { FUNCTION, oneOf, required, requireOptions, whole, type OptionTable, type Shape } from '../options.js'
import { requireWindow, type DayWindow } from '../windows/day-window.js'
import { exportWindow } from './export-window.js'
import { failedDay, type FailedDay } from './failed-day.js'
import { isLate, lastDayOf, LATE_ROWS_OPTIONS, requireLateRows, type LateRows } from './late-rows.js'
import { EXPORT_OPTIONS, requireExport, type ExportWindowOptions } from './plan.js'
import { planEach, type PlannedDay } from './planned-days.js'
import type { ExportReport } from './report.js'
import { runFailed } from './run-failed.js'
import type { OnlyDeclared } from './source.js'

/** Options of {@link exportDays}: those of `exportWindow`, for each of the days. */
export interface ExportDaysOptions<
  D extends Dataset = Dataset,
  Row = RowOf<D>,
  Added extends AddedColumns = AddedColumns,
> extends Omit<ExportWindowOptions<D, Row, Added>, 'window'> {
  /** From `eachDay` or `dueDays`. */
  readonly days: readonly DayWindow[]
  /** Days exported at once. Defaults to 1; the memory of one day for each. */
  readonly concurrency?: number | undefined
  /**
   * As in `exportWindow`, but defaults to 'skip': a day that is published is skipped, and the source is not called for it. So a run
   * over many days that was stopped continues where it was.
   */
  readonly ifExists?: 'replace' | 'skip' | 'fail' | undefined
  /** Exports the last of `days` again for rows that came late, even if they are published. Defaults to no days. */
  readonly lateRows?: LateRows | undefined
  /**
   * Called with the report of each day as soon as it is over, once for each, also when the run is aborted meanwhile. The run
   * waits for a promise that it returns. If it throws, the days under way finish, and then the run rejects with that error.
   */
  readonly onReport?: ((report: ExportReport | FailedDay) => unknown) | undefined
  /**
   * 'throw' (the default) rejects with `RUN_FAILED` after all days were tried, if any failed. 'report' resolves all the
   * same: look for the outcome 'failed'.
   */
  readonly onFailure?: 'throw' | 'report' | undefined
}

export const DAYS: Shape = ['a list of windows such as eachDay gives', Array.isArray]

export const DAYS_OPTIONS = {
  ...EXPORT_OPTIONS,
  days: required(DAYS),
  concurrency: whole('a whole number, 1 at least', 1),
  lateRows: { options: LATE_ROWS_OPTIONS },
  onReport: FUNCTION,
  onFailure: oneOf('throw', 'report'),
} satisfies OptionTable<ExportDaysOptions>

/**
 * Exports many days, the oldest first.
 *
 * Days that are published are 'skipped' by their manifest, unless `lateRows` or `ifExists: 'replace'` asks for them again.
 * Resolves to one report for each day, in the order of `days`. A day that fails, be it in your application's code, does not
 * stop the others: all days are tried, and then the run rejects with `RUN_FAILED`. When another run publishes a day
 * meanwhile, it is looked at again, up to twice: two runs at once are no failure. An abort ends the days under way, starts
 * no more, and rejects with the signal's reason.
 *
 * @throws DayfileError `RUN_FAILED` when a day failed: `details.reports` has the reports of all days and `errors` what each
 * failed day failed with.
 * @throws TypeError or RangeError when an option has the wrong shape.
 * @example
 * const options = {
 *   dataset: events,
 *   days: eachDay('2026-03-06', '2026-03-07'),
 *   source: ({ window }) => sampleEvents({ day: window.day, count: 10 }),
 *   sink: memorySink(),
 * }
 * const reports = await exportDays(options)
 * const again = await exportDays({ ...options, lateRows: { lookbackDays: 1 } })
 * const outcomes = [...reports, ...again].map(({ outcome }) => outcome)
 * outcomes.join() // 'published,published,skipped,unchanged'
 */
export async function exportDays<
  const D extends Dataset,
  Row extends RowOf<D> & OnlyDeclared<Row, D, Added> = RowOf<D>,
  Added extends AddedColumns = 'reject',
>(options: ExportDaysOptions<D, Row, Added>): Promise<(ExportReport | FailedDay)[]> {
  const { concurrency = 1, onReport, onFailure = 'throw', signal: given } = options
  const windows = windowsOf('exportDays', options)
  const reports = await withSharedSignal(given, (signal) =>
    exportEach(signal === undefined ? windows : windows.map((day) => ({ ...day, signal })), {
      concurrency,
      signal,
      onReport,
    }),
  )
  if (onFailure === 'throw' && reports.some(({ outcome }) => outcome === 'failed')) throw runFailed(reports)
  return reports
}

/**
 * Returns what {@link exportDays} would do with each day, in the order of `days`, from manifests alone. It does not call the
 * source and writes nothing.
 *
 * A day that is published has the rows and bytes of its manifest, and any other day the medians of the seven nearest
 * published days within two weeks. A day that cannot be planned has the action 'fail' and its error. Memory: the totals of
 * each day and its neighbors.
 *
 * @throws TypeError or RangeError when an option has the wrong shape.
 * @example
 * const options = {
 *   dataset: events,
 *   days: eachDay('2026-03-06', '2026-03-07'),
 *   source: ({ window }) => sampleEvents({ day: window.day, count: 10 }),
 *   sink: memorySink(),
 * }
 * await exportDays({ ...options, days: options.days.slice(0, 1) })
 * const plan = await planDays(options)
 * plan.map(({ action }) => action).join() // 'skip,publish'
 */
export async function planDays<
  const D extends Dataset,
  Row extends RowOf<D> & OnlyDeclared<Row, D, Added> = RowOf<D>,
  Added extends AddedColumns = 'reject',
>(options: ExportDaysOptions<D, Row, Added>): Promise<PlannedDay[]> {
  return planEach(windowsOf('planDays', options))
}

/** The options of each window, checked. */
function windowsOf(place: string, options: ExportDaysOptions): ExportWindowOptions[] {
  requireOptions(place, options, DAYS_OPTIONS)
  requireExportDays(place, options)
  const { days, concurrency: _, lateRows, onReport: __, onFailure: ___, ifExists = 'skip', ...each } = options
  const newest = days.map(lastDayOf).reduce((last, day) => (day > last ? day : last), '')
  return days.map((window) => ({
    ...each,
    window,
    ifExists: isLate(window, newest, lateRows) ? ('replace' as const) : ifExists,
  }))
}

/** Throws for what a table of options cannot see: each window and the dataset, and what has to fit together. */
export function requireExportDays(place: string, options: ExportDaysOptions): void {
  const { days, lateRows, ifExists } = options
  for (const window of days) requireWindow(window)
  requireExport(place, options)
  if (lateRows === undefined) return
  requireLateRows(lateRows)
  if (ifExists !== undefined && ifExists !== 'skip') {
    throw new TypeError(`${place}: option lateRows: it chooses the days to export again; leave ifExists out`)
  }
}

interface RunOptions {
  readonly concurrency: number
  readonly onReport: ExportDaysOptions['onReport']
  readonly signal: AbortSignal | undefined
}

async function exportEach(
  days: readonly ExportWindowOptions[],
  { concurrency, signal, onReport }: RunOptions,
): Promise<(ExportReport | FailedDay)[]> {
  const reports: (ExportReport | FailedDay)[] = []
  const waiting = days.map((options, index) => ({ options, index }))
  waiting.sort((a, b) => a.options.window.start.getTime() - b.options.window.start.getTime())

  async function work(): Promise<void> {
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const report = await exportDay(next.options, signal)
        reports[next.index] = report
        const told = (async () => await onReport?.(report))()
        await (signal === undefined ? told : orAborted(told, signal))
      }
    } finally {
      // Nothing is left of it, unless the run has ended early.
      waiting.length = 0
    }
  }
  const length = Math.min(concurrency, days.length)
  const workers = await Promise.allSettled(Array.from({ length }, work))
  const failed = workers.find((worker) => worker.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return reports
}

async function exportDay(
  options: ExportWindowOptions,
  signal: AbortSignal | undefined,
): Promise<ExportReport | FailedDay> {
  try {
    return await exportAgainstOthers(options)
  } catch (error) {
    // An abort is no failure of the day.
    if (signal?.aborted === true) throw signal.reason
    return failedDay(options.dataset.name, options.window, error)
  }
}

// One for a run that was publishing as this one began, and one for a run that has gone on from it.
const ATTEMPTS = 3

/** A scheduler may fire twice. The run that lost finds the day published when it looks again. */
async function exportAgainstOthers(options: ExportWindowOptions): Promise<ExportReport> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await exportWindow(options)
    } catch (error) {
      if (attempt === ATTEMPTS || !isDayfileError(error, 'SINK_CONFLICT') || !error.retryable) throw error
    }
  }
}
