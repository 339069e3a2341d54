import { createHash, createHmac } from 'node:crypto'
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
  type PutObjectCommandInput,
  type S3ClientConfig,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { afterEach, describe, expect, it } from 'vitest'
import { crc32, crc32c, crc64nvme } from './fake-s3/crc.js'
import { startFakeS3, type FakeS3, type FakeS3Options } from './fake-s3/index.js'

const bucket = 'exports'
const mebibyte = 1024 * 1024
const cleanups: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function started(options: FakeS3Options = {}): Promise<FakeS3> {
  const s3 = await startFakeS3({ buckets: [bucket], ...options })
  cleanups.push(() => s3.close())
  return s3
}

function connected(s3: FakeS3, config: S3ClientConfig = {}): S3Client {
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    credentials: s3.credentials,
    forcePathStyle: true,
    maxAttempts: 1,
    ...config,
  })
  cleanups.push(() => {
    client.destroy()
  })
  return client
}

async function pair(options: FakeS3Options = {}, config: S3ClientConfig = {}) {
  const s3 = await started(options)
  return { s3, client: connected(s3, config) }
}

/** The name and status of the refusal that a call must end in. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof S3ServiceException)) throw new Error('expected S3 to refuse', { cause: error })
  return `${error.$metadata.httpStatusCode ?? 0} ${error.name}`
}

function put(
  Key: string,
  Body: NonNullable<PutObjectCommandInput['Body']>,
  rest: Partial<PutObjectCommandInput> = {},
) {
  return new PutObjectCommand({ Bucket: bucket, Key, Body, ...rest })
}

async function textOf(client: S3Client, Key: string, Range?: string): Promise<string | undefined> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key, ...(Range && { Range }) }))
  return Body?.transformToString()
}

const patterned = (size: number) => Buffer.alloc(size, 'abcdefghij0123456789')

interface RawAnswer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

interface RawRequest {
  method?: string
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
}

function raw(s3: FakeS3, { method = 'GET', path, headers, body }: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(s3.endpoint)
    const request = httpRequest(
      { host: '127.0.0.1', port, method, path, headers, agent: false },
      (response) => {
        let text = ''
        response
          .setEncoding('utf8')
          .on('data', (chunk: string) => (text += chunk))
          .on('end', () => {
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
          })
          .on('error', reject)
      },
    )
    request.on('error', reject).end(body)
  })
}

/** Signs from the specification alone, so that the server's own arithmetic is not used to check itself. */
function signed(s3: FakeS3, request: RawRequest & { payload: string; at?: Date }): RawRequest {
  const { method = 'GET', path, payload, at = new Date() } = request
  const amzDate = at.toISOString().replace(/[-:]|\.\d+/g, '')
  const headers: Record<string, string> = {
    host: new URL(s3.endpoint).host,
    'x-amz-date': amzDate,
    'x-amz-content-sha256': payload,
    ...request.headers,
  }
  const names = Object.keys(headers).sort()
  const canonical = [
    method,
    path,
    '',
    ...names.map((name) => `${name}:${headers[name] ?? ''}`),
    '',
    names.join(';'),
    payload,
  ].join('\n')
  const scope = `${amzDate.slice(0, 8)}/us-east-1/s3/aws4_request`
  const mac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()
  const key = scope.split('/').reduce<string | Buffer>(mac, `AWS4${s3.credentials.secretAccessKey}`)
  const digest = createHash('sha256').update(canonical, 'latin1').digest('hex')
  const signature = mac(key, `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${digest}`).toString('hex')
  headers.authorization =
    `AWS4-HMAC-SHA256 Credential=${s3.credentials.accessKeyId}/${scope}, ` +
    `SignedHeaders=${names.join(';')}, Signature=${signature}`
  return { ...request, headers }
}

describe('signatures', () => {
  // The worked examples of "Authenticating Requests: AWS Signature Version 4" in the S3 API reference.
  const published = {
    buckets: ['examplebucket'],
    accounts: [
      { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
    ],
    now: () => new Date('2013-05-24T00:00:00Z'),
  } satisfies FakeS3Options
  const credential = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request'
  const emptyDigest = createHash('sha256').digest('hex')
  const chunked = {
    method: 'PUT',
    path: '/examplebucket/chunkObject.txt',
    headers: {
      host: 's3.amazonaws.com',
      'x-amz-date': '20130524T000000Z',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '66560',
      'content-length': '66824',
      authorization:
        `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=content-encoding;content-length;host;` +
        'x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,' +
        'Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    },
  }
  const chunkedBody = (letter: string) =>
    [
      '10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      letter.repeat(65536),
      '400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'a'.repeat(1024),
      '0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
      '',
      '',
    ].join('\r\n')

  it('accepts the GET published by AWS, addressed by virtual host', async () => {
    const s3 = await started(published)
    const answer = await raw(s3, {
      path: '/test.txt',
      headers: {
        host: 'examplebucket.s3.amazonaws.com',
        range: 'bytes=0-9',
        'x-amz-content-sha256': emptyDigest,
        'x-amz-date': '20130524T000000Z',
        authorization:
          `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,` +
          'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
      },
    })
    expect(answer.text).toContain('<Code>NoSuchKey</Code>')
  })

  it('accepts the signed chunks published by AWS, and refuses them altered', async () => {
    const s3 = await started(published)
    expect((await raw(s3, { ...chunked, body: chunkedBody('b') })).text).toContain('SignatureDoesNotMatch')
    expect(s3.objects('examplebucket').size).toBe(0)
    expect(await raw(s3, { ...chunked, body: chunkedBody('a') })).toMatchObject({ status: 200 })
    const object = s3.objects('examplebucket').get('chunkObject.txt')
    expect(object?.body.equals(Buffer.alloc(66560, 'a'))).toBe(true)
    expect(object).not.toHaveProperty('contentEncoding')
  })

  it('accepts the presigned GET published by AWS until it expires, and not when altered', async () => {
    let time = '2013-05-24T23:59:59Z'
    const s3 = await started({ ...published, now: () => new Date(time) })
    const path =
      `/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(credential)}` +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'
    const headers = { host: 'examplebucket.s3.amazonaws.com' }
    expect((await raw(s3, { path, headers })).text).toContain('<Code>NoSuchKey</Code>')
    const altered = path.replace(/404$/, '405')
    expect((await raw(s3, { path: altered, headers })).text).toContain('<Code>SignatureDoesNotMatch</Code>')
    time = '2013-05-25T00:00:01Z'
    const late = await raw(s3, { path, headers })
    expect(late).toMatchObject({ status: 403 })
    expect(late.text).toContain('<Message>Request has expired</Message>')
  })

  it('refuses a wrong secret, an unknown key and a request without a signature', async () => {
    const s3 = await started()
    const { accessKeyId, secretAccessKey } = s3.credentials
    const wrongSecret = connected(s3, { credentials: { accessKeyId, secretAccessKey: 'other' } })
    const unknownKey = connected(s3, { credentials: { accessKeyId: 'OTHER', secretAccessKey } })
    expect(await refusal(wrongSecret.send(put('a', 'x')))).toBe('403 SignatureDoesNotMatch')
    expect(await refusal(unknownKey.send(put('a', 'x')))).toBe('403 InvalidAccessKeyId')
    expect(await raw(s3, { path: `/${bucket}/a` })).toMatchObject({ status: 403 })
    expect(s3.objects(bucket).size).toBe(0)
  })

  it('refuses a clock more than 15 minutes off and takes one that is not', async () => {
    let offsetMinutes = 16
    const { s3, client } = await pair({ now: () => new Date(Date.now() + offsetMinutes * 60_000) })
    expect(await refusal(client.send(put('a', 'x')))).toBe('403 RequestTimeTooSkewed')
    offsetMinutes = -14
    await connected(s3).send(put('a', 'x'))
    expect(s3.objects(bucket).size).toBe(1)
  })

  it('names the right region to a client in the wrong one', async () => {
    const s3 = await started()
    const client = connected(s3, { region: 'eu-west-1' })
    expect(await refusal(client.send(put('a', 'x')))).toBe('400 AuthorizationHeaderMalformed')
    const request = signed(s3, { path: `/${bucket}/a`, payload: 'UNSIGNED-PAYLOAD' })
    const authorization = request.headers?.authorization?.replace('us-east-1', 'eu-west-1') ?? ''
    const answer = await raw(s3, { ...request, headers: { ...request.headers, authorization } })
    expect(answer.text).toContain('<Region>us-east-1</Region>')
  })

  it('lets a session token pass, and insists on the right one of an account that has one', async () => {
    const s3 = await started()
    await connected(s3, { credentials: { ...s3.credentials, sessionToken: 'any' } }).send(put('a', 'x'))
    const strict = await started({
      accounts: [{ accessKeyId: 'K', secretAccessKey: 'S', sessionToken: 'token' }],
    })
    await connected(strict).send(put('a', 'x'))
    const wrong = connected(strict, { credentials: { ...strict.credentials, sessionToken: 'other' } })
    expect(await refusal(wrong.send(put('a', 'x')))).toBe('400 InvalidToken')
  })

  it('compares the body with its signed digest', async () => {
    const s3 = await started()
    const payload = createHash('sha256').update('one').digest('hex')
    const request = signed(s3, {
      method: 'PUT',
      path: `/${bucket}/a`,
      payload,
      headers: { 'content-length': '3' },
    })
    expect((await raw(s3, { ...request, body: 'two' })).text).toContain('XAmzContentSHA256Mismatch')
    expect(await raw(s3, { ...request, body: 'one' })).toMatchObject({ status: 200 })
    expect(s3.objects(bucket).get('a')?.body.toString()).toBe('one')
  })

  it('wants every x-amz header to be signed', async () => {
    const s3 = await started()
    const request = signed(s3, { path: `/${bucket}/a`, payload: 'UNSIGNED-PAYLOAD' })
    const headers = { ...request.headers, 'x-amz-acl': 'private' }
    const answer = await raw(s3, { ...request, headers })
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('not signed: x-amz-acl')
  })

  it.each(['a b+c.txt', 'ünïcode/☃/😀', 'per%cent?query=1&x', "quote'(!)*~", 'a//b/../c'])(
    'takes the key %j both in the path and by virtual host',
    async (key) => {
      const s3 = await started()
      const lookup: NonNullable<ConstructorParameters<typeof Agent>[0]>['lookup'] = (_, { all }, done) => {
        if (all === true) done(null, [{ address: '127.0.0.1', family: 4 }])
        else done(null, '127.0.0.1', 4)
      }
      const agent = new Agent({ lookup })
      cleanups.push(() => {
        agent.destroy()
      })
      const virtualHost = connected(s3, {
        endpoint: s3.endpoint.replace('127.0.0.1', 'localhost'),
        forcePathStyle: false,
        requestHandler: { httpAgent: agent },
      })
      await virtualHost.send(put(key, 'body'))
      expect(s3.operations[0]?.headers.host).toMatch(`${bucket}.localhost`)
      expect([...s3.objects(bucket).keys()]).toEqual([key])
      expect(await textOf(connected(s3), key)).toBe('body')
    },
  )
})

describe('bodies and checksums', () => {
  it('computes the published check values of the three CRCs', () => {
    const check = Buffer.from('123456789')
    expect(crc32(check).toString('hex')).toBe('cbf43926')
    expect(crc32c(check).toString('hex')).toBe('e3069283')
    expect(crc64nvme(check).toString('hex')).toBe('ae8b14860a799888')
  })

  it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'agrees with the SDK on %s and returns it on put, get and head',
    async (ChecksumAlgorithm) => {
      const { client } = await pair()
      const name = `Checksum${ChecksumAlgorithm}` as const
      const stored = await client.send(put('a', patterned(70_000), { ChecksumAlgorithm }))
      const address = { Bucket: bucket, Key: 'a', ChecksumMode: 'ENABLED' } as const
      const head = await client.send(new HeadObjectCommand(address))
      // Read to the end, as the SDK checks the body it receives against the header.
      const got = await client.send(new GetObjectCommand(address))
      expect((await got.Body?.transformToByteArray())?.length).toBe(70_000)
      expect(stored[name]).toMatch(/^[\w+/]+=*$/)
      expect([head[name], got[name], head.ChecksumType]).toEqual([stored[name], stored[name], 'FULL_OBJECT'])
    },
  )

  it('gives a body without checksum a CRC64NVME, and shows it only on request', async () => {
    const { client } = await pair(
      {},
      { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' },
    )
    await client.send(put('a', 'x'))
    const silent = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'a' }))
    expect(silent.ChecksumCRC64NVME).toBeUndefined()
    const asked = await client.send(
      new HeadObjectCommand({ Bucket: bucket, Key: 'a', ChecksumMode: 'ENABLED' }),
    )
    expect(asked.ChecksumCRC64NVME).toBeDefined()
  })

  it('refuses a body that does not match its checksum or Content-MD5', async () => {
    const { s3, client } = await pair()
    const wrong = 'AAAAAA=='
    expect(await refusal(client.send(put('a', 'x', { ChecksumCRC32: wrong })))).toBe('400 BadDigest')
    const md5 = createHash('md5').update('other').digest('base64')
    expect(await refusal(client.send(put('a', 'x', { ContentMD5: md5 })))).toBe('400 BadDigest')
    expect(await refusal(client.send(put('a', 'x', { ContentMD5: 'short' })))).toBe('400 InvalidDigest')
    expect(s3.objects(bucket).size).toBe(0)
  })

  it('decodes aws-chunked streams with a checksum trailer and keeps only the real encoding', async () => {
    const { s3, client } = await pair()
    const body = patterned(300_000)
    const stream = Readable.from([body.subarray(0, 100_001), body.subarray(100_001)])
    const stored = await client.send(
      put('a.gz', stream, { ContentLength: body.length, ContentEncoding: 'gzip' }),
    )
    const object = s3.objects(bucket).get('a.gz')
    expect(s3.operations[0]?.headers['x-amz-content-sha256']).toBe('STREAMING-UNSIGNED-PAYLOAD-TRAILER')
    expect(object?.body.equals(body)).toBe(true)
    expect(object?.contentEncoding).toBe('gzip')
    expect(object?.checksums.CRC32).toBe(stored.ChecksumCRC32)
    expect(s3.operations[0]?.bytes).toBe(300_000)
  })

  it.each([
    ['a trailer that does not match', '3\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', 'BadDigest'],
    ['a trailer that never came', '3\r\nabc\r\n0\r\n\r\n', 'MalformedTrailerError'],
    ['a chunk cut short', '3\r\nab\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n', 'IncompleteBody'],
    ['fewer bytes than announced', '2\r\nab\r\n0\r\nx-amz-checksum-crc32:nod+qg==\r\n\r\n', 'IncompleteBody'],
    ['nothing at all', 'plain', 'IncompleteBody'],
  ])('refuses an aws-chunked body with %s', async (_, body, code) => {
    const s3 = await started()
    const request = signed(s3, {
      method: 'PUT',
      path: `/${bucket}/a`,
      payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      headers: {
        'content-encoding': 'aws-chunked',
        'content-length': String(body.length),
        'x-amz-decoded-content-length': '3',
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
    })
    const answer = await raw(s3, { ...request, body })
    expect(answer).toMatchObject({ status: 400 })
    expect(answer.text).toContain(`<Code>${code}</Code>`)
    expect(s3.objects(bucket).size).toBe(0)
  })

  it('asks for a length', async () => {
    const s3 = await started()
    const request = signed(s3, { method: 'PUT', path: `/${bucket}/a`, payload: 'UNSIGNED-PAYLOAD' })
    const headers = { ...request.headers, 'transfer-encoding': 'chunked' }
    expect(await raw(s3, { ...request, headers, body: 'x' })).toMatchObject({ status: 411 })
  })

  it('answers Expect: 100-continue, and refuses before the body is sent', async () => {
    const { s3, client } = await pair()
    await client.send(put('a', patterned(3 * mebibyte)))
    expect(s3.operations[0]?.headers.expect).toBe('100-continue')
    s3.setPolicy(() => false)
    expect(await refusal(client.send(put('b', patterned(3 * mebibyte))))).toBe('403 AccessDenied')
    expect(s3.operations[1]?.bytes).toBe(0)
  })

  it('keeps nothing of a body whose client disconnects', async () => {
    const s3 = await started()
    const request = signed(s3, {
      method: 'PUT',
      path: `/${bucket}/a`,
      payload: 'UNSIGNED-PAYLOAD',
      headers: { 'content-length': '10' },
    })
    const arrived = new Promise<void>((resolve) => {
      s3.fault({}, () => {
        resolve()
      })
    })
    const { port } = new URL(s3.endpoint)
    const { method, path, headers } = request
    const half = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false })
    const failed = new Promise((resolve) => half.once('error', resolve))
    half.write('12345')
    await arrived
    half.destroy(new Error('client left'))
    await failed
    await s3.close()
    expect(s3.operations).toMatchObject([{ operation: 'PutObject', status: 0, answered: false }])
    expect(s3.objects(bucket).size).toBe(0)
  })
})

describe('objects', () => {
  it('keeps and returns what the writer said about an object', async () => {
    const now = new Date('2026-03-02T01:02:03Z')
    const { s3, client } = await pair({ now: () => now }, { systemClockOffset: now.getTime() - Date.now() })
    const stored = await client.send(
      put('a.csv', 'x', {
        ContentType: 'text/csv; charset=utf-8',
        CacheControl: 'no-store',
        ContentDisposition: 'attachment; filename="a.csv"',
        ContentLanguage: 'en',
        Metadata: { Day: '2026-03-01', escaped: '%E2%98%83 ', rfc: '=?UTF-8?B?4piD?=' },
        Tagging: 'team=data&kind=csv%20file',
        StorageClass: 'STANDARD_IA',
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: 'key-1',
        BucketKeyEnabled: true,
      }),
    )
    expect(stored).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'key-1' })
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'a.csv' }))
    expect(head).toMatchObject({
      ETag: stored.ETag,
      ContentLength: 1,
      ContentType: 'text/csv; charset=utf-8',
      CacheControl: 'no-store',
      ContentDisposition: 'attachment; filename="a.csv"',
      ContentLanguage: 'en',
      Metadata: { day: '2026-03-01', escaped: '%E2%98%83', rfc: '=?UTF-8?B?4piD?=' },
      TagCount: 2,
      StorageClass: 'STANDARD_IA',
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'key-1',
      BucketKeyEnabled: true,
      LastModified: now,
    })
    expect(stored.ETag).toBe(`"${createHash('md5').update('x').digest('hex')}"`)
    expect(s3.objects(bucket).get('a.csv')).toMatchObject({
      tags: { team: 'data', kind: 'csv file' },
      sse: { algorithm: 'aws:kms', kmsKeyId: 'key-1' },
    })
    expect(head.$metadata.requestId).toMatch(/^[0-9A-F]{16}$/)
    expect(head.$metadata.extendedRequestId).toBeDefined()
  })

  it('reads UTF-8 metadata and returns it as an RFC 2047 word', async () => {
    const s3 = await started()
    const latin1 = Buffer.from('☃ é').toString('latin1')
    const path = `/${bucket}/a`
    const headers = { 'x-amz-meta-note': latin1, 'content-length': '0' }
    await raw(s3, signed(s3, { method: 'PUT', path, payload: 'UNSIGNED-PAYLOAD', headers }))
    expect(s3.objects(bucket).get('a')?.metadata).toEqual({ note: '☃ é' })
    const head = await raw(s3, signed(s3, { method: 'HEAD', path, payload: 'UNSIGNED-PAYLOAD' }))
    expect(head.headers['x-amz-meta-note']).toBe(`=?UTF-8?B?${Buffer.from('☃ é').toString('base64')}?=`)
  })

  it('reports AES256 by default, and nothing when it stands in for a server that does not encrypt', async () => {
    const { client } = await pair()
    expect((await client.send(put('a', 'x'))).ServerSideEncryption).toBe('AES256')
    const bad = put('a', 'x', { ServerSideEncryption: 'AES256', SSEKMSKeyId: 'key' })
    expect(await refusal(client.send(bad))).toBe('400 InvalidArgument')
    const careless = await pair({ encrypts: false })
    const stored = await careless.client.send(put('a', 'x', { ServerSideEncryption: 'AES256' }))
    expect(stored.ServerSideEncryption).toBeUndefined()
  })

  it('refuses unknown storage classes, long keys, strange owners and missing buckets', async () => {
    const { s3, client } = await pair()
    const classed = put('a', 'x', { StorageClass: 'CHEAP' as 'STANDARD' })
    expect(await refusal(client.send(classed))).toBe('400 InvalidStorageClass')
    expect(await refusal(client.send(put('é'.repeat(512) + 'x', 'x')))).toBe('400 KeyTooLongError')
    await client.send(put('é'.repeat(512), 'x'))
    const owned = put('a', 'x', { ExpectedBucketOwner: '999999999999' })
    expect(await refusal(client.send(owned))).toBe('403 AccessDenied')
    await client.send(put('a', 'x', { ExpectedBucketOwner: s3.accountId }))
    expect(await refusal(client.send(put('a', 'x', { Bucket: 'nowhere' })))).toBe('404 NoSuchBucket')
    expect(await refusal(client.send(new GetObjectCommand({ Bucket: bucket, Key: 'none' })))).toBe(
      '404 NoSuchKey',
    )
    expect(await refusal(client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'none' })))).toBe(
      '404 NotFound',
    )
    expect(await refusal(client.send(new GetObjectAclCommand({ Bucket: bucket, Key: 'a' })))).toBe(
      '501 NotImplemented',
    )
  })

  it('answers a failed HEAD without a body', async () => {
    const s3 = await started()
    const request = signed(s3, { method: 'HEAD', path: `/${bucket}/none`, payload: 'UNSIGNED-PAYLOAD' })
    expect(await raw(s3, request)).toMatchObject({ status: 404, text: '' })
  })

  it('reads ranges', async () => {
    const { client } = await pair()
    await client.send(put('a', '0123456789'))
    await client.send(put('empty', ''))
    expect(await textOf(client, 'a', 'bytes=2-4')).toBe('234')
    expect(await textOf(client, 'a', 'bytes=7-')).toBe('789')
    expect(await textOf(client, 'a', 'bytes=-3')).toBe('789')
    expect(await textOf(client, 'a', 'bytes=8-99')).toBe('89')
    expect(await textOf(client, 'a', 'bytes=-99')).toBe('0123456789')
    expect(await textOf(client, 'empty')).toBe('')
    for (const [Key, Range] of [
      ['a', 'bytes=10-'],
      ['a', 'bytes=-0'],
      ['empty', 'bytes=0-'],
    ] as const) {
      const get = new GetObjectCommand({ Bucket: bucket, Key, Range })
      expect(await refusal(client.send(get))).toBe('416 InvalidRange')
    }
    const part = await client.send(
      new GetObjectCommand({ Bucket: bucket, Key: 'a', Range: 'bytes=2-4', ChecksumMode: 'ENABLED' }),
    )
    expect(part).toMatchObject({ ContentRange: 'bytes 2-4/10', ContentLength: 3 })
    expect(part.ChecksumCRC32).toBeUndefined()
  })

  it('honours the conditions of readers', async () => {
    const { client } = await pair()
    const { ETag } = await client.send(put('a', 'x'))
    const get = (conditions: { IfMatch?: string; IfNoneMatch?: string }) =>
      client.send(new GetObjectCommand({ Bucket: bucket, Key: 'a', ...conditions }))
    expect(await refusal(get({ IfMatch: '"other"' }))).toBe('412 PreconditionFailed')
    await expect(get({ IfNoneMatch: ETag ?? '' })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    })
    await get({ IfMatch: ETag ?? '', IfNoneMatch: '"other"' })
  })

  it('honours the conditions of writers, with ETags quoted or not', async () => {
    const { s3, client } = await pair()
    const { ETag = '' } = await client.send(put('a', 'one', { IfNoneMatch: '*' }))
    expect(await refusal(client.send(put('a', 'two', { IfNoneMatch: '*' })))).toBe('412 PreconditionFailed')
    expect(await refusal(client.send(put('a', 'two', { IfMatch: '"other"' })))).toBe('412 PreconditionFailed')
    expect(await refusal(client.send(put('none', 'two', { IfMatch: ETag })))).toBe('404 NoSuchKey')
    expect(s3.objects(bucket).get('a')?.body.toString()).toBe('one')
    await client.send(put('a', 'two', { IfMatch: ETag }))
    const unquotedTag = s3.objects(bucket).get('a')?.etag.replaceAll('"', '') ?? ''
    await client.send(put('a', 'three', { IfMatch: unquotedTag }))
    const stale = new DeleteObjectCommand({ Bucket: bucket, Key: 'a', IfMatch: ETag })
    expect(await refusal(client.send(stale))).toBe('412 PreconditionFailed')
    expect(s3.objects(bucket).get('a')?.body.toString()).toBe('three')
  })

  it('lets exactly one of many concurrent creations win', async () => {
    const { s3, client } = await pair()
    const bodies = Array.from({ length: 16 }, (_, index) => patterned(200_000 + index))
    const results = await Promise.allSettled(
      bodies.map((body) => client.send(put('a', body, { IfNoneMatch: '*' }))),
    )
    const winners = bodies.filter((_, index) => results[index]?.status === 'fulfilled')
    expect(winners).toHaveLength(1)
    expect(s3.objects(bucket).get('a')?.body.length).toBe(winners[0]?.length)
    expect(s3.operations.filter((operation) => operation.status === 412)).toHaveLength(15)
  })

  it('deletes, one and many, present or not', async () => {
    const { s3, client } = await pair()
    for (const key of ['a', 'b & <c>', 'd']) await client.send(put(key, 'x'))
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a' }))
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a' }))
    const Objects = [{ Key: 'b & <c>' }, { Key: 'none' }]
    const many = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }))
    expect(many.Deleted).toEqual(Objects)
    expect([...s3.objects(bucket).keys()]).toEqual(['d'])
  })

  it('copies, with the attributes of the source or new ones', async () => {
    const { s3, client } = await pair()
    const metadata = { day: '1' }
    await client.send(put('a b+ü', 'x', { ContentType: 'text/csv', Metadata: metadata, Tagging: 't=1' }))
    const copy = { Bucket: bucket, CopySource: encodeURIComponent(`${bucket}/a b+ü`) }
    const result = await client.send(new CopyObjectCommand({ ...copy, Key: 'copy' }))
    expect(result.CopyObjectResult?.ETag).toBe(s3.objects(bucket).get('a b+ü')?.etag)
    expect(s3.objects(bucket).get('copy')).toMatchObject({
      contentType: 'text/csv',
      metadata,
      tags: { t: '1' },
    })
    await client.send(
      new CopyObjectCommand({
        ...copy,
        Key: 'copy',
        MetadataDirective: 'REPLACE',
        ContentType: 'a/b',
        TaggingDirective: 'REPLACE',
        Tagging: 'u=2',
      }),
    )
    expect(s3.objects(bucket).get('copy')).toMatchObject({
      contentType: 'a/b',
      metadata: {},
      tags: { u: '2' },
    })
    const self = new CopyObjectCommand({ ...copy, Key: 'a b+ü' })
    expect(await refusal(client.send(self))).toBe('400 InvalidRequest')
    const stale = new CopyObjectCommand({ ...copy, Key: 'copy', CopySourceIfMatch: '"other"' })
    expect(await refusal(client.send(stale))).toBe('412 PreconditionFailed')
    const missing = new CopyObjectCommand({ Bucket: bucket, Key: 'c', CopySource: `${bucket}/none` })
    expect(await refusal(client.send(missing))).toBe('404 NoSuchKey')
  })

  it('reads and replaces tags', async () => {
    const { client } = await pair()
    await client.send(put('a', 'x', { Tagging: 'one=1' }))
    const address = { Bucket: bucket, Key: 'a' }
    const TagSet = [{ Key: 'two & more', Value: '<2>' }]
    await client.send(new PutObjectTaggingCommand({ ...address, Tagging: { TagSet } }))
    expect((await client.send(new GetObjectTaggingCommand(address))).TagSet).toEqual(TagSet)
  })
})

describe('buckets and listings', () => {
  it('creates, finds, lists and deletes buckets', async () => {
    const { s3, client } = await pair()
    s3.createBucket('second')
    await client.send(new CreateBucketCommand({ Bucket: 'third' }))
    expect(await refusal(client.send(new CreateBucketCommand({ Bucket: 'third' })))).toBe(
      '409 BucketAlreadyOwnedByYou',
    )
    await client.send(new HeadBucketCommand({ Bucket: 'third' }))
    expect(await refusal(client.send(new HeadBucketCommand({ Bucket: 'fourth' })))).toBe('404 NotFound')
    const location = await client.send(new GetBucketLocationCommand({ Bucket: 'third' }))
    expect(location.LocationConstraint ?? '').toBe('')
    await client.send(new DeleteBucketCommand({ Bucket: 'third' }))
    const { Buckets } = await client.send(new ListBucketsCommand({}))
    expect(Buckets?.map(({ Name }) => Name)).toEqual([bucket, 'second'])
  })

  it('lists keys by UTF-8 bytes, page by page, under a prefix and folded by a delimiter', async () => {
    const { s3, client } = await pair()
    const keys = ['p/a/1', 'p/a/2', 'p/b', 'p/c/1', 'p/\u{ff5e}', 'p/\u{1f600}', 'q']
    for (const key of [...keys].reverse()) await client.send(put(key, 'x'))
    const list = (input: object) => client.send(new ListObjectsV2Command({ Bucket: bucket, ...input }))
    const all = await list({})
    expect(all.Contents?.map(({ Key }) => Key)).toEqual(keys)
    expect(all.Contents?.[0]).toMatchObject({ Size: 1, ETag: s3.objects(bucket).get('q')?.etag })

    const seen: (string | undefined)[] = []
    let ContinuationToken: string | undefined
    do {
      const page = await list({ Prefix: 'p/', Delimiter: '/', MaxKeys: 1, ContinuationToken })
      expect(page.KeyCount).toBe(1)
      seen.push(page.Contents?.[0]?.Key ?? page.CommonPrefixes?.[0]?.Prefix)
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken !== undefined)
    expect(seen).toEqual(['p/a/', 'p/b', 'p/c/', 'p/\u{ff5e}', 'p/\u{1f600}'])

    const after = await list({ StartAfter: 'p/c/1', EncodingType: 'url' })
    expect(after.Contents?.map(({ Key }) => Key)).toEqual(['p/%EF%BD%9E', 'p/%F0%9F%98%80', 'q'])
    expect(await list({ MaxKeys: 0 })).toMatchObject({ KeyCount: 0, IsTruncated: false })
    expect(await refusal(list({ ContinuationToken: 'nonsense' }))).toBe('400 InvalidArgument')
  })

  it('carries control characters of a key through the listing', async () => {
    const { client } = await pair()
    await client.send(put('a\tb\r\nc&<>"', 'x'))
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: bucket }))
    expect(Contents?.[0]?.Key).toBe('a\tb\r\nc&<>"')
  })
})

describe('multipart uploads', () => {
  const address = { Bucket: bucket, Key: 'big' }
  const create = async (client: S3Client, rest: object = {}): Promise<string> => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...address, ...rest }))
    return UploadId ?? ''
  }
  const upload = (client: S3Client, UploadId: string, PartNumber: number, Body: string | Buffer) =>
    client
      .send(new UploadPartCommand({ ...address, UploadId, PartNumber, Body }))
      .then(({ ETag, ChecksumCRC32, ChecksumSHA256 }) => ({
        PartNumber,
        ETag,
        ChecksumCRC32,
        ChecksumSHA256,
      }))
  const complete = (
    client: S3Client,
    UploadId: string,
    Parts: { PartNumber?: number; ETag?: string | undefined }[],
    rest: object = {},
  ) =>
    client.send(
      new CompleteMultipartUploadCommand({
        ...address,
        UploadId,
        MultipartUpload: { Parts: Parts },
        ...rest,
      }),
    )
  const fiveMebibytes = patterned(5 * mebibyte)

  it('assembles what lib-storage uploads', async () => {
    const { s3, client } = await pair()
    const body = patterned(12 * mebibyte + 7)
    const result = await new Upload({
      client,
      params: { ...address, Body: Readable.from([body]), ContentType: 'text/csv', Tagging: 'a=b' },
    }).done()
    const md5s = [0, 5, 10].map((start) =>
      createHash('md5')
        .update(body.subarray(start * mebibyte, (start + 5) * mebibyte))
        .digest(),
    )
    const object = s3.objects(bucket).get('big')
    expect(object?.body.equals(body)).toBe(true)
    expect(object?.etag).toBe(`"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-3"`)
    expect(object).toMatchObject({ contentType: 'text/csv', tags: { a: 'b' } })
    expect(result.ETag).toBe(object?.etag)
    expect(object?.checksums.CRC32).toMatch(/-3$/)
    expect(s3.uploads(bucket)).toEqual([])
  })

  it.each(['SHA256', 'CRC64NVME'] as const)('assembles a %s upload that the SDK can verify', async (name) => {
    const { s3, client } = await pair()
    const body = patterned(6 * mebibyte)
    await new Upload({ client, params: { ...address, Body: body, ChecksumAlgorithm: name } }).done()
    const got = await client.send(new GetObjectCommand({ ...address, ChecksumMode: 'ENABLED' }))
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true)
    const type = name === 'SHA256' ? 'COMPOSITE' : 'FULL_OBJECT'
    expect(got.ChecksumType).toBe(type)
    expect(s3.objects(bucket).get('big')?.checksumType).toBe(type)
    expect(got[`Checksum${name}`]?.endsWith('-2')).toBe(type === 'COMPOSITE')
  })

  it('refuses parts that are unknown, altered, unordered, too small or misnumbered', async () => {
    const { client } = await pair()
    const id = await create(client)
    const one = await upload(client, id, 1, 'small')
    const two = await upload(client, id, 2, 'small too')
    expect(await refusal(complete(client, id, [one, two]))).toBe('400 EntityTooSmall')
    expect(await refusal(complete(client, id, [two, one]))).toBe('400 InvalidPartOrder')
    expect(await refusal(complete(client, id, [one, { ...two, ETag: one.ETag }]))).toBe('400 InvalidPart')
    expect(await refusal(complete(client, id, [one, { ...two, PartNumber: 3 }]))).toBe('400 InvalidPart')
    expect(await refusal(complete(client, id, []))).toBe('400 MalformedXML')
    expect(await refusal(upload(client, id, 0, 'x'))).toBe('400 InvalidArgument')
    expect(await refusal(upload(client, id, 10_001, 'x'))).toBe('400 InvalidArgument')
    await upload(client, id, 10_000, 'x')
    await complete(client, id, [one])
    expect(await textOf(client, 'big')).toBe('small')
  })

  it('takes the last upload of a part, and holds on to its checksum', async () => {
    const { s3, client } = await pair()
    const id = await create(client, { ChecksumAlgorithm: 'SHA256' })
    const wrong = new UploadPartCommand({
      ...address,
      UploadId: id,
      PartNumber: 1,
      Body: 'x',
      ChecksumSHA256: createHash('sha256').update('y').digest('base64'),
    })
    expect(await refusal(client.send(wrong))).toBe('400 BadDigest')
    const sha = (Body: string) =>
      client.send(
        new UploadPartCommand({ ...address, UploadId: id, PartNumber: 1, Body, ChecksumAlgorithm: 'SHA256' }),
      )
    await sha('first')
    const { ETag, ChecksumSHA256 } = await sha('second')
    expect(await refusal(complete(client, id, [{ PartNumber: 1, ETag }]))).toBe('400 InvalidRequest')
    await complete(client, id, [{ PartNumber: 1, ETag, ...{ ChecksumSHA256 } }])
    expect(s3.objects(bucket).get('big')?.body.toString()).toBe('second')
  })

  it('checks the checksum and size stated for the whole object', async () => {
    const { client } = await pair()
    const id = await create(client, { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' })
    const part = await upload(client, id, 1, '123456789')
    const parts = [{ PartNumber: 1, ETag: part.ETag }]
    expect(await refusal(complete(client, id, parts, { ChecksumCRC32: 'AAAAAA==' }))).toBe('400 BadDigest')
    expect(await refusal(complete(client, id, parts, { MpuObjectSize: 10 }))).toBe('400 InvalidRequest')
    const value = Buffer.from('cbf43926', 'hex').toString('base64')
    const done = await complete(client, id, parts, { ChecksumCRC32: value, MpuObjectSize: 9 })
    expect(done).toMatchObject({ ChecksumCRC32: value, ChecksumType: 'FULL_OBJECT' })
  })

  it('knows nothing of an upload once it is aborted', async () => {
    const { s3, client } = await pair()
    const UploadId = await create(client)
    const one = await upload(client, UploadId, 1, 'x')
    await client.send(new AbortMultipartUploadCommand({ ...address, UploadId }))
    expect(s3.uploads(bucket)).toEqual([])
    for (const call of [
      () => upload(client, UploadId, 2, 'x'),
      () => complete(client, UploadId, [one]),
      () => client.send(new ListPartsCommand({ ...address, UploadId })),
      () => client.send(new AbortMultipartUploadCommand({ ...address, UploadId })),
    ]) {
      expect(await refusal(call())).toBe('404 NoSuchUpload')
    }
  })

  it('evaluates conditions when it completes, and leaves a refused upload as it was', async () => {
    const { s3, client } = await pair()
    const id = await create(client)
    const part = await upload(client, id, 1, 'multipart')
    expect(await refusal(complete(client, id, [part], { IfMatch: '"x"' }))).toBe('404 NoSuchKey')
    const { ETag } = await client.send(put('big', 'other'))
    expect(await refusal(complete(client, id, [part], { IfNoneMatch: '*' }))).toBe('412 PreconditionFailed')
    expect(await refusal(complete(client, id, [part], { IfMatch: '"x"' }))).toBe('412 PreconditionFailed')
    expect(s3.uploads(bucket)).toHaveLength(1)
    await complete(client, id, [part], { IfMatch: ETag?.replaceAll('"', '') })
    expect(s3.objects(bucket).get('big')?.body.toString()).toBe('multipart')
  })

  it('lists parts and uploads page by page', async () => {
    const { s3, client } = await pair()
    const UploadId = await create(client)
    await upload(client, UploadId, 2, 'two')
    await upload(client, UploadId, 1, fiveMebibytes)
    const first = await client.send(new ListPartsCommand({ ...address, UploadId, MaxParts: 1 }))
    expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '1', Parts: [{ PartNumber: 1 }] })
    const rest = await client.send(new ListPartsCommand({ ...address, UploadId, PartNumberMarker: '1' }))
    expect(rest).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 2, Size: 3 }] })

    for (const Key of ['other', 'big', 'bigger']) await create(client, { Key })
    const list = (input: object) => client.send(new ListMultipartUploadsCommand({ Bucket: bucket, ...input }))
    const keysOf = async (input: object) => (await list(input)).Uploads?.map(({ Key }) => Key)
    expect(await keysOf({})).toEqual(['big', 'big', 'bigger', 'other'])
    expect(await keysOf({ Prefix: 'big', KeyMarker: 'big' })).toEqual(['bigger'])
    const page = await list({ MaxUploads: 1 })
    expect(page).toMatchObject({ IsTruncated: true, NextKeyMarker: 'big', NextUploadIdMarker: UploadId })
    expect(await keysOf({ KeyMarker: 'big', UploadIdMarker: UploadId })).toEqual(['big', 'bigger', 'other'])
    expect(s3.uploads(bucket)).toHaveLength(4)
  })
})

describe('faults, policy and log', () => {
  it('answers an error as often as it was told, counting from the nth match', async () => {
    const { s3, client } = await pair()
    s3.fault(
      { operation: 'PutObject', key: /^a/, after: 1, times: 2 },
      { status: 503, code: 'SlowDown', headers: { 'retry-after': '1' } },
    )
    await client.send(put('b', 'x'))
    await client.send(put('a1', 'x'))
    expect(await refusal(client.send(put('a2', 'x')))).toBe('503 SlowDown')
    expect(await refusal(client.send(put('a3', patterned(3 * mebibyte))))).toBe('503 SlowDown')
    await client.send(put('a4', 'x'))
    expect([...s3.objects(bucket).keys()]).toEqual(['b', 'a1', 'a4'])
    expect(s3.operations.map(({ index, status }) => [index, status])).toEqual([
      [0, 200],
      [1, 200],
      [2, 503],
      [3, 503],
      [4, 200],
    ])
  })

  it('is survived by the retries of the SDK', async () => {
    const { s3, client } = await pair({}, { maxAttempts: 3 })
    s3.fault({ index: 0 }, 'reset')
    s3.fault({ index: 1 }, { status: 500, code: 'InternalError' })
    await client.send(put('a', 'x'))
    expect(s3.operations.map(({ status }) => status)).toEqual([0, 500, 200])
  })

  it('cuts a download after so many bytes', async () => {
    const { s3, client } = await pair()
    await client.send(put('a', patterned(100_000)))
    s3.fault({ operation: 'GetObject', times: 2 }, { resetAfterBytes: 70_000 })
    const request = signed(s3, { path: `/${bucket}/a`, payload: 'UNSIGNED-PAYLOAD' })
    const response = await fetch(s3.endpoint + request.path, { headers: request.headers ?? {} })
    let received = 0
    const reading = (async () => {
      for await (const chunk of response.body ?? []) received += (chunk as Uint8Array).length
    })()
    await expect(reading).rejects.toThrow('terminated')
    expect(received).toBe(70_000)
    await expect(textOf(client, 'a')).rejects.toThrow()
    expect(s3.operations.at(-1)).toMatchObject({ status: 200, answered: false })
  })

  it('cuts an upload after so many bytes, of which it keeps none', async () => {
    const { s3, client } = await pair()
    s3.fault({}, { resetAfterBytes: 500_000 })
    await expect(client.send(put('a', patterned(2 * mebibyte)))).rejects.toThrow()
    expect(s3.objects(bucket).size).toBe(0)
    expect(s3.operations[0]?.status).toBe(0)
  })

  it('carries an operation out and loses the answer', async () => {
    const { s3, client } = await pair()
    s3.fault({ operation: 'PutObject' }, { answerThenReset: true })
    await expect(client.send(put('a', 'x', { IfNoneMatch: '*' }))).rejects.toThrow()
    expect(await textOf(client, 'a')).toBe('x')
    expect(s3.operations[0]).toMatchObject({ status: 200, answered: false })
  })

  it('stalls until the client gives up or the server closes', async () => {
    const { s3, client } = await pair()
    s3.fault({ times: 2 }, 'stall')
    const controller = new AbortController()
    const impatient = client.send(put('a', 'x'), { abortSignal: controller.signal })
    const stalled = client.send(put('b', 'x'))
    const both = Promise.allSettled([impatient, stalled])
    await expect.poll(() => s3.operations.length).toBe(2)
    controller.abort()
    await expect(impatient).rejects.toThrow('aborted')
    await s3.close()
    expect(await both).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }])
    expect(s3.objects(bucket).size).toBe(0)
  })

  it('holds an operation back until it is let go', async () => {
    const { s3, client } = await pair()
    let release: () => void = () => undefined
    s3.fault({ key: 'held' }, { hold: new Promise<void>((resolve) => (release = resolve)) })
    const held = client.send(put('held', 'first', { IfNoneMatch: '*' }))
    await expect.poll(() => s3.operations.length).toBe(1)
    await client.send(put('held', 'second'))
    release()
    expect(await refusal(held)).toBe('412 PreconditionFailed')
  })

  it('runs a callback before the operation, and drops the operation of a client that is gone by then', async () => {
    const { s3, client } = await pair()
    s3.fault({ operation: 'PutObject', key: 'a' }, async (operation) => {
      expect(operation).toMatchObject({ index: 0, key: 'a', status: 0 })
      await client.send(put('b', 'interleaved'))
    })
    await client.send(put('a', 'x'))
    expect([...s3.objects(bucket).keys()]).toEqual(['b', 'a'])

    const controller = new AbortController()
    s3.fault({ key: 'c' }, () => {
      controller.abort()
    })
    await expect(client.send(put('c', 'x'), { abortSignal: controller.signal })).rejects.toThrow('aborted')
    await s3.close()
    expect(s3.objects(bucket).has('c')).toBe(false)
  })

  it('denies what the policy denies, from the start or later', async () => {
    const { s3, client } = await pair({ allow: (operation) => operation !== 'GetObject' })
    await client.send(put('a', 'x'))
    await expect(textOf(client, 'a')).rejects.toMatchObject({ name: 'AccessDenied' })
    s3.setPolicy((operation) => operation !== 'DeleteObject')
    expect(await textOf(client, 'a')).toBe('x')
    const remove = new DeleteObjectCommand({ Bucket: bucket, Key: 'a' })
    expect(await refusal(client.send(remove))).toBe('403 AccessDenied')
    s3.setPolicy(undefined)
    await client.send(remove)
  })

  it('logs what was asked and answered', async () => {
    const { s3, client } = await pair()
    const body = patterned(5 * mebibyte + 1)
    await new Upload({ client, queueSize: 1, params: { Bucket: bucket, Key: 'k', Body: body } }).done()
    await textOf(client, 'k')
    const UploadId = s3.operations[1]?.uploadId
    expect(UploadId).toBeDefined()
    expect(s3.operations).toMatchObject([
      { operation: 'CreateMultipartUpload', bucket, key: 'k', status: 200 },
      { operation: 'UploadPart', uploadId: UploadId, partNumber: 1, bytes: 5 * mebibyte },
      { operation: 'UploadPart', uploadId: UploadId, partNumber: 2, bytes: 1 },
      { operation: 'CompleteMultipartUpload', uploadId: UploadId, status: 200, answered: true },
      { operation: 'GetObject', bytes: body.length },
    ])
    expect(s3.operations[0]?.headers['x-amz-checksum-algorithm']).toBe('CRC32')
  })

  it('frees its port on close', async () => {
    const s3 = await started()
    const port = Number(new URL(s3.endpoint).port)
    await s3.close()
    const again = await started({ port })
    expect(again.endpoint).toBe(s3.endpoint)
  })
})
