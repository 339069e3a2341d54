import { getEventListeners } from 'node:events'
import { dayWindow, exportWindow, type Archive, type Sink } from 'dayfile'
import {
  auditDays,
  listDays,
  readDay,
  readNew,
  verifyDay,
  type ReadCursor,
  type ReadNewOptions,
} from 'dayfile/read'
import { memorySink } from 'dayfile/testing'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { failure, orders, rejection } from '../export/orders.js'
import { memoryPlace, opened, type Place, PLACES, s3Place } from '../sinks/places.js'

/** Publishes a day whose rows are these totals. */
async function publish(place: Pick<Place, 'sink'>, day: string, totals: readonly number[]): Promise<number> {
  const source = () => totals.map((total) => ({ at: `${day}T12:00:00.000Z`, event_type: 'sale', total }))
  const { revision } = await exportWindow({
    onShrink: 'allow',
    dataset: orders,
    window: dayWindow(day),
    source,
    sink: place.sink,
  })
  return revision
}

type DaySpan = Pick<ReadNewOptions, 'from' | 'to'>

/** What a consumer keeps: the rows of each day, and its cursor as text. */
class Consumer {
  readonly days = new Map<string, string[]>()
  readonly log: string[] = []
  kept = 'null'

  /** Reads all that is new; stops before it keeps the publication of this number. */
  async run(archive: Archive, options: DaySpan = {}, stopAt = Infinity): Promise<string[]> {
    const before = this.log.length
    let count = 0
    const cursor = JSON.parse(this.kept) as ReadCursor | null
    for await (const publication of readNew(orders, archive, cursor, options)) {
      const totals: string[] = []
      for await (const { total } of publication.rows) totals.push(String(total))
      if (count++ === stopAt) break
      this.days.set(publication.day, totals)
      this.kept = JSON.stringify(publication.cursor)
      this.log.push(`${publication.day} r${publication.revision}${publication.replaced ? ' replaced' : ''}`)
    }
    return this.log.slice(before)
  }
}

describe.each(PLACES)('what is new in %s', (_, open) => {
  test('is yielded once, days exported again and late ones too', async () => {
    const place = await opened(open)
    const { archive } = place
    const consumer = new Consumer()
    expect(await consumer.run(archive)).toEqual([])
    await publish(place, '2026-03-02', [1, 2])
    await publish(place, '2026-03-03', [])
    expect(await consumer.run(archive)).toEqual(['2026-03-02 r1', '2026-03-03 r1'])
    expect(await consumer.run(archive)).toEqual([])

    await publish(place, '2026-03-05', [5])
    await publish(place, '2026-03-02', [1, 2, 3])
    expect(await consumer.run(archive)).toEqual(['2026-03-02 r2 replaced', '2026-03-05 r1'])

    // Late, before the first one, and the last one twice since.
    await publish(place, '2026-03-04', [4])
    await publish(place, '2026-02-28', [0])
    await publish(place, '2026-03-05', [5, 5])
    await publish(place, '2026-03-05', [5, 5, 5])
    expect(await consumer.run(archive)).toEqual(['2026-02-28 r1', '2026-03-04 r1', '2026-03-05 r3 replaced'])
    expect(await consumer.run(archive)).toEqual([])
    expect(Object.fromEntries(consumer.days)).toEqual({
      '2026-02-28': ['0'],
      '2026-03-02': ['1', '2', '3'],
      '2026-03-03': [],
      '2026-03-04': ['4'],
      '2026-03-05': ['5', '5', '5'],
    })
  })
})

test('every revision is yielded once, whatever is published between calls, and wherever a consumer stops', async () => {
  const DAYS = ['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04', '2026-03-06']
  const step = fc.oneof(
    fc.record({ publish: fc.constantFrom(...DAYS) }),
    fc.record({ stopAt: fc.constantFrom(0, 1, 2, Infinity) }),
    fc.record({ only: fc.constantFrom(...DAYS) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      const sink = memorySink()
      const consumer = new Consumer()
      const published = new Map<string, { totals: number[]; revision: number }>()
      let total = 0
      for (const each of steps) {
        if ('publish' in each) {
          const totals = [++total]
          const revision = await publish({ sink }, each.publish, totals)
          published.set(each.publish, { totals, revision })
        } else if ('stopAt' in each) await consumer.run(sink, {}, each.stopAt)
        else await consumer.run(sink, { from: each.only, to: each.only })
      }
      await consumer.run(sink)
      expect(new Set(consumer.log).size).toBe(consumer.log.length)
      expect(Object.fromEntries(consumer.days)).toEqual(
        Object.fromEntries([...published].map(([day, { totals }]) => [day, totals.map(String)])),
      )
      for (const [day, { revision }] of published) {
        const last = consumer.log.findLast((line) => line.startsWith(day))
        const isFirst = consumer.log.filter((line) => line.startsWith(day)).length === 1
        expect(last).toBe(`${day} r${revision}${isFirst ? '' : ' replaced'}`)
      }
      expect(await consumer.run(sink)).toEqual([])
    }),
    { numRuns: 60 },
  )
})

test('a replacement that landed without its manifest is yielded once, then and when the manifest comes', async () => {
  const place = await opened(memoryPlace)
  await publish(place, '2026-03-01', [1])
  let manifests = 0
  const killed: Sink = {
    ...place.sink,
    write(key, bytes, options) {
      // The first write is the intent.
      if (key.endsWith('_manifest.json') && ++manifests > 1) throw new Error('killed')
      return place.sink.write(key, bytes, options)
    },
  }
  await expect(publish({ sink: killed }, '2026-03-01', [1, 2])).rejects.toThrow('killed')
  const consumer = new Consumer()
  expect(await consumer.run(place.archive)).toEqual(['2026-03-01 r2'])
  expect(await consumer.run(place.archive)).toEqual([])
  await publish(place, '2026-03-01', [1, 2])
  expect(await consumer.run(place.archive)).toEqual([])
  expect(consumer.days.get('2026-03-01')).toEqual(['1', '2'])

  // Who had the one before is given it when its manifest is there.
  manifests = 0
  await expect(publish({ sink: killed }, '2026-03-01', [1, 2, 3])).rejects.toThrow('killed')
  expect(await consumer.run(place.archive)).toEqual([])
  await publish(place, '2026-03-01', [1, 2, 3])
  expect(await consumer.run(place.archive)).toEqual(['2026-03-01 r3 replaced'])
  expect(await consumer.run(place.archive)).toEqual([])
})

describe('a cursor', () => {
  test('of { day, revision } takes the days before for read, and tells their replacements', async () => {
    const place = await opened(memoryPlace)
    for (const day of ['2026-03-01', '2026-03-02', '2026-03-03']) await publish(place, day, [1])
    const consumer = new Consumer()
    consumer.kept = JSON.stringify({ day: '2026-03-02', revision: 1 })
    expect(await consumer.run(place.archive)).toEqual(['2026-03-03 r1'])
    await publish(place, '2026-03-01', [2])
    expect(await consumer.run(place.archive)).toEqual(['2026-03-01 r2 replaced'])
  })

  test('that is none is a TypeError before anything is read', async () => {
    const archive = { ...memorySink(), list: () => expect.unreachable('was asked') }
    const calls = [7, { day: 'yesterday', revision: 1 }].map((cursor) =>
      readNew(orders, archive, cursor as never).next(),
    )
    for (const call of calls)
      await expect(call).rejects.toThrow(/^cursor: expected one that readNew returned/)
  })
})

describe('a publication', () => {
  test('has the revision of the rows that it hands out, when the day is replaced after its manifest was read', async () => {
    const place = await opened(memoryPlace)
    await publish(place, '2026-03-01', [1])
    let reads = 0
    const open: Archive['open'] = async function* (key, options) {
      yield* place.archive.open(key, options)
      if (key.endsWith('_manifest.json') && reads++ === 0) await publish(place, '2026-03-01', [1, 2])
    }
    const consumer = new Consumer()
    expect(await consumer.run({ ...place.archive, open })).toEqual(['2026-03-01 r2'])
    expect(consumer.days.get('2026-03-01')).toEqual(['1', '2'])
    expect(await consumer.run(place.archive)).toEqual([])
  })

  test('that cannot be read ends the reading there, after those before it, and comes again when it is mended', async () => {
    const place = await opened(memoryPlace)
    for (const day of ['2026-03-01', '2026-03-02', '2026-03-03']) await publish(place, day, [1])
    const key = place.sink.keys.data(orders.name, { day: '2026-03-02' }, '.csv.gz')
    await place.tamper(key, (bytes) => bytes.subarray(1))
    const consumer = new Consumer()
    const error = await failure(consumer.run(place.archive))
    expect(error).toMatchObject({ code: 'SINK_CORRUPT', details: { key } })
    expect(consumer.log).toEqual(['2026-03-01 r1'])
    await publish(place, '2026-03-02', [2])
    expect(await consumer.run(place.archive)).toEqual(['2026-03-02 r2', '2026-03-03 r1'])
  })

  test('whose failure was caught ends the reading all the same, and comes again when it is mended', async () => {
    const place = await opened(memoryPlace)
    for (const day of ['2026-03-01', '2026-03-02']) await publish(place, day, [1, 2, 3])
    const key = place.sink.keys.data(orders.name, { day: '2026-03-01' }, '.csv.gz')
    await place.tamper(key, (bytes) => bytes.subarray(0, -1))
    const seen: string[] = []
    let kept: ReadCursor | null = null
    const careless = async (): Promise<void> => {
      for await (const { day, rows, cursor } of readNew(orders, place.archive, null)) {
        seen.push(day)
        try {
          while ((await rows.next()).done !== true);
        } catch {
          continue
        }
        kept = cursor
      }
    }
    expect(await failure(careless())).toMatchObject({ code: 'SINK_CORRUPT', details: { key } })
    expect({ seen, kept }).toEqual({ seen: ['2026-03-01'], kept: null })
  })

  test('that was deleted since its manifest was read is passed over', async () => {
    const place = await opened(memoryPlace)
    for (const day of ['2026-03-01', '2026-03-02', '2026-03-03']) await publish(place, day, [1])
    const { signal } = new AbortController()
    const seen: string[] = []
    for await (const { day, rows } of readNew(orders, place.archive)) {
      seen.push(day)
      await rows.return()
      await place.sink.remove(place.sink.keys.manifest(orders.name, { day: '2026-03-02' }), { signal })
    }
    expect(seen).toEqual(['2026-03-01', '2026-03-03'])
  })

  test("with `verify: 'before'` is not yielded when it is damaged at its end", async () => {
    const place = await opened(memoryPlace)
    await publish(place, '2026-03-01', [1, 2, 3])
    const key = place.sink.keys.data(orders.name, { day: '2026-03-01' }, '.csv.gz')
    await place.tamper(key, (bytes) => bytes.subarray(0, -1))
    const yielded = async (options: Pick<ReadNewOptions, 'verify'>): Promise<number> => {
      let count = 0
      const reading = async (): Promise<void> => {
        for await (const { rows } of readNew(orders, place.archive, null, options)) {
          count++
          await rows.return()
        }
      }
      await reading().catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'SINK_CORRUPT' })
      })
      return count
    }
    expect(await yielded({ verify: 'before' })).toBe(0)
    expect(await yielded({})).toBe(1)
  })

  test('has the rows that its options ask for', async () => {
    const place = await opened(memoryPlace)
    await publish(place, '2026-03-01', [7])
    for await (const { rows } of readNew(orders, place.archive, null, {
      columns: ['total'],
      decimals: 'number',
    })) {
      expect(await rows.next()).toEqual({ done: false, value: { total: 7 } })
    }
    await expect(readNew(orders, place.archive, null, { verify: 'twice' } as never).next()).rejects.toThrow(
      'readNew: option verify: expected one of',
    )
  })
})

test.each<[string, object, string]>([
  ['a column that is not declared', { columns: ['nope'] }, 'column "nope" is asked for but not declared'],
  ['a form that there is not', { decimals: 'foo' }, 'readNew: option decimals: expected one of'],
  ['a strictness that is none', { strict: 'yes' }, 'readNew: option strict: expected a boolean'],
])('%s is refused before there is anything to read', async (_, options, message) => {
  await expect(readNew(orders, memorySink(), null, options as never).next()).rejects.toThrow(message)
})

test.each([undefined, null, {}, { list: () => [], open: () => [] }])(
  'an archive that is none is a TypeError: %o',
  async (archive) => {
    const message = 'archive: expected an archive, such as s3Archive or directoryArchive makes'
    const calls = [
      () => readNew(orders, archive as never).next(),
      () => readDay(orders, archive as never, '2026-03-01').next(),
      () => listDays(orders, archive as never).next(),
      () => auditDays(orders, archive as never).next(),
      () => verifyDay(orders, archive as never, '2026-03-01'),
    ]
    for (const call of calls)
      await expect(call()).rejects.toThrow(new TypeError(expectedText(message, archive)))
  },
)

function expectedText(message: string, value: unknown): string {
  return `${message}, received ${value === null ? 'null' : typeof value}`
}

test('a signal of an application gets no more listeners than it may have, with many days in S3', async () => {
  const place = await opened(() => s3Place())
  const warnings: Error[] = []
  const warn = (warning: Error): void => void warnings.push(warning)
  process.on('warning', warn)
  onTestFinished(() => void process.off('warning', warn))
  const days = Array.from({ length: 20 }, (_, index) => `2026-03-${String(index + 1).padStart(2, '0')}`)
  for (const day of days) await publish(place, day, [1])
  const { signal } = new AbortController()
  const seen: string[] = []
  for await (const { day } of readNew(orders, place.archive, null, { signal })) seen.push(day)
  for await (const { day } of auditDays(orders, place.archive, { signal })) seen.push(day)
  // Warnings are told with the next turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve))
  expect(seen).toEqual(days)
  expect(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning')).toEqual([])
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

describe('rows', () => {
  test('that are read after the next publication was asked for are an error, and no empty day', async () => {
    const place = await opened(memoryPlace)
    for (const day of ['2026-03-01', '2026-03-02']) await publish(place, day, [1, 2])
    const reading = readNew(orders, place.archive)
    const first = await reading.next()
    const second = await reading.next()
    if (first.done === true || second.done === true) throw new Error('expected two publications')
    expect(await rejection(first.value.rows.next())).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('rows of 2026-03-01') as string,
    })
    // Begun, and left: no silent end either.
    await second.value.rows.next()
    await reading.next()
    await expect(second.value.rows.next()).rejects.toThrow('rows of 2026-03-02')
  })

  test('that were read to their end stay at their end', async () => {
    const place = await opened(memoryPlace)
    await publish(place, '2026-03-01', [1])
    const reading = readNew(orders, place.archive)
    const { value } = await reading.next()
    while ((await value?.rows.next())?.done === false);
    await reading.next()
    expect(await value?.rows.next()).toEqual({ done: true, value: undefined })
  })

  test('that nobody reads are closed when the next publication is asked for, and when the reading is left', async () => {
    const place = await opened(memoryPlace)
    for (const day of ['2026-03-01', '2026-03-02', '2026-03-03']) await publish(place, day, [1, 2])
    let open = 0
    const watched: Archive = {
      ...place.archive,
      async *open(key, options) {
        open++
        try {
          yield* place.archive.open(key, options)
        } finally {
          open--
        }
      },
    }
    const seen: number[] = []
    for await (const { day, rows } of readNew(orders, watched)) {
      seen.push(open)
      if (day === '2026-03-02') await rows.next()
      if (day === '2026-03-03') break
    }
    expect(seen).toEqual([1, 1, 1])
    expect(open).toBe(0)
  })
})

test('an abort ends the reading with its reason', async () => {
  const place = await opened(memoryPlace)
  for (const day of ['2026-03-01', '2026-03-02']) await publish(place, day, [1])
  const reason = new Error('shutting down')
  const controller = new AbortController()
  const consumer = new Consumer()
  const running = (async () => {
    for await (const { day } of readNew(orders, place.archive, null, { signal: controller.signal })) {
      consumer.log.push(day)
      controller.abort(reason)
    }
  })()
  expect(await rejection(running)).toBe(reason)
  expect(consumer.log).toEqual(['2026-03-01'])
})
