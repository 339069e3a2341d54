import { getEventListeners } from 'node:events'
import { PutObjectCommand, type S3ClientConfig } from '@aws-sdk/client-s3'
import type { AnyExportError, Sink } from 'dayfile'
import { s3Archive, s3Sink, type S3SinkOptions } from 'dayfile/s3'
import { afterEach, describe, expect, test } from 'vitest'
import type { Fault, FaultMatcher } from '../support/fake-s3/index.js'
import { failure } from '../export/orders.js'
import { BUCKET, clientOf, MIB, PREFIX, s3Place } from './places.js'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function place(options: Partial<S3SinkOptions> = {}, config: S3ClientConfig = {}) {
  const made = await s3Place(options, config)
  cleanups.push(() => made.close())
  const operations = (): string[] => made.s3.operations.map(({ operation }) => operation)
  return { ...made, operations }
}

const quiet = new AbortController().signal
const DATA = `${PREFIX}/events/dt=2026-03-07/events_2026-03-07.csv.gz`
const MANIFEST = `${PREFIX}/events/dt=2026-03-07/_manifest.json`

async function* mebibytes(count: number) {
  for (let index = 0; index < count; index++) yield Buffer.alloc(MIB, index)
}

const stage = (sink: Sink, count: number, signal = quiet, ifMatch?: string | null, id?: string) =>
  sink.stage(DATA, mebibytes(count), {
    contentType: 'application/gzip',
    signal,
    ...(id === undefined ? {} : { id }),
    ...(ifMatch === undefined ? {} : { ifMatch }),
  })

const write = (sink: Sink, ifMatch: string | null, signal = quiet) =>
  sink.write(MANIFEST, Buffer.from('{}'), { contentType: 'application/json', ifMatch, signal })

async function publish(sink: Sink, count: number, ifMatch?: string | null, id?: string) {
  const staged = await stage(sink, count, quiet, ifMatch, id)
  try {
    await staged.commit()
  } catch (error) {
    await staged.discard()
    throw error
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

function expectNoSecret(error: AnyExportError): void {
  const said = `${error.message} ${JSON.stringify(error)} ${JSON.stringify(error.details)}`
  expect(said).not.toMatch(/FAKES3ACCESSKEY|fake-s3-secret-key/)
}

test.each([5 * MIB - 1, 5.5, 6 * 1024 * MIB, '8'])('a part of %s bytes is refused', (partSizeBytes) => {
  const make = () => s3Sink({ bucket: BUCKET, partSizeBytes: partSizeBytes as number })
  expect(make).toThrow(RangeError)
  expect(make).toThrow('partSizeBytes')
})

describe('what is sent', () => {
  test('nothing before the commit, when all fits into one part; then one Put of the whole', async () => {
    const { sink, s3, operations } = await place()
    const staged = await stage(sink, 1)
    // Of a run that was killed: under this key, and under that without compression.
    expect(operations()).toEqual(['ListMultipartUploads', 'ListMultipartUploads'])
    await staged.commit()
    expect(operations().slice(2)).toEqual(['PutObject'])
    expect(s3.operations[2]).toMatchObject({ key: DATA, bytes: MIB, status: 200 })
    expect(s3.objects(BUCKET).get(DATA)).toMatchObject({ contentType: 'application/gzip' })
  })

  test('parts while staging, and the completion at the commit', async () => {
    const { sink, s3, operations } = await place()
    const staged = await stage(sink, 17)
    await until(() => operations().filter((each) => each === 'UploadPart').length === 3)
    expect(operations()).not.toContain('CompleteMultipartUpload')
    expect(operations().find((each) => each !== 'ListMultipartUploads')).toBe('CreateMultipartUpload')
    await staged.commit()
    const parts = s3.operations.filter(({ operation }) => operation === 'UploadPart')
    expect(parts.map(({ partNumber }) => partNumber).sort()).toEqual([1, 2, 3, 4])
    expect(operations().at(-1)).toBe('CompleteMultipartUpload')
    expect(s3.objects(BUCKET).get(DATA)?.body.length).toBe(17 * MIB)
    expect(s3.uploads(BUCKET)).toEqual([])
  })

  test('the condition of a manifest: none there, or this very version', async () => {
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

  test('no more parts at once than `concurrency`', async () => {
    const { sink, s3 } = await place({ concurrency: 2 })
    let now = 0
    let most = 0
    s3.fault({ operation: 'UploadPart', times: Infinity }, async () => {
      most = Math.max(most, ++now)
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
      now--
    })
    await publish(sink, 21)
    expect(most).toBe(2)
  })

  test('by options instead of a client', async () => {
    const { s3 } = await place()
    const { endpoint, region, credentials } = s3
    const location = { bucket: BUCKET, prefix: PREFIX, endpoint, region, credentials }
    await publish(s3Sink(location), 1)
    const keys: string[] = []
    for await (const { key } of s3Archive(location).list(`${PREFIX}/`)) keys.push(key)
    expect(keys).toEqual([DATA])
  })
})

describe('options of the wrong shape are refused when the sink is made:', () => {
  test.each([
    [{ bucket: '' }, TypeError],
    [{ bucket: 5 }, TypeError],
    [{ partSizeBytes: 5 * MIB - 1 }, RangeError],
    [{ partSizeBytes: 5.5 * MIB + 0.5 }, RangeError],
    [{ concurrency: 0 }, RangeError],
    [{ concurrency: 1.5 }, RangeError],
  ])('%j', (wrong, type) => {
    expect(() => s3Sink({ bucket: 'b', region: 'eu-central-1', ...(wrong as object) })).toThrow(type)
  })

  test('a prefix that leaves the bucket', () => {
    expect(() => s3Sink({ bucket: 'b', prefix: '../other' })).toThrow('"/../"')
  })
})

describe('an error of the server, at each operation,', () => {
  const ANSWERS: [string, Fault, string, boolean, RegExp][] = [
    ['500', { status: 500, code: 'InternalError' }, 'SINK_UNAVAILABLE', true, /run again later/],
    ['503', { status: 503, code: 'SlowDown' }, 'SINK_UNAVAILABLE', true, /run again later/],
    ['429', { status: 429, code: 'TooManyRequests' }, 'SINK_UNAVAILABLE', true, /run again later/],
    ['a reset', 'reset', 'SINK_UNAVAILABLE', true, /run again later/],
    [
      '400 RequestTimeout',
      { status: 400, code: 'RequestTimeout' },
      'SINK_UNAVAILABLE',
      true,
      /run again later/,
    ],
    ['400 BadDigest', { status: 400, code: 'BadDigest' }, 'SINK_CORRUPT', true, /run again/],
    ['403', { status: 403, code: 'AccessDenied' }, 'SINK_DENIED', false, /check the credentials/],
    ['404 NoSuchBucket', { status: 404, code: 'NoSuchBucket' }, 'SINK_NOT_FOUND', false, /create it or/],
    ['301', { status: 301, code: 'PermanentRedirect' }, 'SINK_NOT_FOUND', false, /set `region`/],
    ['ExpiredToken', { status: 400, code: 'ExpiredToken' }, 'SINK_DENIED', false, /get fresh credentials/],
    ['RequestTimeTooSkewed', { status: 403, code: 'RequestTimeTooSkewed' }, 'SINK_DENIED', false, /clock/],
    ['SignatureDoesNotMatch', { status: 403, code: 'SignatureDoesNotMatch' }, 'SINK_DENIED', false, /secret/],
    ['409', { status: 409, code: 'ConditionalRequestConflict' }, 'SINK_CONFLICT', true, /run again to/],
    ['412', { status: 412, code: 'PreconditionFailed' }, 'SINK_CONFLICT', true, /run again to compare/],
    ['an unknown refusal', { status: 400, code: 'NewRule' }, 'SINK_UNAVAILABLE', false, /NewRule; see cause/],
    ['an unknown 5xx', { status: 599, code: 'NewTrouble' }, 'SINK_UNAVAILABLE', true, /run again later/],
  ]
  const OPERATIONS: [FaultMatcher['operation'], (sink: Sink) => Promise<unknown>][] = [
    ['GetObject', (sink) => sink.read(MANIFEST, { signal: quiet })],
    ['PutObject', (sink) => write(sink, null)],
    ['DeleteObject', (sink) => sink.remove(MANIFEST, { signal: quiet })],
    ['CreateMultipartUpload', (sink) => publish(sink, 12)],
    ['UploadPart', (sink) => publish(sink, 12)],
    ['CompleteMultipartUpload', (sink) => publish(sink, 12)],
  ]

  test.each(ANSWERS)('%s becomes the right code', async (_, fault, code, retryable, next) => {
    for (const [operation, run] of OPERATIONS) {
      const { sink, s3, operations } = await place()
      s3.fault({ operation: operation ?? 'Unsupported', times: Infinity }, fault)
      const error = await failure(run(sink))
      expect(error, operation).toMatchObject({ code, retryable })
      expect(error.message).toMatch(next)
      expect(error.message).toContain(`s3://${BUCKET}/${PREFIX}: `)
      expect(error.cause).toBeInstanceOf(Error)
      expectNoSecret(error)
      expect('rule' in error.details, 'a rule is what SINK_CORRUPT alone has').toBe(code === 'SINK_CORRUPT')
      if (typeof fault === 'object' && 'status' in fault) {
        expect(error.details).toMatchObject({ status: fault.status, reason: fault.code })
      }
      expect(s3.uploads(BUCKET)).toEqual([])
      expect(s3.objects(BUCKET).size).toBe(0)
      if (operation === 'UploadPart') {
        expect(operations()).not.toContain('CompleteMultipartUpload')
        expect(operations()).toContain('AbortMultipartUpload')
      }
    }
  })

  test.each(['UploadPart', 'CompleteMultipartUpload'] as const)(
    'an upload that something else has ended is a conflict at %s',
    async (operation) => {
      const { sink, s3 } = await place()
      s3.fault({ operation, times: Infinity }, { status: 404, code: 'NoSuchUpload' })
      for (const ifMatch of [undefined, null, 'of-a-version']) {
        const error = await failure(publish(sink, 12, ifMatch))
        expect(error).toMatchObject({ code: 'SINK_CONFLICT', retryable: true })
        expect(error.message).toMatch(/newer run of the window, a lifecycle rule, another tool\); run again$/)
      }
    },
  )

  test('a bucket that is not there is SINK_NOT_FOUND also when reading, not a missing object', async () => {
    const { client } = await place()
    const sink = s3Sink({ client, bucket: 'nowhere' })
    expect(await failure(sink.read('a', { signal: quiet }))).toMatchObject({ code: 'SINK_NOT_FOUND' })
  })

  test('no server at all is SINK_UNAVAILABLE', async () => {
    const { s3, sink } = await place()
    await s3.close()
    const calls = [
      () => sink.read(MANIFEST, { signal: quiet }),
      () => publish(sink, 12),
      () => write(sink, null),
    ]
    for (const call of calls) {
      expect(await failure(call())).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true })
    }
  })

  test('wrong credentials are SINK_DENIED, and are not told on', async () => {
    const { s3 } = await place()
    const credentials = { ...s3.credentials, secretAccessKey: 'fake-s3-secret-key-of-another' }
    const client = clientOf(s3, { credentials })
    const sink = s3Sink({ client, bucket: BUCKET })
    const error = await failure(publish(sink, 1))
    client.destroy()
    expect(error).toMatchObject({ code: 'SINK_DENIED', retryable: false })
    expectNoSecret(error)
  })
})

describe('a part that fails', () => {
  test('once is sent again by the client', async () => {
    const { sink, s3 } = await place({}, { maxAttempts: 3 })
    s3.fault({ operation: 'UploadPart', after: 1 }, { status: 503, code: 'SlowDown' })
    s3.fault({ operation: 'UploadPart', after: 2 }, 'reset')
    await publish(sink, 17)
    expect(s3.objects(BUCKET).get(DATA)?.body.length).toBe(17 * MIB)
  })

  test('for ever ends the upload: no more of the body is read, and the abort is sent before the end', async () => {
    const { sink, s3, operations } = await place({}, { maxAttempts: 2 })
    s3.fault({ operation: 'UploadPart', after: 3, times: Infinity }, { status: 500, code: 'InternalError' })
    let pulled = 0
    let closed = false
    async function* body() {
      try {
        for (; pulled < 500; pulled++) yield Buffer.alloc(MIB)
      } finally {
        closed = true
      }
    }
    const staging = sink.stage(DATA, body(), { contentType: 'text/csv', signal: quiet })
    expect(await failure(staging)).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true })
    expect(closed).toBe(true)
    expect(pulled).toBeLessThan(80)
    expect(operations()).not.toContain('CompleteMultipartUpload')
    // Parts that were cancelled may reach the server after it; the upload's end is what counts.
    const ends = s3.operations.filter(({ operation }) => operation === 'AbortMultipartUpload')
    expect(ends).toMatchObject([{ status: 204, answered: true }])
    expect(s3.uploads(BUCKET)).toEqual([])
  })

  test('after the body has ended fails the commit, and nothing is completed', async () => {
    const { sink, s3, operations } = await place()
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    s3.fault({ operation: 'UploadPart' }, async () => {
      await held
      throw new Error('broken while held')
    })
    const staged = await stage(sink, 12)
    release()
    expect(await failure(staged.commit())).toMatchObject({ code: 'SINK_UNAVAILABLE' })
    await staged.discard()
    expect(operations()).not.toContain('CompleteMultipartUpload')
    expect(s3.uploads(BUCKET)).toEqual([])
  })

  test('and an abort of the upload that fails too: the first failure is what is reported', async () => {
    const { sink, s3 } = await place()
    s3.fault({ operation: 'UploadPart', times: Infinity }, { status: 403, code: 'AccessDenied' })
    s3.fault({ operation: 'AbortMultipartUpload', times: Infinity }, { status: 500, code: 'InternalError' })
    expect(await failure(publish(sink, 12))).toMatchObject({ code: 'SINK_DENIED' })
  })
})

describe('a lost answer', () => {
  test('to the Put of a manifest is no conflict with itself', async () => {
    const { sink, s3 } = await place({}, { maxAttempts: 3 })
    s3.fault({ operation: 'PutObject', key: MANIFEST }, { answerThenReset: true })
    const { etag } = await write(sink, null)
    expect((await sink.read(MANIFEST, { signal: quiet }))?.etag).toBe(etag)
    s3.fault({ operation: 'PutObject', key: MANIFEST }, { answerThenReset: true })
    await write(sink, etag)
  })

  test('to the Put of a manifest that another run wrote is a conflict', async () => {
    const { sink, s3 } = await place({}, { maxAttempts: 3 })
    s3.fault({ operation: 'PutObject', key: MANIFEST }, { status: 503, code: 'SlowDown' })
    s3.fault({ operation: 'PutObject', key: MANIFEST }, async () => {
      const other = clientOf(s3)
      const bytes = Buffer.from('{"of": "another run"}')
      await s3Sink({ client: other, bucket: BUCKET }).write(MANIFEST, bytes, {
        contentType: 'application/json',
        ifMatch: null,
        signal: quiet,
      })
      other.destroy()
    })
    expect(await failure(write(sink, null))).toMatchObject({ code: 'SINK_CONFLICT', retryable: true })
  })

  test('to parts, creation and completion leaves the object whole', async () => {
    for (const operation of ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const) {
      const { sink, s3 } = await place({}, { maxAttempts: 3 })
      s3.fault({ operation }, { answerThenReset: true })
      await publish(sink, 12, undefined, 'run')
      expect(s3.objects(BUCKET).get(DATA)?.body.length).toBe(12 * MIB)
      // Of a creation whose answer is lost nobody learns the id.
      expect(s3.uploads(BUCKET)).toHaveLength(operation === 'CreateMultipartUpload' ? 1 : 0)
    }
  })

  const LAST: [FaultMatcher['operation'] & string, number][] = [
    ['PutObject', 1],
    ['CompleteMultipartUpload', 12],
  ]

  test.each(LAST)('to the %s of data is no conflict with itself', async (operation, count) => {
    const { sink, s3 } = await place({}, { maxAttempts: 3 })
    const deliver = async (mebibytes: number) => {
      s3.fault({ operation }, { answerThenReset: true })
      const before = await sink.stat(DATA, { signal: quiet })
      await publish(sink, mebibytes, before?.etag ?? null, `run-${mebibytes}`)
      expect(s3.objects(BUCKET).get(DATA)?.body.length).toBe(mebibytes * MIB)
      expect(s3.uploads(BUCKET)).toEqual([])
    }
    await deliver(count)
    await deliver(count + 1)
    const asked = s3.operations.filter((each) => each.operation === operation)
    expect(asked.map(({ headers }) => headers['if-none-match'] ?? typeof headers['if-match'])).toEqual([
      '*',
      '*',
      'string',
      'string',
    ])
  })

  test.each(LAST)(
    'to the %s of data is a conflict when the data is not its own',
    async (operation, count) => {
      for (const first of [true, false]) {
        const { sink, s3, client } = await place({}, { maxAttempts: 3 })
        if (!first) await publish(sink, count, null, 'first')
        const before = await sink.stat(DATA, { signal: quiet })
        s3.fault({ operation }, { status: 503, code: 'SlowDown' })
        s3.fault({ operation }, async () => {
          const Body = Buffer.concat([Buffer.from('of another run'), Buffer.alloc(count * MIB)])
          await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: DATA, Body }))
        })
        expect(await failure(publish(sink, count, before?.etag ?? null, 'second'))).toMatchObject({
          code: 'SINK_CONFLICT',
          retryable: true,
          details: { reason: 'PreconditionFailed' },
        })
        expect(s3.objects(BUCKET).get(DATA)?.body.subarray(0, 14).toString()).toBe('of another run')
        expect(s3.uploads(BUCKET)).toEqual([])
      }
    },
  )

  test('stays a conflict when the staging has no id', async () => {
    const { sink, s3 } = await place({}, { maxAttempts: 3 })
    s3.fault({ operation: 'PutObject' }, { answerThenReset: true })
    expect(await failure(publish(sink, 1, null))).toMatchObject({ code: 'SINK_CONFLICT' })
  })

  test('stays a conflict when nobody can tell whose the data is', async () => {
    const { sink, s3 } = await place({}, { maxAttempts: 3 })
    s3.fault({ operation: 'PutObject' }, { answerThenReset: true })
    s3.fault({ operation: 'HeadObject', times: Infinity }, { status: 403, code: 'AccessDenied' })
    expect(await failure(publish(sink, 1, null, 'run'))).toMatchObject({ code: 'SINK_CONFLICT' })
  })
})

describe('the tag that a commit gives is that of stat', () => {
  const LAST = [
    ['PutObject', 1],
    ['CompleteMultipartUpload', 12],
  ] as const
  const FORMS: [string, (etag: string) => string, number][] = [
    ['quoted', (etag) => etag, 0],
    ['unquoted', (etag) => etag.replaceAll('"', ''), 0],
    ['weak', (etag) => `W/${etag}`, 0],
    ['left out', () => '', 1],
  ]

  test.each(FORMS)('when the answer has it %s', async (_, answerEtag, heads) => {
    for (const [operation, count] of LAST) {
      const { sink, s3, operations } = await place()
      s3.fault({ operation }, { answerEtag })
      const { etag } = await (await stage(sink, count)).commit()
      expect(etag).toMatch(/^[0-9a-f]{32}(-3)?$/)
      expect(operations().filter((each) => each === 'HeadObject')).toHaveLength(heads)
      if (heads === 0) s3.fault({ operation: 'HeadObject' }, { answerEtag })
      expect((await sink.stat(DATA, { signal: quiet }))?.etag).toBe(etag)
    }
  })

  test('when the answer was lost', async () => {
    for (const [operation, count] of LAST) {
      const { sink, s3 } = await place({}, { maxAttempts: 3 })
      s3.fault({ operation }, { answerThenReset: true })
      const { etag } = await (await stage(sink, count, quiet, null, 'run')).commit()
      expect((await sink.stat(DATA, { signal: quiet }))?.etag).toBe(etag)
    }
  })

  test('even when the host aborts while the server is asked for it', async () => {
    const { sink, s3 } = await place()
    const abort = new AbortController()
    s3.fault({ operation: 'PutObject' }, { answerEtag: () => '' })
    s3.fault({ operation: 'HeadObject' }, () => {
      abort.abort(new Error('the host stops'))
    })
    const { etag } = await (await stage(sink, 1, abort.signal)).commit()
    expect((await sink.stat(DATA, { signal: quiet }))?.etag).toBe(etag)
  })

  test('and never that of another run, which has replaced it meanwhile: that is a conflict', async () => {
    for (const id of ['run', undefined]) {
      const { sink, s3 } = await place()
      s3.fault({ operation: 'PutObject' }, { answerEtag: () => '' })
      s3.fault({ operation: 'HeadObject' }, () => publish(sink, 2, undefined, 'another'))
      const staged = await stage(sink, 1, quiet, undefined, id)
      expect(await failure(staged.commit())).toMatchObject({ code: 'SINK_CONFLICT', retryable: true })
    }
  })
})

describe('an abort', () => {
  test.each(['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'PutObject'] as const)(
    'during %s ends with its reason and no upload left',
    async (operation) => {
      const { sink, s3 } = await place()
      const abort = new AbortController()
      const reason = new Error('the host stops')
      s3.fault({ operation }, () => {
        abort.abort(reason)
      })
      const publishing = async () => {
        const staged = await stage(sink, operation === 'PutObject' ? 1 : 12, abort.signal)
        try {
          await staged.commit()
        } catch (error) {
          await staged.discard()
          throw error
        }
      }
      const outcome = await publishing().then(
        () => 'published',
        (error: unknown) => error,
      )
      // What was being completed when the abort came is completed: a cancelled request may have been carried out.
      const completing = operation === 'CompleteMultipartUpload' || operation === 'PutObject'
      expect(outcome).toBe(completing ? 'published' : reason)
      expect(s3.objects(BUCKET).size).toBe(completing ? 1 : 0)
      expect(s3.uploads(BUCKET)).toEqual([])
    },
  )

  test("leaves the host's own handlers alone, and runs them", async () => {
    const { sink } = await place()
    const abort = new AbortController()
    const reason = new Error('the host stops')
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

  test('of reading, writing and removing rejects with its reason', async () => {
    const { sink, s3 } = await place()
    const runs: [string, (signal: AbortSignal) => Promise<unknown>][] = [
      ['GetObject', (signal) => sink.read(MANIFEST, { signal })],
      ['PutObject', (signal) => write(sink, null, signal)],
      ['DeleteObject', (signal) => sink.remove(MANIFEST, { signal })],
    ]
    for (const [operation, run] of runs) {
      const abort = new AbortController()
      const fault = { operation: operation as 'GetObject' }
      s3.fault(fault, 'stall')
      const call = run(abort.signal)
      await until(() => s3.operations.some((each) => each.operation === operation))
      abort.abort(new Error(operation))
      await expect(call).rejects.toBe(abort.signal.reason)
    }
  })

  test('that never comes leaves no listener behind', async () => {
    const { sink } = await place()
    const abort = new AbortController()
    for (let run = 0; run < 20; run++) {
      await (await stage(sink, 1, abort.signal)).commit()
      await sink.read(DATA, { signal: abort.signal })
      const { etag } = await write(sink, null, abort.signal)
      await write(sink, etag, abort.signal)
      await sink.remove(MANIFEST, { signal: abort.signal })
    }
    await (await stage(sink, 12, abort.signal)).discard()
    expect(getEventListeners(abort.signal, 'abort')).toEqual([])
  })
})
