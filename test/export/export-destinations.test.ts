import {
  dayRange,
  eachDay,
  events,
  exportDestinations,
  isExportError,
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

test('each destination gets what is due there, with its own selection, first day and late rows', async () => {
  const [one, other, third] = [memorySink(), memorySink(), memorySink()]
  const run = (at: Date) =>
    exportDestinations({
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
          lateRows: { rewriteDays: 2 },
        },
      ],
    })
  const first = await run(scheduledAt)
  expect(told(first)).toEqual([
    ['events', '2026-03-07 written'],
    ['paywall_views', '2026-03-06 written', '2026-03-07 written'],
    ['all events', '2026-03-07 written'],
  ])
  expect(first.map(({ error, dataset }) => [dataset, error])).toEqual([
    ['events', null],
    ['paywall_views', null],
    ['events', null],
  ])
  expect(first[0]?.reports[0]).toMatchObject({ selection: { eventTypes: ['trial_started'] } })
  expect(told(await run(new Date('2026-03-09T04:00:00Z')))).toEqual([
    ['events', '2026-03-08 written'],
    ['paywall_views', '2026-03-08 written'],
    ['all events', '2026-03-07 unchanged', '2026-03-08 written'],
  ])
  expect(JSON.parse(JSON.stringify(first))).toMatchObject([
    { reports: [{ outcome: 'written', rows: expect.any(Number) as number }] },
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
  const run = await exportDestinations({
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
  expect(run[2]).toMatchObject({ reports: [{ outcome: 'written' }], error: null })
})

test('days that are named need no archive', async () => {
  const run = await exportDestinations({
    days: [...eachDay('2026-03-01', '2026-03-02'), dayRange('2026-03-03', '2026-03-04')],
    destinations: [{ dataset: paywallViews, source: viewsOf, sink: memorySink() }],
  })
  expect(told(run)).toEqual([
    ['paywall_views', '2026-03-01 written', '2026-03-02 written', '2026-03-03 written'],
  ])
})

test('an abort ends the run with its reason, and begins no other destination', async () => {
  const abort = new AbortController()
  const asked = gate()
  const sink = memorySink()
  const run = rejection(
    exportDestinations({
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
  ]) {
    const error = await rejection(exportDestinations(options as never))
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true)
  }
  const now = () => new Date('2026-03-08T04:00:00Z')
  for (const at of ['x', '2026-03-09T04:00:00.001Z', '2999-01-01T04:00:00Z']) {
    const ahead = { destinations: [good], scheduledAt: new Date(at), now }
    expect(isExportError(await rejection(exportDestinations(ahead)), 'WINDOW_INVALID')).toBe(true)
  }
  expect(sink.objects.size).toBe(0)
})
