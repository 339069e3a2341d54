import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isDayfileError } from '../../src/errors.js'
import {
  dayRange,
  dayWindow,
  eachDay,
  previousDay,
  requireWindow,
  type DayWindow,
} from '../../src/windows/day-window.js'
import { runs } from '../support/cases.js'
import { localDate, shiftDay, ZONES } from './local-clock.js'
import { MISSING_DAYS, NAMED_CASES } from './named-cases.js'

function holds({ start, end }: DayWindow, instant: string): boolean {
  const at = new Date(instant)
  return start <= at && at < end
}

function failure(make: () => unknown) {
  try {
    make()
  } catch (error) {
    if (isDayfileError(error)) return { code: error.code, details: error.details, message: error.message }
    throw error
  }
  throw new Error('nothing was thrown')
}

const dayStrings = fc
  .integer({ min: Date.UTC(1970, 0, 1) / 86_400_000, max: Date.UTC(2100, 0, 1) / 86_400_000 })
  .map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10))

describe('dayWindow', () => {
  test.each(NAMED_CASES)('%s %s is [%s, %s): %s', (zone, day, start, end) => {
    expect(dayWindow(day, { zone })).toEqual({ day, start: new Date(start), end: new Date(end), zone })
  })

  test('is in UTC unless a zone is named', () => {
    expect(dayWindow('2026-03-07')).toEqual(dayWindow('2026-03-07', { zone: 'UTC' }))
    expect(dayWindow('2026-03-07', { zone: undefined }).zone).toBe('UTC')
  })

  test('holds the row at 23:59:59.999 and not the one at 24:00:00.000', () => {
    const window = dayWindow('2026-03-07')
    expect(holds(window, '2026-03-06T23:59:59.999Z')).toBe(false)
    expect(holds(window, '2026-03-07T00:00:00.000Z')).toBe(true)
    expect(holds(window, '2026-03-07T23:59:59.999Z')).toBe(true)
    expect(holds(window, '2026-03-08T00:00:00.000Z')).toBe(false)
  })

  test.each(MISSING_DAYS)('%s never had %s: it is refused, and its neighbours meet', (zone, day) => {
    expect(failure(() => dayWindow(day, { zone }))).toMatchObject({
      code: 'WINDOW_INVALID',
      details: { day, zone, reason: 'the day does not exist in the zone' },
    })
    expect(dayWindow(shiftDay(day, -1), { zone }).end).toEqual(dayWindow(shiftDay(day, 1), { zone }).start)
  })

  test.each([
    '2026-02-30',
    '2025-02-29',
    '1900-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-04-31',
    '2026-3-7',
    '2026-03-07T00:00:00Z',
    ' 2026-03-07',
    '2026-03-07\n',
    '20260307',
    '0999-12-31',
    '+010000-01-01',
    '',
  ])('refuses %j', (day) => {
    expect(failure(() => dayWindow(day))).toMatchObject({ code: 'WINDOW_INVALID', details: { day } })
  })

  test.each([undefined, null, 20260307, new Date(0), {}, ['2026-03-07']])(
    'refuses %j, not a string',
    (day) => {
      expect(failure(() => dayWindow(day as string))).toMatchObject({
        code: 'WINDOW_INVALID',
        details: { reason: expect.stringContaining(`received ${typeof day}`) as string },
      })
    },
  )

  test('says in one message what is wrong, the rule and what to do', () => {
    expect(failure(() => dayWindow('2026-02-30')).message).toBe(
      'day "2026-02-30": not a real date written YYYY-MM-DD between 1000-01-01 and 9999-12-31; ' +
        `pass a day such as '2026-03-07', or a window made by dayWindow`,
    )
  })

  test.each(['Mars/Base', '', 'Z', '+05:30', '-0300', 'Europe/Berlin ', 5, null, {}])(
    'refuses the zone %j',
    (zone) => {
      const details = { zone: typeof zone === 'string' ? zone : typeof zone }
      const options = { zone: zone as string }
      for (const make of [
        () => dayWindow('2026-03-07', options),
        () => previousDay(new Date(0), options),
        () => dayRange('2026-03-07', '2026-03-08', options),
        () => eachDay('2026-03-07', '2026-03-08', options),
      ]) {
        expect(failure(make)).toMatchObject({ code: 'ZONE_UNKNOWN', details })
      }
    },
  )

  test('keeps the name of the zone as it was given', () => {
    const { zone, start } = dayWindow('2026-03-07', { zone: 'asia/calcutta' })
    expect(zone).toBe('asia/calcutta')
    expect(start).toEqual(dayWindow('2026-03-07', { zone: 'Asia/Kolkata' }).start)
  })
})

describe('previousDay', () => {
  test('four hours into a day it is the day before', () => {
    expect(previousDay(new Date('2026-03-08T04:00:00Z'))).toEqual(dayWindow('2026-03-07'))
  })

  test('changes at the instant that the day ends', () => {
    expect(previousDay(new Date('2026-03-08T00:00:00.000Z')).day).toBe('2026-03-07')
    expect(previousDay(new Date('2026-03-07T23:59:59.999Z')).day).toBe('2026-03-06')
  })

  test.each(NAMED_CASES.slice(4))('%s: %s is previous from its end on', (zone, day, _start, end) => {
    expect(previousDay(new Date(end), { zone })).toEqual(dayWindow(day, { zone }))
    expect(previousDay(new Date(Date.parse(end) - 1), { zone }).day < day).toBe(true)
  })

  test('looks past a day that the zone skipped', () => {
    expect(previousDay(new Date('2011-12-30T10:00:00Z'), { zone: 'Pacific/Apia' }).day).toBe('2011-12-29')
  })

  test('stays when the clocks go back over the midnight just passed', () => {
    // 23:30 for the second time; the 29th has begun half an hour before.
    const now = new Date('2006-10-29T03:00:00Z')
    expect(localDate(now.getTime(), 'America/St_Johns')).toBe('2006-10-28')
    expect(previousDay(now, { zone: 'America/St_Johns' }).day).toBe('2006-10-28')
  })

  test.each([
    new Date(NaN),
    0,
    '2026-03-08',
    undefined,
    null,
    new Date(8.64e15),
    new Date('0999-06-01T00:00:00Z'),
  ])('refuses %j', (now) => {
    expect(failure(() => previousDay(now as Date)).code).toBe('WINDOW_INVALID')
  })
})

describe('dayRange', () => {
  test('is one window over both days', () => {
    expect(dayRange('2026-03-07', '2026-03-09', { zone: 'America/New_York' })).toEqual({
      day: '2026-03-07',
      lastDay: '2026-03-09',
      start: new Date('2026-03-07T05:00:00Z'),
      end: new Date('2026-03-10T04:00:00Z'),
      zone: 'America/New_York',
    })
  })

  test('over one day it is the window of the day', () => {
    const range = dayRange('2026-03-07', '2026-03-07')
    expect(range).toEqual(dayWindow('2026-03-07'))
    expect('lastDay' in range).toBe(false)
  })

  test('passes over a missing day and refuses one at an end', () => {
    const zone = 'Pacific/Apia'
    expect(dayRange('2011-12-29', '2011-12-31', { zone }).end).toEqual(new Date('2011-12-31T10:00:00Z'))
    expect(failure(() => dayRange('2011-12-30', '2011-12-31', { zone })).code).toBe('WINDOW_INVALID')
    expect(failure(() => dayRange('2011-12-29', '2011-12-30', { zone })).code).toBe('WINDOW_INVALID')
  })

  test.each([dayRange, eachDay])('%o refuses a last day before the first', (make) => {
    expect(failure(() => make('2026-03-08', '2026-03-07'))).toMatchObject({
      code: 'WINDOW_INVALID',
      details: { day: '2026-03-08', zone: 'UTC', reason: 'the last day is before the first' },
    })
    expect(failure(() => make('2026-03-08', '2026-02-30')).details).toMatchObject({ day: '2026-02-30' })
  })
})

describe('eachDay', () => {
  test('has both ends, oldest first', () => {
    expect(eachDay('2024-02-28', '2024-03-01').map(({ day }) => day)).toEqual([
      '2024-02-28',
      '2024-02-29',
      '2024-03-01',
    ])
    expect(eachDay('2024-02-28', '2024-02-28')).toEqual([dayWindow('2024-02-28')])
  })

  test.each(MISSING_DAYS)('%s: leaves out %s', (zone, day) => {
    const days = eachDay(shiftDay(day, -1), shiftDay(day, 1), { zone }).map((window) => window.day)
    expect(days).toEqual([shiftDay(day, -1), shiftDay(day, 1)])
    expect(eachDay(day, day, { zone })).toEqual([])
  })

  test('tiles: in every zone and range there is no gap, no overlap, and each day is itself', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), dayStrings, fc.nat(40), (zone, first, count) => {
        const last = shiftDay(first, count)
        const windows = eachDay(first, last, { zone })
        for (const [index, window] of windows.entries()) {
          expect(window.start < window.end).toBe(true)
          expect(window.start).toEqual(windows[index - 1]?.end ?? window.start)
          expect(dayWindow(window.day, { zone })).toEqual(window)
          expect(previousDay(window.end, { zone })).toEqual(window)
        }
        const [head, tail] = [windows.at(0), windows.at(-1)]
        if (head === undefined || tail === undefined) return
        const range = dayRange(head.day, tail.day, { zone })
        expect([range.start, range.end]).toEqual([head.start, tail.end])
      }),
      { numRuns: runs(300) },
    )
  })

  test('any instant lies in exactly one of the days around it', () => {
    const instants = fc.date({
      min: new Date('1970-01-05T00:00:00Z'),
      max: new Date('2100-01-01T00:00:00Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instants, (zone, instant) => {
        const day = instant.toISOString().slice(0, 10)
        const around = eachDay(shiftDay(day, -2), shiftDay(day, 2), { zone })
        const holding = around.filter((window) => holds(window, instant.toISOString()))
        expect(holding).toHaveLength(1)
        expect(previousDay(instant, { zone }).end).toEqual(holding[0]?.start)
      }),
      { numRuns: runs(500) },
    )
  })
})

describe('requireWindow', () => {
  const window = dayWindow('2026-03-07')

  test.each([
    window,
    dayRange('2026-03-07', '2026-03-09'),
    { ...window, start: new Date('2026-03-07T09:00:00Z') },
    { ...window, lastDay: undefined },
  ])('passes %j as it is', (given) => {
    expect(requireWindow(given)).toBe(given)
  })

  test.each([
    undefined,
    null,
    '2026-03-07',
    {},
    [],
    { ...window, day: '2026-02-30' },
    { ...window, day: 7 },
    { ...window, start: window.start.toISOString() },
    { ...window, start: new Date(NaN) },
    { ...window, end: undefined },
    { ...window, end: window.start },
    { ...window, start: window.end, end: window.start },
    { ...window, zone: undefined },
    { ...window, lastDay: '2026-03-07' },
    { ...window, lastDay: '2026-03-06' },
    { ...window, lastDay: 'tomorrow' },
  ])('refuses %j', (given) => {
    expect(failure(() => requireWindow(given)).code).toBe('WINDOW_INVALID')
  })

  test('refuses a zone that is none', () => {
    expect(failure(() => requireWindow({ ...window, zone: 'Mars/Base' }))).toMatchObject({
      code: 'ZONE_UNKNOWN',
      details: { zone: 'Mars/Base' },
    })
  })
})
