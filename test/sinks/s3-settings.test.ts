import { s3Archive, s3Sink, type S3Provider, type S3SinkOptions } from 'dayfile/s3'
import { describe, expect, test } from 'vitest'
import type { FakeS3Operation } from '../support/fake-s3/index.js'
import { failure } from '../export/orders.js'
import { BUCKET, MIB, PREFIX } from './places.js'
import { DATA, MANIFEST, place, publish, quiet, stage, write, type PlaceSettings } from './s3-place.js'

/** Every method of a sink and an archive that asks the server for something. */
async function useAll({ sink, archive }: Awaited<ReturnType<typeof place>>): Promise<void> {
  await publish(sink, 6, { id: 'run' })
  await (await stage(sink, 1)).discard()
  const { etag } = await write(sink, null)
  await write(sink, etag)
  await sink.read(MANIFEST, { signal: quiet })
  await sink.stat(MANIFEST, { signal: quiet })
  for await (const { key } of archive.list(PREFIX)) expect(key).toBeDefined()
  for await (const chunk of archive.open(DATA)) expect(chunk).toBeDefined()
  const left = await stage(sink, 1)
  const tokens = ((await sink.stagings?.(DATA, { signal: quiet })) ?? []).map(({ token }) => token)
  expect(tokens).toEqual([left.token])
  await sink.unstage?.(DATA, { tokens, mayBeCommitting: true, signal: quiet })
  await sink.remove(MANIFEST, { signal: quiet })
}

const WRITES = ['PutObject', 'CreateMultipartUpload']

test('the owner of the bucket is named by every request, of sink and archive', async () => {
  const settings: PlaceSettings = { options: { expectedBucketOwner: '111122223333' } }
  const made = await place(settings)
  const archive = s3Archive({ ...made.location, expectedBucketOwner: '111122223333' })
  await useAll({ ...made, archive })
  // An answer that never came is asked for by other requests.
  made.s3.fault({ operation: 'CompleteMultipartUpload' }, { status: 500, code: 'InternalError' })
  await failure(publish(made.sink, 1, { id: 'another run' }))
  expect(new Set(made.operations())).toEqual(
    new Set([
      ...['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'AbortMultipartUpload'],
      ...['ListMultipartUploads', 'ListParts', 'ListObjectsV2'],
      ...['GetObject', 'HeadObject', 'PutObject', 'DeleteObject'],
    ]),
  )
  for (const { operation, headers } of made.s3.operations) {
    expect(headers['x-amz-expected-bucket-owner'], operation).toBe('111122223333')
  }
})

describe('said of data and manifest alike:', () => {
  const SETTINGS: [Partial<S3SinkOptions>, Record<string, string>][] = [
    [{ encryption: { type: 'SSE-S3' } }, { 'x-amz-server-side-encryption': 'AES256' }],
    [
      {
        encryption: { type: 'SSE-KMS', keyId: 'a-key', context: { purpose: 'analytics' }, bucketKey: true },
      },
      {
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': 'a-key',
        'x-amz-server-side-encryption-context': Buffer.from('{"purpose":"analytics"}').toString('base64'),
        'x-amz-server-side-encryption-bucket-key-enabled': 'true',
      },
    ],
    [{ encryption: { type: 'SSE-KMS' } }, { 'x-amz-server-side-encryption': 'aws:kms' }],
    [{ acl: 'bucket-owner-full-control' }, { 'x-amz-acl': 'bucket-owner-full-control' }],
    [{ storageClass: 'STANDARD_IA' }, { 'x-amz-storage-class': 'STANDARD_IA' }],
    [{ tags: { team: 'data + more', stage: 'a=b' } }, { 'x-amz-tagging': 'team=data+%2B+more&stage=a%3Db' }],
    [
      { metadata: { origin: 'billing', 'x-run': '7' } },
      { 'x-amz-meta-origin': 'billing', 'x-amz-meta-x-run': '7' },
    ],
  ]

  test.each(SETTINGS)('%j', async (options, headers) => {
    const made = await place({ options })
    await useAll(made)
    const writes = made.s3.operations.filter(({ operation }) => WRITES.includes(operation))
    expect(writes.length).toBeGreaterThan(3)
    for (const { headers: sent } of writes) expect(sent).toMatchObject(headers)
  })

  test('the type of each, and no encoding unless it is asked for', async () => {
    const { sink, stored } = await place()
    await publish(sink, 1)
    await write(sink, null)
    expect(stored()).toMatchObject({ contentType: 'application/gzip' })
    expect(stored()).not.toHaveProperty('contentEncoding')
    expect(stored(MANIFEST)).toMatchObject({ contentType: 'application/json' })
  })

  test('the encoding, of what is stored as .gz alone', async () => {
    const { sink, stored } = await place({ options: { contentEncoding: 'gzip' } })
    const csv = DATA.replace('.gz', '')
    await publish(sink, 1)
    await publish(sink, 1, { key: csv })
    await write(sink, null)
    expect([DATA, csv, MANIFEST].map((key) => stored(key)?.contentEncoding)).toEqual([
      'gzip',
      undefined,
      undefined,
    ])
  })

  test('the id of an upload comes beside the metadata', async () => {
    const { sink, stored } = await place({ options: { metadata: { origin: 'billing' } } })
    await publish(sink, 1, { id: 'run' })
    expect(stored()?.metadata).toEqual({ origin: 'billing', 'dayfile-upload': 'run' })
  })
})

describe('an encryption that the server does not confirm', () => {
  const UNKEPT: [Partial<S3SinkOptions>, PlaceSettings['server']][] = [
    [{ encryption: { type: 'SSE-S3' } }, { encrypts: false }],
    [{ encryption: { type: 'SSE-KMS', keyId: 'a-key' } }, { encrypts: false }],
    [{ encryption: { type: 'SSE-S3' }, provider: 'ceph' }, { behaves: 'ceph' }],
  ]

  test.each(UNKEPT)(
    'fails the upload after one part and before anything is seen: %j',
    async (options, server) => {
      const { sink, s3, operations, asked } = await place({
        options: { concurrency: 1, ...options },
        ...(server && { server }),
      })
      const error = await failure(publish(sink, 30))
      expect(error).toMatchObject({
        code: 'SINK_UNAVAILABLE',
        retryable: false,
        details: { reason: 'EncryptionNotConfirmed' },
      })
      expect(error.message).toMatch(/did not confirm the encryption.*use a server that encrypts, or leave/)
      expect(operations()).not.toContain('CompleteMultipartUpload')
      expect(asked('UploadPart').length).toBeLessThanOrEqual(2)
      expect(s3.uploads(BUCKET)).toEqual([])
      expect(await failure(write(sink, null))).toMatchObject({
        details: { reason: 'EncryptionNotConfirmed' },
      })
    },
  )

  test('is not asked about when nobody asked for one', async () => {
    const { sink } = await place({ server: { encrypts: false } })
    await publish(sink, 6)
    await write(sink, null)
  })
})

describe('tags', () => {
  const tags = { team: 'data', stage: 'prod' }

  test('are set after the completion where an upload loses them', async () => {
    const { sink, stored, operations } = await place({
      options: { provider: 'ceph', tags },
      server: { behaves: 'ceph' },
    })
    await publish(sink, 6)
    await write(sink, null)
    expect(stored()?.tags).toEqual(tags)
    expect(stored(MANIFEST)?.tags).toEqual(tags)
    const settled = operations().slice(operations().indexOf('CompleteMultipartUpload'))
    expect(settled).toContain('PutObjectTagging')
  })

  test('that a server takes and loses are reported', async () => {
    const { sink } = await place({ options: { provider: 'minio', tags }, server: { behaves: 'ceph' } })
    const error = await failure(publish(sink, 6))
    expect(error).toMatchObject({
      code: 'SINK_UNAVAILABLE',
      retryable: false,
      details: { reason: 'TagsNotKept' },
    })
    expect(error.message).toMatch(/in place, but the server took the tags and did not keep them/)
  })

  test('that may not be set are reported with the permission', async () => {
    const { sink, s3 } = await place({ options: { provider: 'ceph', tags } })
    s3.fault({ operation: 'PutObjectTagging' }, { status: 403, code: 'AccessDenied' })
    const error = await failure(publish(sink, 6))
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: false })
    expect(error.message).toContain('s3:PutObjectTagging')
  })

  test('cost no request at S3 itself, which keeps or refuses them', async () => {
    const { sink, operations } = await place({ options: { tags } })
    await publish(sink, 1)
    await write(sink, null)
    expect(operations()).toEqual([
      'CreateMultipartUpload',
      'UploadPart',
      'CompleteMultipartUpload',
      'PutObject',
    ])
  })
})

describe('integrity', () => {
  const PROVIDERS: [S3Provider, string][] = [
    ['aws', 'x-amz-checksum-crc32'],
    ['minio', 'x-amz-checksum-crc32'],
    ['ceph', 'content-md5'],
    ['r2', 'content-md5'],
    ['b2', 'content-md5'],
    ['gcs', 'content-md5'],
    ['generic', 'content-md5'],
  ]
  const sums = (operations: readonly FakeS3Operation[]) =>
    operations
      .filter(({ operation }) => operation === 'UploadPart' || operation === 'PutObject')
      .map(({ headers }) =>
        Object.keys(headers).filter((name) => /^(content-md5|x-amz-(checksum|sdk-checksum).*)$/.test(name)),
      )

  test.each(PROVIDERS)(
    'of every part and put with provider %s is by %s alone, whoever made the client',
    async (provider, header) => {
      for (const ownClient of [true, false]) {
        const { sink, s3 } = await place({ options: { provider }, ownClient })
        await publish(sink, 12)
        await write(sink, null)
        const sent = sums(s3.operations)
        expect(sent.length).toBe(4)
        for (const each of sent) expect(each).toEqual([header])
      }
    },
  )
})

describe('options of the wrong shape are refused when the sink is made:', () => {
  const base = { bucket: 'b', region: 'eu-central-1' }
  const WRONG: [object, typeof TypeError, RegExp][] = [
    [{ bucket: '' }, TypeError, /option bucket/],
    [{ bucket: 5 }, TypeError, /option bucket/],
    [
      { partSizeBytes: 5 * MIB - 1 },
      RangeError,
      /partSizeBytes: expected a whole number of bytes from 5 MiB/,
    ],
    [{ partSizeBytes: 5.5 * MIB + 0.5 }, RangeError, /partSizeBytes/],
    [{ partSizeBytes: 6 * 1024 * MIB }, RangeError, /partSizeBytes/],
    [{ partSizeBytes: '8' }, TypeError, /partSizeBytes/],
    [{ concurrency: 0 }, RangeError, /concurrency: expected a whole number of parts from 1 to 100/],
    [{ concurrency: 1.5 }, RangeError, /concurrency/],
    [{ concurrency: 101 }, RangeError, /concurrency/],
    [{ requestTimeoutMs: 0 }, RangeError, /requestTimeoutMs: expected a whole number of milliseconds/],
    [{ deadlineMs: Infinity }, RangeError, /deadlineMs/],
    [
      { provider: 'azure' },
      TypeError,
      /provider: expected one of "aws", "r2", "minio", "ceph", "b2", "gcs", "g/,
    ],
    [{ expectedBucketOwner: '1' }, TypeError, /expectedBucketOwner: expected an account id of 12 digits/],
    [{ encryption: 'SSE-S3' }, TypeError, /option encryption: expected an object of options/],
    [{ encryption: { type: 'AES256' } }, TypeError, /encryption.type: expected one of "SSE-S3", "SSE-KMS"/],
    [
      { encryption: { type: 'SSE-C', key: 'x' } },
      TypeError,
      /SSE-C is not supported, as everybody who reads/,
    ],
    [
      { encryption: { type: 'SSE-KMS', kmsKeyId: 'x' } },
      TypeError,
      /unknown option encryption.kmsKeyId; did you mean keyId\?/,
    ],
    [
      { encryption: { type: 'SSE-S3', keyId: 'x' } },
      TypeError,
      /encryption.keyId: SSE-S3 has no such option/,
    ],
    [{ encryption: { type: 'SSE-KMS', keyId: 5 } }, TypeError, /encryption.keyId: expected a string/],
    [
      { encryption: { type: 'SSE-KMS', context: { a: 1 } } },
      TypeError,
      /encryption.context: expected an obj/,
    ],
    [
      { encryption: { type: 'SSE-KMS', bucketKey: 'yes' } },
      TypeError,
      /encryption.bucketKey: expected a bool/,
    ],
    [{ acl: 'public-read' }, TypeError, /acl: expected one of "bucket-owner-full-control", "private"/],
    [{ storageClass: 5 }, TypeError, /storageClass: expected a string/],
    [{ storageClass: 'COLD' }, TypeError, /storageClass: .* provider 'aws' has no COLD, but STANDARD/],
    [{ storageClass: 'GLACIER' }, RangeError, /GLACIER cannot be read back.*neither can a manifest/],
    [{ tags: ['a'] }, TypeError, /tags: expected an object of texts, received an array/],
    [{ tags: { a: 1 } }, TypeError, /tags: expected an object of texts/],
    [{ tags: { 'aws:a': 'b' } }, RangeError, /tags: expected 10 at most/],
    [{ tags: { a: 'b'.repeat(257) } }, RangeError, /tags/],
    [{ tags: { a: 'b?' } }, RangeError, /tags/],
    [
      { tags: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`name-${index}`, ''])) },
      RangeError,
      /10 at most/,
    ],
    [{ metadata: { 'dayfile-upload': 'x' } }, TypeError, /metadata: names that begin with dayfile-/],
    [{ metadata: { Upper: 'x' } }, RangeError, /metadata: expected names in lower case/],
    [{ metadata: { a: 'größe' } }, RangeError, /metadata/],
    [{ metadata: { a: 'x'.repeat(1984) } }, RangeError, /metadata/],
    [{ contentEncoding: 'br' }, TypeError, /contentEncoding: expected one of "gzip"/],
  ]

  test.each(WRONG)('%j', (wrong, type, message) => {
    const make = () => s3Sink({ ...base, ...wrong })
    expect(make).toThrow(type)
    expect(make).toThrow(message)
  })

  const UNABLE: [S3Provider, Partial<S3SinkOptions>, RegExp][] = [
    [
      'r2',
      { encryption: { type: 'SSE-S3' } },
      /encryption: a server of provider 'r2' does not do so when asked/,
    ],
    ['b2', { encryption: { type: 'SSE-KMS' } }, /encryption: a server of provider 'b2' has no key service/],
    ['r2', { acl: 'private' }, /acl: a server of provider 'r2' has none for objects/],
    ['minio', { acl: 'private' }, /acl: a server of provider 'minio'/],
    ['gcs', { tags: { a: 'b' } }, /tags: a server of provider 'gcs' keeps none/],
    ['minio', { storageClass: 'STANDARD_IA' }, /provider 'minio' has no STANDARD_IA, but STANDARD, REDUCED/],
    [
      'ceph',
      { expectedBucketOwner: '111122223333' },
      /'ceph' does not compare it, and would let every bucket/,
    ],
    ['r2', { expectedBucketOwner: '111122223333' }, /leave it out, or set provider to what the server is$/],
  ]

  test.each(UNABLE)('%s cannot do %j', (provider, options, message) => {
    const make = () => s3Sink({ ...base, provider, ...options })
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  test('a prefix that leaves the bucket', () => {
    expect(() => s3Sink({ bucket: 'b', prefix: '../other' })).toThrow('"/../"')
  })
})

test('the provider of a client with an endpoint is generic unless said, and that of S3 itself aws', async () => {
  const { client, location } = await place()
  // Classes are those of S3 alone with its own provider, and any with the other.
  const make = (options: Partial<S3SinkOptions>) => () =>
    s3Sink({ bucket: 'b', region: 'eu-central-1', storageClass: 'OF_ANOTHER', ...options })
  expect(make({})).toThrow("provider 'aws'")
  expect(make({ endpoint: 'http://localhost:9000' })).not.toThrow()
  expect(make({ client })).not.toThrow()
  expect(make({ client, provider: location.provider })).toThrow("provider 'aws'")
})
