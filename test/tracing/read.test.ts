import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import { dayRange, eachDay, exportDays, exportWindow, tracingChannels, type Archive } from 'dayfile'
import { readDay, readDays, readNew, verifyDay, type ReadTrace } from 'dayfile/read'
import { memorySink } from 'dayfile/testing'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { DAY, orderRows, orders, rejection, window } from '../export/orders.js'
import { memoryPlace } from '../sinks/places.js'
import { ends, eventsOf, follow } from './traces.js'

async function exported(count: number, split?: { maxRows: number }) {
  const sink = memorySink()
  const report = await exportWindow({
    ...{ dataset: orders, window, sink, source: () => orderRows(count) },
    ...(split && { split }),
  })
  return { sink, report }
}

async function drained(rows: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const row of rows) if (row !== undefined) count++
  return count
}

const about = { dataset: 'orders', day: DAY, location: 'memory:' }

test('a read is one payload from the look for the day to its last row', async () => {
  for (const [count, split] of [[10], [0], [250, { maxRows: 100 }]] as const) {
    const { sink, report } = await exported(count, split)
    const told = follow<ReadTrace>(tracingChannels.read)
    await drained(readDay(orders, sink, DAY))
    expect(eventsOf(told, told[0]?.trace)).toBe('start,end,asyncStart,asyncEnd')
    expect(told[0]?.then).toEqual({ ...about, rows: 0, bytes: 0 })
    expect(ends(told)).toEqual([
      { ...about, revision: 1, rows: count, bytes: report.bytes, ended: 'complete' },
    ])
  }
})

test('a reader that leaves is told with the rows that it had', async () => {
  const { sink } = await exported(10)
  const told = follow<ReadTrace>(tracingChannels.read)
  let seen = 0
  for await (const { at } of readDay(orders, sink, DAY)) if (at instanceof Date && ++seen === 4) break
  expect(ends(told)).toMatchObject([{ rows: 4, ended: 'left' }])
})

test('a day that is not there, is damaged or not wanted any more has its error', async () => {
  const told = follow<ReadTrace>(tracingChannels.read)
  const { sink } = await exported(10)
  const missing = await rejection(drained(readDay(orders, sink, '2026-03-08')))

  const place = await memoryPlace()
  await exportWindow({
    ...{ dataset: orders, window, sink: place.sink, compression: 'none', source: () => orderRows(10) },
  })
  await place.tamper(place.sink.keys.data('orders', window, '.csv'), (bytes) => bytes.subarray(0, -21))
  const damaged = await rejection(drained(readDay(orders, place.archive, DAY)))

  const abort = new AbortController()
  const stop = new Error('stop')
  const reading = async () => {
    for await (const { at } of readDay(orders, sink, DAY, { signal: abort.signal }))
      if (at instanceof Date) abort.abort(stop)
  }
  expect(await rejection(reading())).toBe(stop)

  expect(ends(told)).toMatchObject([
    { day: '2026-03-08', rows: 0, ended: 'failed' },
    { day: DAY, revision: 1, ended: 'failed' },
    { day: DAY, revision: 1, rows: 1, ended: 'failed' },
  ])
  expect(ends(told).map(({ error }) => error)).toEqual([missing, damaged, stop])
  expect(told.filter(({ event }) => event === 'error')).toHaveLength(3)
})

test('each way to read is told: many days, new ones, one that is verified, a window over several', async () => {
  const sink = memorySink()
  const days = eachDay('2026-03-06', '2026-03-08')
  await exportDays({ dataset: orders, days, source: () => [], sink })
  const range = dayRange('2026-03-06', '2026-03-07')
  await exportWindow({ dataset: orders, window: range, source: () => orderRows(5), sink })
  const told = follow<ReadTrace>(tracingChannels.read)
  const endsOf = async (reading: Promise<unknown>) => {
    told.length = 0
    await reading
    return ends(told).map(({ day, lastDay, ended }) => [day, ...(lastDay ? [lastDay] : []), ended].join(' '))
  }

  const each = days.map(({ day }) => `${day} complete`)
  expect(await endsOf(drained(readDays(orders, sink, days)))).toEqual(each)
  const all = async () => {
    for await (const { rows } of readNew(orders, sink)) await drained(rows)
  }
  expect(await endsOf(all())).toEqual(each)
  expect(await endsOf(drained(readNew(orders, sink)))).toEqual(days.map(({ day }) => `${day} left`))
  expect(await endsOf(verifyDay(orders, sink, DAY))).toEqual([`${DAY} complete`])
  expect(await endsOf(drained(readDay(orders, sink, range)))).toEqual(['2026-03-06 2026-03-07 complete'])
})

test('a day that is verified before is one read, with the bytes of the rows that are handed out', async () => {
  const { sink, report } = await exported(10)
  const told = follow<ReadTrace>(tracingChannels.read)
  await drained(readDay(orders, sink, DAY, { verify: 'before' }))
  expect(ends(told)).toMatchObject([{ rows: 10, bytes: report.bytes, ended: 'complete' }])
})

test('what the archive does belongs to the context of the read, and what the reader does does not', async () => {
  const { sink } = await exported(250, { maxRows: 100 })
  const contexts = new AsyncLocalStorage<string>()
  const ofArchive: unknown[] = []
  const archive: Archive = {
    ...sink,
    async *open(...call) {
      ofArchive.push(contexts.getStore())
      for await (const chunk of sink.open(...call)) {
        await Promise.resolve()
        ofArchive.push(contexts.getStore())
        yield chunk
      }
    },
  }
  const channel = tracingChannel<string, ReadTrace>(tracingChannels.read)
  channel.start.bindStore(contexts, ({ day }) => `read of ${day}`)
  onTestFinished(() => {
    channel.start.unbindStore(contexts)
  })
  const ofReader = new Set<unknown>()
  await contexts.run('reader', async () => {
    for await (const { at } of readDay(orders, archive, DAY))
      if (at instanceof Date) ofReader.add(contexts.getStore())
  })
  expect(ofReader).toEqual(new Set(['reader']))
  expect(new Set(ofArchive)).toEqual(new Set([`read of ${DAY}`]))
  // The manifest and three files.
  expect(ofArchive).toHaveLength(8)
})

test('every read that begins ends once, with as many rows as its reader got', async () => {
  const { sink } = await exported(60, { maxRows: 25 })
  const files = [...sink.objects.keys()].filter((key) => key.endsWith('.csv.gz'))
  await fc.assert(
    fc.asyncProperty(
      fc.nat(70),
      fc.constantFrom(undefined, ...files),
      fc.constantFrom('before' as const, 'while-reading' as const),
      async (most, missing, verify) => {
        const archive: Archive = {
          ...sink,
          open: (key, options) => sink.open(key === missing ? `${key}.gone` : key, options),
        }
        const told: ReadTrace[] = []
        const begun = new Set<unknown>()
        const channel = `tracing:${tracingChannels.read}`
        const onStart = (trace: unknown) => void begun.add(trace)
        const onEnd = (trace: unknown) => void told.push({ ...(trace as ReadTrace) })
        subscribe(`${channel}:start`, onStart)
        subscribe(`${channel}:asyncEnd`, onEnd)
        let got = 0
        let failed: unknown
        try {
          for await (const { at } of readDay(orders, archive, DAY, { verify })) {
            if (at instanceof Date && ++got > most) break
          }
        } catch (error) {
          failed = error
        } finally {
          unsubscribe(`${channel}:start`, onStart)
          unsubscribe(`${channel}:asyncEnd`, onEnd)
        }
        const ended = failed !== undefined ? 'failed' : got > most ? 'left' : 'complete'
        expect(begun.size).toBe(1)
        expect(told).toMatchObject([{ rows: got, ended, ...(failed === undefined ? {} : { error: failed }) }])
      },
    ),
    { numRuns: 60 },
  )
})
