// In: an archive and the instant of a firing. Out: the days whose run has come and that are not published.

import { emitWarning } from 'node:process'
import type { Dataset } from '../datasets/dataset.js'
import { isDayfileError, type DayfileError } from '../errors.js'
import { FUNCTION, requireOptions, SIGNAL, type OptionTable } from '../options.js'
import { isWholeWindow } from '../publish/manifest.js'
import type { Archive } from '../read/archive.js'
import { dayBefore, isCalendarDay } from '../calendar-day.js'
import { publishedDays, readManifests } from '../read/published-days.js'
import type { ObjectKeys } from '../sinks/object-keys.js'
import { DAY_MS, requireInstant, type DayWindow } from '../windows/day-window.js'
import {
  SCHEDULE_OPTIONS,
  scheduledDays,
  type ScheduledDaysOptions,
  type ScheduleOptions,
} from '../windows/schedule.js'
import { isLate, LATE_ROWS_OPTIONS, requireLateRows, type LateRows } from './late-rows.js'

/** Options of {@link dueDays}. */
export interface DueDaysOptions extends ScheduleOptions {
  readonly dataset: Pick<Dataset, 'name'>
  readonly archive: Archive
  /** The scheduled time of the run rather than the clock. In the years 1001 to 9998. */
  readonly now: Date
  /**
   * The first day that has to exist, 'YYYY-MM-DD'. Defaults to the first day that was published or that `exportDue` found
   * due, and if there is no such day, to the newest day whose run has come.
   */
  readonly from?: string | undefined
  /** As in {@link ScheduledDaysOptions}; defaults to a minute. */
  readonly earlyMs?: number | undefined
  /** Adds the last days, even if they are published, for `exportDays` to export again. */
  readonly lateRows?: LateRows | undefined
  /**
   * Called for each day whose manifest cannot be read. Exporting does not repair such a day, so it is not due: `auditDays`
   * says what to delete. Defaults to a warning of the process.
   */
  readonly onUnreadable?: ((day: UnreadableDay) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const DUE_DAYS_OPTIONS = {
  ...SCHEDULE_OPTIONS,
  dataset: true,
  archive: true,
  now: true,
  from: true,
  earlyMs: true,
  lateRows: { options: LATE_ROWS_OPTIONS },
  onUnreadable: FUNCTION,
  signal: SIGNAL,
} satisfies OptionTable<DueDaysOptions>

/** A day that has a manifest, which cannot be read. */
export interface UnreadableDay {
  readonly day: string
  /** `MANIFEST_INVALID`, with the key of the manifest and the rule that it breaks. */
  readonly error: DayfileError
}

/** What {@link findDue} finds. */
export interface DueDays {
  readonly days: readonly DayWindow[]
  readonly unreadable: readonly UnreadableDay[]
  /** Whether nothing is published yet, and no day is known to be the first one. */
  readonly isFirstRun: boolean
}

const A_MINUTE_MS = 60_000

/**
 * Lists the days whose run time has come and that are not published yet, oldest first.
 *
 * A day's run is at `runAt` on the local clock of the following day; it has come once `now` is at it or later. Days that the
 * zone skipped are left out.
 *
 * The bucket is the ledger: after a week without runs there are seven days, and a day in between that failed stays due until
 * it is published. A day is published when its manifest has the same bounds and was written after their end: a day of
 * another zone, a part of a day and an unfinished replacement are due. A day whose manifest cannot be read is not due, as
 * exporting does not repair it: it is reported to `onUnreadable`. Filter, columns and
 * compression are not compared. A firing up to a minute early, by another clock, counts as that run (`earlyMs`). Two firings
 * at once export a day once, because `exportDays` skips what is published. Memory: one key a day, and 16 manifests.
 *
 * @throws DayfileError `WINDOW_INVALID` when `from` is not a real date, `now` not a valid Date in its years, or `runAt` not
 * 'HH:MM'; `ZONE_UNKNOWN` when the zone is not an IANA name; `SINK_DENIED` and `SINK_UNAVAILABLE`.
 * @example
 * const archive = memorySink()
 * const now = new Date('2026-03-07T04:00:00Z')
 * const days = await dueDays({ dataset: events, archive, from: '2026-03-04', now })
 * await exportDays({ dataset: events, days, source: () => [], sink: archive })
 * const next = await dueDays({ dataset: events, archive, now: new Date('2026-03-08T04:00:00Z') })
 * next.map(({ day }) => day).join() // '2026-03-07'
 */
export async function dueDays(options: DueDaysOptions): Promise<DayWindow[]> {
  requireOptions('dueDays', options, DUE_DAYS_OPTIONS)
  const { onUnreadable = warnOfUnreadable } = options
  const { days, unreadable } = await findDue(options)
  for (const day of unreadable) onUnreadable(day)
  return [...days]
}

/** {@link dueDays}, with what else the list of the bucket shows. */
export async function findDue(options: Omit<DueDaysOptions, 'onUnreadable'>): Promise<DueDays> {
  const { dataset, archive, now, from, zone, runAt, earlyMs = A_MINUTE_MS, lateRows, signal } = options
  if (lateRows !== undefined) requireLateRows(lateRows)
  const schedule = { now, zone, runAt, earlyMs }
  // Checked before the archive is asked.
  const newest = newestDay(schedule)
  const marked: string[] = []
  const published = await publishedDays(dataset, archive, { from, signal }, ({ key }) => {
    const day = dayOfMark(archive.keys, dataset.name, key)
    if (day !== undefined) marked.push(day)
  })
  const known = [...published, ...marked]
  const first = from ?? known.reduce((least, day) => (day < least ? day : least), newest)
  const scheduled = scheduledDays({ ...schedule, after: dayBefore(first) })
  const settled = new Set<string>()
  const unreadable: UnreadableDay[] = []
  const byDay = new Map(scheduled.map((window) => [window.day, window]))
  const asked = published.filter((day) => byDay.has(day))
  for await (const { day, manifest } of readManifests(dataset, archive, asked, signal)) {
    const window = byDay.get(day)
    if (window === undefined) continue
    if (manifest.status === 'fulfilled') {
      const isPublished = isWholeWindow(manifest.value.manifest, window)
      if (isPublished && !isLate(window, newest, lateRows)) settled.add(day)
    } else if (isDayfileError(manifest.reason, 'MANIFEST_INVALID')) {
      settled.add(day)
      unreadable.push({ day, error: manifest.reason })
    } else throw manifest.reason
  }
  // Where a run is at midnight, an early firing comes before the end of its day.
  const days = scheduled.filter(({ day, end }) => end <= now && !settled.has(day))
  return { days, unreadable, isFirstRun: known.length === 0 }
}

function warnOfUnreadable({ error }: UnreadableDay): void {
  emitWarning(error.message, { code: 'DAYFILE_MANIFEST_INVALID' })
}

const MARK = '_due.json'

/**
 * The key of the mark of a first day: beside the manifest that is to come. It is seen in the list of the days, and so takes
 * no request of its own.
 */
export function markKey(keys: ObjectKeys, dataset: string, day: string): string {
  return withName(keys.manifest(dataset, { day }), MARK)
}

function dayOfMark(keys: ObjectKeys, dataset: string, key: string): string | undefined {
  if (!key.endsWith(`/${MARK}`)) return undefined
  const day = keys.dayOfManifest(dataset, withName(key, '_manifest.json'))
  return isCalendarDay(day) ? day : undefined
}

function withName(key: string, name: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1) + name
}

/** The newest day whose run has come, published or not. */
function newestDay(schedule: Omit<ScheduledDaysOptions, 'after'>): string {
  requireInstant(schedule.now)
  // Of five days there are some in every zone, whatever day it has skipped.
  const after = new Date(schedule.now.getTime() - 5 * DAY_MS).toISOString().slice(0, 10)
  const newest = scheduledDays({ ...schedule, after }).at(-1)
  if (newest === undefined) throw new Error('a run has come within five days')
  return newest.day
}
