import { AsyncLocalStorage } from 'node:async_hooks'
import { spawnSync } from 'node:child_process'
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import {
  eachDay,
  exportDays,
  exportWindow,
  tracingChannels,
  type ExportTrace,
  type ExportWindowOptions,
  type UploadPartTrace,
} from 'dayfile'
import { memorySink } from 'dayfile/testing'
import { expect, onTestFinished, test } from 'vitest'
import { noise, order, orderRows, orders, rejection, window } from '../export/orders.js'
import { opened, s3Place } from '../sinks/places.js'
import { ends, eventsOf, follow } from './traces.js'

type Options = Partial<ExportWindowOptions<typeof orders>>

const run = (rows: Iterable<object> | AsyncIterable<object>, options: Options = {}) =>
  exportWindow({ dataset: orders, window, source: () => rows as [], sink: memorySink(), ...options })

test('the names of the channels are the documented ones', () => {
  expect(tracingChannels).toEqual({
    export: 'dayfile:export',
    uploadPart: 'dayfile:upload-part',
    read: 'dayfile:read',
  })
})

test('an export is one payload from its start to its end, where the report is', async () => {
  const told = follow<ExportTrace>(tracingChannels.export)
  const report = await run(orderRows(3))
  const [first] = told
  expect(eventsOf(told, first?.trace)).toBe('start,end,asyncStart,asyncEnd')
  expect(first?.then).toEqual({ dataset: 'orders', window, location: 'memory:' })
  const [end] = ends(told)
  expect(end?.report).toBe(report)
  expect(end).not.toHaveProperty('error')
})

test('an export that fails has what it rejects with', async () => {
  const told = follow<ExportTrace>(tracingChannels.export)
  const abort = new AbortController()
  const stop = new Error('stop')
  const onProgress = (): void => {
    abort.abort(stop)
  }
  const broken = (function* () {
    yield order(0)
    throw new Error('the source')
  })()
  const failures: [() => Promise<unknown>, unknown][] = [
    [() => run(broken), expect.objectContaining({ code: 'SOURCE_FAILED' })],
    [() => run([{ at: 'never' }]), expect.objectContaining({ code: 'CELL_UNENCODABLE' })],
    [() => run(orderRows(3), { signal: AbortSignal.abort(stop) }), stop],
    [() => run(orderRows(3), { signal: abort.signal, onProgress }), stop],
  ]
  for (const [failing, expected] of failures) {
    told.length = 0
    const error = await rejection(failing())
    expect(error).toEqual(expected)
    expect(told.map(({ event }) => event).join()).toBe('start,end,error,asyncStart,asyncEnd')
    expect(ends(told)[0]?.error).toBe(error)
    expect(ends(told)[0]).not.toHaveProperty('report')
  }
})

test('what is refused before anything begins is no export', async () => {
  const told = follow<ExportTrace>(tracingChannels.export)
  await rejection(run([], { compression: 'zip' as never }))
  await rejection(run([], { now: () => window.start }))
  expect(told).toEqual([])
})

test('each day of many is an export', async () => {
  const told = follow<ExportTrace>(tracingChannels.export)
  const days = eachDay('2026-03-01', '2026-03-05')
  await exportDays({ dataset: orders, days, source: () => [], sink: memorySink(), concurrency: 2 })
  const ended = ends(told).map(({ window: { day }, report }) => `${day} ${report?.outcome ?? ''}`)
  expect(ended.sort()).toEqual(days.map(({ day }) => `${day} published`))
})

test('the context that is bound to the start of an export is that of its source, its host and its parts', async () => {
  const place = await opened(() => s3Place({ concurrency: 2 }))
  const contexts = new AsyncLocalStorage<string>()
  const channel = tracingChannel<string, ExportTrace>(tracingChannels.export)
  channel.start.bindStore(contexts, (trace) => trace.window.day)
  const seen: string[] = []
  const parts = `tracing:${tracingChannels.uploadPart}`
  const onPart = (trace: unknown): void => {
    const { key } = trace as UploadPartTrace
    seen.push(`${contexts.getStore() ?? 'none'}: part of ${/dt=(.{10})/.exec(key)?.[1] ?? ''}`)
  }
  subscribe(`${parts}:start`, onPart)
  subscribe(`${parts}:asyncEnd`, onPart)
  onTestFinished(() => {
    channel.start.unbindStore(contexts)
    unsubscribe(`${parts}:start`, onPart)
    unsubscribe(`${parts}:asyncEnd`, onPart)
  })

  const days = eachDay('2026-03-06', '2026-03-07')
  const reports = exportDays({
    dataset: orders,
    days,
    *source({ window: { day } }) {
      for (const row of noise(2500)) yield { ...row, at: `${day}T00:00:00Z` }
      seen.push(`${contexts.getStore() ?? 'none'}: source of ${day}`)
    },
    sink: place.sink,
    compression: 'none',
    concurrency: 2,
    onProgress: ({ day, done }) => {
      if (done) seen.push(`${contexts.getStore() ?? 'none'}: host of ${day}`)
    },
  })
  expect(contexts.getStore()).toBe(undefined)
  await reports
  const each = days.flatMap(({ day }) => [
    `${day}: host of ${day}`,
    ...Array.from({ length: 6 }, () => `${day}: part of ${day}`),
    `${day}: source of ${day}`,
  ])
  expect(seen.sort()).toEqual(each)
})

test('no payload has a cell, be the export right or wrong', async () => {
  const told = follow<ExportTrace>(tracingChannels.export)
  const secret = 'ada@example.com'
  const rows: unknown[][] = [
    [{ ...order(0), event_type: secret }],
    [{ at: secret }],
    [{ ...order(0), total: secret }],
    [{ ...order(0), event_type: { secret } }],
    [{ ...order(0), event_type: secret }, null],
  ]
  for (const each of rows) await run(each as object[]).catch(() => undefined)
  const skipping = { csv: { onInvalidRow: 'skip' } } as const
  for (const each of rows) await run(each as object[], skipping).catch(() => undefined)
  expect(ends(told).length).toBe(10)
  expect(ends(told).filter(({ error }) => error !== undefined).length).toBeGreaterThan(2)
  for (const { then } of told) expect(inspect(then, { depth: 10 })).not.toContain(secret)
})

test('a subscriber that throws is an uncaughtException of the process, and the exports and reads go on', () => {
  const program = fileURLToPath(new URL('throwing-subscriber.ts', import.meta.url))
  const args = ['--import', 'tsx', program]
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(status).toBe(0)
  expect(JSON.parse(stdout)).toEqual({ outcome: 'published', rows: 3, uncaught: ['of the subscriber'] })
})
