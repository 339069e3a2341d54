import { withSharedSignal } from '../abort.js'
import type { Dataset } from '../datasets/dataset.js'
import { requireShape } from '../options.js'
import type { DayWindow } from '../windows/day-window.js'
import { exportWindow } from './export-window.js'
import { requireOptions, type ExportWindowOptions } from './plan.js'
import type { ExportReport, FailedDay } from './report.js'

/** Options of {@link exportDays}: those of `exportWindow`, for each of the days. */
export interface ExportDaysOptions<D extends Dataset = Dataset> extends Omit<
  ExportWindowOptions<D>,
  'window'
> {
  /** From `eachDay` or `dueDays`. */
  readonly days: readonly DayWindow[]
  /** Days exported at once. 1 unless said; the memory of one day for each. */
  readonly concurrency?: number
}

/**
 * Exports many days, the first ones first.
 *
 * Gives one report a day in the order of `days`. A day that fails, be it in code of the host, has the outcome 'failed'
 * and its error, and the others go on. An abort ends the days under way, starts no more, and rejects with the signal's reason.
 *
 * @throws TypeError or RangeError when an option has the wrong shape.
 * @example
 * const reports = await exportDays({
 *   dataset: events,
 *   days: eachDay('2026-03-06', '2026-03-07'),
 *   source: ({ window }) => sampleEvents({ day: window.day, count: 10 }),
 *   sink: memorySink(),
 * })
 * reports.map(({ outcome }) => outcome).join() // 'written,written'
 */
export async function exportDays<const D extends Dataset>(
  options: ExportDaysOptions<D>,
): Promise<(ExportReport | FailedDay)[]> {
  const { days, concurrency = 1, ...each } = options
  requireShape('export option days', days, 'a list of windows such as eachDay gives', Array.isArray(days))
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError('export option concurrency: expected a whole number, 1 at least')
  }
  requireOptions(each)
  return withSharedSignal(each.signal, (signal) =>
    exportEach(signal === undefined ? each : { ...each, signal }, days, concurrency),
  )
}

async function exportEach<const D extends Dataset>(
  options: Omit<ExportWindowOptions<D>, 'window'>,
  days: readonly DayWindow[],
  concurrency: number,
): Promise<(ExportReport | FailedDay)[]> {
  const { signal, dataset } = options
  const reports: (ExportReport | FailedDay)[] = []
  const waiting = days.map((window, index) => ({ window, index }))

  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { window, index } = next
      try {
        reports[index] = await exportWindow({ ...options, window })
      } catch (error) {
        // An abort is no failure of the day.
        if (signal?.aborted === true) {
          waiting.length = 0
          throw signal.reason
        }
        reports[index] = { outcome: 'failed', dataset: dataset.name, window, error: asError(error) }
      }
    }
  }
  const length = Math.min(concurrency, days.length)
  const workers = await Promise.allSettled(Array.from({ length }, work))
  const failed = workers.find((worker) => worker.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return reports
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error('what was thrown is no Error; see cause', { cause: thrown })
}
