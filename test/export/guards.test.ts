// What is surely not meant is an error that names the option which allows it; what may be meant is a warning.

import {
  dayRange,
  dayWindow,
  describeReport,
  events,
  exportDays,
  exportDue,
  exportWindow,
  type ExportReport,
} from 'dayfile'
import { memorySink, sampleEvents } from 'dayfile/testing'
import { describe, expect, test } from 'vitest'
import { order, orderRows, orders, rejection } from './orders.js'

const window = dayWindow('2026-03-07')
const now = () => new Date('2026-03-20T04:00:00Z')

const place = (sink = memorySink()) => ({
  sink,
  run: (rows: readonly object[], more: object = {}): Promise<ExportReport> =>
    exportWindow({ dataset: orders, window, source: () => rows as never, sink, now, ...more }),
})

describe('a row outside the window', () => {
  test.each([
    ['2026-03-06T23:59:59.999Z', '1 millisecond before its start', 'zone'],
    ['2026-03-06T19:00:00Z', '5 hours before its start', 'zone'],
    ['2026-03-08T00:00:00Z', 'at its end, which is exclusive', 'zone'],
    ['2026-03-08T13:30:00Z', '13 hours after its end', 'zone'],
    ['2026-04-07T00:00:00Z', '30 days after its end', null],
  ])('%s fails the export, and says by how much', async (at, where, hint) => {
    const { sink, run } = place()
    const error = await rejection(run([order(0), order(1, { at })]))
    expect(error).toMatchObject({ code: 'WINDOW_INVALID', details: { row: 2, day: '2026-03-07' } })
    const { message } = error as Error
    expect(message).toContain(`orders row 2: its "at" is outside the window of 2026-03-07, `)
    expect(message).toContain(where)
    expect(message).toContain("outsideWindow: 'exclude'")
    expect(message.includes('pass that zone')).toBe(hint === 'zone')
    expect(message).not.toContain(at)
    expect(sink.objects.size).toBe(0)
  })

  test('is filtered out, or written, where that is asked for', async () => {
    const rows = [order(0), order(1, { at: '2026-03-08T00:00:00Z' })]
    const excluded = await place().run(rows, { outsideWindow: 'exclude' })
    expect(excluded).toMatchObject({ rows: 1, filteredOut: { outsideWindow: 1 } })
    expect(excluded.warnings).toEqual(['1 row filtered out (1 outside the window)'])
    expect(await place().run(rows, { outsideWindow: 'include' })).toMatchObject({ rows: 2, warnings: [] })
  })
})

describe('a replacement with far fewer rows than are published', () => {
  test.each([
    [10, 0, undefined, false],
    [10, 4, undefined, false],
    [10, 5, undefined, true],
    [10, 0, 'allow', true],
    [10, 0, 0, false],
    [10, 1, 0, true],
    [10, 8, 0.9, false],
    [10, 9, 0.9, true],
    [0, 0, undefined, true],
    [1, 0, undefined, false],
  ] as const)(
    'of %d rows by %d with onShrink %s is published: %s',
    async (before, after, onShrink, passes) => {
      const { sink, run } = place()
      await run(orderRows(before))
      const stored = new Map(sink.objects)
      const again = run(orderRows(after), { onShrink })
      if (passes) {
        expect(await again).toMatchObject({ rows: after })
        return
      }
      const error = await rejection(again)
      expect(error).toMatchObject({
        code: 'DAY_SHRANK',
        details: { published: before, rows: after, day: '2026-03-07' },
      })
      expect((error as Error).message).toContain('onShrink')
      expect(sink.objects).toEqual(stored)
    },
  )

  test('is published by another filter, which means another number of rows', async () => {
    const sink = memorySink()
    const all = { dataset: events, window, sink, now }
    await exportWindow({ ...all, source: () => sampleEvents({ day: '2026-03-07', count: 50 }) })
    const report = await exportWindow({ ...all, source: () => [], eventTypes: ['trial_started'] })
    expect(report).toMatchObject({
      outcome: 'replaced',
      rows: 0,
      warnings: ['no row has one of the eventTypes'],
    })
  })

  test('is not what an empty answer of the database does to the last days', async () => {
    const sink = memorySink()
    const days = ['2026-03-05', '2026-03-06', '2026-03-07'].map((day) => dayWindow(day))
    await exportDays({
      ...{ dataset: orders, days, sink, now },
      source: ({ window: { start } }) => [order(0, { at: start })],
    })
    const stored = new Map(sink.objects)
    const error = await rejection(
      exportDue({
        scheduledAt: new Date('2026-03-08T04:00:00Z'),
        destinations: [{ dataset: orders, source: () => [], sink, lateRows: { lookbackDays: 3 } }],
      }),
    )
    expect(error).toMatchObject({
      code: 'RUN_FAILED',
      errors: [{ code: 'DAY_SHRANK' }, { code: 'DAY_SHRANK' }, { code: 'DAY_SHRANK' }],
    })
    expect(sink.objects).toEqual(stored)
  })
})

describe('a window that is not whole days of its zone', () => {
  const shifted = {
    day: '2026-03-07',
    zone: 'UTC',
    start: new Date('2026-03-07T04:00:00Z'),
    end: new Date('2026-03-08T04:00:00Z'),
  }

  test('is refused with the bounds that the day has, or exported where that is asked for', async () => {
    const { run } = place()
    const error = await rejection(run([], { window: shifted }))
    expect(error).toMatchObject({ code: 'WINDOW_INVALID' })
    expect((error as Error).message).toContain('2026-03-07T00:00:00.000Z to 2026-03-08T00:00:00.000Z')
    expect((error as Error).message).toContain('allowPartialWindow')
    expect(await run([], { window: shifted, allowPartialWindow: true })).toMatchObject({
      outcome: 'published',
    })
  })

  test.each([dayWindow('2026-03-08', { zone: 'America/New_York' }), dayRange('2026-03-07', '2026-03-09')])(
    'is not one that dayWindow or dayRange made (%#)',
    async (whole) => {
      expect(await place().run([], { window: whole })).toMatchObject({ outcome: 'published' })
    },
  )
})

describe('what may be meant is a warning', () => {
  test('columns that were added', async () => {
    const report = await place().run([{ ...order(0), plan: 'pro' }])
    expect(report.warnings).toEqual(['1 column added: plan'])
    expect(describeReport(report)).toMatch(/, 1 column added: plan$/)
  })

  test('a replacement of the same size, which is most likely the same rows in another order', async () => {
    const { run } = place()
    const rows = [order(1), order(2)]
    expect((await run(rows)).warnings).toEqual([])
    const { outcome, warnings } = await run([...rows].reverse())
    expect({ outcome, warnings }).toEqual({
      outcome: 'replaced',
      warnings: [expect.stringContaining('ORDER BY with a tie-breaker') as string],
    })
    expect((await run([order(1), order(2), order(3)])).warnings).toEqual([])
  })
})
