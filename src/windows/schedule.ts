// In: the instant at which a scheduler fires. Out: the days whose run time has come, and the next run's instant.

import { millisecondsInHour, millisecondsInMinute, millisecondsInDay } from 'date-fns/constants'
import { DayfileError } from '../errors.js'
import { requireOptions, type OptionTable } from '../options.js'
import { dayExists, localDay, requireDay, requireInstant, windowOf, type DayWindow } from './day-window.js'
import { firstInstantAt, requireZone } from './zone.js'

const DEFAULT_RUN_AT = '04:00'

/** When the runs are. */
export interface ScheduleOptions {
  /** 'HH:MM' on the local clock of the zone, 00:00 to 23:59. Defaults to '04:00'. */
  readonly runAt?: string | undefined
  /** An IANA name, kept as given. Defaults to 'UTC'. */
  readonly zone?: string | undefined
}

export const SCHEDULE_OPTIONS = { runAt: true, zone: true } satisfies OptionTable<ScheduleOptions>

/** What {@link scheduledDays} takes. */
export interface ScheduledDaysOptions extends ScheduleOptions {
  /** The last day that needs no run, 'YYYY-MM-DD'; not part of the result. */
  readonly after: string
  /** The instant of the firing, in the years 1001 to 9998; required, so that two firings agree. */
  readonly now: Date
  /** Milliseconds by which a firing may come before a run's time and still be that run: clocks differ. Defaults to 0. */
  readonly earlyMs?: number | undefined
}

export const SCHEDULED_DAYS_OPTIONS = {
  ...SCHEDULE_OPTIONS,
  after: true,
  now: true,
  earlyMs: true,
} satisfies OptionTable<ScheduledDaysOptions>

/**
 * Lists the days after `after` whose run time has come, oldest first.
 *
 * A day's run is at `runAt` on the local clock of the following day; it has come once `now` is at it or later. After a
 * week without runs there are seven days. The list depends on nothing but the arguments, so firing twice gives it
 * twice, and firing a moment early leaves the newest day for the next time, unless `earlyMs` is as much. Days that the zone
 * skipped are left out.
 *
 * @throws {@link DayfileError} `WINDOW_INVALID` when `after` is not a real date, `now` not a valid Date in its years,
 * or `runAt` not 'HH:MM'.
 * @throws {@link DayfileError} `ZONE_UNKNOWN` when the zone is not an IANA name.
 * @example
 * scheduledDays({ after: '2026-03-04', now: new Date('2026-03-07T04:00:00Z') }).map(({ day }) => day).join() // '2026-03-05,2026-03-06'
 */
export function scheduledDays(options: ScheduledDaysOptions): DayWindow[] {
  requireOptions('scheduledDays', options, SCHEDULED_DAYS_OPTIONS)
  const { after, now, zone = 'UTC', runAt = DEFAULT_RUN_AT, earlyMs = 0 } = options
  requireZone(zone)
  const runMs = requireRunAt(runAt)
  const nowMs = requireInstant(now) + requireEarliness(earlyMs)
  const due: DayWindow[] = []
  let day = nextExistingDay(requireDay(after), zone)
  for (;;) {
    const following = nextExistingDay(day, zone)
    if (runOn(following, runMs, zone) > nowMs) return due
    due.push(windowOf(day, zone))
    day = following
  }
}

/**
 * The first run strictly after an instant.
 *
 * There is one run on every day of the zone. Where `runAt` falls into a skipped hour, the run is at the first instant
 * after the gap; where the hour comes twice, at the first of the two.
 *
 * @param now The instant to look ahead from, in the years 1001 to 9998.
 * @throws {@link DayfileError} `WINDOW_INVALID` when `now` is not a valid Date in these years, or `runAt` not 'HH:MM'.
 * @throws {@link DayfileError} `ZONE_UNKNOWN` when the zone is not an IANA name.
 * @example
 * nextRunAt(new Date('2026-03-07T04:00:00Z')).toISOString() // '2026-03-08T04:00:00.000Z'
 */
export function nextRunAt(now: Date, options: ScheduleOptions = {}): Date {
  requireOptions('nextRunAt', options, SCHEDULE_OPTIONS)
  const { runAt = DEFAULT_RUN_AT, zone = 'UTC' } = options
  requireZone(zone)
  const runMs = requireRunAt(runAt)
  const nowMs = requireInstant(now)
  let day = localDay(nowMs, zone)
  while (runOn(day, runMs, zone) <= nowMs) day = nextExistingDay(day, zone)
  return new Date(runOn(day, runMs, zone))
}

function runOn(day: number, runMs: number, zone: string): number {
  return firstInstantAt(day * millisecondsInDay + runMs, zone)
}

function nextExistingDay(day: number, zone: string): number {
  let next = day + 1
  while (!dayExists(next, zone)) next += 1
  return next
}

/** @throws RangeError for what is not a number of milliseconds of less than a day. */
export function requireEarliness(earlyMs: unknown): number {
  if (typeof earlyMs === 'number' && earlyMs >= 0 && earlyMs < millisecondsInDay) return earlyMs
  throw new RangeError('earlyMs: expected milliseconds, 0 or more and less than a day')
}

function requireRunAt(runAt: unknown): number {
  const [, hours, minutes] =
    (typeof runAt === 'string' ? /^([01]\d|2[0-3]):([0-5]\d)$/.exec(runAt) : null) ?? []
  if (hours === undefined || minutes === undefined) {
    const given = typeof runAt === 'string' ? JSON.stringify(runAt) : typeof runAt
    throw new DayfileError(
      'WINDOW_INVALID',
      `runAt ${given}: not a time from 00:00 to 23:59 written HH:MM; pass one such as '${DEFAULT_RUN_AT}'`,
      { reason: 'runAt is not a time from 00:00 to 23:59 written HH:MM' },
    )
  }
  return Number(hours) * millisecondsInHour + Number(minutes) * millisecondsInMinute
}
