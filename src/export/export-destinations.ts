import type { Dataset } from '../datasets/dataset.js'
import { ExportError } from '../errors.js'
import { isObject, requireShape } from '../options.js'
import { requireArchive, type Archive } from '../read/archive.js'
import { requireInstant, type DayWindow } from '../windows/day-window.js'
import type { ScheduleOptions } from '../windows/schedule.js'
import { dueDays } from './due-days.js'
import { exportDays, requireDaysOptions, type ExportDaysOptions } from './export-days.js'
import { asError, type FailedDay } from './failed-day.js'
import { requireOptions } from './plan.js'
import type { ExportReport } from './report.js'

/** Where one dataset goes, and what of it. */
export interface Destination<D extends Dataset = Dataset> extends Omit<
  ExportDaysOptions<D>,
  'days' | 'plan' | 'signal' | 'now'
> {
  /** In its report; the name of the dataset unless said. */
  readonly name?: string
  /** Where its manifests are, to know which days are due: what reads the place that `sink` writes. Not needed with `days`. */
  readonly archive?: Archive
  /** The first day that there has to be there, as of `dueDays`. */
  readonly from?: string
}

/** Options of {@link exportDestinations}. */
export interface ExportDestinationsOptions<
  D extends readonly Dataset[] = readonly Dataset[],
> extends ScheduleOptions {
  readonly destinations: { readonly [Index in keyof D]: Destination<D[Index]> }
  /** The scheduled time of the run: each destination gets the days that are due there by then. */
  readonly scheduledAt?: Date
  /** The days to export, instead of those that are due. */
  readonly days?: readonly DayWindow[]
  readonly signal?: AbortSignal
  /** The clock; the machine's unless said. */
  readonly now?: () => Date
}

/** What became of a destination. */
export interface DestinationReport {
  readonly destination: string
  readonly dataset: string
  /** Where it lies, without credentials. */
  readonly location: string
  /** One a day that was due, oldest first. */
  readonly reports: readonly (ExportReport | FailedDay)[]
  /** Why it could not be known which days are due. null where it was. */
  readonly error: Error | null
}

/**
 * Exports what is due to several destinations: events to one bucket and paywall views to another, say, each with its own
 * selection, credential and first day.
 *
 * One call a run is all that a scheduler needs: each destination gets the days that its manifests show to be missing by
 * `scheduledAt` ({@link dueDays}), and its `lateRows` again ({@link exportDays}). One after the other, in order; a day or a
 * destination that fails does not keep the others from going on. An abort rejects with the signal's reason.
 *
 * @throws TypeError or RangeError when an option of one of them has the wrong shape, and ExportError `WINDOW_INVALID` when
 * `scheduledAt` is no valid Date or more than a day ahead of the clock, before anything is done.
 * @example
 * const source = ({ window }) => sampleEvents({ day: window.day, count: 10 })
 * const views = ({ window }) => samplePaywallViews({ day: window.day, count: 10 })
 * const [one, other] = [memorySink(), memorySink()]
 * const run = await exportDestinations({
 *   scheduledAt: new Date('2026-03-08T04:00:00Z'),
 *   destinations: [
 *     { dataset: events, source, sink: one, archive: one, excludeHistorical: true },
 *     { dataset: paywallViews, source: views, sink: other, archive: other, from: '2026-03-06' },
 *   ],
 * })
 * run.map(({ destination, reports }) => `${destination} ${reports.length}`).join() // 'events 1,paywall_views 2'
 */
export async function exportDestinations<const D extends readonly Dataset[]>(
  options: ExportDestinationsOptions<D>,
): Promise<DestinationReport[]> {
  const destinations: readonly Destination[] = options.destinations
  requireDestinations(destinations, options)
  const { signal, now } = options
  const shared = { ...(signal === undefined ? {} : { signal }), ...(now === undefined ? {} : { now }) }
  const reports: DestinationReport[] = []
  for (const { name, archive, from, ...destination } of destinations) {
    const { dataset, sink } = destination
    const about = { destination: name ?? dataset.name, dataset: dataset.name, location: sink.location }
    try {
      const days = options.days ?? (await daysDue({ ...destination, archive, from }, options))
      reports.push({ ...about, reports: await exportDays({ ...destination, ...shared, days }), error: null })
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason
      reports.push({ ...about, reports: [], error: asError(error) })
    }
  }
  return reports
}

function daysDue(
  { dataset, archive, from, lateRows }: Omit<Destination, 'from' | 'archive'> & Asked,
  { scheduledAt, zone, runAt, signal }: Omit<ExportDestinationsOptions, 'destinations'>,
): Promise<DayWindow[]> {
  if (archive === undefined || scheduledAt === undefined) throw new Error('checked before')
  return dueDays({
    dataset,
    archive,
    now: scheduledAt,
    zone,
    runAt,
    ...(from === undefined ? {} : { from }),
    ...(lateRows === undefined ? {} : { lateRows }),
    ...(signal === undefined ? {} : { signal }),
  })
}

interface Asked {
  readonly archive: Archive | undefined
  readonly from: string | undefined
}

function requireDestinations(
  destinations: readonly Destination[],
  { days, scheduledAt, now = () => new Date() }: Omit<ExportDestinationsOptions, 'destinations'>,
): void {
  requireShape('option destinations', destinations, 'a list of destinations', Array.isArray(destinations))
  if ((days === undefined) === (scheduledAt === undefined)) {
    throw new TypeError('export options days and scheduledAt: expected one of the two')
  }
  if (scheduledAt !== undefined) requireScheduled(scheduledAt, now())
  for (const destination of destinations) {
    requireShape('destination', destination, 'an object of options', isObject(destination))
    const { archive, ...exported } = destination
    requireOptions(exported)
    requireDaysOptions({ ...exported, days: days ?? [] })
    if (days === undefined) requireArchive(archive)
  }
}

const DAY_MS = 86_400_000

/** A date of another century would make each day until then due. */
function requireScheduled(scheduledAt: Date, now: Date): void {
  if (requireInstant(scheduledAt) <= now.getTime() + DAY_MS) return
  throw new ExportError(
    'WINDOW_INVALID',
    `scheduledAt ${scheduledAt.toISOString()}: more than a day ahead of the clock; pass the time that the run was planned for, and see that the clock is right`,
    { reason: 'scheduledAt is more than a day ahead of the clock' },
  )
}
