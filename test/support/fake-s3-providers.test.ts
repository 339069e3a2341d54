// The test of what a server lacks is beside the test of what AWS has, call by call.

import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3ServiceException,
  UploadPartCommand,
  type CompleteMultipartUploadCommandInput,
  type CreateMultipartUploadCommandInput,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterEach, describe, expect, it, test } from 'vitest'
import { BUCKET, connectedFake, refusal, type ConnectedFake } from './fake-s3/client.js'
import type { FakeS3Options } from './fake-s3/index.js'

const at = { Bucket: BUCKET, Key: 'a' }
const opened: ConnectedFake[] = []

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

async function fake(options: FakeS3Options) {
  const connected = await connectedFake(options)
  opened.push(connected)
  return connected
}

const putTo =
  (client: S3Client) =>
  (Body: string, rest: Partial<PutObjectCommandInput> = {}) =>
    client.send(new PutObjectCommand({ ...at, Body, ...rest }))

/** An upload of one part that only waits for its completion. */
async function uploaded(
  client: S3Client,
  body: string,
  rest: Partial<CreateMultipartUploadCommandInput> = {},
) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...at, ...rest }))
  const part = { ...at, UploadId, PartNumber: 1 }
  const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand({ ...part, Body: body }))
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] }
  return {
    complete: (conditions: Partial<CompleteMultipartUploadCommandInput> = {}) =>
      client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload, ...conditions })),
    abort: () => client.send(new AbortMultipartUploadCommand({ ...at, UploadId })),
    parts: () => client.send(new ListPartsCommand({ ...at, UploadId })),
  }
}

const textOf = async (client: S3Client) =>
  (await client.send(new GetObjectCommand(at))).Body?.transformToString()

const headOf = (client: S3Client) => client.send(new HeadObjectCommand({ ...at, ChecksumMode: 'ENABLED' }))

describe('as AWS', () => {
  it('gives the same answer to a completion that is repeated, unless its condition fails by now', async () => {
    const { s3, client } = await fake({})
    const { complete, abort } = await uploaded(client, 'x')
    const first = await complete({ IfNoneMatch: '*' })
    const again = await complete()
    expect([again.ETag, again.ChecksumCRC32]).toEqual([first.ETag, first.ChecksumCRC32])
    expect(await refusal(complete({ IfNoneMatch: '*' }))).toBe('412 PreconditionFailed')
    expect(await refusal(abort())).toBe('404 NoSuchUpload')
    s3.objects(BUCKET).delete('a')
    await complete()
    expect(s3.objects(BUCKET).size).toBe(0)
  })

  it('keeps and confirms the encryption context, and wants a key for it', async () => {
    const { s3, client } = await fake({})
    const context = { dataset: 'events', day: '2026-03-07' }
    const SSEKMSEncryptionContext = Buffer.from(JSON.stringify(context)).toString('base64')
    const kms = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'key', SSEKMSEncryptionContext } as const
    const put = putTo(client)
    expect((await put('x', kms)).SSEKMSEncryptionContext).toBe(SSEKMSEncryptionContext)
    expect(s3.objects(BUCKET).get('a')?.sse?.context).toEqual(context)
    const { complete } = await uploaded(client, 'x', kms)
    s3.objects(BUCKET).clear()
    await complete()
    expect(s3.objects(BUCKET).get('a')?.sse).toEqual({ algorithm: 'aws:kms', kmsKeyId: 'key', context })
    for (const odd of ['no json', '[1]', '{"a":1}']) {
      const bad = { ...kms, SSEKMSEncryptionContext: Buffer.from(odd).toString('base64') }
      expect(await refusal(put('x', bad))).toBe('400 InvalidArgument')
    }
    expect(await refusal(put('x', { ServerSideEncryption: 'AES256', SSEKMSEncryptionContext }))).toBe(
      '400 InvalidArgument',
    )
  })

  it('keeps a canned ACL, and where ACLs are off takes only the one that grants the owner all', async () => {
    const { s3, client } = await fake({})
    await putTo(client)('x', { ACL: 'private' })
    expect(s3.objects(BUCKET).get('a')?.acl).toBe('private')
    expect(await refusal(putTo(client)('x', { ACL: 'mine' as 'private' }))).toBe('400 InvalidArgument')
    const { complete } = await uploaded(client, 'x', { ACL: 'bucket-owner-full-control' })
    await complete()
    expect(s3.objects(BUCKET).get('a')?.acl).toBe('bucket-owner-full-control')

    const off = await fake({ acls: false })
    await putTo(off.client)('x', { ACL: 'bucket-owner-full-control' })
    const privately = { ACL: 'private' } as const
    expect(await refusal(putTo(off.client)('x', privately))).toBe('400 AccessControlListNotSupported')
    expect(await refusal(uploaded(off.client, 'x', privately))).toBe('400 AccessControlListNotSupported')
  })
})

describe('as Ceph', () => {
  const behaves = 'ceph'

  it('ignores the conditions of a completion, whose ETag is empty, and of a deletion', async () => {
    const { s3, client } = await fake({ behaves })
    await putTo(client)('first')
    const second = await uploaded(client, 'second')
    expect((await second.complete({ IfNoneMatch: '*' })).ETag).toBe('')
    expect(await textOf(client)).toBe('second')
    await (await uploaded(client, 'third')).complete({ IfMatch: '"other"' })
    expect(await textOf(client)).toBe('third')
    await client.send(new DeleteObjectCommand({ ...at, IfMatch: '"other"' }))
    expect(s3.objects(BUCKET).size).toBe(0)
  })

  it('honours the conditions of a Put, and compares a tag without taking its quotes off', async () => {
    const { client } = await fake({ behaves })
    const put = putTo(client)
    const { ETag = '' } = await put('first', { IfNoneMatch: '*' })
    expect(ETag).toMatch(/^"[0-9a-f]{32}"$/)
    expect(await refusal(put('second', { IfNoneMatch: '*' }))).toBe('412 PreconditionFailed')
    expect(await refusal(put('second', { IfMatch: ETag }))).toBe('412 PreconditionFailed')
    const IfMatch = ETag.replaceAll('"', '')
    await put('second', { IfMatch })
    expect(await textOf(client)).toBe('second')
    await client.send(new DeleteObjectCommand(at))
    expect(await refusal(put('third', { IfMatch }))).toBe('412 PreconditionFailed')
  })

  it('loses the tags of a multipart upload, and keeps those of a Put', async () => {
    const { s3, client } = await fake({ behaves })
    await putTo(client)('x', { Tagging: 'a=b' })
    expect(s3.objects(BUCKET).get('a')?.tags).toEqual({ a: 'b' })
    await (await uploaded(client, 'x', { Tagging: 'a=b' })).complete()
    expect((await client.send(new GetObjectTaggingCommand(at))).TagSet).toEqual([])
  })

  it('takes AES256 and does not confirm it, and confirms aws:kms', async () => {
    const { client } = await fake({ behaves })
    const put = putTo(client)
    expect((await put('x', { ServerSideEncryption: 'AES256' })).ServerSideEncryption).toBeUndefined()
    expect((await headOf(client)).ServerSideEncryption).toBeUndefined()
    expect((await put('x', { ServerSideEncryption: 'aws:kms' })).ServerSideEncryption).toBe('aws:kms')
  })

  it('answers a repeated completion with the ETag, unquoted, as long as the object is there', async () => {
    const { s3, client } = await fake({ behaves })
    const { complete, abort } = await uploaded(client, 'x')
    expect((await complete()).ETag).toBe('')
    const repeated = await complete({ IfNoneMatch: '*' })
    expect(`"${repeated.ETag ?? ''}"`).toBe(s3.objects(BUCKET).get('a')?.etag)
    expect(await refusal(abort())).toBe('404 NoSuchUpload')
    await putTo(client)('other')
    expect(await refusal(complete())).toBe('500 InternalError')
    expect(await textOf(client)).toBe('other')
  })

  it('refuses to complete what was aborted with a failure of its own', async () => {
    const { client } = await fake({ behaves })
    const { complete, abort, parts } = await uploaded(client, 'x')
    await parts()
    await abort()
    expect(await refusal(complete())).toBe('500 InternalError')
    expect(await refusal(abort())).toBe('404 NoSuchUpload')
    expect(await refusal(parts())).toBe('404 NoSuchKey')
  })

  it('refuses without words', async () => {
    const { client } = await fake({ behaves })
    const error: unknown = await textOf(client).catch((reason: unknown) => reason)
    if (!(error instanceof S3ServiceException)) throw new Error('expected a refusal', { cause: error })
    expect([error.name, error.message]).toEqual(['NoSuchKey', 'UnknownError'])
  })

  it('wants a length of a body in chunks', async () => {
    const { client } = await fake({ behaves })
    const Body = Readable.from([Buffer.from('x')])
    const put = new PutObjectCommand({ ...at, Body, ContentLength: 1 })
    expect(await refusal(client.send(put))).toBe('411 MissingContentLength')
  })
})

describe('as Swift', () => {
  const behaves = 'swift'

  it('knows no condition of a Put, no tags and no encryption', async () => {
    const { s3, client } = await fake({ behaves })
    const put = putTo(client)
    for (const asked of [
      { IfNoneMatch: '*' },
      { IfMatch: '"x"' },
      { Tagging: 'a=b' },
      { ServerSideEncryption: 'AES256' },
      { ServerSideEncryption: 'aws:kms' },
    ] as const) {
      expect(await refusal(put('x', asked))).toBe('501 NotImplemented')
    }
    expect(await refusal(put('x', { StorageClass: 'STANDARD_IA' }))).toBe('400 InvalidStorageClass')
    expect(s3.objects(BUCKET).size).toBe(0)
    await put('x')
    expect((await client.send(new GetObjectTaggingCommand(at))).TagSet).toEqual([])
    const tag = new PutObjectTaggingCommand({ ...at, Tagging: { TagSet: [] } })
    expect(await refusal(client.send(tag))).toBe('501 NotImplemented')
    expect((await headOf(client)).ServerSideEncryption).toBeUndefined()
  })

  it('completes where nothing is, if asked so, and never where a version is asked for', async () => {
    const { client } = await fake({ behaves })
    const first = await uploaded(client, 'first')
    const { ETag } = await first.complete({ IfNoneMatch: '*' })
    const second = await uploaded(client, 'second')
    expect(await refusal(second.complete({ IfNoneMatch: '*' }))).toBe('412 InvalidRequest')
    expect(await refusal(second.complete({ IfMatch: ETag }))).toBe('412 PreconditionFailed')
    expect(await textOf(client)).toBe('first')
  })

  it('answers a repeated completion as long as the object is there', async () => {
    const { client } = await fake({ behaves })
    const { complete, abort } = await uploaded(client, 'x')
    const { ETag } = await complete({ IfNoneMatch: '*' })
    expect((await complete({ IfNoneMatch: '*' })).ETag).toBe(ETag)
    expect(await refusal(abort())).toBe('404 NoSuchKey')
    await putTo(client)('other')
    expect(await refusal(complete())).toBe('404 NoSuchUpload')
    expect(await textOf(client)).toBe('other')
  })

  it('deletes the version that is asked for alone', async () => {
    const { client } = await fake({ behaves })
    const { ETag } = await putTo(client)('first')
    await putTo(client)('second')
    expect(await refusal(client.send(new DeleteObjectCommand({ ...at, IfMatch: ETag })))).toMatch(/^412 /)
    expect(await textOf(client)).toBe('second')
  })

  it('ignores an ACL, and refuses a body in chunks', async () => {
    const { s3, client } = await fake({ behaves })
    await putTo(client)('x', { ACL: 'public-read' })
    expect(s3.objects(BUCKET).get('a')).not.toHaveProperty('acl')
    const chunked = new PutObjectCommand({ ...at, Body: Readable.from([Buffer.from('x')]), ContentLength: 1 })
    expect(await refusal(client.send(chunked))).toBe('501 NotImplemented')
  })
})

describe.each(['ceph', 'swift'] as const)('as %s', (behaves) => {
  it('compares Content-MD5 and no checksum, of which it gives none back', async () => {
    const { s3, client } = await fake({ behaves })
    const put = putTo(client)
    const stored = await put('x', { ChecksumCRC32: 'AAAAAA==' })
    expect(stored.ChecksumCRC32).toBeUndefined()
    expect((await headOf(client)).ChecksumCRC32).toBeUndefined()
    const { complete } = await uploaded(client, 'x', { ChecksumAlgorithm: 'CRC32' })
    expect((await complete()).ChecksumCRC32).toBeUndefined()
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }))
    expect(Contents?.[0]?.ChecksumAlgorithm).toBeUndefined()
    const ContentMD5 = createHash('md5').update('other').digest('base64')
    expect(await refusal(put('x', { ContentMD5 }))).toBe('400 BadDigest')
    expect(s3.objects(BUCKET).get('a')?.checksums).toEqual({})
  })

  it('does not look at the owner that is expected', async () => {
    const { client } = await fake({ behaves })
    await putTo(client)('x', { ExpectedBucketOwner: '999999999999' })
  })
})

test.each(['aws', 'ceph', 'swift'] as const)(
  'as %s, a listing and a HEAD agree on the ETag, also of what was completed',
  async (behaves) => {
    const { s3, client } = await fake({ behaves })
    const agreed = async () => {
      const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }))
      const etags = [Contents?.[0]?.ETag, (await headOf(client)).ETag]
      expect(etags).toEqual([s3.objects(BUCKET).get('a')?.etag, s3.objects(BUCKET).get('a')?.etag])
    }
    await putTo(client)('x')
    await agreed()
    await (await uploaded(client, 'y')).complete()
    expect((await headOf(client)).ETag).toMatch(/^"[0-9a-f]{32}-1"$/)
    await agreed()
  },
)
