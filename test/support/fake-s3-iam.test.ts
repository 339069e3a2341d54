import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterEach, describe, expect, it, test } from 'vitest'
import { BUCKET, connectedFake, refusal, type ConnectedFake } from './fake-s3/client.js'
import { policyOf, type PolicyStatement } from './fake-s3/index.js'

const BUCKET_ARN = `arn:aws:s3:::${BUCKET}`
const KEY_ARN = 'arn:aws:kms:eu-west-1:111122223333:key/one'
let open: ConnectedFake | undefined

afterEach(async () => {
  await open?.close()
  open = undefined
})

const allowing = (
  Action: string | string[],
  Resource: string | string[],
  Condition?: PolicyStatement['Condition'],
) => policyOf({ Statement: { Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) } })

const at = { Bucket: BUCKET, Key: 'p/a' }

/** One call of each kind, and the one action without which it is refused. */
const CALLS: readonly [action: string, call: (client: S3Client, UploadId: string) => Promise<unknown>][] = [
  ['s3:PutObject', (client) => client.send(new PutObjectCommand({ ...at, Body: 'x' }))],
  ['s3:PutObject', (client) => client.send(new CreateMultipartUploadCommand(at))],
  [
    's3:PutObject',
    (client, UploadId) => client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'x' })),
  ],
  [
    's3:PutObject',
    async (client, UploadId) => {
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: '9dd4e461268c8034f5c8564e155c67a6' }] }
      await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }))
    },
  ],
  ['s3:GetObject', (client) => client.send(new GetObjectCommand(at))],
  ['s3:GetObject', (client) => client.send(new HeadObjectCommand(at))],
  ['s3:ListBucket', (client) => client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'p/' }))],
  ['s3:ListBucket', (client) => client.send(new HeadBucketCommand({ Bucket: BUCKET }))],
  [
    's3:ListBucketMultipartUploads',
    (client) => client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET })),
  ],
  [
    's3:ListMultipartUploadParts',
    (client, UploadId) => client.send(new ListPartsCommand({ ...at, UploadId })),
  ],
  [
    's3:AbortMultipartUpload',
    (client, UploadId) => client.send(new AbortMultipartUploadCommand({ ...at, UploadId })),
  ],
  ['s3:DeleteObject', (client) => client.send(new DeleteObjectCommand(at))],
  [
    's3:PutObjectTagging',
    (client) => client.send(new PutObjectTaggingCommand({ ...at, Tagging: { TagSet: [] } })),
  ],
  ['s3:GetObjectTagging', (client) => client.send(new GetObjectTaggingCommand(at))],
]

describe('a policy document', () => {
  test.each(CALLS)(
    'lets a call pass that needs %s, and no policy without it does (%#)',
    async (action, call) => {
      open = await connectedFake()
      const { s3, client } = open
      await client.send(new PutObjectCommand({ ...at, Body: 'x' }))
      const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand(at))
      await client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'x' }))

      const others = CALLS.map(([name]) => name).filter((name) => name !== action)
      s3.setPolicy(allowing(others, '*'))
      expect(await refusal(call(client, UploadId))).toMatch(/^403 /)
      s3.setPolicy(allowing(action, action.includes('Bucket') ? BUCKET_ARN : `${BUCKET_ARN}/p/*`))
      await call(client, UploadId)
    },
  )

  it('asks for further rights where headers ask for tags, an ACL or a key', async () => {
    open = await connectedFake()
    const { s3, client } = open
    const object = {
      ...at,
      Tagging: 'a=b',
      ACL: 'private',
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: KEY_ARN,
    } as const
    const create = () => client.send(new CreateMultipartUploadCommand(object))
    const put = () => client.send(new PutObjectCommand({ ...object, Body: 'x' }))
    const s3Actions = ['s3:PutObject', 's3:PutObjectTagging', 's3:PutObjectAcl']
    for (const missing of s3Actions) {
      s3.setPolicy(allowing([...s3Actions.filter((name) => name !== missing), 'kms:*'], '*'))
      expect(await refusal(create())).toBe('403 AccessDenied')
      expect(await refusal(put())).toBe('403 AccessDenied')
    }
    s3.setPolicy(allowing([...s3Actions, 'kms:GenerateDataKey'], [`${BUCKET_ARN}/*`, KEY_ARN]))
    await put()
    expect(await refusal(create())).toBe('403 AccessDenied')
    s3.setPolicy(allowing([...s3Actions, 'kms:GenerateDataKey', 'kms:Decrypt'], [`${BUCKET_ARN}/*`, KEY_ARN]))
    await create()
  })

  it('reaches as far as its resources: other keys and other buckets are denied', async () => {
    const allow = allowing('s3:*', [BUCKET_ARN, `${BUCKET_ARN}/p/*`])
    open = await connectedFake({ buckets: [BUCKET, 'exports-too'], allow })
    const { client } = open
    const put = (Bucket: string, Key: string) => client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
    await put(BUCKET, 'p/deep/er')
    expect(await refusal(put(BUCKET, 'q'))).toBe('403 AccessDenied')
    expect(await refusal(put('exports-too', 'p/a'))).toBe('403 AccessDenied')
  })

  it('lets a listing pass by its prefix alone', async () => {
    const condition = { StringLike: { 's3:prefix': ['p/*'] } }
    open = await connectedFake({ allow: allowing('s3:ListBucket', BUCKET_ARN, condition) })
    const { s3, client } = open
    const list = (Prefix?: string) => client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix }))
    await list('p/deeper')
    expect(await refusal(list('q/'))).toBe('403 AccessDenied')
    expect(await refusal(list())).toBe('403 AccessDenied')
    s3.setPolicy(allowing('s3:ListBucket', BUCKET_ARN, { StringEqualsIfExists: { 's3:prefix': 'p/' } }))
    await list()
    await list('p/')
    expect(await refusal(list('p/deeper'))).toBe('403 AccessDenied')
  })

  it('tells of a missing key only to those who may list it', async () => {
    const get = { Effect: 'Allow', Action: 's3:GetObject', Resource: `${BUCKET_ARN}/*` }
    open = await connectedFake({ allow: policyOf({ Statement: get }) })
    const { s3, client } = open
    const read = () => client.send(new GetObjectCommand(at))
    const head = () => client.send(new HeadObjectCommand(at))
    expect(await refusal(read())).toBe('403 AccessDenied')
    expect(await refusal(head())).toBe('403 Unknown')
    // AWS takes the key for the prefix of this question.
    const list = (prefix: string) => ({
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: BUCKET_ARN,
      Condition: { StringLike: { 's3:prefix': prefix } },
    })
    s3.setPolicy(policyOf({ Statement: [get, list('q/*')] }))
    expect(await refusal(read())).toBe('403 AccessDenied')
    s3.setPolicy(policyOf({ Statement: [get, list('p/*')] }))
    expect(await refusal(read())).toBe('404 NoSuchKey')
    expect(await refusal(head())).toBe('404 NotFound')
  })

  it('denies where one statement allows and another denies', async () => {
    const allow = policyOf({
      Version: '2012-10-17',
      Statement: [
        { Sid: 'All', Effect: 'Allow', Action: 's3:*', Resource: '*' },
        { Effect: 'Deny', Action: 's3:Delete*', Resource: `${BUCKET_ARN}/p/?` },
      ],
    })
    open = await connectedFake({ allow })
    const { client } = open
    const remove = (Key: string) => client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }))
    await remove('p/ab')
    expect(await refusal(remove('p/a'))).toBe('403 AccessDenied')
  })

  it('is refused when it says what the fake would not evaluate', () => {
    const statement = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
    for (const odd of [
      { NotAction: 's3:PutObject' },
      { Effect: 'Perhaps' },
      { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } },
      { Condition: { StringLike: { 'aws:PrincipalArn': '*' } } },
    ]) {
      expect(() => policyOf({ Statement: { ...statement, ...odd } })).toThrow(TypeError)
    }
  })
})
