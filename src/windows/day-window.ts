// In: calendar days, or an instant to look back from. Out: half-open windows [start, end) of UTC instants.
// Days are counted as whole numbers since 1970-01-01, never as local Dates: nothing here sees the process's zone.

import { millisecondsInDay } from 'date-fns/constants'
import { isDate } from 'date-fns/isDate'
import { isValid } from 'date-fns/isValid'
import { isCalendarDay } from '../calendar-day.js'
import { DayfileError } from '../errors.js'
import { requireOptions, type OptionTable } from '../options.js'
import { firstInstantAt, offsetAt, requireZone } from './zone.js'

/** Of a calendar day, as days are counted here; the window of a day may be longer or shorter. */
export const DAY_MS = millisecondsInDay

/** The first day that a window may have. */
const FIRST_DAY = '1000-01-01'

/** One calendar day of a zone as a half-open span of instants: a row stamped exactly at `end` is the next day's. */
export interface DayWindow {
  /** 'YYYY-MM-DD'; of a {@link DayRange} the first day. */
  readonly day: string
  /** The first instant of the day. */
  readonly start: Date
  /** The first instant after the day; not part of it. */
  readonly end: Date
  /** The IANA name, as it was given. */
  readonly zone: string
}

/** One window over several days. */
export interface DayRange extends DayWindow {
  /** The last day, included; later than `day`. */
  readonly lastDay: string
}

/** Where the days are counted. */
export interface ZoneOptions {
  /** An IANA name, kept as given. Defaults to 'UTC'. */
  readonly zone?: string | undefined
}

const ZONE_OPTIONS = { zone: true } satisfies OptionTable<ZoneOptions>

function zoneOf(place: string, options: ZoneOptions): string {
  requireOptions(place, options, ZONE_OPTIONS)
  const { zone = 'UTC' } = options
  requireZone(zone)
  return zone
}

/**
 * Cuts one calendar day of a zone.
 *
 * The day starts at the first instant that has its date on the local clock (01:00 where midnight is skipped, the
 * first 00:00 where it comes twice) and ends where the next day starts, so it may last 23, 24 or 25 hours and
 * neighbours share no instant and leave none out. A day that the zone never had is refused (Pacific/Apia skipped
 * 2011-12-30); {@link eachDay} leaves such a day out.
 *
 * @param day 'YYYY-MM-DD', from 1000-01-01 to 9999-12-31.
 * @throws {@link DayfileError} `WINDOW_INVALID` when `day` is not a real date, or does not exist in the zone.
 * @throws {@link DayfileError} `ZONE_UNKNOWN` when the zone is not an IANA name.
 * @example
 * dayWindow('2023-04-28', { zone: 'Africa/Cairo' }).start.toISOString() // '2023-04-27T22:00:00.000Z'
 */
export function dayWindow(day: string, options: ZoneOptions = {}): DayWindow {
  const zone = zoneOf('dayWindow', options)
  return windowOf(requireExistingDay(day, zone), zone)
}

/**
 * Cuts the calendar day that ended most recently in the zone.
 *
 * At the very instant a day ends, it is that day; a millisecond earlier it is the day before. So schedule with
 * slack, and pass the scheduled time rather than the wall clock where a retry must land on the same day.
 *
 * @param now The instant to look back from, in the years 1001 to 9998; required, so that reruns are reproducible.
 * @throws {@link DayfileError} `WINDOW_INVALID` when `now` is not a valid Date in these years.
 * @throws {@link DayfileError} `ZONE_UNKNOWN` when the zone is not an IANA name.
 * @example
 * previousDay(new Date('2026-03-08T04:00:00Z')).day // '2026-03-07'
 */
export function previousDay(now: Date, options: ZoneOptions = {}): DayWindow {
  const zone = zoneOf('previousDay', options)
  const nowMs = requireInstant(now)
  let today = localDay(nowMs, zone)
  // Clocks put back over midnight show yesterday's date again after today has started (St. John's, at 00:01).
  while (startOfDay(today + 1, zone) <= nowMs) today += 1
  let previous = today - 1
  while (!dayExists(previous, zone)) previous -= 1
  return windowOf(previous, zone)
}

/**
 * Cuts one window over several days, both ends included.
 *
 * It starts where the first day starts and ends where the last one ends. When both are the same day the result
 * equals {@link dayWindow} of it and has no `lastDay`. Only the two ends must exist in the zone; a day that it
 * skipped in between holds no instant and changes nothing.
 *
 * @throws {@link DayfileError} `WINDOW_INVALID` when an end is not a real date or does not exist in the zone, or
 * when the last day is before the first.
 * @throws {@link DayfileError} `ZONE_UNKNOWN` when the zone is not an IANA name.
 * @example
 * dayRange('2026-03-01', '2026-03-07').end.toISOString() // '2026-03-08T00:00:00.000Z'
 */
export function dayRange(firstDay: string, lastDay: string, options: ZoneOptions = {}): DayWindow | DayRange {
  const zone = zoneOf('dayRange', options)
  const first = requireExistingDay(firstDay, zone)
  const last = requireExistingDay(lastDay, zone)
  requireOrder(first, last, zone)
  if (first === last) return windowOf(first, zone)
  return Object.freeze({
    day: firstDay,
    lastDay,
    start: new Date(startOfDay(first, zone)),
    end: new Date(startOfDay(last + 1, zone)),
    zone,
  })
}

/**
 * Cuts every day from the first to the last, both included, oldest first.
 *
 * Each window ends where the next one starts. Days that the zone skipped are left out, at the ends too: there is
 * nothing to export for them. The list is made at once, not lazily.
 *
 * @throws {@link DayfileError} `WINDOW_INVALID` when an end is not a real date or the last day is before the first.
 * @throws {@link DayfileError} `ZONE_UNKNOWN` when the zone is not an IANA name.
 * @example
 * eachDay('2024-02-28', '2024-03-01').map(({ day }) => day).join() // '2024-02-28,2024-02-29,2024-03-01'
 */
export function eachDay(firstDay: string, lastDay: string, options: ZoneOptions = {}): DayWindow[] {
  const zone = zoneOf('eachDay', options)
  const first = requireDay(firstDay)
  const last = requireDay(lastDay)
  requireOrder(first, last, zone)
  const windows: DayWindow[] = []
  let start = startOfDay(first, zone)
  for (let day = first; day <= last; day += 1) {
    const end = startOfDay(day + 1, zone)
    if (start < end) windows.push(makeWindow(day, start, end, zone))
    start = end
  }
  return windows
}

/**
 * The window as given, once it is known to have the shape of one.
 *
 * Holds for a {@link DayRange} and for windows made by hand; whether the bounds are those of the named day is the
 * maker's business.
 *
 * @throws {@link DayfileError} `WINDOW_INVALID` when `day` is not a real date, `start` or `end` not a valid Date,
 * `start` not before `end`, `zone` not a string, or `lastDay` there and not after `day`.
 * @throws {@link DayfileError} `ZONE_UNKNOWN` when the zone is a string but not an IANA name.
 * @example
 * requireWindow(dayWindow('2026-03-07')).day // '2026-03-07'
 */
export function requireWindow(window: unknown): DayWindow {
  if (typeof window !== 'object' || window === null) {
    throw windowError(
      'window',
      `expected { day, start, end, zone }, received ${window === null ? 'null' : typeof window}`,
    )
  }
  const { day, lastDay, start, end, zone } = window as Record<keyof DayRange, unknown>
  const dayNumber = requireDay(day)
  const details = { day: dayName(dayNumber) }
  const subject = `window ${details.day}`
  if (typeof zone !== 'string') {
    throw windowError(subject, `"zone" must be an IANA name, received ${typeof zone}`, details)
  }
  requireZone(zone)
  if (!isInstant(start) || !isInstant(end)) {
    const bound = isInstant(start) ? 'end' : 'start'
    throw windowError(subject, `"${bound}" must be a valid Date`, { ...details, zone })
  }
  if (start.getTime() >= end.getTime()) {
    throw windowError(subject, '"start" must be before "end", which is exclusive', { ...details, zone })
  }
  if (lastDay !== undefined && requireDay(lastDay) <= dayNumber) {
    throw windowError(subject, '"lastDay" must be after "day", or left out', { ...details, zone })
  }
  return window as DayWindow
}

/**
 * Checks that a window has the bounds of the days that it names.
 *
 * @throws {@link DayfileError} `WINDOW_INVALID` naming the bounds that the days have.
 */
export function requireWholeDays(window: DayWindow | DayRange): void {
  const { day, start, end, zone } = window
  const lastDay = 'lastDay' in window ? window.lastDay : day
  const whole = dayRange(day, lastDay, { zone })
  if (start.getTime() === whole.start.getTime() && end.getTime() === whole.end.getTime()) return
  const days = day === lastDay ? `the day ${day}` : `the days ${day} to ${lastDay}`
  const reason = `its bounds are not those of ${days} in ${zone}, ${whole.start.toISOString()} to ${whole.end.toISOString()}`
  throw new DayfileError(
    'WINDOW_INVALID',
    `window ${day}: ${reason}; make it with dayWindow or dayRange, or set allowPartialWindow if a part of a day is meant`,
    { day, zone, reason },
  )
}

/** The number of a day that is written as it should be, whether or not some zone skipped it. */
export function requireDay(day: unknown): number {
  if (typeof day !== 'string') {
    throw windowError('day', `expected 'YYYY-MM-DD', received ${typeof day}`)
  }
  if (!isCalendarDay(day) || day < FIRST_DAY) {
    throw windowError(
      `day ${JSON.stringify(day)}`,
      `not a real date written YYYY-MM-DD between ${FIRST_DAY} and 9999-12-31`,
      { day },
    )
  }
  return Date.parse(day) / millisecondsInDay
}

/** The instant in milliseconds, where a valid Date of a year that has days before and after it is given. */
export function requireInstant(now: unknown): number {
  if (!isInstant(now)) {
    throw new DayfileError(
      'WINDOW_INVALID',
      'now: not a valid Date; pass the instant to count from, such as the scheduled time of the run',
      { reason: 'now is not a valid Date' },
    )
  }
  const year = now.getUTCFullYear()
  if (year < 1001 || year > 9998) {
    throw new DayfileError(
      'WINDOW_INVALID',
      `now: the year ${year} is outside 1001 to 9998; check that it was made from milliseconds, not from seconds`,
      { reason: 'now is outside the years 1001 to 9998' },
    )
  }
  return now.getTime()
}

/** The number of the day that the local clock shows at an instant. */
export function localDay(instantMs: number, zone: string): number {
  return Math.floor((instantMs + offsetAt(instantMs, zone)) / millisecondsInDay)
}

/** The first instant of a day; of a day that the zone skipped, that of the next one. */
function startOfDay(day: number, zone: string): number {
  return firstInstantAt(day * millisecondsInDay, zone)
}

/** Whether the zone has, or had, this day at all. */
export function dayExists(day: number, zone: string): boolean {
  return startOfDay(day, zone) < startOfDay(day + 1, zone)
}

/** The window of a day that exists. */
export function windowOf(day: number, zone: string): DayWindow {
  return makeWindow(day, startOfDay(day, zone), startOfDay(day + 1, zone), zone)
}

function makeWindow(day: number, start: number, end: number, zone: string): DayWindow {
  return Object.freeze({ day: dayName(day), start: new Date(start), end: new Date(end), zone })
}

function dayName(day: number): string {
  return new Date(day * millisecondsInDay).toISOString().slice(0, 10)
}

function isInstant(value: unknown): value is Date {
  return isDate(value) && isValid(value)
}

function requireExistingDay(day: unknown, zone: string): number {
  const number = requireDay(day)
  if (dayExists(number, zone)) return number
  const name = dayName(number)
  throw new DayfileError(
    'WINDOW_INVALID',
    `day ${name}: does not exist in zone ${zone}, whose calendar skipped it; take the day before or after it`,
    { day: name, zone, reason: 'the day does not exist in the zone' },
  )
}

function requireOrder(first: number, last: number, zone: string): void {
  if (first <= last) return
  const day = dayName(first)
  throw new DayfileError(
    'WINDOW_INVALID',
    `days ${day} to ${dayName(last)}: the last day is before the first; swap the two`,
    { day, zone, reason: 'the last day is before the first' },
  )
}

function windowError(subject: string, reason: string, details: { day?: string; zone?: string } = {}) {
  return new DayfileError(
    'WINDOW_INVALID',
    `${subject}: ${reason}; pass a day such as '2026-03-07', or a window made by dayWindow`,
    { ...details, reason },
  )
}
