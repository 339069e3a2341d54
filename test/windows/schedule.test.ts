import { Cron } from 'croner'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isDayfileError } from '../../src/errors.js'
import { dayWindow, eachDay } from '../../src/windows/day-window.js'
import { scheduledDays, nextRunAt, type ScheduledDaysOptions } from '../../src/windows/schedule.js'
import { MINUTE, walkToReading, ZONES } from './local-clock.js'

function dueAt(now: string, options: Partial<ScheduledDaysOptions> = {}): string[] {
  return scheduledDays({ after: '2026-03-05', now: new Date(now), ...options }).map(({ day }) => day)
}

function code(make: () => unknown): string | undefined {
  try {
    make()
  } catch (error) {
    return isDayfileError(error) ? error.code : String(error)
  }
  return undefined
}

const instants = fc.date({
  min: new Date('1970-01-05T00:00:00Z'),
  max: new Date('2100-01-01T00:00:00Z'),
  noInvalidDate: true,
})
const runTimes = fc
  .nat(24 * 60 - 1)
  .map((m) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`)

describe('scheduledDays', () => {
  test('a day is due at its run time and not a moment before', () => {
    expect(dueAt('2026-03-07T03:59:59.900Z')).toEqual([])
    expect(dueAt('2026-03-07T03:59:59.999Z')).toEqual([])
    expect(dueAt('2026-03-07T04:00:00.000Z')).toEqual(['2026-03-06'])
  })

  test('a scheduler that was down for a week gets seven days, oldest first', () => {
    const now = new Date('2026-03-13T04:00:00Z')
    expect(scheduledDays({ after: '2026-03-05', now })).toEqual(eachDay('2026-03-06', '2026-03-12'))
  })

  test('two firings give the same list', () => {
    expect(dueAt('2026-03-08T04:00:01Z')).toEqual(dueAt('2026-03-08T04:00:00Z'))
    expect(dueAt('2026-03-08T04:00:00Z')).toEqual(['2026-03-06', '2026-03-07'])
  })

  test('is empty when nothing is new, and when `after` is in the future', () => {
    expect(dueAt('2026-03-08T04:00:00Z', { after: '2026-03-07' })).toEqual([])
    expect(dueAt('2026-03-08T04:00:00Z', { after: '2027-01-01' })).toEqual([])
    expect(dueAt('2026-03-08T04:00:00Z', { after: '9999-12-31' })).toEqual([])
  })

  test('reads the run time on the local clock', () => {
    const zone = 'America/New_York'
    // The 8th has 23 hours: 04:00 is four hours from midnight on the clock, three in time.
    expect(dueAt('2026-03-08T07:59:59.999Z', { zone })).toEqual(['2026-03-06'])
    expect(dueAt('2026-03-08T08:00:00.000Z', { zone })).toEqual(['2026-03-06', '2026-03-07'])
    expect(dueAt('2026-03-08T06:59:59.999Z', { zone, runAt: '02:30' })).toEqual(['2026-03-06'])
    expect(dueAt('2026-03-08T07:00:00.000Z', { zone, runAt: '02:30' })).toEqual(['2026-03-06', '2026-03-07'])
  })

  test('at 00:00 a day is due the instant it ends', () => {
    const { end } = dayWindow('2026-03-06')
    expect(dueAt(end.toISOString(), { runAt: '00:00' })).toEqual(['2026-03-06'])
    expect(dueAt('2026-03-06T23:59:59.999Z', { runAt: '00:00' })).toEqual([])
  })

  test('leaves out a day that the zone skipped; the day before it waits for the next one that exists', () => {
    const options = { zone: 'Pacific/Apia', after: '2011-12-28' }
    // 2011-12-31 starts at 10:00Z, right after the 29th.
    expect(dueAt('2011-12-30T13:59:59.999Z', options)).toEqual([])
    expect(dueAt('2011-12-30T14:00:00.000Z', options)).toEqual(['2011-12-29'])
    expect(dueAt('2011-12-31T14:00:00.000Z', options)).toEqual(['2011-12-29', '2011-12-31'])
    expect(dueAt('2011-12-31T14:00:00.000Z', { ...options, after: '2011-12-30' })).toEqual(['2011-12-31'])
  })

  test('at every next run exactly one more day is due', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instants, runTimes, (zone, now, runAt) => {
        const after = new Date(now.getTime() - 5 * 86_400_000).toISOString().slice(0, 10)
        const next = nextRunAt(now, { zone, runAt })
        const before = scheduledDays({ after, now, zone, runAt })
        expect(scheduledDays({ after, now: new Date(next.getTime() - 1), zone, runAt })).toEqual(before)
        const then = scheduledDays({ after, now: next, zone, runAt })
        expect(then.slice(0, -1)).toEqual(before)
        expect(then).toHaveLength(before.length + 1)
        const last = then.at(-1)
        expect(last !== undefined && last.end <= next).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

describe('nextRunAt', () => {
  test('is strictly after now', () => {
    expect(nextRunAt(new Date('2026-03-07T03:59:59.900Z'))).toEqual(new Date('2026-03-07T04:00:00Z'))
    expect(nextRunAt(new Date('2026-03-07T04:00:00.000Z'))).toEqual(new Date('2026-03-08T04:00:00Z'))
  })

  test.each([
    ['America/New_York', '02:30', '2026-03-08T06:00:00Z', '2026-03-08T07:00:00Z', 'skipped: after the gap'],
    ['America/New_York', '02:30', '2026-03-08T07:00:00Z', '2026-03-09T06:30:00Z', 'and not once more'],
    ['America/New_York', '01:30', '2026-11-01T04:00:00Z', '2026-11-01T05:30:00Z', 'twice: the first'],
    ['America/New_York', '01:30', '2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z', 'twice: not the second'],
    ['Africa/Cairo', '00:30', '2023-04-27T12:00:00Z', '2023-04-27T22:00:00Z', 'a skipped midnight'],
    ['Australia/Lord_Howe', '02:15', '2023-09-30T14:00:00Z', '2023-09-30T15:30:00Z', 'half an hour skipped'],
    ['Asia/Kathmandu', '04:00', '2026-03-07T00:00:00Z', '2026-03-07T22:15:00Z', 'an offset of 5:45'],
    ['Pacific/Apia', '04:00', '2011-12-29T14:00:00Z', '2011-12-30T14:00:00Z', 'no run on a missing day'],
  ])('%s at %s, from %s: %s (%s)', (zone, runAt, now, next) => {
    expect(nextRunAt(new Date(now), { zone, runAt })).toEqual(new Date(next))
  })

  test('is where a walk over the local clock first reads the run time', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instants, runTimes, (zone, now, runAt) => {
        const next = nextRunAt(now, { zone, runAt }).getTime()
        const yesterday = new Date(now.getTime() - 86_400_000).toISOString().slice(0, 10)
        const runs = eachDay(yesterday, new Date(now.getTime() + 3 * 86_400_000).toISOString().slice(0, 10), {
          zone,
        }).map(({ day }) => walkToReading(`${day} ${runAt}:00`, zone, 15 * MINUTE))
        expect(next).toBe(runs.find((run) => run > now.getTime()))
      }),
      { numRuns: 100 },
    )
  })

  test('agrees with a cron scheduler on the default run', () => {
    const cron = new Cron('0 4 * * *', { timezone: 'UTC', paused: true })
    for (const now of ['2026-03-07T03:59:59Z', '2026-03-07T04:00:00Z', '2024-02-28T23:00:00Z']) {
      expect(nextRunAt(new Date(now))).toEqual(cron.nextRun(new Date(now)))
    }
  })
})

describe('what is refused', () => {
  const now = new Date('2026-03-07T04:00:00Z')

  test.each(['4:00', '04:60', '24:00', '04:00:00', '', '0 4 * * *', 400, null])('runAt %j', (value) => {
    const runAt = value as string
    expect(code(() => nextRunAt(now, { runAt }))).toBe('WINDOW_INVALID')
    expect(code(() => scheduledDays({ after: '2026-03-05', now, runAt }))).toBe('WINDOW_INVALID')
  })

  test('an `after` or a `now` that is none, and an unknown zone', () => {
    expect(code(() => scheduledDays({ after: '2026-02-30', now }))).toBe('WINDOW_INVALID')
    expect(code(() => scheduledDays({ after: '2026-03-05', now: new Date(NaN) }))).toBe('WINDOW_INVALID')
    expect(code(() => nextRunAt(new Date(NaN)))).toBe('WINDOW_INVALID')
    expect(code(() => nextRunAt(now, { zone: 'Mars/Base' }))).toBe('ZONE_UNKNOWN')
    expect(code(() => scheduledDays({ after: '2026-03-05', now, zone: 'Mars/Base' }))).toBe('ZONE_UNKNOWN')
  })
})
