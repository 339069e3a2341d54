// In: an archive and the instant of a firing. Out: the days whose run has come and whose file is not there.

import type { Dataset } from '../datasets/dataset.js'
import { isDayfileError } from '../errors.js'
import { isWholeWindow } from '../manifest/manifest.js'
import type { Archive } from '../read/archive.js'
import { dayBefore } from '../calendar-day.js'
import { publishedDays, readManifests, type PublishedDay } from '../read/published-days.js'
import { DAY_MS, requireInstant, type DayWindow } from '../windows/day-window.js'
import { scheduledDays, type ScheduledDaysOptions, type ScheduleOptions } from '../windows/schedule.js'
import { isLate, requireLateRows, type LateRows } from './late-rows.js'

/** Options of {@link dueDays}. */
export interface DueDaysOptions extends ScheduleOptions {
  readonly dataset: Pick<Dataset, 'name'>
  readonly archive: Archive
  /** The scheduled time of the run rather than the clock. In the years 1001 to 9998. */
  readonly now: Date
  /**
   * The first day that there has to be, 'YYYY-MM-DD'. Defaults to the first one that was published; where there is none
   * either, the newest day whose run has come.
   */
  readonly from?: string | undefined
  /** As in {@link ScheduledDaysOptions}; defaults to a minute. */
  readonly earlyMs?: number | undefined
  /** Adds the last days, also where they are there, for `exportDays` to export again. */
  readonly lateRows?: LateRows | undefined
  readonly signal?: AbortSignal | undefined
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
 * another zone, a part of a day, an unfinished replacement and an unreadable manifest are due. Filter, columns and
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
  const { dataset, archive, now, from, zone, runAt, earlyMs = A_MINUTE_MS, lateRows, signal } = options
  if (lateRows !== undefined) requireLateRows(lateRows)
  const schedule = { now, zone, runAt, earlyMs }
  // Checked before the archive is asked.
  const newest = newestDay(schedule)
  const published = await publishedDays(dataset, archive, { from, signal })
  const [firstThere = newest] = published
  const first = from ?? (firstThere < newest ? firstThere : newest)
  const scheduled = scheduledDays({ ...schedule, after: dayBefore(first) })
  const whole = new Set<string>()
  const byDay = new Map(scheduled.map((window) => [window.day, window]))
  const asked = published.filter((day) => byDay.has(day))
  for await (const found of readManifests(dataset, archive, asked, signal)) {
    const window = byDay.get(found.day)
    if (window !== undefined && isWhole(found, window)) whole.add(found.day)
  }
  // Where a run is at midnight, an early firing comes before the end of its day.
  const over = scheduled.filter(({ end }) => end <= now)
  return over.filter((window) => !whole.has(window.day) || isLate(window, newest, lateRows))
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

function isWhole({ manifest }: PublishedDay, window: DayWindow): boolean {
  if (manifest.status === 'fulfilled') return isWholeWindow(manifest.value.manifest, window)
  // The export says what is wrong with it.
  if (isDayfileError(manifest.reason, 'MANIFEST_INVALID')) return false
  throw manifest.reason
}
