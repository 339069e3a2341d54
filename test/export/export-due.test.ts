import {
  dayRange,
  describeRun,
  dueDays,
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
import { auditDays } from 'dayfile/read'
import { once } from 'node:events'
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
  const asked = memorySink()
  const denied: Archive = {
    ...asked,
    list() {
      throw new Error('denied')
    },
  }
  const run = await exportDue({
    scheduledAt,
    onFailure: 'report',
    destinations: [
      { dataset: events, source: eventsOf, sink: asked, archive: denied },
      {
        dataset: paywallViews,
        source: () => {
          throw new Error('down')
        },
        sink: memorySink(),
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
    onFailure: 'report',
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
      destinations: [{ dataset: paywallViews, source: viewsOf, sink, outsideWindow: 'exclude' }],
    })
  // 09:00 of the 8th in Tokyo.
  const [due] = await run('2026-03-08T00:00:00Z')
  expect(due).toMatchObject({
    location: sink.location,
    reports: [{ window: { day: '2026-03-07', zone: 'Asia/Tokyo', end: new Date('2026-03-07T15:00:00Z') } }],
  })
  expect(told(await run('2026-03-08T12:00:00Z'))).toEqual([['paywall_views']])
})

const good = () => ({ dataset: paywallViews, source: viewsOf, sink: memorySink() })
const down = () => {
  throw new Error('down')
}

test('options of the run that have the wrong shape are refused before anything is done', async () => {
  const destination = good()
  for (const options of [
    { destinations: [destination] },
    { destinations: [destination], scheduledAt, days: [] },
    { destinations: destination, scheduledAt },
    { destinations: [destination], days: 'yesterday' },
    { destinations: [destination], scheduledAt, signal: 'stop' },
    { destinations: [destination], scheduledAt, onFailure: 'ignore' },
    { destinations: [destination], scheduledAt, earlyMs: -1 },
  ]) {
    const error = await rejection(exportDue(options as never))
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true)
  }
  const now = () => new Date('2026-03-08T04:00:00Z')
  for (const at of ['x', '2026-03-09T04:00:00.001Z', '2999-01-01T04:00:00Z']) {
    const ahead = { destinations: [destination], scheduledAt: new Date(at), now }
    expect(isDayfileError(await rejection(exportDue(ahead)), 'WINDOW_INVALID')).toBe(true)
  }
  for (const wrong of [{ zone: 'Mars/Base' }, { runAt: '4' }]) {
    expect(
      isDayfileError(await rejection(exportDue({ destinations: [destination], scheduledAt, ...wrong }))),
    ).toBe(true)
  }
  expect(destination.sink.objects.size).toBe(0)
})

test('wrong options of a destination are its failure, and the others go on', async () => {
  const inOnePlace = good()
  for (const wrong of [
    null,
    { ...good(), sink: undefined },
    { ...good(), sink: { ...memorySink(), list: undefined } },
    { ...good(), lateRows: {} },
    { ...good(), eventTypes: ['x'] },
    { ...good(), archive: memorySink({ prefix: 'other' }) },
    { ...good(), archive: { ...memorySink(), location: 's3://another-bucket' } },
    { ...good(), archive: { ...memorySink(), endpoint: 'https://another-server' } },
    { ...good(), from: '2026-03-10' },
    { ...good(), from: 'yesterday' },
    { ...inOnePlace, sink: { ...inOnePlace.sink, location: 's3://exports' } },
    ...['days', 'signal', 'now', 'onFailure'].map((own) => ({ ...good(), [own]: undefined })),
  ]) {
    const first = { ...inOnePlace, name: 'first', sink: { ...inOnePlace.sink, location: 's3://exports' } }
    const last = { ...good(), name: 'last' }
    const destinations = [first, wrong, last] as never
    const run = await exportDue({ scheduledAt, destinations, onFailure: 'report' })
    expect(run.map(({ error }) => error === null)).toEqual([true, false, true])
    const [, { error, destination } = { error: null, destination: '' }] = run
    expect(isDayfileError(error, 'OPTIONS_INVALID') || isDayfileError(error, 'WINDOW_INVALID')).toBe(true)
    if (isDayfileError(error, 'OPTIONS_INVALID'))
      expect(error.message).toContain(`destination ${destination}: `)
    expect(run[2]?.reports).toMatchObject([{ outcome: 'published' }])
  }
})

test('a run in which something failed rejects with everything that was tried', async () => {
  const destinations = [
    { ...good(), name: 'source', source: down },
    { ...good(), name: 'options', lateRows: {} as never },
    { ...good(), name: 'good' },
  ]
  const error = await rejection(exportDue({ scheduledAt, destinations }))
  expect(isDayfileError(error, 'RUN_FAILED')).toBe(true)
  if (!isDayfileError(error, 'RUN_FAILED')) return
  expect(error.details.reports.map(({ outcome }) => outcome)).toEqual(['failed', 'published'])
  expect(error.details.destinations?.map(({ destination }) => destination)).toEqual([
    'source',
    'options',
    'good',
  ])
  expect(error.errors).toMatchObject([{ code: 'OPTIONS_INVALID' }, { code: 'SOURCE_FAILED' }])
  expect(error.retryable).toBe(false)
  expect(error.message).toContain('SOURCE_FAILED')
  expect(error.message).toContain('destination options: option lateRows')
  expect(describeRun(error)).toEqual([
    expect.stringMatching(/^paywall_views 2026-03-07: failed: SOURCE_FAILED \(retryable\): /) as string,
    expect.stringMatching(
      /^options: failed: OPTIONS_INVALID: destination options: option lateRows/,
    ) as string,
    expect.stringMatching(/^paywall_views 2026-03-07: published, /) as string,
  ])
  expect(describeRun(error, { causes: true })[0]).toContain('(Error: down)')
  expect(describeRun(error)[0]).not.toContain('(Error: down)')
})

test('a first day that failed stays due without `from`, whatever is published after it', async () => {
  const sink = memorySink()
  const at = (day: string, source: () => object[]) =>
    exportDue({
      scheduledAt: new Date(`${day}T04:00:00Z`),
      destinations: [{ ...good(), source: source as never, sink }],
      onFailure: 'report',
    })
  expect(told(await at('2026-03-07', down))).toEqual([['paywall_views', '2026-03-06 failed']])
  expect(told(await at('2026-03-08', down))).toEqual([
    ['paywall_views', '2026-03-06 failed', '2026-03-07 failed'],
  ])
  expect(told(await at('2026-03-09', () => []))).toEqual([
    ['paywall_views', '2026-03-06 published', '2026-03-07 published', '2026-03-08 published'],
  ])
  expect(told(await at('2026-03-09', () => []))).toEqual([['paywall_views']])
})

test('a day whose manifest cannot be read is reported, and not exported again and again', async () => {
  const { sink, ...destination } = good()
  const run = (day: string) =>
    exportDue({ scheduledAt: new Date(`${day}T04:00:00Z`), destinations: [{ ...destination, sink }] })
  await run('2026-03-07')
  const key = sink.keys.manifest('paywall_views', { day: '2026-03-06' })
  sink.objects.set(key, Buffer.from('{'))
  const [report] = await run('2026-03-08')
  expect(report?.reports.map(({ window }) => window.day)).toEqual(['2026-03-07'])
  expect(report?.unreadableDays).toMatchObject([{ day: '2026-03-06', error: { code: 'MANIFEST_INVALID' } }])
  expect(describeRun([report])).toEqual([
    expect.stringContaining('paywall_views 2026-03-07: published') as string,
    expect.stringContaining(
      `paywall_views 2026-03-06: not exported, MANIFEST_INVALID: manifest ${key}`,
    ) as string,
  ])
  const problems = []
  for await (const problem of auditDays(paywallViews, sink)) problems.push(problem)
  const [damaged] = problems
  expect(damaged).toMatchObject({ day: '2026-03-06', reason: 'damaged' })
  // What the audit says to delete makes the day due.
  if (damaged?.reason === 'damaged') for (const each of damaged.remove) sink.objects.delete(each)
  expect(told(await run('2026-03-08'))).toEqual([['paywall_views', '2026-03-06 published']])
})

test('dueDays warns of a day whose manifest cannot be read, or calls onUnreadable', async () => {
  const { sink, ...destination } = good()
  await exportDue({ scheduledAt, destinations: [{ ...destination, sink }] })
  sink.objects.set(sink.keys.manifest('paywall_views', { day: '2026-03-07' }), Buffer.from('{'))
  const found: string[] = []
  const asked = { dataset: paywallViews, archive: sink, now: scheduledAt }
  const warned = once(process, 'warning')
  expect(await dueDays(asked)).toEqual([])
  expect((await warned)[0]).toMatchObject({ code: 'DAYFILE_MANIFEST_INVALID' })
  expect(await dueDays({ ...asked, onUnreadable: ({ day }) => found.push(day) })).toEqual([])
  expect(found).toEqual(['2026-03-07'])
})

test('a firing early by less than earlyMs is that run', async () => {
  const early = {
    scheduledAt: new Date('2026-03-08T03:59:00Z'),
    destinations: [{ ...good(), from: '2026-03-07' }],
  }
  expect(told(await exportDue({ ...early, earlyMs: 59_999 }))).toEqual([['paywall_views']])
  expect(told(await exportDue({ ...early, earlyMs: 60_000 }))).toEqual([
    ['paywall_views', '2026-03-07 published'],
  ])
})
