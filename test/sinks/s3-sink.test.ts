import { getEventListeners } from 'node:events'
import { Agent } from 'node:http'
import { inspect } from 'node:util'
import { s3Archive, s3Sink, type S3SinkOptions } from 'dayfile/s3'
import { describe, expect, test } from 'vitest'
import { failure } from '../export/orders.js'
import { BUCKET, clientOf, MIB, PREFIX } from './places.js'
import {
  DATA,
  expectNoSecret,
  MANIFEST,
  mebibytes,
  place,
  publish,
  quiet,
  SECRETS,
  stage,
  turns,
  until,
  write,
} from './s3-place.js'

describe('what is sent', () => {
  test.each([
    ['nothing', 0, [0]],
    ['one byte less than a part', 4, [4]],
    ['exactly one part', 5, [5]],
    ['two parts, of which the second is not full', 6, [5, 1]],
    ['several parts', 17, [5, 5, 5, 2]],
  ])(
    'of %s is an upload with all of its parts while staging, and its completion',
    async (_, count, parts) => {
      const { sink, s3, operations, asked, stored } = await place()
      const staged = await stage(sink, count)
      expect(staged.token).toBe(s3.uploads(BUCKET)[0]?.uploadId)
      expect(operations().toSorted()).toEqual(['CreateMultipartUpload', ...parts.map(() => 'UploadPart')])
      const sent = asked('UploadPart').map(({ partNumber, bytes }) => [partNumber, bytes] as const)
      expect(sent.sort()).toEqual(parts.map((size, index) => [index + 1, size * MIB]))
      expect(stored()).toBeUndefined()
      await staged.commit()
      expect(operations().slice(parts.length + 1)).toEqual(['CompleteMultipartUpload'])
      expect(stored()).toMatchObject({ contentType: 'application/gzip' })
      expect(stored()?.body.length).toBe(count * MIB)
      expect(s3.uploads(BUCKET)).toEqual([])
    },
  )

  test('is nothing as long as the body has given less than a part', async () => {
    const { sink, operations } = await place()
    const error = new Error('the source ends early')
    async function* body() {
      yield* mebibytes(4)
      throw error
    }
    await expect(sink.stage(DATA, body(), { contentType: 'text/csv', signal: quiet })).rejects.toBe(error)
    expect(operations()).toEqual([])
  })

  test('with a condition only where there is one', async () => {
    const { sink, asked } = await place()
    const etag = await publish(sink, 1, { ifMatch: null })
    const next = await publish(sink, 2, { ifMatch: etag })
    await publish(sink, 3)
    const staged = await stage(sink, 4, { ifMatch: 'of the staging' })
    await staged.commit({ ifMatch: (await sink.stat(DATA, { signal: quiet }))?.etag ?? null })
    expect(next).not.toBe(etag)
    const completions = asked('CompleteMultipartUpload').map(({ headers }) => headers)
    expect(completions.map((each) => [each['if-none-match'], each['if-match'] !== undefined])).toEqual([
      ['*', false],
      [undefined, true],
      [undefined, false],
      [undefined, true],
    ])
  })

  test('of a manifest is one Put for none, or for this very version', async () => {
    const { sink, s3 } = await place()
    const { etag } = await write(sink, null)
    await write(sink, etag)
    const puts = s3.operations.filter(({ key }) => key === MANIFEST)
    expect(puts.map(({ headers }) => [headers['if-none-match'], headers['if-match']])).toEqual([
      ['*', undefined],
      [undefined, etag],
    ])
    expect(puts[0]?.headers['content-type']).toBe('application/json')
  })

  test('removes one version in one step with comparing it', async () => {
    const { sink, asked, operations } = await place()
    const { etag } = await write(sink, null)
    await sink.remove(MANIFEST, { ifMatch: etag, signal: quiet })
    expect(asked('DeleteObject')[0]?.headers['if-match']).toBe(etag)
    expect(operations()).not.toContain('HeadObject')
  })

  test('by options instead of a client', async () => {
    const { sink, archive } = await place({ ownClient: true })
    await publish(sink, 1)
    const listed: string[] = []
    for await (const { key } of archive.list(`${PREFIX}/`)) listed.push(key)
    expect(listed).toEqual([DATA])
  })
})

describe('memory is bounded:', () => {
  test.each([1, 2, 8])('with a concurrency of %i no more parts are on their way', async (concurrency) => {
    const { sink, s3 } = await place({ options: { concurrency } })
    let now = 0
    let most = 0
    s3.fault({ operation: 'UploadPart', times: Infinity }, async () => {
      most = Math.max(most, ++now)
      await turns(50)
      now--
    })
    await publish(sink, 5 * 12)
    expect(most).toBe(concurrency)
  })

  test('a part has the memory of one before it, unless that one took more than one attempt', async () => {
    const { sink, s3, client } = await place({ options: { concurrency: 1 }, config: { maxAttempts: 2 } })
    const memories: unknown[] = []
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          const { Body } = args.input as { Body?: Buffer }
          if (commandName === 'UploadPartCommand') memories.push(Body?.buffer)
          return next(args)
        },
      { step: 'initialize' },
    )
    s3.fault({ operation: 'UploadPart' }, { status: 503, code: 'SlowDown' })
    await publish(sink, 5 * 6)
    expect(memories.slice(1)).not.toContain(memories[0])
    expect(new Set(memories).size).toBeLessThan(memories.length - 1)
  })

  test('of a body without end no more is taken than the parts on their way, and the next one', async () => {
    const concurrency = 8
    const { sink, s3, asked } = await place({ options: { concurrency } })
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    s3.fault({ operation: 'UploadPart', times: Infinity }, { hold: held })
    const abort = new AbortController()
    let pulled = 0
    async function* body() {
      for (;;) {
        pulled++
        yield Buffer.alloc(MIB)
      }
    }
    const staging = sink.stage(DATA, body(), { contentType: 'text/csv', signal: abort.signal })
    staging.catch(() => undefined)
    await until(() => asked('UploadPart').length === concurrency)
    await turns(2000)
    // All that is taken and not answered is held, and nothing is answered.
    expect(pulled).toBe((concurrency + 1) * 5)
    abort.abort(new Error('seen enough'))
    release()
    await expect(staging).rejects.toBe(abort.signal.reason)
  })
})

describe('what does not fit into 10,000 parts or 5 TiB is told before it is sent:', () => {
  // A chunk that says it is so large: the bytes themselves are asked for when they are sent alone.
  const chunkOf = (byteLength: number) => ({ byteLength }) as Uint8Array
  const LIMITS: [Partial<S3SinkOptions>, number, RegExp][] = [
    [{}, 5 * 1024 * 1024 * MIB, /larger than 5 TiB, the most that S3 takes; split it$/],
    [
      { provider: 'r2' },
      50_000 * MIB,
      /more than 10,000 parts of 5242880 bytes; set a larger `partSizeBytes`$/,
    ],
  ]

  test.each(LIMITS)('with %o', async (options, limit, message) => {
    const { sink, operations } = await place({ options })
    async function* body() {
      yield chunkOf(limit + 1)
    }
    const error = await failure(sink.stage(DATA, body(), { contentType: 'text/csv', signal: quiet }))
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: false })
    expect(error.message).toMatch(message)
    expect(operations()).toEqual([])
  })
})

describe('an abort', () => {
  test.each(['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const)(
    'during %s ends with its reason and no upload left',
    async (operation) => {
      const { sink, s3 } = await place()
      const abort = new AbortController()
      const reason = new Error('your application stops')
      s3.fault({ operation }, () => {
        abort.abort(reason)
      })
      const outcome = await publish(sink, 12, { signal: abort.signal }).then(
        () => 'published',
        (error: unknown) => error,
      )
      // What was being completed when the abort came is completed: a cancelled request may have been carried out.
      const completing = operation === 'CompleteMultipartUpload'
      expect(outcome).toBe(completing ? 'published' : reason)
      expect(s3.objects(BUCKET).size).toBe(completing ? 1 : 0)
      expect(s3.uploads(BUCKET)).toEqual([])
    },
  )

  test('between staging and commit is looked at before anything is seen', async () => {
    const { sink, s3, operations } = await place()
    const abort = new AbortController()
    const staged = await stage(sink, 6, { signal: abort.signal })
    abort.abort(new Error('your application stops'))
    await expect(staged.commit()).rejects.toBe(abort.signal.reason)
    expect(operations()).not.toContain('CompleteMultipartUpload')
    expect(s3.uploads(BUCKET)).toEqual([])
  })

  test("leaves your application's own handlers alone, and runs them", async () => {
    const { sink } = await place()
    const abort = new AbortController()
    const reason = new Error('your application stops')
    const ran: string[] = []
    abort.signal.onabort = () => ran.push('onabort')
    abort.signal.addEventListener('abort', () => ran.push('listener'))
    async function* body() {
      yield* mebibytes(12)
      abort.abort(reason)
      yield* mebibytes(12)
    }
    const staging = sink.stage(DATA, body(), { contentType: 'text/csv', signal: abort.signal })
    await expect(staging).rejects.toBe(reason)
    expect(ran.sort()).toEqual(['listener', 'onabort'])
  })

  test('sends the clean-up before it rejects', async () => {
    const { sink, s3, asked } = await place()
    const abort = new AbortController()
    const reason = new Error('your application stops')
    s3.fault({ operation: 'UploadPart', after: 1 }, () => {
      abort.abort(reason)
    })
    await expect(stage(sink, 30, { signal: abort.signal })).rejects.toBe(reason)
    expect(asked('AbortMultipartUpload')).toMatchObject([{ status: 204, answered: true }])
  })

  test('of a call that is answered never rejects with its reason', async () => {
    const { sink, s3 } = await place()
    const runs: [string, (signal: AbortSignal) => Promise<unknown>][] = [
      ['GetObject', (signal) => sink.read(MANIFEST, { signal })],
      ['HeadObject', (signal) => sink.stat(MANIFEST, { signal })],
      ['PutObject', (signal) => write(sink, null, { signal })],
      ['DeleteObject', (signal) => sink.remove(MANIFEST, { signal })],
      ['ListMultipartUploads', async (signal) => sink.stagings?.(DATA, { signal })],
      [
        'AbortMultipartUpload',
        async (signal) => sink.unstage?.(DATA, { tokens: ['any'], mayBeCommitting: false, signal }),
      ],
    ]
    for (const [operation, run] of runs) {
      const abort = new AbortController()
      s3.fault({ operation: operation as 'GetObject' }, 'stall')
      const call = run(abort.signal)
      await until(() => s3.operations.some((each) => each.operation === operation))
      abort.abort(new Error(operation))
      await expect(call).rejects.toBe(abort.signal.reason)
    }
  })

  test('that never comes leaves no listener behind', async () => {
    for (const provider of ['aws', 'generic'] as const) {
      const { sink, s3, archive } = await place({ options: { provider } })
      const abort = new AbortController()
      const { signal } = abort
      for (let run = 0; run < 20; run++) {
        await publish(sink, 1, { signal, ifMatch: (await sink.stat(DATA, { signal }))?.etag ?? null })
        await sink.read(DATA, { signal })
        for await (const { key } of archive.list(PREFIX, { signal })) expect(key).toBe(DATA)
        for await (const chunk of archive.open(DATA, { signal })) expect(chunk).toBeDefined()
        const { etag } = await write(sink, null, { signal })
        await write(sink, etag, { signal })
        await sink.remove(MANIFEST, { signal })
      }
      await (await stage(sink, 12, { signal })).discard()
      s3.fault({ operation: 'UploadPart' }, { status: 403, code: 'AccessDenied' })
      await failure(stage(sink, 12, { signal }))
      expect(getEventListeners(signal, 'abort')).toEqual([])
    }
  })
})

describe('a credential', () => {
  test('is not seen in a sink or an archive that is printed', async () => {
    const { s3 } = await place()
    const { endpoint, region, credentials } = s3
    const location = { bucket: BUCKET, endpoint, region, credentials }
    for (const made of [
      s3Sink(location),
      s3Archive(location),
      s3Sink({ bucket: BUCKET, client: clientOf(s3) }),
    ]) {
      expect(Object.isFrozen(made)).toBe(true)
      const printed = inspect(made, { depth: Infinity, showHidden: true, getters: true })
      expect(printed + JSON.stringify(made)).not.toMatch(SECRETS)
    }
  })

  test('that is wrong is SINK_DENIED, and is not told on', async () => {
    const { s3 } = await place()
    const credentials = { ...s3.credentials, secretAccessKey: 'fake-s3-secret-key-of-another' }
    const client = clientOf(s3, { credentials })
    const error = await failure(publish(s3Sink({ client, bucket: BUCKET }), 1))
    client.destroy()
    expect(error).toMatchObject({ code: 'SINK_DENIED', retryable: false })
    expectNoSecret(error)
    expect(inspect(error)).not.toMatch(SECRETS)
  })
})

test('a credential that may write and list, and not read, gets size and tag from the list', async () => {
  const { sink, s3 } = await place()
  await publish(sink, 6)
  const before = await sink.stat(DATA, { signal: quiet })
  s3.setPolicy((operation) => operation !== 'HeadObject' && operation !== 'GetObject')
  expect(await sink.stat(DATA, { signal: quiet })).toEqual(before)
  // What merely begins with the key is another object.
  expect(await sink.stat(DATA.slice(0, -3), { signal: quiet })).toBeNull()
  s3.setPolicy((operation) => operation !== 'HeadObject' && operation !== 'ListObjectsV2')
  expect(await failure(sink.stat(DATA, { signal: quiet }))).toMatchObject({
    code: 'SINK_DENIED',
    details: { operation: 'HeadObject' },
  })
})

test('a credential that may not read still replaces and removes the version that it names, and no other', async () => {
  const { sink, s3, stored, asked } = await place()
  const first = await publish(sink, 1)
  // S3 compares a version only for those who may read it.
  s3.setPolicy(
    (operation, { headers }) =>
      operation !== 'HeadObject' && operation !== 'GetObject' && headers['if-match'] === undefined,
  )
  const second = await publish(sink, 2, { ifMatch: first })
  expect(stored()?.body.length).toBe(2 * MIB)
  expect(await failure(publish(sink, 3, { ifMatch: first }))).toMatchObject({ code: 'SINK_CONFLICT' })
  await sink.remove(DATA, { ifMatch: first, signal: quiet })
  expect(stored()?.body.length).toBe(2 * MIB)
  await sink.remove(DATA, { ifMatch: second, signal: quiet })
  expect(stored()).toBeUndefined()
  expect(s3.uploads(BUCKET)).toEqual([])
  expect(asked('CompleteMultipartUpload').map(({ status }) => status)).toEqual([200, 403, 200, 403])
})

describe('an archive', () => {
  test('lists every page, with the tags of stat', async () => {
    const { sink, archive, client } = await place()
    const keys = Array.from({ length: 5 }, (_, index) => `${PREFIX}/events/${index}`)
    for (const key of keys) await publish(sink, 0, { key })
    client.middlewareStack.add((next) => (args) => next({ ...args, input: { ...args.input, MaxKeys: 2 } }), {
      step: 'initialize',
    })
    const listed: unknown[] = []
    for await (const entry of archive.list(`${PREFIX}/events/`)) listed.push(entry)
    const stats = await Promise.all(keys.map((key) => sink.stat(key, { signal: quiet })))
    expect(listed).toEqual(keys.map((key, index) => ({ key, ...stats[index] })))
  })

  test('opens one version alone', async () => {
    const { sink, archive, asked } = await place()
    const drain = async (ifMatch: string) => {
      for await (const chunk of archive.open(DATA, { ifMatch })) expect(chunk).toBeDefined()
    }
    const first = await publish(sink, 1)
    await drain(first)
    expect(asked('GetObject')[0]?.headers['if-match']).toBe(first)
    await publish(sink, 2)
    const error = await failure(drain(first))
    expect(error).toMatchObject({ code: 'SINK_CONFLICT', retryable: true })
    expect(error.message).toMatch(/another version is there by now; read again$/)
  })

  test('that is left early gives its connection up', async () => {
    const httpAgent = new Agent({ keepAlive: true })
    const { sink, archive } = await place({ config: { requestHandler: { httpAgent } } })
    // Put at once it has a checksum that the client compares while it reads.
    const options = { contentType: 'text/csv', ifMatch: null, signal: quiet }
    await sink.write(DATA, Buffer.alloc(30 * MIB), options)
    await publish(sink, 30, { key: `${DATA}.upload` })
    const busy = () => Object.values(httpAgent.sockets).flat().length
    for (const key of [DATA, `${DATA}.upload`]) {
      for await (const chunk of archive.open(key)) {
        expect(chunk.length).toBeGreaterThan(0)
        expect(busy()).toBe(1)
        break
      }
      await until(() => busy() === 0)
    }
  })
})
