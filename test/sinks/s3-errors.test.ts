import { Upload } from '@aws-sdk/lib-storage'
import { S3Client } from '@aws-sdk/client-s3'
import { s3Sink } from 'dayfile/s3'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { asS3Error } from '../../src/sinks/s3/s3-errors.js'
import { stageUpload } from '../../src/sinks/s3/staged-upload.js'
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

describe('a file of more than 10,000 parts', () => {
  // The parts of S3 have 5 MiB at least, which is 50 GB for this test; of lib-storage only that limit is lowered.
  const LOWEST = { MIN_PART_SIZE: 1 }

  async function stagedBytes(length: number) {
    const { s3, client } = await place()
    s3.fault({ times: Infinity }, { status: 403, code: 'AccessDenied' })
    const { MIN_PART_SIZE } = Upload as unknown as typeof LOWEST
    cleanups.push(() => void Object.assign(Upload, { MIN_PART_SIZE }))
    Object.assign(Upload, LOWEST)
    async function* body() {
      yield Buffer.alloc(length)
    }
    const staging = stageUpload(body(), {
      client,
      params: { Bucket: BUCKET, Key: KEY },
      id: 'of-this-test',
      partSizeBytes: 1,
      concurrency: 4,
      signal: quiet,
      failed: (error) => asS3Error('s3://b', 'Upload', KEY, error),
    })
    const error = await failure(staging.then((staged) => staged.commit()))
    return { error, operations: s3.operations }
  }

  test('is told of `partSizeBytes` before a part is sent that S3 would refuse', async () => {
    const { error, operations } = await stagedBytes(10_001)
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: false })
    expect(error.message).toContain('the file needs more than 10,000 parts; set a larger `partSizeBytes`')
    expect(operations).toEqual([])
  })

  test('is none with the last byte that fits', async () => {
    expect((await stagedBytes(10_000)).error).toMatchObject({ code: 'SINK_DENIED' })
  })
})
