import type { Dataset } from '../datasets/dataset.js'
import { DayfileError } from '../errors.js'
import { isObject, requireShape } from '../options.js'
import { requireArchive, type Archive } from '../read/archive.js'
import { DAY_MS, requireDay, type DayWindow } from '../windows/day-window.js'
import { nextRunAt, type ScheduleOptions } from '../windows/schedule.js'
import { dueDays } from './due-days.js'
import { exportDays, requireDaysOptions, type ExportDaysOptions } from './export-days.js'
import { asError, safeInJson, type FailedDay } from './failed-day.js'
import { requireOptions } from './plan.js'
import type { ExportReport } from './report.js'

/** Where one dataset goes, and what of it. */
export interface Destination<D extends Dataset = Dataset> extends Omit<
  ExportDaysOptions<D>,
  'days' | 'signal' | 'now'
> {
  /** In its report; defaults to the name of the dataset. */
  readonly name?: string | undefined
  /** Where its manifests are, to know which days are due: what reads the place that `sink` writes. Not needed with `days`. */
  readonly archive?: Archive | undefined
  /** The first day that there has to be, as of `dueDays`. */
  readonly from?: string | undefined
}

// They are those of the run: for one destination they would be lost.
const OF_THE_RUN = ['days', 'signal', 'now']

/** Options of {@link exportDue}. */
export interface ExportDueOptions<D extends readonly Dataset[] = readonly Dataset[]> extends ScheduleOptions {
  readonly destinations: { readonly [Index in keyof D]: Destination<D[Index]> }
  /** The scheduled time of the run: each destination gets the days that are due there by then. */
  readonly scheduledAt?: Date | undefined
  /** The days to export, instead of those that are due. */
  readonly days?: readonly DayWindow[] | undefined
  readonly signal?: AbortSignal | undefined
  /** The clock; defaults to the machine's. */
  readonly now?: (() => Date) | undefined
}

/** What became of a destination. */
export interface DestinationReport {
  readonly destination: string
  readonly dataset: string
  /** Where it lies, without credentials. */
  readonly location: string
  /** One a day that was due, oldest first; where `error` says that the run ended early, those that were over. */
  readonly reports: readonly (ExportReport | FailedDay)[]
  /** Why it could not be known which days are due, or what `onReport` threw; else null. */
  readonly error: Error | null
}

/**
 * Exports what is due to several destinations: events to one bucket and paywall views to another, say, each with its own
 * filter, credential and first day.
 *
 * One call a run is all that a scheduler needs: each destination gets the days that its manifests show to be missing by
 * `scheduledAt` ({@link dueDays}), but for those that are in their grace period, and its `lateRows` again ({@link exportDays}). One
 * after the other, in order; a day or a destination that fails does not keep the others from going on. An abort rejects with
 * the signal's reason.
 *
 * @throws TypeError or RangeError when an option of one of them has the wrong shape, and DayfileError `WINDOW_INVALID` when
 * `scheduledAt` is no valid Date or more than a day ahead of the clock, or `zone`, `runAt` or `from` is none, before anything
 * is done.
 * @example
 * const source = ({ window }) => sampleEvents({ day: window.day, count: 10 })
 * const views = ({ window }) => samplePaywallViews({ day: window.day, count: 10 })
 * const [one, other] = [memorySink(), memorySink()]
 * const run = await exportDue({
 *   scheduledAt: new Date('2026-03-08T04:00:00Z'),
 *   destinations: [
 *     { dataset: events, source, sink: one, archive: one, excludeHistorical: true },
 *     { dataset: paywallViews, source: views, sink: other, archive: other, from: '2026-03-06' },
 *   ],
 * })
 * run.map(({ destination, reports }) => `${destination} ${reports.length}`).join() // 'events 1,paywall_views 2'
 */
export async function exportDue<const D extends readonly Dataset[]>(
  options: ExportDueOptions<D>,
): Promise<DestinationReport[]> {
  const { signal, now = () => new Date() } = options
  const destinations: readonly Destination[] = options.destinations
  requireDestinations(destinations, options, now())
  const shared = { now, signal }
  const run: DestinationReport[] = []
  for (const { name, archive, from, onReport, ...destination } of destinations) {
    const { dataset, sink } = destination
    const reports: (ExportReport | FailedDay)[] = []
    let error: Error | null = null
    try {
      const days = options.days ?? (await daysDue({ ...destination, archive, from }, options, now()))
      await exportDays({
        ...destination,
        ...shared,
        days,
        onReport(report) {
          reports.push(report)
          return onReport?.(report)
        },
      })
    } catch (thrown) {
      if (signal?.aborted === true) throw signal.reason
      error = asError(thrown)
    }
    reports.sort((a, b) => a.window.start.getTime() - b.window.start.getTime())
    const about = { destination: name ?? dataset.name, dataset: dataset.name, location: sink.location }
    run.push(safeInJson({ ...about, reports, error }))
  }
  return run
}

type RunOptions = Omit<ExportDueOptions, 'destinations'>

interface Asked extends Pick<Destination, 'dataset' | 'lateRows' | 'gracePeriodMs' | 'allowOpenWindow'> {
  readonly archive: Archive | undefined
  readonly from: string | undefined
}

async function daysDue(
  { dataset, archive, from, lateRows, gracePeriodMs = 0, allowOpenWindow }: Asked,
  { scheduledAt, zone, runAt, signal }: RunOptions,
  now: Date,
): Promise<DayWindow[]> {
  if (archive === undefined || scheduledAt === undefined) throw new Error('checked before')
  const due = await dueDays({ dataset, archive, now: scheduledAt, zone, runAt, from, lateRows, signal })
  // A day that is in its grace period is for the next run, and no failure of this one.
  return due.filter(({ end }) => allowOpenWindow === true || end.getTime() + gracePeriodMs <= now.getTime())
}

function requireDestinations(
  destinations: readonly Destination[],
  { days, scheduledAt, zone, runAt, signal }: RunOptions,
  now: Date,
): void {
  requireShape('option destinations', destinations, 'a list of destinations', Array.isArray(destinations))
  if ((days === undefined) === (scheduledAt === undefined)) {
    throw new TypeError('export options days and scheduledAt: expected one of the two')
  }
  if (scheduledAt !== undefined) requireScheduled(scheduledAt, now, { zone, runAt })
  for (const destination of destinations) {
    requireShape('destination', destination, 'an object of options', isObject(destination))
    const own = OF_THE_RUN.find((option) => option in destination)
    if (own !== undefined) throw new TypeError(`destination: ${own} is an option of exportDue`)
    const { archive, from, ...exported } = destination
    requireOptions({ ...exported, now: () => now, signal })
    requireDaysOptions({ ...exported, days: days ?? [] })
    if (from !== undefined) requireDay(from)
    if (days === undefined) requireSamePlace(exported, archive)
  }
}

/** Of another prefix or template, an archive has none of the days, and those that failed would never be due again. */
function requireSamePlace({ dataset, sink }: Pick<Destination, 'dataset' | 'sink'>, archive: unknown): void {
  requireArchive(archive)
  const day = { day: '2026-03-07' }
  const { keys } = archive as Archive
  if (keys.manifest(dataset.name, day) === sink.keys.manifest(dataset.name, day)) return
  throw new TypeError(
    `destination ${dataset.name}: its archive looks for manifests where its sink writes none; make both with the same prefix and keys`,
  )
}

/** A date of another century would make each day until then due. */
function requireScheduled(scheduledAt: Date, now: Date, schedule: ScheduleOptions): void {
  nextRunAt(scheduledAt, schedule)
  if (scheduledAt.getTime() <= now.getTime() + DAY_MS) return
  throw new DayfileError(
    'WINDOW_INVALID',
    `scheduledAt ${scheduledAt.toISOString()}: more than a day ahead of the clock; pass the time that the run was planned for, and see that the clock is right`,
    { reason: 'scheduledAt is more than a day ahead of the clock' },
  )
}
