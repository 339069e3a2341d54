import { memorySink, sinkContract, type SinkUnderTest } from 'dayfile/testing'
import type { Sink } from 'dayfile'
import { describe, expect, test } from 'vitest'
import { BUCKET, directoryPlace, memoryPlace, s3Place } from './places.js'

async function s3UnderTest(): Promise<SinkUnderTest> {
  const place = await s3Place()
  return {
    ...place,
    holdStorage() {
      let release: () => void = () => undefined
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      place.s3.fault({ bucket: BUCKET, operation: 'UploadPart', times: Infinity }, { hold: held })
      return release
    },
  }
}

describe.each([
  ['memorySink', memoryPlace],
  ['directorySink', directoryPlace],
  ['s3Sink', s3UnderTest],
] as const)('%s keeps the law:', (_, open) => {
  for (const { law, check } of sinkContract({ open })) test(law, check)
})

describe('the contract', () => {
  test('is refused without a function that opens a sink', () => {
    expect(() => sinkContract({ open: memorySink() as never })).toThrow(TypeError)
  })

  test('has no two laws of one sentence, which skip could not tell apart', () => {
    const sentences = sinkContract({ open: memoryPlace }).map(({ law }) => law)
    expect(new Set(sentences).size).toBe(sentences.length)
  })

  test('knows which laws it is asked to skip, and keeps the reason', async () => {
    const law = 'reading a missing object returns null'
    const open = () => Promise.reject(new Error('a skipped law opens nothing'))
    const [first] = sinkContract({ open, skip: { [law]: 'never null here' } })
    expect(first).toMatchObject({ law, skipped: 'never null here' })
    await first?.check()
    expect(() => sinkContract({ open, skip: { 'no law': '' } })).toThrow('unknown test "no law"')
  })
})

const unwatched = new AbortController().signal

/** Sinks that each break one thing, and the law that has to notice. */
const BROKEN: Record<string, (sink: Sink) => Partial<Sink>> = {
  'a staged object is invisible until commit, and complete after it': (sink) => ({
    async stage(...args) {
      const staged = await sink.stage(...args)
      await staged.commit()
      return staged
    },
  }),
  'the reported parts make up the body, and each is reported once': (sink) => ({
    stage(key, body, options) {
      options.onPart?.({ number: 1, bytes: 1 })
      return sink.stage(key, body, options)
    },
  }),
  'a discarded object leaves the older one as it was': (sink) => ({
    stage: async (...args) => ({
      ...(await sink.stage(...args)),
      discard: () => sink.remove(args[0], { signal: unwatched }),
    }),
  }),
  'commit returns the ETag that stat returns': (sink) => ({
    async stage(...args) {
      const before = await sink.stat(args[0], { signal: unwatched })
      const staged = await sink.stage(...args)
      const commit = async () => {
        const committed = await staged.commit()
        return before ?? committed
      }
      return { ...staged, commit }
    },
  }),
  'a call whose signal is aborted already rejects with its reason and does nothing': (sink) => ({
    remove: (key) => sink.remove(key, { signal: unwatched }),
  }),
  'a body that throws rejects with that very error, is closed, and leaves nothing': (sink) => ({
    stage: (...args) =>
      sink.stage(...args).catch((cause: unknown) => {
        throw new Error('staging failed', { cause })
      }),
  }),
  'the body is asked for one chunk at a time, and never after its end': (sink) => ({
    async stage(key, body, options) {
      const iterator = body[Symbol.asyncIterator]()
      const eager = await Promise.all(Array.from({ length: 20 }, () => iterator.next()))
      async function* all() {
        for (const step of eager) if (step.done !== true) yield step.value
      }
      return sink.stage(key, all(), options)
    },
  }),
  'an abort ends the staging of a body that never answers': (sink) => ({
    async stage(key, body, options) {
      const chunks: Uint8Array[] = []
      for await (const chunk of body) chunks.push(chunk)
      async function* all() {
        yield* chunks
      }
      return sink.stage(key, all(), options)
    },
  }),
  'staging leaves no listener on the signal, nor touches its onabort': (sink) => ({
    stage(key, body, options) {
      options.signal.addEventListener('abort', () => undefined)
      return sink.stage(key, body, options)
    },
  }),
  'a large body of many chunks arrives byte for byte': (sink) => ({
    stage(key, body, options) {
      async function* shuffled() {
        for await (const chunk of body) if (chunk.length !== 729) yield chunk
      }
      return sink.stage(key, shuffled(), options)
    },
  }),
  'writing with ifMatch null succeeds once': (sink) => ({
    async write(key, bytes, options) {
      const stored = await sink.read(key, { signal: unwatched })
      return sink.write(key, bytes, { ...options, ifMatch: stored?.etag ?? null })
    },
  }),
  'of writes at once that expect the same version one succeeds, and its bytes stay': (sink) => ({
    async write(key, bytes, options) {
      const stored = await sink.read(key, { signal: unwatched })
      if (stored !== null) return sink.write(key, bytes, options)
      const { contentType, signal } = options
      const staged = await sink.stage(key, once(bytes), { contentType, signal })
      await staged.commit()
      return { etag: 'any' }
    },
  }),
  'removing is the same the second time': (sink) => ({
    async remove(key, options) {
      if ((await sink.read(key, options)) === null) throw new Error('there is nothing to remove')
      await sink.remove(key, options)
    },
  }),
}

async function* once(bytes: Uint8Array) {
  yield bytes
}

describe('a sink that breaks a law is found by it:', () => {
  test.each(Object.entries(BROKEN))('%s', async (broken, breakIt) => {
    const open = () => {
      const sink = memorySink()
      return { sink: { ...sink, ...breakIt(sink) }, archive: sink }
    }
    const law = sinkContract({ open }).find((each) => each.law === broken)
    const outcome = Promise.race([
      law?.check().then(() => 'kept') ?? 'no such law',
      // A staging that hangs is found by the time limit of a test; here, many turns of the event loop tell.
      turns(20_000).then(() => {
        throw new Error('hangs')
      }),
    ])
    await expect(outcome).rejects.toThrow()
  })
})

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('what a failed law leaves open is closed all the same', async () => {
  let closed = 0
  const sink = memorySink()
  const open = () => ({
    sink,
    residue: () => ['left'],
    close: () => {
      closed++
    },
  })
  const [law] = sinkContract({ open })
  await expect(law?.check()).rejects.toThrow('something was left behind')
  expect(closed).toBe(1)
})
