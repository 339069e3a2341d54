// The oracle: what Intl says the date is, instant by instant, with none of the library's code.

const clocks = new Map<string, Intl.DateTimeFormat>()

export const ZONES = Intl.supportedValuesOf('timeZone')
export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** 'YYYY-MM-DD' on the local clock. */
export function localDate(instant: number, zone: string): string {
  return localReading(instant, zone).slice(0, 10)
}

/** 'YYYY-MM-DD HH:MM:SS' on the local clock: the Swedish locale writes it so. */
export function localReading(instant: number, zone: string): string {
  let clock = clocks.get(zone)
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('sv-SE', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    clocks.set(zone, clock)
  }
  return clock.format(instant)
}

/**
 * Walks forward until the local clock first shows a reading or a later one, from before any clock could.
 *
 * In steps as given, the last of them again in steps of a minute, and the last of those second by second.
 */
export function walkToReading(reading: string, zone: string, step: number): number {
  let instant = Date.parse(`${reading.replace(' ', 'T')}Z`) - 16 * HOUR
  for (const each of [step, MINUTE, SECOND]) {
    while (localReading(instant, zone) < reading) instant += each
    if (each > SECOND) instant -= each
  }
  return instant
}

/** The date `count` days from a date, by the calendar alone. */
export function shiftDay(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY).toISOString().slice(0, 10)
}

/** The dates on which the offset from UTC differs from noon to noon, between two dates. */
export function shiftDates(zone: string, from: string, to: string): string[] {
  const dates: string[] = []
  let previous: number | undefined
  for (
    let instant = Date.parse(`${from}T12:00:00Z`);
    instant < Date.parse(`${to}T12:00:00Z`);
    instant += DAY
  ) {
    const offset = Date.parse(`${localReading(instant, zone).replace(' ', 'T')}Z`) - instant
    if (previous !== undefined && offset !== previous) dates.push(localDate(instant, zone))
    previous = offset
  }
  return dates
}
