import {
  exportWindow,
  type ExportProgress,
  type ExportReport,
  type ExportWindowOptions,
  type Sink,
} from 'dayfile'
import { memorySink } from 'dayfile/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BUCKET, MIB, opened, PLACES, s3Place } from '../sinks/places.js'
import { gate, noise, orderRows, orders, rejection, turns, window } from './orders.js'

type Options = Partial<ExportWindowOptions<typeof orders>>

function run(sink: Sink, rows: Iterable<object>, options: Options = {}): Promise<ExportReport> {
  return exportWindow({ dataset: orders, window, source: () => rows as [], sink, ...options })
}

const START = Date.UTC(2026, 2, 9)

/** A clock that goes on by so much whenever it is looked at. */
function clock(stepMs: number): () => Date {
  let time = START
  return () => new Date((time += stepMs))
}

/** An application that keeps what it is told, and notices a call during another one. */
function host(answer: () => unknown = () => undefined) {
  const told: ExportProgress[] = []
  let underWay = 0
  let overlaps = 0
  const onProgress = async (progress: ExportProgress): Promise<void> => {
    told.push(progress)
    if (underWay++ > 0) overlaps++
    await answer()
    underWay--
  }
  return { told, onProgress, overlaps: () => overlaps }
}

/** A sink that tells of parts: while it takes the body, and after all of it. */
function sinkOfParts(after: (tell: () => void) => Promise<void>): Sink & { parts: () => number } {
  const memory = memorySink()
  let parts = 0
  return {
    ...memory,
    parts: () => parts,
    async stage(key, body, options) {
      const tell = (): void => options.onPart?.({ number: ++parts, bytes: 1 })
      async function* telling() {
        for await (const chunk of body) {
          yield chunk
          tell()
        }
      }
      const staged = await memory.stage(key, telling(), options)
      await after(tell)
      return staged
    },
  }
}

test.each(PLACES)('the last call has what the report has, in %s', async (_, open) => {
  for (const split of [undefined, { maxRows: 400 }]) {
    const place = await opened(open)
    const { told, onProgress } = host()
    const report = await run(place.sink, noise(1300), {
      compression: 'none',
      onProgress,
      ...(split === undefined ? {} : { split }),
    })
    expect(told.filter(({ done }) => done)).toEqual([told.at(-1)])
    expect(told.at(-1)).toMatchObject({ rows: 1300, csvBytes: report.csvBytes, bytes: report.bytes })
  }
})

test('parts are those that S3 has answered, all of them in the last call', async () => {
  const place = await opened(() => s3Place({ partSizeBytes: 5 * MIB, concurrency: 2 }))
  const answered = () =>
    place.s3.operations.filter(({ operation, status }) => operation === 'UploadPart' && status === 200).length
  const ahead: number[] = []
  const { told, onProgress } = host()
  await run(place.sink, noise(4000), {
    compression: 'none',
    now: clock(5),
    onProgress: async (progress) => {
      await onProgress(progress)
      ahead.push(progress.parts - answered())
    },
  })
  expect(answered()).toBe(4)
  expect(told.at(-1)).toMatchObject({ parts: 4, done: true })
  expect(Math.max(...ahead)).toBeLessThanOrEqual(0)
  expect(new Set(told.map(({ parts }) => parts)).size).toBeGreaterThan(2)
})

test('a part that needs another attempt counts once', async () => {
  const place = await opened(() => s3Place({}, { maxAttempts: 3 }))
  place.s3.fault({ operation: 'UploadPart' }, { status: 503, code: 'SlowDown' })
  const { told, onProgress } = host()
  await run(place.sink, noise(1300), { compression: 'none', onProgress })
  expect(told.at(-1)).toMatchObject({ parts: 2 })
})

test('calls come one at a time, ten a second at most, grow, and end with the one that is done', async () => {
  const step = fc.integer({ min: 0, max: 400 })
  const waits = fc.array(fc.nat(3), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 20 }),
      waits,
      fc.nat(400),
      fc.nat(20),
      async (steps, turnsOfApplication, rows, lateParts) => {
        let time = START
        let looks = 0
        const now = () => new Date((time += steps[looks++ % steps.length] ?? 0))
        let calls = 0
        const { told, onProgress, overlaps } = host(() =>
          turns(turnsOfApplication[calls++ % turnsOfApplication.length] ?? 0),
        )
        const sink = sinkOfParts(async (tell) => {
          for (let part = 0; part < lateParts; part++) {
            tell()
            if (part % 3 === 0) await turns(1)
          }
        })
        await run(sink, orderRows(rows), { onProgress, now, compression: 'none' })

        expect(overlaps()).toBe(0)
        expect(told.map(({ done }) => done)).toEqual(told.map((_, index) => index === told.length - 1))
        expect(told.at(-1)).toMatchObject({ rows, parts: sink.parts() })
        for (const name of ['rows', 'csvBytes', 'bytes', 'parts', 'elapsedMs'] as const) {
          const counts = told.map((each) => each[name])
          expect(counts).toEqual(counts.toSorted((a, b) => a - b))
        }
        const times = told.map(({ elapsedMs }) => elapsedMs)
        for (const from of times)
          expect(times.filter((at) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(10)
      },
    ),
    { numRuns: 60 },
  )
})

test('the last call makes it ten in a second and never more, whenever it comes', async () => {
  for (let rows = 3000; rows < 4500; rows += 64) {
    const { told, onProgress } = host()
    await run(memorySink(), orderRows(rows), { onProgress, now: clock(10), compression: 'none' })
    const times = told.map(({ elapsedMs }) => elapsedMs)
    for (const from of times)
      expect(times.filter((at) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(10)
    expect(times.length).toBeGreaterThan(5)
  }
})

test('what your application throws when a part is told ends a run whose source is silent', async () => {
  const thrown = new Error('of your application')
  const memory = memorySink()
  let tell: (() => void) | undefined
  const sink: Sink = {
    ...memory,
    stage(key, body, options) {
      tell = () => options.onPart?.({ number: 1, bytes: 1 })
      return memory.stage(key, body, options)
    },
  }
  let time = START
  async function* silent() {
    yield* orderRows(2000)
    time += 1000
    tell?.()
    await new Promise(() => undefined)
  }
  const options = { onProgress: () => Promise.reject(thrown), now: () => new Date(time) }
  expect(await rejection(run(sink, silent() as never, options))).toBe(thrown)
})

test('what comes after the last byte is told too: a part that is late', async () => {
  const { told, onProgress } = host()
  let time = START
  const sink = sinkOfParts(async (tell) => {
    time += 1000
    tell()
    await turns(2)
  })
  await run(sink, orderRows(3), { onProgress, now: () => new Date(time), compression: 'none' })
  expect(told.map(({ parts, done }) => [parts, done])).toEqual([
    [sink.parts(), false],
    [sink.parts(), true],
  ])
})

test('what your application throws when a part is told fails the export as its own error, and calls it no more', async () => {
  const thrown = new Error('the pipe of your application is closed')
  for (const answer of [() => Promise.reject(thrown), () => turns(3).then(() => Promise.reject(thrown))]) {
    let time = START
    const sink = sinkOfParts(async (tell) => {
      time += 1000
      tell()
      await turns(10)
      time += 1000
      tell()
    })
    const { told, onProgress } = host(answer)
    const options = { onProgress, now: () => new Date(time), compression: 'none' as const }
    expect(await rejection(run(sink, orderRows(3), options))).toBe(thrown)
    expect(told.map(({ done }) => done)).toEqual([false])
    expect(
      await sink.read(sink.keys.manifest('orders', window), { signal: new AbortController().signal }),
    ).toBe(null)
  }
})

test('what your application throws at the last call publishes nothing and leaves no upload', async () => {
  const place = await opened(() => s3Place())
  const thrown = new Error('of your application')
  const onProgress = ({ done }: ExportProgress) => (done ? Promise.reject(thrown) : undefined)
  expect(await rejection(run(place.sink, orderRows(3), { onProgress }))).toBe(thrown)
  expect(await place.residue()).toEqual([])
  expect(place.s3.objects(BUCKET).size).toBe(0)
})

test('rows wait for the promise of your application', async () => {
  let pulled = 0
  function* rows() {
    for (const row of orderRows(2000)) {
      pulled++
      yield row
    }
  }
  const during: number[] = []
  const onProgress = async (): Promise<void> => {
    const before = pulled
    await turns(20)
    during.push(pulled - before)
  }
  await run(memorySink(), rows(), { onProgress, now: clock(200), compression: 'none' })
  expect(during.length).toBeGreaterThan(2)
  expect(new Set(during)).toEqual(new Set([0]))
})

test('everything is staged and nothing visible when the last call comes, of a split day too', async () => {
  for (const split of [undefined, { maxRows: 5 }]) {
    const memory = memorySink()
    let staged = 0
    const sink: Sink = {
      ...memory,
      stage: (...call) => memory.stage(...call).finally(() => staged++),
    }
    let seen: unknown
    const onProgress = ({ done }: ExportProgress) => {
      if (done) seen = { staged, visible: memory.objects.size }
    }
    const report = await run(sink, orderRows(12), { onProgress, ...(split && { split }) })
    expect(seen).toEqual({ staged: report.files.length, visible: 0 })
  }
})

test('the files of a split day are told as the sink takes them', async () => {
  const { told, onProgress } = host()
  await run(memorySink(), orderRows(500), { onProgress, now: clock(40), split: { maxRows: 100 } })
  const before = told.filter(({ rows }) => rows < 500)
  const after = told.filter(({ rows }) => rows === 500)
  expect(before.length).toBeGreaterThan(0)
  expect(before.every(({ bytes }) => bytes === 0)).toBe(true)
  expect(new Set(after.map(({ bytes }) => bytes)).size).toBeGreaterThan(2)
})

test('a day without rows is told once, with the header', async () => {
  const { told, onProgress } = host()
  const report = await run(memorySink(), [], { onProgress, now: () => new Date(START) })
  expect(told).toEqual([
    {
      dataset: 'orders',
      day: window.day,
      rows: 0,
      csvBytes: report.csvBytes,
      bytes: report.bytes,
      parts: 0,
      elapsedMs: 0,
      rowsPerSecond: 0,
      done: true,
    },
  ])
  expect(report.bytes).toBeGreaterThan(0)
})

test('the rate is that of the whole run so far', async () => {
  const { told, onProgress } = host()
  await run(memorySink(), orderRows(3000), { onProgress, now: clock(50), compression: 'none' })
  expect(told.length).toBeGreaterThan(2)
  for (const { rows, elapsedMs, rowsPerSecond } of told)
    expect(rowsPerSecond).toBeCloseTo(rows / (elapsedMs / 1000), 6)
})

test('a clock that is set back ends neither the calls nor their limit', async () => {
  const { told, onProgress } = host()
  let looks = 0
  let time = START
  const now = () => {
    time += ++looks === 30 ? -3_600_000 : 20
    return new Date(time)
  }
  await run(memorySink(), orderRows(5000), { onProgress, now, compression: 'none' })
  expect(told.every(({ elapsedMs }) => elapsedMs >= 0)).toBe(true)
  expect(told.filter(({ elapsedMs }) => elapsedMs === 0).length).toBeGreaterThan(2)
})

test('a run that fails, is aborted or has nothing to do ends without a last call', async () => {
  const failing = host()
  async function* broken() {
    yield* orderRows(3)
    throw new Error('the source')
  }
  await rejection(run(memorySink(), broken() as never, { onProgress: failing.onProgress }))

  const aborted = host()
  const abort = new AbortController()
  const { open, passed } = gate()
  const sink = sinkOfParts(async () => {
    abort.abort(new Error('stop'))
    open()
    await turns(2)
  })
  await rejection(run(sink, orderRows(3), { onProgress: aborted.onProgress, signal: abort.signal }))
  await passed

  const skipped = host()
  const there = memorySink()
  const now = () => new Date(START)
  await run(there, orderRows(3), { now })
  const report = await run(there, orderRows(3), { now, onProgress: skipped.onProgress, ifExists: 'skip' })
  expect(report.outcome).toBe('skipped')
  for (const { told } of [failing, aborted, skipped]) expect(told.filter(({ done }) => done)).toEqual([])
})
