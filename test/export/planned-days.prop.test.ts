import {
  dayRange,
  dayWindow,
  eachDay,
  exportDays,
  planDays,
  type PlannedDay,
  type Sink,
  type SourceRequest,
} from 'dayfile'
import { memorySink } from 'dayfile/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runs } from '../support/cases.js'
import { opened, PLACES } from '../sinks/places.js'
import { order, orders, rejection } from './orders.js'

const now = () => new Date('2026-04-01T04:00:00Z')

/** As many rows as the day of the month. */
const source = ({ window }: SourceRequest) =>
  Array.from({ length: Number(window.day.slice(-2)) }, (_, index) =>
    order(index, { at: window.start, total: index }),
  )

const never = (): never => {
  throw new Error('the source was asked')
}

type Place = Pick<Parameters<typeof exportDays<typeof orders>>[0], 'sink'>

const planned = ({ sink }: Place, more: object = {}): Promise<PlannedDay[]> =>
  planDays({
    dataset: orders,
    days: eachDay('2026-03-01', '2026-03-31'),
    source: never,
    sink,
    now,
    ...more,
  })

describe.each(PLACES)('a plan in %s', (_, open) => {
  test('is what the run then does, and changes nothing', async () => {
    const place = await opened(open)
    const options = { dataset: orders, source, sink: place.sink, now }
    await exportDays({ ...options, days: eachDay('2026-03-01', '2026-03-20') })
    const keys = await place.keys()
    const lateRows = { lookbackDays: 13 }
    const plan = await planned(place, { lateRows })
    expect(await place.keys()).toEqual(keys)
    expect(plan.map(({ action }) => action)).toEqual([
      ...Array<string>(18).fill('skip'),
      'compare',
      'compare',
      ...Array<string>(11).fill('publish'),
    ])
    const reports = await exportDays({ ...options, days: eachDay('2026-03-01', '2026-03-31'), lateRows })
    const outcomes = { skip: 'skipped', compare: 'unchanged', publish: 'published', fail: 'failed' }
    expect(reports.map(({ outcome }) => outcome)).toEqual(plan.map(({ action }) => outcomes[action]))
    // Of days that are there the numbers are theirs.
    for (const [index, day] of plan.slice(0, 20).entries()) {
      const report = reports[index]
      if (report === undefined || report.outcome === 'failed') throw new Error('expected a report')
      const { rows, bytes, csvBytes } = report
      expect(day).toMatchObject({ rows, bytes, csvBytes, estimatedFrom: [] })
    }
  })
})

test('rows and bytes are the medians of the seven nearest days that are there', async () => {
  const sink = memorySink()
  const there = ['2026-03-01', '2026-03-02', '2026-03-04', '2026-03-05', '2026-03-10', '2026-03-20'].map(
    (day) => dayWindow(day),
  )
  const reports = await exportDays({ dataset: orders, days: there, source, sink, now })
  const [day] = await planned({ sink }, { days: [dayWindow('2026-03-06')] })
  // All but the 20th lie at most 7 days away, and that is one of the seven nearest within 14.
  expect(day).toMatchObject({
    action: 'publish',
    rows: 5, // of 1 2 4 5 10 20
    estimatedFrom: there.map((each) => each.day),
  })
  const bytes = reports.flatMap((report) => (report.outcome === 'failed' ? [] : [report.bytes]))
  expect(day?.bytes).toBeGreaterThanOrEqual(Math.min(...bytes))
  expect(day?.bytes).toBeLessThanOrEqual(Math.max(...bytes))
  const [far] = await planned({ sink }, { days: [dayWindow('2026-02-14')] })
  expect(far).toMatchObject({ action: 'publish', rows: null, bytes: null, csvBytes: null, estimatedFrom: [] })
  const [several] = await planned({ sink }, { days: [dayRange('2026-03-06', '2026-03-08')] })
  expect(several).toMatchObject({ action: 'publish', rows: null })
})

test('an estimate never leaves the span of what it was made of, and is of seven days at most', async () => {
  const day = fc.integer({ min: 1, max: 31 }).map((date) => `2026-03-${String(date).padStart(2, '0')}`)
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(day, { maxLength: 12 }), day, async (there, asked) => {
      const sink = memorySink()
      const days = there.map((each) => dayWindow(each))
      await exportDays({ dataset: orders, days, source, sink, now })
      const [plan] = await planned({ sink }, { days: [dayWindow(asked)] })
      const distance = (each: string) => Math.abs(Date.parse(each) - Date.parse(asked)) / 86_400_000
      if (there.includes(asked)) {
        expect(plan).toMatchObject({ action: 'skip', rows: Number(asked.slice(-2)), estimatedFrom: [] })
        return
      }
      const near = there.filter((each) => distance(each) <= 14)
      const from = plan?.estimatedFrom ?? []
      expect(from.length).toBe(Math.min(7, near.length))
      const farthest = Math.max(0, ...from.map(distance))
      expect(near.filter((each) => distance(each) < farthest && !from.includes(each))).toEqual([])
      const rows = from.map((each) => Number(each.slice(-2))).sort((a, b) => a - b)
      if (rows.length === 0) expect(plan?.rows).toBeNull()
      else if (rows.length % 2 === 1) expect(plan?.rows).toBe(rows[(rows.length - 1) / 2])
      else expect(plan?.rows).toBeLessThanOrEqual(rows.at(-1) ?? 0)
    }),
    { numRuns: runs(100) },
  )
})

test('a day that would fail says why, and hides no other', async () => {
  const sink = memorySink()
  const days = eachDay('2026-03-01', '2026-03-02')
  await exportDays({ dataset: orders, days, source, sink, now })
  sink.objects.set(sink.keys.manifest('orders', { day: '2026-03-02' }), Buffer.from('{'))
  const plan = await planned(
    { sink },
    { days: [...days, dayWindow('2026-03-31'), dayWindow('2026-04-01')], gracePeriodMs: 5 * 3_600_000 },
  )
  expect(plan.map(({ action, error }) => [action, (error as { code?: string } | undefined)?.code])).toEqual([
    ['skip', undefined],
    ['fail', 'MANIFEST_INVALID'],
    ['fail', 'WINDOW_INVALID'],
    ['fail', 'WINDOW_INVALID'],
  ])
  const [there] = await planned({ sink }, { days: days.slice(0, 1), ifExists: 'fail' })
  expect(there).toMatchObject({ action: 'fail', rows: 1, error: { code: 'SINK_CONFLICT' } })
  expect(await planned({ sink }, { days: [] })).toEqual([])
})

test('a window over several days tells nothing of one of them', async () => {
  const sink = memorySink()
  const month = dayRange('2026-03-01', '2026-03-31')
  const options = { dataset: orders, source, sink, now }
  await exportDays({ ...options, days: [month] })
  await exportDays({ ...options, days: [dayWindow('2026-03-02')] })
  const plan = await planned({ sink }, { days: [month, dayWindow('2026-03-01'), dayWindow('2026-03-03')] })
  expect(plan.map(({ action, rows, estimatedFrom }) => [action, rows, estimatedFrom])).toEqual([
    ['skip', 1, []],
    ['publish', 2, ['2026-03-02']],
    ['publish', 2, ['2026-03-02']],
  ])
})

test('JSON of a planned day has no word of what code of your application said', async () => {
  const error = Object.assign(new Error('jane@example.com'), { detail: 'jane@example.com' })
  const sink: Sink = { ...memorySink(), read: () => Promise.reject(error) }
  const [plan] = await planned({ sink }, { days: [dayWindow('2026-03-06')] })
  expect(plan).toMatchObject({ action: 'fail', error })
  expect(JSON.parse(JSON.stringify(plan))).toMatchObject({ action: 'fail', error: { name: 'Error' } })
  expect(JSON.stringify(plan)).not.toContain('jane')
})

test('a window that is open is planned where it may be exported', async () => {
  const options = { days: [dayWindow('2026-04-01')], allowOpenWindow: true }
  expect(await planned({ sink: memorySink() }, options)).toMatchObject([{ action: 'publish' }])
})

test('an abort ends a plan with its reason', async () => {
  const signal = AbortSignal.abort(new Error('stop'))
  expect(await rejection(planned({ sink: memorySink() }, { signal }))).toBe(signal.reason)
})
