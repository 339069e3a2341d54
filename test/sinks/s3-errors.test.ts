import { S3Client } from '@aws-sdk/client-s3'
import { s3Sink } from 'dayfile/s3'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { BY_NAME, OWN, ownFailure } from '../../src/sinks/s3/s3-error-meanings.js'
import { asS3Error } from '../../src/sinks/s3/s3-errors.js'
import { failure } from '../export/orders.js'
import { BUCKET, clientOf, s3Place } from './places.js'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function place() {
  const made = await s3Place()
  cleanups.push(() => made.close())
  return made
}

const quiet = new AbortController().signal
const KEY = 'apps/sample/events/dt=2026-03-07/_manifest.json'

const readBy = (client: S3Client) => {
  cleanups.push(() => {
    client.destroy()
  })
  return failure(s3Sink({ client, bucket: BUCKET }).read(KEY, { signal: quiet }))
}

const NEVER_MADE = {
  code: 'SINK_UNAVAILABLE',
  retryable: false,
  message: expect.stringContaining('the request could not be made; see cause') as unknown,
}
const TRANSIENT = {
  code: 'SINK_UNAVAILABLE',
  retryable: true,
  message: expect.stringContaining('run again later') as unknown,
}

describe('a request that cannot be made is not worth another run:', () => {
  test('no region anywhere', async () => {
    vi.stubEnv('AWS_REGION', undefined)
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere')
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere')
    cleanups.push(() => {
      vi.unstubAllEnvs()
    })
    const { s3 } = await place()
    const { endpoint, credentials } = s3
    const error = await readBy(new S3Client({ endpoint, credentials }))
    expect(error).toMatchObject(NEVER_MADE)
    expect(error.cause).toMatchObject({ message: 'Region is missing' })
  })

  test('an endpoint that is no URL', async () => {
    const { s3 } = await place()
    expect(await readBy(clientOf(s3, { endpoint: 'no url' }))).toMatchObject(NEVER_MADE)
  })

  test('https to a server that speaks http', async () => {
    const { s3 } = await place()
    const endpoint = s3.endpoint.replace('http:', 'https:')
    expect(await readBy(clientOf(s3, { endpoint }))).toMatchObject(NEVER_MADE)
  })

  test.each([
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'CERT_HAS_EXPIRED',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'ERR_INVALID_ARG_TYPE',
  ])('the code %s', (code) => {
    const error = Object.assign(new Error('of node'), { code })
    expect(asS3Error('s3://b', 'GetObject', 'k', error)).toMatchObject(NEVER_MADE)
  })

  test('something thrown that is no Error', () => {
    expect(asS3Error('s3://b', 'GetObject', 'k', 'text')).toMatchObject(NEVER_MADE)
  })
})

describe('what may be gone on the next run is retryable:', () => {
  test.each([0, 1, 50_000, 99_999])('a body cut short after %i bytes', async (resetAfterBytes) => {
    const { s3, sink, archive } = await place()
    const signal = quiet
    await sink.write(KEY, Buffer.alloc(100_000), { contentType: 'text/csv', ifMatch: null, signal })
    s3.fault({ operation: 'GetObject', times: 2 }, { resetAfterBytes })
    const drained = async () => {
      for await (const chunk of archive.open(KEY)) expect(chunk).toBeDefined()
    }
    for (const reading of [() => sink.read(KEY, { signal }), drained]) {
      expect(await failure(reading())).toMatchObject(TRANSIENT)
    }
  })

  test.each([
    'ECONNRESET',
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ERR_STREAM_PREMATURE_CLOSE',
  ])('the code %s', (code) => {
    for (const error of [new Error('of node'), new AggregateError([], 'of every address')]) {
      const thrown = asS3Error('s3://b', 'GetObject', 'k', Object.assign(error, { code }))
      expect(thrown).toMatchObject({ ...TRANSIENT, details: { reason: code } })
    }
  })

  test.each(['TimeoutError', 'NetworkingError', 'RequestTimeout', 'AbortError'])('the name %s', (name) => {
    const error = Object.assign(new Error('of the client'), { name })
    expect(asS3Error('s3://b', 'GetObject', 'k', error)).toMatchObject(TRANSIENT)
  })
})

test('bytes that do not have the checksum S3 keeps for them are SINK_CORRUPT', async () => {
  const { s3, sink, archive } = await place()
  const signal = quiet
  await sink.write(KEY, Buffer.from('{"a":1}'), { contentType: 'application/json', ifMatch: null, signal })
  const stored = s3.objects(BUCKET).get(KEY)
  if (stored === undefined) throw new Error('nothing was stored')
  s3.objects(BUCKET).set(KEY, { ...stored, body: Buffer.from('{"a":2}') })
  const drained = async () => {
    for await (const chunk of archive.open(KEY)) expect(chunk).toBeDefined()
  }
  for (const reading of [() => sink.read(KEY, { signal }), drained]) {
    expect(await failure(reading())).toMatchObject({
      code: 'SINK_CORRUPT',
      retryable: true,
      details: { rule: 'ChecksumMismatch' },
    })
  }
})

describe('what the sink finds out by itself says what to do:', () => {
  test.each(Object.values(OWN))('%s', (name) => {
    const error = asS3Error('s3://b', 'UploadPart', 'k', ownFailure(name, 'this and that'))
    expect(error.details).toMatchObject({ reason: name })
    expect(error.code).not.toBe('SINK_NOT_FOUND')
    // In its own words, or in those for all errors of this name.
    expect(error.message.length).toBeGreaterThan(`s3://b: UploadPart k: ${name}: `.length)
    expect(error.message).not.toContain('could not be made')
  })
})

test('every name has a meaning with something to do', () => {
  for (const [name, { next }] of Object.entries(BY_NAME)) {
    if (next !== undefined) expect(next, name).toMatch(/[a-z`]/)
    else expect([...Object.values(OWN), 'DeadlineExceeded']).toContain(name)
  }
})
