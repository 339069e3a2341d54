import { S3Client } from '@aws-sdk/client-s3'
import { s3Archive, s3Sink } from 'dayfile/s3'
import { describe, expect, test } from 'vitest'

const region = 'eu-central-1'

describe.each([
  ['s3Sink', s3Sink],
  ['s3Archive', s3Archive],
])('%s', (name, make) => {
  const making =
    (options: object): (() => unknown) =>
    () =>
      make({ bucket: 'analytics', region, ...options })

  test.each([
    'analytics',
    'analytics.example.com',
    'Analytics_2010',
    // Ceph puts a tenant before the name.
    'tenant:analytics',
    'my-access-point-a1b2c3d4e5f6g7h8i9j0k1l2m3n4o-s3alias',
    'analytics--euc1-az1--x-s3',
    'arn:aws:s3:eu-central-1:123456789012:accesspoint/reports',
    'arn:aws-cn:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap',
    'arn:aws:s3-outposts:eu-central-1:123456789012:outpost/op-01ac5d28a6a232904/accesspoint/reports',
  ])('takes the bucket %s', (bucket) => {
    expect(make({ bucket, region, prefix: 'exports' }).location).toBe(`s3://${bucket}/exports`)
  })

  test.each(['s3://analytics', 'analytics/exports', '/analytics', 'analytics/', 'analytics\n', ' analytics'])(
    'refuses the bucket %j',
    (bucket) => {
      expect(making({ bucket })).toThrow(TypeError)
      expect(making({ bucket })).toThrow('option bucket: expected the name of a bucket alone')
    },
  )

  test.each<[object, string]>([
    [{ bucket: undefined }, 'option bucket: expected the name of a bucket'],
    [{ bucket: '' }, 'option bucket: expected the name of a bucket'],
    [{ client: {} }, 'option client: expected an S3Client of @aws-sdk/client-s3, received object'],
    [{ client: null }, 'option client: expected an S3Client of @aws-sdk/client-s3, received null'],
    [{ region: 5 }, 'option region: expected a string, received number'],
    [{ endpoint: new URL('http://localhost') }, 'option endpoint: expected a string, received object'],
    [{ credentials: 'AKIA' }, 'option credentials: expected keys or a function that gives them'],
    [{ provider: 'azure' }, 'option provider: expected one of "aws", "r2"'],
    [
      { expectedBucketOwner: 111122223333 },
      'option expectedBucketOwner: expected an account id of 12 digits',
    ],
    [
      { expectedBucketOwner: '111122223333', provider: 'ceph' },
      "a server of provider 'ceph' does not compare it",
    ],
    [{ prefix: 5 }, 'option prefix: expected a string, received number'],
    [{ keys: () => 'x' }, 'option keys: expected a template, which is a string, received function'],
  ])('refuses %o by name', (options, message) => {
    expect(making(options)).toThrow(TypeError)
    expect(making(options)).toThrow(message)
    expect(making(options)).toThrow(new RegExp(`^(${name}: |s3 )option`))
  })

  test('takes a client, and whatever else can send', () => {
    const client = new S3Client({ region })
    const wrapped = { send: () => Promise.reject(new Error('not called')) }
    for (const each of [client, Object.create(client), wrapped]) {
      expect(making({ client: each as unknown })).not.toThrow()
    }
  })
})
