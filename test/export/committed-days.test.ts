// What is taken for there, and so is not exported again.

import { dayWindow, dueDays, exportWindow, type ExportWindowOptions, type Sink } from 'dayfile'
import { verifyDay } from 'dayfile/read'
import { memorySink } from 'dayfile/testing'
import { describe, expect, test } from 'vitest'
import { opened, PLACES } from '../sinks/places.js'
import { failure, order, orderRows, orders, rejection, window } from './orders.js'

type Options = Partial<ExportWindowOptions<typeof orders>>

const never = (): never => {
  throw new Error('the source was asked')
}

describe.each(PLACES)("in %s, with ifExists: 'skip'", (_, open) => {
  test('a whole day is skipped, and one whose file is gone or another is mended', async () => {
    const { sink, archive } = await opened(open)
    const run = (options: Options) =>
      exportWindow({ dataset: orders, window, source: never, sink, ...options })
    const { files } = await run({ source: () => orderRows(2) })
    expect(await run({ ifExists: 'skip' })).toMatchObject({ outcome: 'skipped', rows: 2, revision: 1 })
    const key = files[0]?.key ?? ''
    const { signal } = new AbortController()
    await sink.remove(key, { signal })
    const mended = { ifExists: 'skip', source: () => orderRows(2) } as const
    expect(await run(mended)).toMatchObject({ outcome: 'replaced', revision: 2 })
    // Of the same size: the tag alone tells.
    const { etag } = (await sink.stat(key, { signal })) ?? {}
    const same = await sink.stage(key, bytesOf('x'.repeat(files[0]?.bytes ?? 0)), {
      contentType: 'text/csv',
      ifMatch: etag ?? null,
      signal,
    })
    await same.commit()
    expect(await run(mended)).toMatchObject({ outcome: 'replaced', revision: 3 })
    expect(await verifyDay(orders, archive, window.day)).toMatchObject({ rows: 2 })
    expect(await run({ ifExists: 'skip' })).toMatchObject({ outcome: 'skipped' })
  })
})

async function* bytesOf(text: string) {
  yield Buffer.from(text)
}

test('a part of a day that turns out to be all of it is completed, and due no more', async () => {
  const sink = memorySink()
  const noon = { allowOpenWindow: true, now: () => new Date('2026-03-07T12:00:00Z') }
  const run = (options: Options) =>
    exportWindow({ dataset: orders, window, source: () => orderRows(1), sink, ...options })
  const now = new Date('2026-03-08T04:00:00Z')
  const due = () => dueDays({ dataset: orders, archive: sink, now })
  await run(noon)
  expect((await due()).length).toBe(1)
  expect(await run({})).toMatchObject({ outcome: 'replaced', revision: 2 })
  expect(await due()).toEqual([])
  expect(await run({})).toMatchObject({ outcome: 'unchanged', revision: 2 })
})

test('a replacement that was begun and not finished is due, and is finished by the next run', async () => {
  const sink = memorySink()
  const run = (options: Options) => exportWindow({ dataset: orders, window, source: never, sink, ...options })
  const split = { maxRows: 1 }
  await run({ source: () => orderRows(2), split })
  let writes = 0
  const stopping: Sink = {
    ...sink,
    write: (...call) => (writes++ === 0 ? sink.write(...call) : Promise.reject(new Error('killed'))),
  }
  await rejection(run({ source: () => orderRows(3), split, sink: stopping }))
  const now = new Date('2026-03-08T04:00:00Z')
  expect((await dueDays({ dataset: orders, archive: sink, now })).length).toBe(1)
  const finished = await run({ source: () => orderRows(3), split, ifExists: 'skip' })
  expect(finished).toMatchObject({ rows: 3, revision: 2 })
  expect(await dueDays({ dataset: orders, archive: sink, now })).toEqual([])
})

test('a split day is whole while each of its files is there', async () => {
  const sink = memorySink()
  const run = (options: Options) => exportWindow({ dataset: orders, window, source: never, sink, ...options })
  const again = { source: () => orderRows(3), split: { maxRows: 1 } }
  const { files } = await run(again)
  expect(await run({ ifExists: 'skip' })).toMatchObject({ outcome: 'skipped', rows: 3 })
  for (const { key } of files) {
    sink.objects.delete(key)
    expect(await run({ ...again, ifExists: 'skip' })).toMatchObject({ outcome: 'replaced' })
  }
})

test('a day of another filter is not the day that is asked for; of another compression it is', async () => {
  const sink = memorySink()
  const rows = () => [order(0), order(1, { event_type: 'trial' })]
  const run = (options: Options) =>
    exportWindow({ dataset: orders, window, source: rows, sink, ifExists: 'skip', ...options })
  expect(await run({ eventTypes: ['Sale'] })).toMatchObject({ outcome: 'published', rows: 1 })
  expect(await run({ eventTypes: ['sale', 'SALE'], source: never })).toMatchObject({ outcome: 'skipped' })
  expect(await run({})).toMatchObject({ outcome: 'replaced', rows: 2 })
  expect(await run({ compression: 'none', source: never })).toMatchObject({ outcome: 'skipped' })
})

test('a part of a day that was exported while it went on is not the day', async () => {
  const sink = memorySink()
  const noon = { allowOpenWindow: true, now: () => new Date('2026-03-07T12:00:00Z') }
  const run = (options: Options) =>
    exportWindow({ dataset: orders, window, source: () => orderRows(1), sink, ...options })
  expect(await run(noon)).toMatchObject({ outcome: 'published' })
  expect(await run({ ifExists: 'skip', source: () => orderRows(2) })).toMatchObject({ outcome: 'replaced' })
  expect(await run({ ifExists: 'skip', source: never })).toMatchObject({ outcome: 'skipped' })
})

test('a day of another zone, which has the same key, is not the day', async () => {
  const sink = memorySink()
  const inZone = (zone: string, source: () => object[]) => {
    const local = dayWindow(window.day, { zone })
    const rows = source as () => ReturnType<typeof orderRows>
    return exportWindow({ dataset: orders, window: local, source: rows, sink, ifExists: 'skip' })
  }
  await inZone('Asia/Tokyo', () => [])
  expect(await inZone('UTC', () => [order(0)])).toMatchObject({ outcome: 'replaced', rows: 1 })
  expect(await inZone('UTC', never)).toMatchObject({ outcome: 'skipped' })
})

test('a window settles: it is refused until so long after its end, and says until when', async () => {
  const hour = 3_600_000
  const runAt = (now: string, options: Options = {}) =>
    exportWindow({
      dataset: orders,
      window,
      source: () => [],
      sink: memorySink(),
      gracePeriodMs: 4 * hour,
      now: () => new Date(now),
      ...options,
    })
  const error = await failure(runAt('2026-03-08T03:59:59.999Z'))
  expect(error).toMatchObject({
    code: 'WINDOW_INVALID',
    retryable: true,
    details: {
      day: window.day,
      readyAt: '2026-03-08T04:00:00.000Z',
      reason: 'the window is still in its grace period',
    },
  })
  expect(await runAt('2026-03-08T04:00:00Z')).toMatchObject({ outcome: 'published' })
  expect(await runAt('2026-03-08T00:00:00Z', { gracePeriodMs: 0 })).toMatchObject({ outcome: 'published' })
  expect(await runAt('2026-03-08T01:00:00Z', { allowOpenWindow: true })).toMatchObject({
    outcome: 'published',
  })
  expect(await failure(runAt('2026-03-07T23:00:00Z'))).toMatchObject({
    retryable: true,
    details: { readyAt: '2026-03-08T04:00:00.000Z', reason: 'the window is not over yet' },
  })
  for (const settle of [-1, 0.5, Number.NaN, '4h'])
    expect(await rejection(runAt('2026-03-09T00:00:00Z', { gracePeriodMs: settle as never }))).toBeInstanceOf(
      TypeError,
    )
})
