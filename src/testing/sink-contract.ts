// The laws of a sink, and of the archive that reads what it wrote. They name no test framework: each is a sentence and
// a function that rejects when the sink breaks it.

import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { isExportError, type ErrorCode } from '../errors.js'
import type { Archive } from '../read/archive.js'
import type { Sink, StagedObject } from '../sinks/sink.js'

/** A sink that is empty, as `open` of {@link SinkContractOptions} gives it anew for each law. */
export interface SinkUnderTest {
  readonly sink: Sink
  /** Reads the same place. Laws about listing and about reading in chunks are kept only by a sink with one. */
  readonly archive?: Archive
  /** What lies there beside whole objects: temporary files, unfinished uploads. It has to be empty after each law. */
  readonly residue?: () => readonly string[] | Promise<readonly string[]>
  /** Makes the storage take no more bytes until the returned function is called; without it a fast sink is not held up. */
  readonly holdStorage?: () => () => void
  readonly close?: () => void | Promise<void>
}

/** Options of {@link sinkContract}. */
export interface SinkContractOptions {
  readonly open: () => SinkUnderTest | Promise<SinkUnderTest>
  /** Laws that do not hold, by their sentence, each with the reason. A sentence that is no law is refused. */
  readonly skip?: Readonly<Record<string, string>>
}

/** One law. */
export interface SinkLaw {
  /** A sentence, to be the title of a test. */
  readonly law: string
  /** Why it is not checked; `check` then does nothing. */
  readonly skipped?: string
  /** Rejects with an AssertionError when the sink breaks the law. */
  readonly check: () => Promise<void>
}

/**
 * Gives the laws that every sink has to keep, as checks for the test framework of the host.
 *
 * Each check opens a sink of its own and closes it. The largest object has 12 MiB; a law about holding back offers
 * 256 MiB to a storage that takes nothing.
 *
 * @throws TypeError when `open` is no function, or `skip` names a sentence that is no law.
 * @example
 * const [first] = sinkContract({ open: () => ({ sink: memorySink() }) })
 * await first.check() // in a test file, for each of them: test(law, check)
 * first.law // 'reading what is not there gives null'
 */
export function sinkContract({ open, skip = {} }: SinkContractOptions): readonly SinkLaw[] {
  if (typeof open !== 'function') {
    throw new TypeError(`contract option open: expected a function, received ${typeof open}`)
  }
  const unknown = Object.keys(skip).find((law) => !Object.hasOwn(LAWS, law))
  if (unknown !== undefined)
    throw new TypeError(`contract option skip: there is no law ${JSON.stringify(unknown)}`)
  return Object.entries(LAWS).map(([law, check]) => {
    const skipped = skip[law]
    if (skipped !== undefined) return { law, skipped, check: () => Promise.resolve() }
    return { law, check: () => checked(open, check) }
  })
}

/** What a law works with. */
interface Bench extends SinkUnderTest {
  /** A key within the sink's own prefix. */
  readonly key: string
  /** The bytes under a key as a reader sees them, or null. */
  readonly see: (key: string) => Promise<Buffer | null>
  readonly stage: (
    key: string,
    body: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ) => Promise<StagedObject>
  /** Stages text that may come only in the place of the version that is there now. */
  readonly stageNext: (key: string, body: AsyncIterable<Uint8Array>) => Promise<StagedObject>
  readonly publish: (key: string, bytes: Uint8Array) => Promise<void>
  readonly write: (key: string, text: string, ifMatch: string | null) => Promise<string>
  /** Asserts that there is no object under the key, nor in the archive's list. */
  readonly seesNothing: (key: string) => Promise<void>
}

async function checked(open: SinkContractOptions['open'], law: (bench: Bench) => Promise<void>) {
  const opened = await open()
  try {
    await law(bench(opened))
    if (opened.residue !== undefined)
      assert.deepEqual(await opened.residue(), [], 'something was left behind')
  } finally {
    await opened.close?.()
  }
}

const DAY = '2026-03-07'
const MIB = 1024 * 1024

function bench(opened: SinkUnderTest): Bench {
  const { sink, archive } = opened
  const see = async (key: string): Promise<Buffer | null> => {
    const stored = await sink.read(key, { signal: quiet() })
    if (archive === undefined) return stored === null ? null : Buffer.from(stored.bytes)
    const opened = await gathered(archive.open(key)).catch((error: unknown) => {
      if (isExportError(error, 'SINK_NOT_FOUND')) return null
      throw error
    })
    assert.equal(opened === null, stored === null, 'sink and archive do not see the same')
    if (opened !== null && stored !== null) assertSame(opened, stored.bytes)
    return opened
  }
  const stage: Bench['stage'] = (key, body, signal = quiet()) =>
    sink.stage(key, body, { contentType: 'text/csv', signal })
  return {
    ...opened,
    key: sink.keys.data('contract', { day: DAY }, '.csv'),
    see,
    stage,
    stageNext: async (key, body) => {
      const ifMatch = (await sink.stat(key, { signal: quiet() }))?.etag ?? null
      return sink.stage(key, body, { contentType: 'text/csv', ifMatch, signal: quiet() })
    },
    publish: async (key, bytes) => {
      await (await stage(key, chunksOf(bytes))).commit()
    },
    write: async (key, text, ifMatch) => {
      const options = { contentType: 'application/json', ifMatch, signal: quiet() }
      return (await sink.write(key, Buffer.from(text), options)).etag
    },
    async seesNothing(key) {
      assert.equal(await see(key), null, 'there is an object that should not be there')
      if (archive === undefined) return
      const keys = await listed(archive, sink.keys.prefix)
      assert.ok(
        !keys.some((entry) => entry.key === key),
        'the archive lists an object that should not be there',
      )
    },
  }
}

const LAWS: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  async 'reading what is not there gives null'({ sink, key }) {
    assert.equal(await sink.read(key, { signal: quiet() }), null)
  },

  async 'a staged object is invisible until commit, and whole after it'({ key, stage, seesNothing, see }) {
    const staged = await stage(key, chunksOf(Buffer.from('one,'), Buffer.from('two')))
    await seesNothing(key)
    await staged.commit()
    assert.equal(String(await see(key)), 'one,two')
  },

  async 'a discarded object leaves nothing'({ key, stage, seesNothing }) {
    for (const bytes of [Buffer.from('small'), patterned(12 * MIB)]) {
      const staged = await stage(key, chunksOf(bytes))
      await staged.discard()
      await seesNothing(key)
    }
  },

  async 'a discarded object leaves the older one as it was'({ key, stage, publish, see }) {
    await publish(key, Buffer.from('old'))
    await (await stage(key, chunksOf(Buffer.from('new')))).discard()
    assert.equal(String(await see(key)), 'old')
  },

  async 'discarding twice, or after a commit, is no failure'({ key, stage, see }) {
    const given = await stage(key, chunksOf(Buffer.from('given up')))
    await given.discard()
    await given.discard()
    const kept = await stage(key, chunksOf(Buffer.from('kept')))
    await kept.commit()
    await kept.discard()
    assert.equal(String(await see(key)), 'kept')
  },

  async 'a body that throws rejects with that very error, is closed, and leaves nothing'(bench) {
    const failure = new Error('the body failed')
    // At once, within the first part, and when parts are on their way already.
    for (const chunks of [0, 1, 12]) {
      const body = probe({ chunk: patterned(MIB), chunks, then: failure })
      assert.equal(await rejection(bench.stage(bench.key, body)), failure)
      assert.equal(body.pulls, chunks + 1, 'the body was asked again after it had failed')
      await bench.seesNothing(bench.key)
    }
  },

  async 'a body that throws an error of this package rejects with that one, not one of the sink'(bench) {
    const failure = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    const body = probe({ chunk: patterned(16), chunks: 1, then: failure })
    assert.equal(await rejection(bench.stage(bench.key, body)), failure)
    await bench.seesNothing(bench.key)
  },

  async 'the body is asked for one chunk at a time, and never after its end'(bench) {
    const body = probe({ chunk: patterned(MIB), chunks: 12, then: 'end' })
    await (await bench.stage(bench.key, body)).discard()
    assert.equal(body.mostPending, 1, 'the body was asked for a chunk before it had given the one before')
    assert.equal(body.pulls, 13)
  },

  async 'a storage that takes nothing holds the body back'(bench) {
    if (bench.holdStorage === undefined) return
    const chunks = 256
    const release = bench.holdStorage()
    const abort = new AbortController()
    const body = probe({ chunk: patterned(MIB), chunks, then: 'end' })
    const staging = bench.stage(bench.key, body, abort.signal)
    staging.catch(() => undefined)
    try {
      const pulls = await settledCount(() => body.pulls)
      assert.ok(pulls < chunks / 2, `${pulls} MiB were taken from the body while the storage took none`)
    } finally {
      abort.abort(new Error('seen enough'))
      release()
    }
    assert.equal(await rejection(staging), abort.signal.reason)
    await bench.seesNothing(bench.key)
  },

  async 'an abort before staging rejects with its reason and leaves nothing'(bench) {
    const reason = new Error('aborted before')
    const body = probe({ chunk: patterned(16), chunks: 1, then: 'end' })
    assert.equal(await rejection(bench.stage(bench.key, body, AbortSignal.abort(reason))), reason)
    await bench.seesNothing(bench.key)
  },

  async 'an abort while staging rejects with its reason, closes the body and leaves nothing'(bench) {
    for (const chunks of [1, 11]) {
      const abort = new AbortController()
      const reason = new Error('aborted while staging')
      const body = probe({
        chunk: patterned(MIB),
        chunks: 1000,
        then: 'end',
        onPull: (pull) => {
          if (pull === chunks) abort.abort(reason)
        },
      })
      assert.equal(await rejection(bench.stage(bench.key, body, abort.signal)), reason)
      assert.ok(body.pulls <= chunks + 64, 'the body was read on after the abort')
      assert.ok(body.closed, 'the body was not closed')
      await bench.seesNothing(bench.key)
    }
  },

  async 'an abort ends the staging of a body that never answers'(bench) {
    for (const chunks of [0, 11]) {
      const abort = new AbortController()
      const body = probe({
        chunk: patterned(MIB),
        chunks,
        then: 'silence',
        onPull: (pull) => {
          if (pull > chunks)
            setImmediate(() => {
              abort.abort(new Error('aborted in silence'))
            })
        },
      })
      assert.equal(await rejection(bench.stage(bench.key, body, abort.signal)), abort.signal.reason)
      assert.ok(body.closed, 'the body was not closed')
      await bench.seesNothing(bench.key)
    }
  },

  async 'an abort that makes the body throw rejects with the reason of the abort'(bench) {
    const abort = new AbortController()
    const reason = new Error('the reason')
    async function* body(): AsyncGenerator<Uint8Array, void, void> {
      yield patterned(16)
      await new Promise((_, reject) => {
        abort.signal.addEventListener('abort', () => {
          reject(new Error('what the body makes of it'))
        })
        setImmediate(() => {
          abort.abort(reason)
        })
      })
    }
    assert.equal(await rejection(bench.stage(bench.key, body(), abort.signal)), reason)
    await bench.seesNothing(bench.key)
  },

  async 'staging leaves no listener on the signal, nor touches its onabort'(bench) {
    const abort = new AbortController()
    const onabort = (): void => undefined
    abort.signal.onabort = onabort
    const before = getEventListeners(abort.signal, 'abort').length
    const staged = await bench.stage(bench.key, chunksOf(patterned(6 * MIB)), abort.signal)
    await staged.commit()
    await bench.sink.read(bench.key, { signal: abort.signal })
    await bench.sink.remove(bench.key, { signal: abort.signal })
    assert.equal(abort.signal.onabort, onabort)
    const after = getEventListeners(abort.signal, 'abort').length
    assert.equal(after, before, 'listeners stay on the signal')
  },

  async 'a commit replaces the older object, whatever their sizes'({ key, publish, see }) {
    for (const bytes of [Buffer.from('first'), patterned(6 * MIB), Buffer.from('last')]) {
      await publish(key, bytes)
      assertSame(await see(key), bytes)
    }
  },

  async 'an empty body makes an empty object'({ key, stage, see }) {
    for (const body of [chunksOf(), chunksOf(Buffer.alloc(0), Buffer.alloc(0))]) {
      await (await stage(key, body)).commit()
      assert.equal((await see(key))?.length, 0)
    }
  },

  async 'a large body of many chunks arrives byte for byte'({ key, stage, see }) {
    const bytes = patterned(12 * MIB + 12_345)
    async function* body(): AsyncGenerator<Uint8Array, void, void> {
      // Sizes that fit no block: 1 byte, 3 bytes, … up to more than a part.
      for (let from = 0, size = 1; from < bytes.length; from += size, size = size * 3)
        yield bytes.subarray(from, from + size)
    }
    await (await stage(key, body())).commit()
    assertSame(await see(key), bytes)
  },

  async 'keys of any script are written, read and removed'({ sink, see, publish, write, seesNothing }) {
    for (const dataset of ['größe', 'イベント', 'события', "it's (1) + 2 = 3, $4 & @5;~!*"]) {
      const data = sink.keys.data(dataset, { day: DAY }, '.csv')
      const manifest = sink.keys.manifest(dataset, { day: DAY })
      await publish(data, Buffer.from(dataset))
      await write(manifest, dataset, null)
      assert.equal(String(await see(data)), dataset)
      assert.equal(String(await see(manifest)), dataset)
      for (const key of [data, manifest]) {
        await sink.remove(key, { signal: quiet() })
        await seesNothing(key)
      }
    }
  },

  async 'the size and tag of an object are those of its present version, and null when there is none'(bench) {
    const { sink, key, publish } = bench
    assert.equal(await sink.stat(key, { signal: quiet() }), null)
    await publish(key, Buffer.from('first'))
    const first = await sink.stat(key, { signal: quiet() })
    assert.equal(first?.bytes, 5)
    assert.deepEqual(await sink.stat(key, { signal: quiet() }), first)
    await publish(key, Buffer.from('other'))
    assert.notEqual((await sink.stat(key, { signal: quiet() }))?.etag, first.etag)
  },

  async 'an object staged for one version is not committed in the place of another'(bench) {
    const { sink, key, stageNext, publish, see } = bench
    // Small, and of several parts.
    for (const bytes of [Buffer.from('late'), patterned(12 * MIB)]) {
      const nothingThere = await stageNext(key, chunksOf(bytes))
      await publish(key, Buffer.from('first'))
      await conflicts(nothingThere.commit())
      const firstThere = await stageNext(key, chunksOf(bytes))
      await publish(key, Buffer.from('second'))
      await conflicts(firstThere.commit())
      assert.equal(String(await see(key)), 'second')
      const secondThere = await stageNext(key, chunksOf(bytes))
      await sink.remove(key, { signal: quiet() })
      await conflicts(secondThere.commit())
      assert.equal(await see(key), null)
      await (await stageNext(key, chunksOf(Buffer.from('third')))).commit()
      await (await stageNext(key, chunksOf(bytes))).commit()
      assertSame((await see(key)) ?? Buffer.alloc(0), bytes)
      await sink.remove(key, { signal: quiet() })
    }
  },

  async 'writing with ifMatch null succeeds once'({ key, write, see }) {
    await write(key, 'first', null)
    await conflicts(write(key, 'second', null))
    assert.equal(String(await see(key)), 'first')
  },

  async 'writing with the tag of the present version replaces it; with an older one it does not'(bench) {
    const { key, write, see } = bench
    const first = await write(key, 'first', null)
    const second = await write(key, 'second', first)
    await conflicts(write(key, 'third', first))
    assert.equal(String(await see(key)), 'second')
    await write(key, 'third', second)
    assert.equal(String(await see(key)), 'third')
  },

  async 'writing with a tag where nothing is does nothing'({ sink, key, write, seesNothing }) {
    const etag = await write(key, 'there', null)
    await sink.remove(key, { signal: quiet() })
    const error = await rejection(write(key, 'again', etag))
    assertCode(error, ['SINK_CONFLICT', 'SINK_NOT_FOUND'])
    await seesNothing(key)
  },

  async 'reading gives the bytes and a tag that writing takes'({ sink, key, write, publish, see }) {
    await publish(key, Buffer.from([0, 255, 10, 13]))
    const stored = await sink.read(key, { signal: quiet() })
    assert.ok(stored !== null)
    assertSame(Buffer.from(stored.bytes), Buffer.from([0, 255, 10, 13]))
    await write(key, 'next', stored.etag)
    assert.equal(String(await see(key)), 'next')
  },

  async 'of writes at once that expect the same version one succeeds, and its bytes stay'(bench) {
    const { key, write, see } = bench
    const texts = ['a', 'b', 'c', 'd', 'e', 'f']
    const results = await Promise.allSettled(texts.map((text) => write(key, text, null)))
    const won = texts.filter((_, index) => results[index]?.status === 'fulfilled')
    assert.equal(won.length, 1, `${won.length} writes succeeded`)
    for (const result of results)
      if (result.status === 'rejected') assertCode(result.reason, ['SINK_CONFLICT'])
    assert.equal(String(await see(key)), won[0])
  },

  async 'removing is the same the second time'({ sink, key, publish, seesNothing }) {
    await publish(key, Buffer.from('gone soon'))
    for (let times = 0; times < 2; times++) {
      await sink.remove(key, { signal: quiet() })
      await seesNothing(key)
    }
  },

  async 'an archive opens nothing where there is nothing, on the first pull'({ archive, key }) {
    if (archive === undefined) return
    const opened = archive.open(key)
    assertCode(await rejection(gathered(opened)), ['SINK_NOT_FOUND'])
  },

  async 'an archive lists what begins with a prefix, with sizes, in the order of keys'(bench) {
    const { sink, archive, publish, stage } = bench
    if (archive === undefined) return
    const sizes = new Map<string, number>()
    for (const day of ['2026-03-09', '2025-12-31', '2026-03-07']) {
      const key = sink.keys.data('contract', { day }, '.csv')
      sizes.set(key, day.length + Number(day.slice(-2)))
      await publish(key, Buffer.alloc(sizes.get(key) ?? 0, 'x'))
    }
    await publish(sink.keys.data('contracts', { day: DAY }, '.csv'), Buffer.from('of another dataset'))
    const unfinished = await stage(sink.keys.data('contract', { day: '2026-01-01' }, '.csv'), chunksOf())
    const entries = await listed(archive, archive.keys.dailyPrefix('contract'))
    await unfinished.discard()
    const sorted = [...sizes].map(([key, bytes]) => ({ key, bytes })).sort((a, b) => (a.key < b.key ? -1 : 1))
    assert.deepEqual(entries, sorted)
    assert.deepEqual(await listed(archive, archive.keys.dailyPrefix('nothing')), [])
  },
}

interface Probe extends AsyncIterable<Uint8Array> {
  readonly pulls: number
  readonly mostPending: number
  /** Whether it has ended, failed, or was told to stop. */
  readonly closed: boolean
}

/** A body that watches how it is read. No generator: that would hide a pull made while another one is pending. */
function probe(plan: {
  readonly chunk: Uint8Array
  readonly chunks: number
  readonly then: 'end' | 'silence' | Error
  readonly onPull?: (pull: number) => void
}): Probe {
  const seen = { pulls: 0, mostPending: 0, closed: false }
  let pending = 0
  const answer = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    seen.pulls++
    plan.onPull?.(seen.pulls)
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
    if (seen.pulls <= plan.chunks) return { done: false, value: plan.chunk }
    if (plan.then === 'silence') return new Promise(() => undefined)
    seen.closed = true
    if (plan.then === 'end') return { done: true, value: undefined }
    throw plan.then
  }
  return Object.defineProperties({} as Probe, {
    pulls: { get: () => seen.pulls },
    mostPending: { get: () => seen.mostPending },
    closed: { get: () => seen.closed },
    [Symbol.asyncIterator]: {
      value: () => ({
        next: () => {
          seen.mostPending = Math.max(seen.mostPending, ++pending)
          return answer().finally(() => pending--)
        },
        return: () => {
          seen.closed = true
          return Promise.resolve({ done: true, value: undefined })
        },
      }),
    },
  })
}

/** The count once it has stayed the same for many turns of the event loop, all of which the storage has too. */
async function settledCount(count: () => number): Promise<number> {
  let before = -1
  for (let same = 0; same < 5000;) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
    same = count() === before ? same + 1 : 0
    before = count()
  }
  return before
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const settled = await promise.then(
    () => ({ error: undefined, rejected: false }),
    (error: unknown) => ({ error, rejected: true }),
  )
  assert.ok(settled.rejected, 'expected a rejection, and there was none')
  return settled.error
}

async function conflicts(promise: Promise<unknown>): Promise<void> {
  assertCode(await rejection(promise), ['SINK_CONFLICT'])
}

function assertCode(error: unknown, codes: readonly ErrorCode[]): void {
  const matches = isExportError(error) && codes.includes(error.code)
  assert.ok(matches, `expected an ExportError ${codes.join(' or ')}, received ${String(error)}`)
}

// deepEqual of large buffers is slow, and its message of 12 MiB is slower.
function assertSame(actual: Uint8Array | null, expected: Uint8Array): void {
  assert.ok(actual !== null, 'there is no object')
  assert.equal(actual.length, expected.length, 'the object has another length')
  assert.ok(Buffer.compare(actual, expected) === 0, 'the object has other bytes')
}

function patterned(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  // A period of 251 fits no power of two: a part in the wrong place shows.
  for (let index = 0; index < length; index++) bytes[index] = index % 251
  return bytes
}

async function* chunksOf(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, void> {
  for (const chunk of chunks) yield await Promise.resolve(chunk)
}

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

async function listed(archive: Archive, prefix: string): Promise<{ key: string; bytes: number }[]> {
  const entries: { key: string; bytes: number }[] = []
  for await (const { key, bytes } of archive.list(prefix)) entries.push({ key, bytes })
  return entries
}

function quiet(): AbortSignal {
  return new AbortController().signal
}
