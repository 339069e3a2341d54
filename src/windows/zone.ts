// In: a zone's name and a reading of its local clock. Out: the first instant at which that clock has come so far.
// The only file that knows how zones move, and the only importer of date-fns-tz.

import { millisecondsInHour } from 'date-fns/constants'
import { getTimezoneOffset } from 'date-fns-tz/getTimezoneOffset'
import { DayfileError } from '../errors.js'

// No local clock has ever been further from UTC than this (Manila before 1844: 15:56:08).
const FURTHEST_OFFSET_MS = 16 * millisecondsInHour

const SECOND_MS = 1000

const clocks = new Map<string, Intl.DateTimeFormat>()

/**
 * The zone as given, once it is known to name one.
 *
 * Any spelling that Intl knows passes and is kept byte for byte, aliases and lower case too. Bare offsets
 * (`+05:30`) are refused on every Node version: some accept them, but a manifest names a place.
 *
 * @throws {@link DayfileError} `ZONE_UNKNOWN` when it is not a string, or not in this runtime's zone data.
 * @example
 * requireZone('Europe/Berlin') // 'Europe/Berlin'
 */
export function requireZone(zone: unknown): string {
  if (typeof zone !== 'string') {
    throw new DayfileError(
      'ZONE_UNKNOWN',
      `zone: expected an IANA name, received ${typeof zone}; pass a string such as 'UTC' or 'Europe/Berlin'`,
      { zone: typeof zone },
    )
  }
  clockOf(zone)
  return zone
}

/** How far the local clock of a zone is ahead of UTC at an instant, in milliseconds; exact to the second. */
export function offsetAt(instantMs: number, zone: string): number {
  const secondMs = Math.floor(instantMs / SECOND_MS) * SECOND_MS
  let [year, month, day, hour, minute, second] = [0, 0, 0, 0, 0, 0]
  for (const { type, value } of clockOf(zone).formatToParts(secondMs)) {
    if (type === 'year') year = Number(value)
    else if (type === 'month') month = Number(value)
    else if (type === 'day') day = Number(value)
    else if (type === 'hour') hour = Number(value)
    else if (type === 'minute') minute = Number(value)
    else if (type === 'second') second = Number(value)
  }
  return Date.UTC(year, month - 1, day, hour, minute, second) - secondMs
}

/**
 * The first instant at which the local clock of a zone reads `wallMs` or later.
 *
 * `wallMs` is the reading as if it were UTC. A reading inside a skipped hour gives the first instant after the gap;
 * a reading that comes twice gives the first one. So it never decreases as the reading grows, and windows tile.
 */
export function firstInstantAt(wallMs: number, zone: string): number {
  // Before `early` the clock cannot have come so far, from `late` on it must have.
  const early = wallMs - FURTHEST_OFFSET_MS
  const late = wallMs + FURTHEST_OFFSET_MS
  const before = offsetAt(early, zone)
  const after = offsetAt(late, zone)

  // date-fns-tz takes the Date apart in the process's own zone, so near a change of offset its answer depends on
  // where the process runs, and is wrong where midnight is skipped. It looks no further than these 16 hours
  // either way, so on all other days it is exact, and the same everywhere.
  if (before === after) return wallMs - getTimezoneOffset(zone, new Date(wallMs))

  const change = findChange(early, late, zone)
  const beforeChange = wallMs - before
  return beforeChange < change ? beforeChange : Math.max(change, wallMs - after)
}

// In all of the zone data no two changes of offset are less than 95 hours apart (Freetown, 1939), so the 32 hours
// searched here hold exactly one.
function findChange(early: number, late: number, zone: string): number {
  const before = offsetAt(early, zone)
  let low = Math.floor(early / SECOND_MS)
  let high = Math.ceil(late / SECOND_MS)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle * SECOND_MS, zone) === before) low = middle
    else high = middle
  }
  return high * SECOND_MS
}

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone)
  if (known !== undefined) return known
  const clock = makeClock(zone)
  clocks.set(zone, clock)
  return clock
}

function makeClock(zone: string): Intl.DateTimeFormat {
  try {
    if (!/^[A-Za-z]/.test(zone)) throw new RangeError('an IANA name starts with a letter')
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch (cause) {
    throw new DayfileError(
      'ZONE_UNKNOWN',
      `zone ${JSON.stringify(zone)}: not an IANA time zone of this runtime; ` +
        `pass a name that Intl.DateTimeFormat accepts, such as 'UTC' or 'Europe/Berlin'`,
      { zone },
      { cause },
    )
  }
}
