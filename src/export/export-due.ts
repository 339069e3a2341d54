import type { Dataset } from '../datasets/dataset.js'
import { DayfileError, isDayfileError } from '../errors.js'
import { requireOptions, requireShape, STRING, type OptionTable } from '../options.js'
import type { Archive } from '../read/archive.js'
import { DAY_MS, requireDay, requireWindow, type DayWindow } from '../windows/day-window.js'
import { nextRunAt, requireEarliness, SCHEDULE_OPTIONS, type ScheduleOptions } from '../windows/schedule.js'
import { findDue, markKey, type DueDays, type UnreadableDay } from './due-days.js'
import { DAYS, DAYS_OPTIONS, exportDays, requireExportDays, type ExportDaysOptions } from './export-days.js'
import { requireOwnPlace, requireSamePlace } from './destination-place.js'
import { asError, safeInJson, type FailedDay } from './failed-day.js'
import type { DestinationReport, ExportReport } from './report.js'
import { runFailed } from './run-failed.js'
import type { UnexpectedKeys } from './source.js'

/** Where one dataset goes, and which rows of it. */
export interface ExportDestination<D extends Dataset = Dataset> extends Omit<
  ExportDaysOptions<D>,
  'days' | 'signal' | 'now' | 'onFailure'
> {
  /** In its report and its errors. Defaults to the name of the dataset. */
  readonly name?: string | undefined
  /**
   * Where its manifests are read to know which days are due. Defaults to `sink`, as what `s3Sink`, `directorySink` and
   * `memorySink` make is an archive too. Only a sink of your own that cannot list needs one, of the very same place.
   */
  readonly archive?: Archive | undefined
  /**
   * The first day that has to exist, 'YYYY-MM-DD'. Defaults to the day that was due when the destination was first exported,
   * which `_due.json` in the folder of that day marks.
   */
  readonly from?: string | undefined
}

const { days: EACH_DAY, onFailure: ON_FAILURE, signal: SIGNAL, now: NOW, ...EACH } = DAYS_OPTIONS
const DESTINATION_OPTIONS = {
  ...EACH,
  name: STRING,
  archive: true,
  from: true,
} satisfies OptionTable<ExportDestination>

/** Options of {@link exportDue}. */
export interface ExportDueOptions<D extends readonly Dataset[] = readonly Dataset[]> extends ScheduleOptions {
  readonly destinations: { readonly [Index in keyof D]: ExportDestination<D[Index]> }
  /** The scheduled time of the run: each destination gets the days that are due there by then. */
  readonly scheduledAt?: Date | undefined
  /** The days to export, instead of those that are due. */
  readonly days?: readonly DayWindow[] | undefined
  /** Milliseconds by which a firing may come before a run's time and still be that run. Defaults to a minute. */
  readonly earlyMs?: number | undefined
  /**
   * 'throw' (the default) rejects with `RUN_FAILED` after everything was tried, if a day or a destination failed. 'report'
   * resolves all the same: look for the outcome 'failed' and for `error`.
   */
  readonly onFailure?: 'throw' | 'report' | undefined
  readonly signal?: AbortSignal | undefined
  /** The clock. Defaults to the machine's. */
  readonly now?: (() => Date) | undefined
}

const RUN_OPTIONS = {
  ...SCHEDULE_OPTIONS,
  destinations: { options: DESTINATION_OPTIONS, isList: true },
  scheduledAt: true,
  days: DAYS,
  earlyMs: true,
  onFailure: ON_FAILURE,
  signal: SIGNAL,
  now: NOW,
} satisfies OptionTable<ExportDueOptions>

/** Destinations whose rows have no unexpected keys; for others the compiler's message says which. */
type OnlyDeclaredIn<Given> = [UnexpectedKeysIn<Given>] extends [never]
  ? unknown
  : `'${UnexpectedKeysIn<Given>}' is not a column of the dataset: correct the key, extend the dataset, or set csv.addedColumns`

type UnexpectedKeysIn<Given> = Given extends {
  readonly dataset: infer D extends Dataset
  readonly source: (...request: never) => infer Rows
}
  ? Extract<UnexpectedKeys<RowIn<Awaited<Rows>>, D, AddedIn<Given>>, string>
  : never

type RowIn<Rows> = Rows extends Iterable<infer Row> | AsyncIterable<infer Row> ? Row : never

type AddedIn<Given> = Given extends { readonly csv: { readonly addedColumns?: infer Added } }
  ? unknown extends Added
    ? 'reject'
    : Added
  : 'reject'

/**
 * Exports what is due to several destinations: events to one bucket and paywall views to another, say, each with its own
 * filter, credentials and first day.
 *
 * One call a run is all that a scheduler needs: each destination gets the days that its manifests show to be missing by
 * `scheduledAt` ({@link dueDays}), except those in their grace period, and its `lateRows` again ({@link exportDays}).
 * Destinations are exported one after the other, in order. A day or a destination that fails does not stop the others, also
 * if its options are wrong: everything is tried, and then the run rejects with `RUN_FAILED`. An abort rejects with the
 * signal's reason.
 *
 * @throws DayfileError `RUN_FAILED` when a day or a destination failed: `details.reports` has the reports of all days,
 * `details.destinations` those of all destinations, and `errors` every error. {@link describeRun} makes lines of it.
 * `WINDOW_INVALID` when `scheduledAt` is not a valid Date or more than a day ahead of the clock, or `runAt` is wrong, and
 * `ZONE_UNKNOWN`, before anything is done.
 * @throws TypeError when an option of the run itself has the wrong shape.
 * @example
 * const source = ({ window }) => sampleEvents({ day: window.day, count: 10 })
 * const views = ({ window }) => samplePaywallViews({ day: window.day, count: 10 })
 * const run = await exportDue({
 *   scheduledAt: new Date('2026-03-08T04:00:00Z'),
 *   destinations: [
 *     { dataset: events, source, sink: memorySink(), excludeHistorical: true },
 *     { dataset: paywallViews, source: views, sink: memorySink(), from: '2026-03-06' },
 *   ],
 * })
 * run.map(({ destination, reports }) => `${destination} ${reports.length}`).join() // 'events 1,paywall_views 2'
 */
export async function exportDue<const D extends readonly Dataset[], Given>(
  options: ExportDueOptions<D> & {
    readonly destinations: { readonly [index: number]: Given | object } & OnlyDeclaredIn<Given>
  },
): Promise<DestinationReport[]> {
  requireOptions('exportDue', options, RUN_OPTIONS)
  const { signal, onFailure = 'throw', now = () => new Date() } = options
  const destinations: readonly ExportDestination[] = options.destinations
  requireRun(options, now())
  const run: DestinationReport[] = []
  const places = new Map<string, string>()
  for (const [index, destination] of destinations.entries()) {
    run.push(await exportDestination(destination, { ...options, now }, places, index))
    signal?.throwIfAborted()
  }
  const reports = run.flatMap((destination) => destination.reports)
  const failed =
    run.some(({ error }) => error !== null) || reports.some(({ outcome }) => outcome === 'failed')
  if (failed && onFailure === 'throw') throw runFailed(reports, run)
  return run
}

type Run = Omit<ExportDueOptions, 'destinations'> & { readonly now: () => Date }

async function exportDestination(
  destination: ExportDestination,
  run: Run,
  places: Map<string, string>,
  index: number,
): Promise<DestinationReport> {
  const { now, signal } = run
  const reports: (ExportReport | FailedDay)[] = []
  const about = aboutOf(destination, index)
  let unreadableDays: readonly UnreadableDay[] = []
  let error: Error | null = null
  try {
    requireDestination(destination, run, about.destination, places)
    const { name: _, archive, from, onReport, ...exported } = destination
    const due = run.days === undefined ? await daysDue(destination, run) : { days: run.days, unreadable: [] }
    unreadableDays = due.unreadable
    await exportDays({
      ...exported,
      now,
      ...(signal === undefined ? {} : { signal }),
      days: due.days,
      onFailure: 'report',
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
  return safeInJson({ ...about, reports, unreadableDays, error })
}

/** Before anything of it is known to be right. */
function aboutOf(
  destination: Partial<ExportDestination> | null | undefined,
  index: number,
): Pick<DestinationReport, 'destination' | 'dataset' | 'location'> {
  const { name, dataset, sink } = destination ?? {}
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  const datasetName = text(dataset?.name)
  return {
    destination: text(name) ?? datasetName ?? `destinations[${index}]`,
    dataset: datasetName,
    location: text(sink?.location),
  }
}

async function daysDue(destination: ExportDestination, run: Run): Promise<DueDays> {
  const { dataset, sink, from, lateRows, gracePeriodMs = 0, allowOpenWindow } = destination
  const archive = destination.archive ?? (sink as unknown as Archive)
  const { scheduledAt, zone, runAt, earlyMs, signal } = run
  if (scheduledAt === undefined) throw new Error('checked before')
  const schedule = { now: scheduledAt, zone, runAt, earlyMs }
  const due = await findDue({ dataset, archive, ...schedule, from, lateRows, signal })
  const [first] = due.days
  if (from === undefined && due.isFirstRun && first !== undefined) {
    // Without it nothing would know of this day if it fails now.
    await sink
      .write(markKey(sink.keys, dataset.name, first.day), Buffer.from('{}\n'), {
        contentType: 'application/json',
        ifMatch: null,
        signal: signal ?? new AbortController().signal,
      })
      .catch((error: unknown) => {
        if (!isDayfileError(error, 'SINK_CONFLICT')) throw error
      })
  }
  const now = run.now().getTime()
  // A day that is in its grace period is for the next run, and no failure of this one.
  const days = due.days.filter(({ end }) => allowOpenWindow === true || end.getTime() + gracePeriodMs <= now)
  return { ...due, days }
}

function requireRun(
  { destinations, days, scheduledAt, zone, runAt, earlyMs }: ExportDueOptions,
  now: Date,
): void {
  const isList = Array.isArray(destinations)
  requireShape('exportDue: option destinations', destinations, 'a list of destinations', isList)
  if ((days === undefined) === (scheduledAt === undefined)) {
    throw new TypeError('exportDue: options days and scheduledAt: expected one of the two')
  }
  for (const window of days ?? []) requireWindow(window)
  if (scheduledAt !== undefined) requireScheduled(scheduledAt, now, { zone, runAt })
  requireEarliness(earlyMs ?? 0)
}

/** @throws DayfileError `OPTIONS_INVALID` naming the destination, or a code of its own. */
function requireDestination(
  destination: ExportDestination,
  run: Run,
  name: string,
  places: Map<string, string>,
): void {
  const place = `destination ${name}`
  try {
    requireOptions(place, destination, DESTINATION_OPTIONS, { place: 'exportDue', table: RUN_OPTIONS })
    const { name: _, archive, from, ...exported } = destination
    requireExportDays(place, { ...exported, days: [] })
    if (from !== undefined) requireFrom(place, from, run)
    if (run.days === undefined) requireSamePlace(place, destination, archive ?? destination.sink)
    requireOwnPlace(place, destination, name, places)
  } catch (cause) {
    if (isDayfileError(cause)) throw cause
    const { message } = asError(cause)
    const reason = message.startsWith(place) ? message : `${place}: ${message}`
    throw new DayfileError('OPTIONS_INVALID', reason, { destination: name, reason }, { cause })
  }
}

function requireFrom(place: string, from: string, { scheduledAt }: Run): void {
  const first = requireDay(from) * DAY_MS
  // A zone may be half a day ahead of UTC.
  if (scheduledAt === undefined || first <= scheduledAt.getTime() + DAY_MS) return
  throw new TypeError(
    `${place}: option from: ${from} is in the future, so nothing would be exported until then; correct the day`,
  )
}

/** A date of another century would make each day until then due. */
function requireScheduled(scheduledAt: Date, now: Date, schedule: ScheduleOptions): void {
  nextRunAt(scheduledAt, schedule)
  if (scheduledAt.getTime() <= now.getTime() + DAY_MS) return
  throw new DayfileError(
    'WINDOW_INVALID',
    `scheduledAt ${scheduledAt.toISOString()}: more than a day ahead of the clock; pass the time that the run was planned for, and check the clock`,
    { reason: 'scheduledAt is more than a day ahead of the clock' },
  )
}
