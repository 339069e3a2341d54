import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Sink } from 'dayfile'
import { s3Sink } from 'dayfile/s3'
import { describe, expect, test, vi } from 'vitest'
import type { Fault, OperationName } from '../support/fake-s3/index.js'
import { failure } from '../export/orders.js'
import { BUCKET, MIB, PREFIX } from './places.js'
import {
  DATA,
  expectNoSecret,
  HOUR_MS,
  MANIFEST,
  passAttempt,
  place,
  publish,
  quiet,
  stage,
  stopClock,
  turns,
  until,
  write,
} from './s3-place.js'

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
    ['412 by another name', { status: 412, code: 'InvalidRequest' }, 'SINK_CONFLICT', true, /run again/],
    ['501', { status: 501, code: 'NotImplemented' }, 'SINK_UNAVAILABLE', false, /set `provider`/],
    ['a full bucket', { status: 403, code: 'QuotaExceeded' }, 'SINK_DENIED', false, /make room/],
    ['a key that is gone', { status: 400, code: 'KMS.NotFoundException' }, 'SINK_DENIED', false, /`keyId`/],
    ['a disabled key', { status: 400, code: 'KMS.DisabledException' }, 'SINK_DENIED', false, /`keyId`/],
    [
      'a key that is not allowed',
      {
        status: 403,
        code: 'AccessDenied',
        message: 'User is not authorized to perform: kms:GenerateDataKey',
      },
      'SINK_DENIED',
      false,
      /allow kms:GenerateDataKey and kms:Decrypt/,
    ],
    ['no ACLs', { status: 400, code: 'AccessControlListNotSupported' }, 'SINK_DENIED', false, /`acl` out/],
    ['no such class', { status: 400, code: 'InvalidStorageClass' }, 'SINK_UNAVAILABLE', false, /`storageCl/],
    ['a long key', { status: 400, code: 'KeyTooLongError' }, 'SINK_UNAVAILABLE', false, /shorten prefix/],
    ['too large', { status: 400, code: 'EntityTooLarge' }, 'SINK_UNAVAILABLE', false, /`partSizeBytes`/],
    ['too small', { status: 400, code: 'EntityTooSmall' }, 'SINK_UNAVAILABLE', false, /`partSizeBytes`/],
    ['a lost part', { status: 400, code: 'InvalidPart' }, 'SINK_UNAVAILABLE', true, /run again/],
    ['an unknown refusal', { status: 400, code: 'NewRule' }, 'SINK_UNAVAILABLE', false, /NewRule; see cause/],
    ['an unknown 5xx', { status: 599, code: 'NewTrouble' }, 'SINK_UNAVAILABLE', true, /run again later/],
  ]
  const OPERATIONS: [OperationName, (sink: Sink) => Promise<unknown>][] = [
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
      s3.fault({ operation, times: Infinity }, fault)
      const error = await failure(run(sink))
      expect(error, operation).toMatchObject({ code, retryable, details: { operation } })
      expect(error.message).toMatch(next)
      expect(error.message).toContain(`s3://${BUCKET}/${PREFIX}: ${operation} `)
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
        const settings = ifMatch === undefined ? {} : { ifMatch }
        const error = await failure(publish(sink, 12, settings))
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

  test('a bucket of another account is told by the option', async () => {
    const { sink } = await place({ options: { expectedBucketOwner: '999900001111' } })
    const error = await failure(publish(sink, 1))
    expect(error).toMatchObject({ code: 'SINK_DENIED', retryable: false })
    expect(error.message).toMatch(/and that the bucket belongs to the account of `expectedBucketOwner`$/)
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
})

describe('credentials that expire in the middle of an upload', () => {
  test('end it as SINK_DENIED, with nothing left that they could still end', async () => {
    const { sink, s3 } = await place()
    s3.fault({ operation: 'UploadPart', after: 2, times: Infinity }, { status: 400, code: 'ExpiredToken' })
    const error = await failure(publish(sink, 40))
    expect(error).toMatchObject({ code: 'SINK_DENIED', retryable: false })
    expect(error.message).toMatch(/get fresh credentials and run again$/)
    expect(s3.uploads(BUCKET)).toEqual([])
  })

  test('are got anew from a provider, for the parts that are left', async () => {
    const { s3, location } = await place({ ownClient: true })
    const { accessKeyId, secretAccessKey } = s3.credentials
    let asked = 0
    const credentials = async () => {
      asked++
      // Within five minutes of its end the SDK asks again.
      return { accessKeyId, secretAccessKey, expiration: new Date(new Date().getTime() + 60_000) }
    }
    await publish(s3Sink({ ...location, credentials, partSizeBytes: 5 * MIB }), 12)
    expect(asked).toBeGreaterThan(1)
  })
})

test("a machine's clock that is wrong is corrected by the client, from what the server says", async () => {
  const { sink, stored } = await place({
    ownClient: true,
    server: { now: () => new Date(new Date().getTime() + 3_600_000) },
  })
  await publish(sink, 12)
  expect(stored()?.body.length).toBe(12 * MIB)
})

describe('a part that fails', () => {
  test('once is sent again by the client', async () => {
    const { sink, s3, stored } = await place({ config: { maxAttempts: 3 } })
    s3.fault({ operation: 'UploadPart', after: 1 }, { status: 503, code: 'SlowDown' })
    s3.fault({ operation: 'UploadPart', after: 2 }, 'reset')
    await publish(sink, 17)
    expect(stored()?.body.length).toBe(17 * MIB)
  })

  const TIMES: [string, Fault][] = [
    ['is answered by 500', { status: 500, code: 'InternalError' }],
    ['is cut in its middle', { resetAfterBytes: 2 * MIB }],
    ['has its answer lost', { answerThenReset: true }],
  ]

  test.each(TIMES)('five times, as it %s, arrives by the client that the sink makes', async (_, fault) => {
    const { sink, s3, stored, asked } = await place({ ownClient: true })
    s3.fault({ operation: 'UploadPart', times: 5 }, fault)
    await publish(sink, 1)
    expect(asked('UploadPart')).toHaveLength(6)
    expect(stored()?.body.length).toBe(MIB)
  })

  test('for ever ends the upload: no more of the body is read, and the abort is sent before the end', async () => {
    const { sink, s3, operations, asked } = await place({ config: { maxAttempts: 2 } })
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
    expect(asked('AbortMultipartUpload')).toMatchObject([{ status: 204, answered: true }])
    expect(s3.uploads(BUCKET)).toEqual([])
  })

  test('when the body has ended fails the staging, once the others are over', async () => {
    const { sink, s3, operations } = await place()
    s3.fault({ operation: 'UploadPart', after: 2 }, { status: 403, code: 'AccessDenied' })
    expect(await failure(stage(sink, 12))).toMatchObject({ code: 'SINK_DENIED' })
    expect(operations().at(-1)).toBe('AbortMultipartUpload')
    expect(s3.uploads(BUCKET)).toEqual([])
  })

  test('and an abort of the upload that fails too: the first failure is what is reported', async () => {
    const { sink, s3 } = await place()
    s3.fault({ operation: 'UploadPart', times: Infinity }, { status: 403, code: 'AccessDenied' })
    s3.fault({ operation: 'AbortMultipartUpload', times: Infinity }, { status: 500, code: 'InternalError' })
    expect(await failure(publish(sink, 12))).toMatchObject({ code: 'SINK_DENIED' })
  })
})

describe('a server that does not answer', () => {
  test('is asked again after `requestTimeoutMs`', async () => {
    const { sink, s3, stored, asked } = await place({
      ownClient: true,
      options: { requestTimeoutMs: HOUR_MS, deadlineMs: 24 * HOUR_MS },
    })
    s3.fault({ operation: 'PutObject', times: 2 }, 'stall')
    stopClock()
    const writing = write(sink, null)
    for (const times of [1, 2]) await passAttempt(HOUR_MS, () => asked('PutObject').length, times)
    await writing
    expect(asked('PutObject')).toHaveLength(3)
    expect(stored(MANIFEST)?.body.toString()).toBe('{}')
  })

  test.each(['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'PutObject'] as const)(
    'to %s is given up after `deadlineMs`, whatever client is used',
    async (operation) => {
      for (const ownClient of [true, false]) {
        const { sink, s3, asked } = await place({ ownClient, options: { deadlineMs: 30_000 } })
        s3.fault({ operation, times: Infinity }, 'stall')
        // 64 KiB have a quarter of a second on top.
        async function* body() {
          yield Buffer.alloc(64 * 1024)
        }
        stopClock()
        const running =
          operation === 'PutObject'
            ? write(sink, null)
            : sink
                .stage(DATA, body(), { contentType: 'text/csv', signal: quiet })
                .then((staged) => staged.commit())
        const failing = failure(running)
        await until(() => asked(operation).length > 0)
        await vi.advanceTimersByTimeAsync(31_000)
        const error = await failing
        vi.useRealTimers()
        expect(error).toMatchObject({
          code: 'SINK_UNAVAILABLE',
          retryable: true,
          details: { operation, reason: 'DeadlineExceeded' },
        })
        expect(error.message).toMatch(
          /did not answer within 30(\.\d+)? s, with all attempts; run again later/,
        )
        expect(s3.objects(BUCKET).size).toBe(0)
        expect(s3.uploads(BUCKET)).toEqual([])
      }
    },
  )

  test('with the rest of a body is given up too, and its connection is closed', async () => {
    let isAsked = false
    let isClosed = false
    const server = createServer((request, response) => {
      request.socket.on('close', () => {
        isClosed = true
      })
      response.writeHead(200, { 'Content-Length': 100, ETag: '"of-it"' })
      response.write('the beginning')
      isAsked = true
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { location } = await place({ ownClient: true })
    const sink = s3Sink({ ...location, endpoint, deadlineMs: 5000 })
    stopClock()
    const reading = failure(sink.read(MANIFEST, { signal: quiet }))
    await until(() => isAsked)
    await turns(10)
    await vi.advanceTimersByTimeAsync(5000)
    expect(await reading).toMatchObject({
      code: 'SINK_UNAVAILABLE',
      retryable: true,
      details: { reason: 'DeadlineExceeded' },
    })
    await until(() => isClosed)
    server.close()
  })
})
