import { getEventListeners } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { exportWindow, type Sink, type SourceRequest } from 'dayfile'
import { memorySink } from 'dayfile/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { directoryPlace, PLACES, s3Place, type Place } from '../sinks/places.js'
import { failure, noise, order, orderRows, orders, rejection, turns, window, type Order } from './orders.js'

const cleanups: (() => Promise<void>)[] = []
const unhandled: unknown[] = []
const onUnhandled = (reason: unknown): void => void unhandled.push(reason)
beforeEach(() => {
  process.on('unhandledRejection', onUnhandled)
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
  await turns(5)
  process.off('unhandledRejection', onUnhandled)
  expect(unhandled.splice(0)).toEqual([])
})

async function opened(open: () => Promise<Place>): Promise<Place> {
  const place = await open()
  cleanups.push(() => place.close())
  return place
}

const rows = orderRows(3000)
const SOURCES: [string, () => unknown][] = [
  ['an array', () => rows],
  ['a generator', () => noIterator(rows)],
  ['a set', () => new Set(rows)],
  ['an async generator', () => async(rows)],
  ['an iterable made by hand', () => ({ [Symbol.asyncIterator]: () => async(rows) })],
  ['Readable.from', () => Readable.from(rows)],
  ['a PassThrough in object mode', () => Readable.from(rows).pipe(new PassThrough({ objectMode: true }))],
]

function* noIterator(all: readonly Order[]) {
  yield* all
}

async function* async(all: readonly Order[]) {
  for (const row of all) yield await Promise.resolve(row)
}

describe('a source may be', () => {
  test.each(SOURCES)('%s, or a promise of it', async (_, make) => {
    for (const source of [make, async () => make()]) {
      const report = await exportWindow({
        dataset: orders,
        window,
        source: source as () => Order[],
        sink: memorySink(),
      })
      expect(report.rows).toBe(3000)
    }
  })

  test.each([[undefined], [null], [5], ['text'], [{}], [() => []]])('not %s', async (result) => {
    const run = exportWindow({ dataset: orders, window, source: () => result as never, sink: memorySink() })
    expect(await rejection(run)).toBeInstanceOf(TypeError)
  })
})

test('a source is told the window, the columns, the event types and a signal', async () => {
  const asked: SourceRequest[] = []
  const source = (request: SourceRequest) => {
    asked.push(request)
    return []
  }
  await exportWindow({ dataset: orders, window, source, sink: memorySink() })
  await exportWindow({
    dataset: orders,
    window,
    source,
    sink: memorySink(),
    eventTypes: ['Sale', 'refund', 'sale'],
  })
  expect(asked[0]).toMatchObject({ window, columns: ['at', 'event_type', 'total'] })
  expect(asked[0]).not.toHaveProperty('eventTypes')
  expect(asked[0]?.signal).toBeInstanceOf(AbortSignal)
  expect(asked[1]?.eventTypes).toEqual(['refund', 'sale'])
})

interface Watched {
  readonly source: () => unknown
  readonly closed: () => boolean
}

/** Endless sources of each kind that tell whether they were closed. */
const WATCHED: Record<string, (row: (index: number) => Order) => Watched> = {
  'a generator': (row) => {
    let closed = false
    function* source() {
      try {
        for (let index = 0; ; index++) yield row(index)
      } finally {
        closed = true
      }
    }
    return { source, closed: () => closed }
  },
  'an async generator': (row) => {
    let closed = false
    async function* source() {
      try {
        for (let index = 0; ; index++) {
          if (index % 100 === 0) await turns(1)
          yield row(index)
        }
      } finally {
        closed = true
      }
    }
    return { source, closed: () => closed }
  },
  'a Readable': (row) => {
    let index = 0
    const stream = new Readable({
      objectMode: true,
      read() {
        setImmediate(() => this.push(row(index++)))
      },
    })
    return { source: () => stream, closed: () => stream.destroyed }
  },
  'a promise of a PassThrough': (row) => {
    const stream = new PassThrough({ objectMode: true })
    const feed = (index: number): void => {
      if (stream.destroyed) return
      if (stream.write(row(index))) setImmediate(feed, index + 1)
      else
        stream.once('drain', () => {
          feed(index + 1)
        })
    }
    feed(0)
    return { source: () => Promise.resolve(stream), closed: () => stream.destroyed }
  },
}

describe.each(Object.entries(WATCHED))('%s is closed', (kind, make) => {
  const text = 'x'.repeat(500)
  const endless = (index: number): Order => order(index, { event_type: text })

  test('when a row cannot be encoded, and nothing is published', async () => {
    const place = await opened(directoryPlace)
    const watched = make((index) => (index === 2500 ? order(index, { total: {} as never }) : order(index)))
    const run = exportWindow({
      dataset: orders,
      window,
      source: watched.source as () => [],
      sink: place.sink,
    })
    expect(await failure(run)).toMatchObject({
      code: 'CELL_UNENCODABLE',
      details: { dataset: 'orders', row: 2501, column: 'total' },
    })
    expect(watched.closed()).toBe(true)
    expect(await place.keys()).toEqual([])
    expect(await place.residue()).toEqual([])
  })

  test('when the sink fails while it takes the rows', async () => {
    const { s3, ...place } = await s3Place()
    cleanups.push(() => place.close())
    s3.fault({ operation: 'UploadPart', times: Infinity }, { status: 403, code: 'AccessDenied' })
    const watched = make(endless)
    const run = exportWindow({
      dataset: orders,
      window,
      source: watched.source as () => [],
      sink: place.sink,
      compression: 'none',
    })
    expect(await failure(run)).toMatchObject({ code: 'SINK_DENIED' })
    // A pull may be under way: the run does not wait for its end, which may never come, and the closing follows it.
    while (!watched.closed()) await turns(1)
    expect(await place.keys()).toEqual([])
    expect(await place.residue()).toEqual([])
  })

  test('when the run is aborted', async () => {
    for (const [, open] of PLACES) {
      const place = await opened(open)
      const abort = new AbortController()
      const reason = new Error('stop')
      const watched = make((index) => {
        if (index === 3000)
          setImmediate(() => {
            abort.abort(reason)
          })
        return endless(index)
      })
      const run = exportWindow({
        dataset: orders,
        window,
        source: watched.source as () => [],
        sink: place.sink,
        signal: abort.signal,
      })
      expect(await rejection(run)).toBe(reason)
      // A pull of a generator that is pending ends before the generator can be closed; it may take for ever.
      if (kind === 'an async generator') await turns(3)
      expect(watched.closed()).toBe(true)
      expect(await place.keys()).toEqual([])
      expect(await place.residue()).toEqual([])
    }
  })

  test('when progress throws', async () => {
    const watched = make(endless)
    const failed = new Error('your application')
    const run = exportWindow({
      dataset: orders,
      window,
      source: watched.source as () => [],
      sink: memorySink(),
      now: fastClock(),
      onProgress: () => {
        throw failed
      },
    })
    expect(await rejection(run)).toBe(failed)
    expect(watched.closed()).toBe(true)
  })
})

function fastClock(): () => Date {
  let time = Date.UTC(2026, 2, 9)
  return () => new Date((time += 1000))
}

describe('a source that never answers', () => {
  test('as a call', async () => {
    const abort = new AbortController()
    const late = new PassThrough({ objectMode: true })
    let arrive: (stream: PassThrough) => void = () => undefined
    const source = () =>
      new Promise<PassThrough>((resolve) => {
        arrive = resolve
        setImmediate(() => {
          abort.abort(new Error('stop'))
        })
      })
    const run = exportWindow({ dataset: orders, window, source, sink: memorySink(), signal: abort.signal })
    expect(await rejection(run)).toBe(abort.signal.reason)
    // A stream that arrives when nobody waits any more.
    arrive(late)
    await turns(2)
    expect(late.destroyed).toBe(true)
  })

  test.each([
    ['an async generator', () => pending()],
    ['a stream', () => new PassThrough({ objectMode: true })],
    [
      'an iterator made by hand',
      () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => 0) }) }),
    ],
  ])('in a pull, as %s, is left when the run is aborted', async (_, make) => {
    for (const [, open] of PLACES) {
      const place = await opened(open)
      const abort = new AbortController()
      const source = () => {
        void turns(20).then(() => {
          abort.abort(new Error('stop'))
        })
        return make() as unknown as Order[]
      }
      const run = exportWindow({ dataset: orders, window, source, sink: place.sink, signal: abort.signal })
      expect(await rejection(run)).toBe(abort.signal.reason)
      expect(await place.keys()).toEqual([])
      expect(await place.residue()).toEqual([])
    }
  })

  async function* pending() {
    yield order(0)
    await new Promise(() => undefined)
  }
})

describe('a source that fails', () => {
  const cause = Object.assign(new Error('connection lost: secret-password'), { code: 'ENOSPC' })
  const FAILING: [string, () => unknown, number][] = [
    [
      'in the call',
      () => {
        throw cause
      },
      0,
    ],
    ['as a promise', () => Promise.reject(cause), 0],
    [
      'as a generator',
      function* () {
        yield* orderRows(2500)
        throw cause
      },
      2500,
    ],
    [
      'as an async generator',
      async function* () {
        yield* orderRows(2500)
        throw cause
      },
      2500,
    ],
    [
      'as a stream, at once',
      () =>
        new Readable({
          objectMode: true,
          read() {
            this.destroy(cause)
          },
        }),
      0,
    ],
    [
      'as a stream, before anybody reads it',
      () => {
        const stream = new PassThrough({ objectMode: true })
        stream.destroy(cause)
        return stream
      },
      0,
    ],
    [
      'in return()',
      () => ({
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            throw cause
          },
        }),
      }),
      0,
    ],
  ]

  test.each(FAILING)('%s is SOURCE_FAILED with its cause untouched', async (_, source, read) => {
    for (const [, open] of PLACES) {
      const place = await opened(open)
      const error = await failure(
        exportWindow({ dataset: orders, window, source: source as () => [], sink: place.sink }),
      )
      expect(error).toMatchObject({
        code: 'SOURCE_FAILED',
        retryable: true,
        details: { dataset: 'orders', rows: read },
      })
      expect(error.cause).toBe(cause)
      expect(error.message).not.toContain('secret')
      expect(JSON.stringify(error)).not.toContain('secret')
      expect(await place.keys()).toEqual([])
      expect(await place.residue()).toEqual([])
    }
  })

  test('whose closing fails as well does not hide why it was closed', async () => {
    const source = () => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false as const, value: order(0, { total: {} as never }) }),
        return: () => {
          throw new Error('closing failed')
        },
      }),
    })
    const run = exportWindow({ dataset: orders, window, source, sink: memorySink() })
    expect(await failure(run)).toMatchObject({ code: 'CELL_UNENCODABLE' })
  })

  test('whose closing never ends is left when the run is aborted', async () => {
    const abort = new AbortController()
    const source = () => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false as const, value: order(0, { total: {} as never }) }),
        return: () => {
          setImmediate(() => {
            abort.abort(new Error('stop'))
          })
          return new Promise<never>(() => undefined)
        },
      }),
    })
    const run = exportWindow({ dataset: orders, window, source, sink: memorySink(), signal: abort.signal })
    expect(await rejection(run)).toBe(abort.signal.reason)
  })

  test('as a stream whose error comes after the run has ended hurts nobody', async () => {
    const stream = new PassThrough({ objectMode: true })
    const error = vi.fn()
    process.once('uncaughtException', error)
    stream.write(order(0, { total: {} as never }))
    const run = exportWindow({ dataset: orders, window, source: () => stream, sink: memorySink() })
    stream.end()
    expect(await failure(run)).toMatchObject({ code: 'CELL_UNENCODABLE' })
    stream.emit('error', new Error('late'))
    await turns(3)
    process.off('uncaughtException', error)
    expect(error).not.toHaveBeenCalled()
  })

  test('before a sink has failed: a stream that nobody read is destroyed', async () => {
    const stream = new PassThrough({ objectMode: true })
    const sink: Sink = { ...memorySink(), stage: () => Promise.reject(new Error('the sink')) }
    const run = exportWindow({ dataset: orders, window, source: () => stream, sink })
    expect(await rejection(run)).toMatchObject({ message: 'the sink' })
    await turns(1)
    expect(stream.destroyed).toBe(true)
  })
})

describe('a source that nobody has begun to read when the run fails', () => {
  const SINKS: [string, (abort: AbortController) => Partial<Sink>, string][] = [
    [
      'as the sink refuses to stage',
      () => ({ stage: () => Promise.reject(new Error('the sink')) }),
      'the sink',
    ],
    [
      'as your application aborts while the sink opens its file',
      (abort) => ({
        stage() {
          abort.abort(new Error('your application'))
          return Promise.reject(new Error('the sink'))
        },
      }),
      'your application',
    ],
  ]
  const UNREAD: [string, (closed: () => void) => unknown][] = [
    [
      'an iterator of a cursor',
      (closed) => ({
        [Symbol.asyncIterator]() {
          return this
        },
        next: async () => ({ done: false, value: order(0) }),
        return: async () => {
          await turns(1)
          closed()
          return { done: true }
        },
      }),
    ],
    [
      'an iterator',
      (closed) => ({
        [Symbol.iterator]() {
          return this
        },
        next: () => ({ done: false, value: order(0) }),
        return: () => {
          closed()
          return { done: true }
        },
      }),
    ],
    [
      'a stream',
      (closed) =>
        new PassThrough({
          objectMode: true,
          destroy(_, done) {
            closed()
            done(null)
          },
        }),
    ],
  ]
  const CASES = SINKS.flatMap(([when, ...sink]) =>
    UNREAD.map(([kind, make]) => [when, kind, make, ...sink] as const),
  )
  test.each(CASES)('%s, and %s, is closed once', async (_when, _kind, make, failing, message) => {
    const abort = new AbortController()
    let closings = 0
    const rows = make(() => closings++)
    const sink: Sink = { ...memorySink(), ...failing(abort) }
    const run = exportWindow({
      dataset: orders,
      window,
      source: () => rows as [],
      sink,
      signal: abort.signal,
    })
    expect(await rejection(run)).toMatchObject({ message })
    expect(closings).toBe(1)
  })

  test('is closed when it arrives after the abort', async () => {
    const abort = new AbortController()
    let closings = 0
    const rows = { ...(UNREAD[0]?.[1](() => closings++) as object) }
    const source = async () => {
      abort.abort(new Error('stop'))
      await turns(1)
      return rows as []
    }
    const run = exportWindow({ dataset: orders, window, source, sink: memorySink(), signal: abort.signal })
    expect(await rejection(run)).toBe(abort.signal.reason)
    await turns(4)
    expect(closings).toBe(1)
  })
})

test("100 runs leave no listener on your application's signal", async () => {
  const abort = new AbortController()
  const place = await opened(() => s3Place())
  const sources = [() => orderRows(10), () => Readable.from(orderRows(10)), () => async(orderRows(10))]
  for (let run = 0; run < 99; run++) {
    await exportWindow({
      dataset: orders,
      window,
      source: sources[run % 3] as () => Order[],
      sink: run % 2 === 0 ? place.sink : memorySink(),
      signal: abort.signal,
    })
  }
  const failing = () => Promise.reject(new Error('no'))
  await failure(
    exportWindow({ dataset: orders, window, source: failing, sink: place.sink, signal: abort.signal }),
  )
  expect(getEventListeners(abort.signal, 'abort')).toEqual([])
})

test('the source is read no faster than the sink takes it', async () => {
  const { s3, ...place } = await s3Place()
  cleanups.push(() => place.close())
  const abort = new AbortController()
  s3.fault({ operation: 'UploadPart', times: Infinity }, 'stall')
  let bytes = 0
  function* source() {
    for (const row of noise(60_000)) {
      bytes += (row.event_type ?? '').length
      yield row
    }
  }
  const run = exportWindow({
    dataset: orders,
    window,
    source,
    sink: place.sink,
    compression: 'none',
    signal: abort.signal,
  })
  run.catch(() => undefined)
  let before = -1
  while (before !== bytes || bytes === 0) {
    before = bytes
    await turns(2000)
  }
  abort.abort(new Error('seen enough'))
  expect(await rejection(run)).toBe(abort.signal.reason)
  // Four parts of 5 MiB on their way, and one being filled.
  expect(bytes).toBeLessThan(40 * 1024 * 1024)
})

test('a source that never waits, and whose rows are all left out, can be aborted all the same', async () => {
  const abort = new AbortController()
  const outside = order(0, { at: '2026-03-09T00:00:00Z' })
  const source = function* () {
    setImmediate(() => {
      abort.abort(new Error('enough'))
    })
    for (let row = 0; row < 1_000_000; row++) yield outside
    throw new Error('was read to its end')
  }
  const sink = memorySink()
  const options = {
    dataset: orders,
    window,
    source,
    sink,
    outsideWindow: 'exclude',
    signal: abort.signal,
  } as const
  expect(await rejection(exportWindow(options))).toBe(abort.signal.reason)
})

test('a stream that the source returns after it has aborted the export itself is destroyed', async () => {
  const abort = new AbortController()
  const stream = Readable.from(orderRows(3))
  const source = () => {
    abort.abort(new Error('stop'))
    return stream as AsyncIterable<Order>
  }
  const run = exportWindow({ dataset: orders, window, source, sink: memorySink(), signal: abort.signal })
  expect(await rejection(run)).toBe(abort.signal.reason)
  await turns(3)
  expect(stream.destroyed).toBe(true)
})
