// The one grammar of calendar days, held against the calendar of Date.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isCalendarDay } from '../src/calendar-day.js'

const YEARS = [0, 1, 4, 99, 100, 400, 1900, 1996, 2000, 2023, 2024, 2026, 2100, 9999]

/** Whether Date comes to the same day again: it takes 2026-02-30 for the 2nd of March. */
function isInCalendar(year: number, month: number, day: number): boolean {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

const padded = (value: number, length: number): string => String(value).padStart(length, '0')
const dayText = (year: number, month: number, day: number): string =>
  `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`

describe('a calendar day', () => {
  test('is each day of the calendar and no other, at the ends of all months', () => {
    let days = 0
    for (const year of YEARS) {
      for (let month = 0; month <= 13; month++) {
        for (let day = 0; day <= 32; day++) {
          const text = dayText(year, month, day)
          expect(isCalendarDay(text), text).toBe(isInCalendar(year, month, day))
          if (isCalendarDay(text)) days++
        }
      }
    }
    // 14 years, six of them leap years.
    expect(days).toBe(14 * 365 + 6)
  })

  test('is each day of the calendar and no other, in any year', () => {
    const part = (max: number) => fc.integer({ min: 0, max })
    fc.assert(
      fc.property(part(9999), part(99), part(99), (year, month, day) => {
        expect(isCalendarDay(dayText(year, month, day))).toBe(isInCalendar(year, month, day))
      }),
      { numRuns: 5000 },
    )
  })

  test.each<unknown>([
    ...['', '2026-3-07', '2026-03-7', '20260307', '2026/03/07', '07.03.2026', '-2026-03-07', '+2026-03-07'],
    ...[
      '12026-03-07',
      '2026-03-07\n',
      '\n2026-03-07',
      ' 2026-03-07',
      '2026-03-07T00:00:00Z',
      '２０２６-03-07',
    ],
    ...[20260307, new Date(0), null, undefined, ['2026-03-07'], { toString: () => '2026-03-07' }],
  ])('is not %j', (value) => {
    expect(isCalendarDay(value)).toBe(false)
  })
})
