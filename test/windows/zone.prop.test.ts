import { describe, expect, test } from 'vitest'
import { eachDay } from '../../src/windows/day-window.js'
import { requireZone } from '../../src/windows/zone.js'
import { cases } from '../support/cases.js'
import { localReading, MINUTE, shiftDates, shiftDay, walkToReading, ZONES } from './local-clock.js'

describe('days start and end where Intl first shows their date, found by walking instant by instant', () => {
  // In steps of a quarter of an hour, the last one finer. Since 2022 no clock has gone back within minutes after
  // midnight, which is the one thing such a step could miss; the named cases have it.
  test('in each zone, on the three days around every change of offset from 2022 to 2024', () => {
    const wrong: string[] = []
    let changes = 0
    for (const zone of cases(ZONES)) {
      for (const date of shiftDates(zone, '2022-01-01', '2025-01-01')) {
        changes += 1
        const days = [-1, 0, 1, 2].map((count) => shiftDay(date, count))
        const starts = days.map((day) => walkToReading(`${day} 00:00:00`, zone, 15 * MINUTE))
        const windows = eachDay(shiftDay(date, -1), shiftDay(date, 1), { zone })
        const expected = [0, 1, 2].map((at) => `${days[at]} ${starts[at]} ${starts[at + 1]}`)
        const found = windows.map(({ day, start, end }) => `${day} ${start.getTime()} ${end.getTime()}`)
        if (found.join() !== expected.join()) wrong.push(`${zone} ${date}`)
      }
    }
    expect(wrong).toEqual([])
    expect(changes).toBeGreaterThan(70)
  })

  // A sample: one day a zone, another year and season for each, walked minute by minute.
  test('in each zone, on a day between 1970 and 2100', () => {
    const wrong: string[] = []
    for (const [index, zone] of cases(ZONES.entries())) {
      const day = shiftDay('1970-01-02', (index * 7919) % 47_480)
      for (const { start } of eachDay(day, day, { zone })) {
        if (start.getTime() !== walkToReading(`${day} 00:00:00`, zone, MINUTE)) wrong.push(`${zone} ${day}`)
      }
    }
    expect(wrong).toEqual([])
  })
})

test('every zone of this runtime passes as it is given', () => {
  for (const zone of ZONES) expect(requireZone(zone)).toBe(zone)
})

test('the walk itself tells local time', () => {
  expect(localReading(Date.parse('2026-03-07T00:00:00Z'), 'Asia/Kathmandu')).toBe('2026-03-07 05:45:00')
})
