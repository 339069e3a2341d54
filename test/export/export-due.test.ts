import {
  dayRange,
  eachDay,
  events,
  exportDue,
  isDayfileError,
  paywallViews,
  type Archive,
  type DestinationReport,
  type SourceRequest,
} from 'dayfile'
import { memorySink, sampleEvents, samplePaywallViews } from 'dayfile/testing'
import { expect, test } from 'vitest'
import { gate, rejection } from './orders.js'

const eventsOf = ({ window }: SourceRequest) => sampleEvents({ day: window.day, count: 20 })
const viewsOf = ({ window }: SourceRequest) => samplePaywallViews({ day: window.day, count: 10 })
const scheduledAt = new Date('2026-03-08T04:00:00Z')

const told = (run: readonly DestinationReport[]) =>
  run.map(({ destination, reports }) => [
    destination,
    ...reports.map(({ window, outcome }) => `${window.day} ${outcome}`),
  ])

test('each destination gets what is due there, with its own filter, first day and late rows', async () => {
  const [one, other, third] = [memorySink(), memorySink(), memorySink()]
  const run = (at: Date) =>
    exportDue({
      scheduledAt: at,
      destinations: [
        { dataset: events, source: eventsOf, sink: one, archive: one, eventTypes: ['trial_started'] },
        { dataset: paywallViews, source: viewsOf, sink: other, archive: other, from: '2026-03-06' },
        {
          name: 'all events',
          dataset: events,
          source: eventsOf,
          sink: third,
          archive: third,
          lateRows: { lookbackDays: 2 },
        },
      ],
    })
  const first = await run(scheduledAt)
  expect(told(first)).toEqual([
    ['events', '2026-03-07 published'],
    ['paywall_views', '2026-03-06 published', '2026-03-07 published'],
    ['all events', '2026-03-07 published'],
  ])
  expect(first.map(({ error, dataset }) => [dataset, error])).toEqual([
    ['events', null],
    ['paywall_views', null],
    ['events', null],
  ])
  expect(first[0]?.reports[0]).toMatchObject({ filter: { eventTypes: ['trial_started'] } })
  expect(told(await run(new Date('2026-03-09T04:00:00Z')))).toEqual([
    ['events', '2026-03-08 published'],
    ['paywall_views', '2026-03-08 published'],
    ['all events', '2026-03-07 unchanged', '2026-03-08 published'],
  ])
  expect(JSON.parse(JSON.stringify(first))).toMatchObject([
    { reports: [{ outcome: 'published', rows: expect.any(Number) as number }] },
    {},
    {},
  ])
})

test('a destination that cannot be asked or fails does not keep the others from going on', async () => {
  const sink = memorySink()
  const denied: Archive = {
    ...memorySink(),
    list() {
      throw new Error('denied')
    },
  }
  const run = await exportDue({
    scheduledAt,
    destinations: [
      { dataset: events, source: eventsOf, sink: memorySink(), archive: denied },
      {
        dataset: paywallViews,
        source: () => {
          throw new Error('down')
        },
        sink: memorySink(),
        archive: memorySink(),
      },
      { dataset: paywallViews, source: viewsOf, sink, archive: sink },
    ],
  })
  expect(run[0]).toMatchObject({ reports: [], error: { message: 'denied' } })
  expect(run[1]).toMatchObject({ reports: [{ outcome: 'failed' }], error: null })
  expect(run[2]).toMatchObject({ reports: [{ outcome: 'published' }], error: null })
})

test('days that are named need no archive', async () => {
  const run = await exportDue({
    days: [...eachDay('2026-03-01', '2026-03-02'), dayRange('2026-03-03', '2026-03-04')],
    destinations: [{ dataset: paywallViews, source: viewsOf, sink: memorySink() }],
  })
  expect(told(run)).toEqual([
    ['paywall_views', '2026-03-01 published', '2026-03-02 published', '2026-03-03 published'],
  ])
})

test('an abort ends the run with its reason, and begins no other destination', async () => {
  const abort = new AbortController()
  const asked = gate()
  const sink = memorySink()
  const run = rejection(
    exportDue({
      scheduledAt,
      signal: abort.signal,
      destinations: [
        {
          dataset: events,
          source: () => {
            asked.open()
            return new Promise<never>(() => undefined)
          },
          sink: memorySink(),
          archive: memorySink(),
        },
        { dataset: paywallViews, source: viewsOf, sink, archive: sink },
      ],
    }),
  )
  await asked.passed
  abort.abort(new Error('stop'))
  expect(await run).toBe(abort.signal.reason)
  expect(sink.objects.size).toBe(0)
})

test('what onReport throws is the error of its destination, beside the reports of what is over', async () => {
  const sink = memorySink()
  const stop = Object.assign(new Error('jane@example.com'), { detail: 'jane@example.com' })
  const good = { dataset: paywallViews, source: viewsOf, sink, archive: sink, from: '2026-03-05' }
  const other = memorySink()
  let told = 0
  const run = await exportDue({
    scheduledAt,
    destinations: [
      { ...good, onReport: () => (++told === 2 ? Promise.reject(stop) : undefined) },
      { ...good, sink: other, archive: other },
    ],
  })
  expect(told).toBe(2)
  expect(run[0]).toMatchObject({ reports: [{ outcome: 'published' }, { outcome: 'published' }], error: stop })
  expect(JSON.stringify(run)).not.toContain('jane')
  expect(JSON.parse(JSON.stringify(run[0]))).toMatchObject({ reports: [{}, {}], error: { name: 'Error' } })
  expect(run[1]?.reports.length).toBe(3)
})

test('a day that is in its grace period is for the next run, and no failure of this one', async () => {
  const sink = memorySink()
  const gracePeriodMs = 6 * 3_600_000
  const at = (time: string) =>
    exportDue({
      scheduledAt: new Date(time),
      now: () => new Date(time),
      destinations: [
        { dataset: paywallViews, source: viewsOf, sink, archive: sink, gracePeriodMs, from: '2026-03-06' },
      ],
    })
  expect(told(await at('2026-03-08T04:00:00Z'))).toEqual([['paywall_views', '2026-03-06 published']])
  expect(told(await at('2026-03-08T06:00:00Z'))).toEqual([['paywall_views', '2026-03-07 published']])
})

test('days are those of the zone, at its run time, and reports say where they are', async () => {
  const sink = memorySink()
  const run = (time: string) =>
    exportDue({
      scheduledAt: new Date(time),
      zone: 'Asia/Tokyo',
      runAt: '09:00',
      destinations: [{ dataset: paywallViews, source: viewsOf, sink, archive: sink }],
    })
  // 09:00 of the 8th in Tokyo.
  const [due] = await run('2026-03-08T00:00:00Z')
  expect(due).toMatchObject({
    location: sink.location,
    reports: [{ window: { day: '2026-03-07', zone: 'Asia/Tokyo', end: new Date('2026-03-07T15:00:00Z') } }],
  })
  expect(told(await run('2026-03-08T12:00:00Z'))).toEqual([['paywall_views']])
})

test('options of the wrong shape are refused before anything is done', async () => {
  const sink = memorySink()
  const good = { dataset: paywallViews, source: viewsOf, sink, archive: sink }
  for (const options of [
    { destinations: [good] },
    { destinations: [good], scheduledAt, days: [] },
    { destinations: good, scheduledAt },
    { destinations: [good, { ...good, archive: undefined }], scheduledAt },
    { destinations: [good, { ...good, sink: undefined }], scheduledAt },
    { destinations: [good, { ...good, lateRows: {} }], scheduledAt },
    { destinations: [good, { ...good, eventTypes: ['x'] }], scheduledAt },
    { destinations: [good, null], scheduledAt },
    { destinations: [good, { ...good, archive: memorySink({ prefix: 'other' }) }], scheduledAt },
    { destinations: [good], days: 'yesterday' },
    { destinations: [good], scheduledAt, signal: 'stop' },
    ...['plan', 'days', 'signal', 'now'].map((own) => ({
      destinations: [good, { ...good, [own]: undefined }],
      scheduledAt,
    })),
  ]) {
    const error = await rejection(exportDue(options as never))
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true)
  }
  const now = () => new Date('2026-03-08T04:00:00Z')
  for (const at of ['x', '2026-03-09T04:00:00.001Z', '2999-01-01T04:00:00Z']) {
    const ahead = { destinations: [good], scheduledAt: new Date(at), now }
    expect(isDayfileError(await rejection(exportDue(ahead)), 'WINDOW_INVALID')).toBe(true)
  }
  for (const wrong of [{ zone: 'Mars/Base' }, { runAt: '4' }]) {
    const error = await rejection(exportDue({ destinations: [good], scheduledAt, ...wrong }))
    expect(isDayfileError(error)).toBe(true)
  }
  const from = { destinations: [good, { ...good, from: 'yesterday' }], scheduledAt }
  expect(isDayfileError(await rejection(exportDue(from)), 'WINDOW_INVALID')).toBe(true)
  expect(sink.objects.size).toBe(0)
})
