import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { isDayfileError, type Sink } from 'dayfile'
import { checkDestination, iamPolicy, s3Sink, type S3SinkOptions } from 'dayfile/s3'
import { memorySink } from 'dayfile/testing'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  policyOf,
  type FakeS3Operation,
  type FakeS3Options,
  type OperationName,
} from '../support/fake-s3/index.js'
import { connectedFake } from '../support/fake-s3/client.js'
import { failure } from '../export/orders.js'
import { BUCKET, directoryPlace, PREFIX } from './places.js'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function destination(
  options: Partial<S3SinkOptions> = {},
  fake: FakeS3Options = {},
  config: S3ClientConfig = {},
) {
  const { s3, client, close } = await connectedFake(fake, config)
  cleanups.push(close)
  const sink = s3Sink({ client, bucket: BUCKET, prefix: PREFIX, provider: 'aws', ...options })
  const left = () => [...s3.objects(BUCKET).keys(), ...s3.uploads(BUCKET).map(({ key }) => key)]
  return { s3, client, sink, left }
}

function except(...denied: OperationName[]) {
  return (operation: OperationName) => !denied.includes(operation)
}

/** The steps by their outcome. */
function outcomes({ steps }: Awaited<ReturnType<typeof checkDestination>>) {
  const named = (wanted: string) => steps.filter(({ outcome }) => outcome === wanted).map(({ step }) => step)
  return { passed: named('passed'), failed: named('failed'), skipped: named('skipped') }
}

async function stepOf(sink: Sink, name: string) {
  const { steps } = await checkDestination(sink)
  const found = steps.find(({ step }) => step === name)
  if (found === undefined) throw new Error(`no step ${name}`)
  return found
}

const ALL = [
  'put',
  'multipart',
  'read-back',
  'look-up',
  'conditional write',
  'list',
  'unfinished uploads',
  'encryption',
  'storage class',
  'owner',
  'delete',
]

describe('a destination that has everything', () => {
  test('passes every step, and is left as it was', async () => {
    const settings = {
      encryption: { type: 'SSE-KMS', keyId: 'analytics' },
      acl: 'bucket-owner-full-control',
      storageClass: 'STANDARD_IA',
      tags: { team: 'data' },
      expectedBucketOwner: '111122223333',
    } as const
    const { s3, sink, left } = await destination(settings)
    const result = await checkDestination(sink)
    expect(result.steps.map(({ step, ...rest }) => [step, rest])).toEqual(
      ALL.map((step) => [step, { outcome: 'passed' }]),
    )
    expect(result).toMatchObject({ ok: true, location: `s3://${BUCKET}/${PREFIX}`, hints: [] })
    expect(left()).toEqual([])
    const folder = `${PREFIX}/_dayfile-preflight/check/`
    for (const { key } of s3.operations) if (key !== '') expect(key.startsWith(folder)).toBe(true)
  })

  test('is written to with the settings of the sink', async () => {
    const { s3, sink } = await destination({ tags: { team: 'data' }, storageClass: 'STANDARD_IA' })
    await checkDestination(sink)
    for (const { headers } of s3.operations.filter(
      ({ operation }) => operation === 'PutObject' || operation === 'CreateMultipartUpload',
    )) {
      expect(headers).toMatchObject({ 'x-amz-tagging': 'team=data', 'x-amz-storage-class': 'STANDARD_IA' })
    }
  })

  test.each(['PutObject', 'CreateMultipartUpload'])(
    'whose server passes over the storage class of %s fails by that alone',
    async (operation) => {
      const { client, sink } = await destination({ storageClass: 'STANDARD_IA' })
      expect(await stepOf(sink, 'storage class')).toMatchObject({ outcome: 'passed' })
      client.middlewareStack.add(
        (next, { commandName }) =>
          (args) => {
            const { StorageClass, ...input } = args.input as { StorageClass?: string }
            const passesOver = StorageClass !== undefined && commandName === `${operation}Command`
            return next(passesOver ? { ...args, input } : args)
          },
        { step: 'initialize' },
      )
      const result = await checkDestination(sink)
      expect(result.ok).toBe(false)
      expect(outcomes(result).failed).toEqual(['storage class'])
      expect(result.steps.find(({ step }) => step === 'storage class')?.reason).toBe(
        'the server stores as STANDARD what was sent as STANDARD_IA',
      )
    },
  )

  test('is told as plain data, which JSON keeps', async () => {
    const { s3, sink } = await destination()
    s3.setPolicy(except('PutObject'))
    const result = await checkDestination(sink)
    const kept = JSON.parse(JSON.stringify(result)) as { steps: { error?: { code: string } }[] }
    expect(kept.steps[0]).toMatchObject({ step: 'put', error: { code: 'SINK_DENIED' } })
  })
})

describe('what the credential may not do is named by its IAM action', () => {
  test.each([
    ['PutObject', 'put', 's3:PutObject'],
    ['CreateMultipartUpload', 'multipart', 's3:PutObject'],
    ['UploadPart', 'multipart', 's3:PutObject'],
    ['CompleteMultipartUpload', 'multipart', 's3:PutObject'],
    ['AbortMultipartUpload', 'unfinished uploads', 's3:AbortMultipartUpload'],
    ['GetObject', 'look-up', 's3:GetObject'],
  ] as const)('%s refused fails the step %s with %s', async (operation, step, action) => {
    const { s3, sink, left } = await destination()
    s3.setPolicy(except(operation))
    const result = await checkDestination(sink)
    const found = result.steps.find((each) => each.step === step)
    expect(found).toMatchObject({ outcome: 'failed', action, reason: `the credential may not ${action}` })
    expect(found?.next).toContain(`allow ${action} for s3://${BUCKET}/${PREFIX}`)
    expect(isDayfileError(found?.error, 'SINK_DENIED')).toBe(true)
    expect(result.ok).toBe(false)
    s3.setPolicy(undefined)
    await checkDestination(sink)
    expect(left()).toEqual([])
  })

  test.each([
    ['s3:PutObjectTagging', { tags: { team: 'data' } }, 'x-amz-tagging'],
    ['s3:PutObjectAcl', { acl: 'private' }, 'x-amz-acl'],
    ['kms:GenerateDataKey', { encryption: { type: 'SSE-KMS' } }, 'x-amz-server-side-encryption'],
  ] as const)('%s is told from s3:PutObject by leaving its setting out', async (action, settings, header) => {
    const others = { acl: 'private', tags: { team: 'data' } } as const
    const { s3, sink } = await destination({ ...others, ...settings })
    s3.setPolicy((_, { headers }) => headers[header] === undefined)
    expect(await stepOf(sink, 'put')).toMatchObject({ outcome: 'failed', action })
  })

  test('of two settings that are refused both are named', async () => {
    const { s3, sink } = await destination({ acl: 'private', tags: { team: 'data' } })
    s3.setPolicy(
      (_, { headers }) => headers['x-amz-tagging'] === undefined && headers['x-amz-acl'] === undefined,
    )
    expect(await stepOf(sink, 'put')).toMatchObject({ action: 's3:PutObjectTagging, s3:PutObjectAcl' })
  })

  test('a refused upload beside a put with a key of KMS lacks kms:Decrypt', async () => {
    const { s3, sink } = await destination({ encryption: { type: 'SSE-KMS' } })
    s3.setPolicy(except('CreateMultipartUpload'))
    expect(await stepOf(sink, 'multipart')).toMatchObject({ outcome: 'failed', action: 'kms:Decrypt' })
  })

  test('what AWS says of the action comes first', async () => {
    const { s3, sink } = await destination()
    const message =
      'User: arn:aws:iam::1:user/x is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:1'
    s3.fault({ operation: 'CreateMultipartUpload' }, { status: 403, code: 'AccessDenied', message })
    expect(await stepOf(sink, 'multipart')).toMatchObject({ action: 'kms:GenerateDataKey' })
  })

  test('a version is compared by S3 only for those who may read it', async () => {
    const { s3, sink } = await destination()
    s3.setPolicy((operation, { headers }) => operation !== 'PutObject' || headers['if-match'] === undefined)
    expect(await stepOf(sink, 'conditional write')).toMatchObject({
      outcome: 'failed',
      action: 's3:GetObject',
    })
  })

  test('a key that is not there is forbidden to who may not list, and no export could begin', async () => {
    const { s3, sink } = await destination()
    s3.setPolicy(except('ListObjectsV2'))
    const result = await checkDestination(sink)
    expect(outcomes(result).failed).toEqual(['look-up', 'list'])
    for (const { action, outcome } of result.steps)
      if (outcome === 'failed') expect(action).toBe('s3:ListBucket')
  })
})

describe('what exports can do without is skipped', () => {
  test('a credential that writes, reads manifests and no data is enough', async () => {
    const { s3, sink, left } = await destination()
    s3.setPolicy(policyOf(iamPolicy({ bucket: BUCKET, prefix: PREFIX, access: 'write' })))
    const result = await checkDestination(sink)
    expect(outcomes(result)).toEqual({
      passed: ['put', 'multipart', 'look-up', 'conditional write', 'list', 'unfinished uploads', 'delete'],
      failed: [],
      skipped: ['read-back', 'encryption', 'storage class', 'owner'],
    })
    expect(result.ok).toBe(true)
    expect(result.steps.find(({ step }) => step === 'read-back')).toMatchObject({ action: 's3:GetObject' })
    expect(left()).toEqual([])
  })

  test('where removing is not allowed the keys that stay are named, and the next check writes over them', async () => {
    const { s3, sink, left } = await destination()
    s3.setPolicy(except('DeleteObject'))
    for (let round = 0; round < 2; round++) {
      const result = await checkDestination(sink)
      expect(outcomes(result)).toMatchObject({
        failed: [],
        skipped: ['encryption', 'storage class', 'owner', 'delete'],
      })
      const { action, reason } = result.steps.at(-1) ?? {}
      expect(action).toBe('s3:DeleteObject')
      expect(left()).toHaveLength(2)
      for (const key of left()) expect(reason).toContain(key)
    }
    s3.setPolicy(undefined)
    await checkDestination(sink)
    expect(left()).toEqual([])
  })

  test('uploads in progress that may not be listed are left to a lifecycle rule', async () => {
    const { s3, sink } = await destination()
    s3.setPolicy(except('ListMultipartUploads'))
    const found = await stepOf(sink, 'unfinished uploads')
    expect(found).toMatchObject({ outcome: 'skipped', action: 's3:ListBucketMultipartUploads' })
    expect(found.next).toMatch(/lifecycle rule/)
  })
})

describe('a provider that promises too much is told', () => {
  test.each([
    ['swift', 'aws', /does not know the conditions of PutObject \(501\); declare "generic"$/],
    ['ceph', 'aws', /passes over If-None-Match of CompleteMultipartUpload; declare "ceph"$/],
    ['ceph', 'minio', /^the provider "minio" is declared/],
  ] as const)('%s under the provider %s', async (behaves, provider, hint) => {
    const { sink, left } = await destination({ provider }, { behaves })
    const { ok, hints } = await checkDestination(sink)
    expect(ok).toBe(false)
    expect(hints.at(-1)).toMatch(hint)
    expect(left()).toEqual([])
  })

  test.each(['ceph', 'swift'] as const)('and one that fits %s is not', async (behaves) => {
    const provider = behaves === 'ceph' ? 'ceph' : 'generic'
    const { sink, left } = await destination({ provider }, { behaves })
    const result = await checkDestination(sink)
    expect(result).toMatchObject({ ok: true, hints: [] })
    const found = result.steps.find(({ step }) => step === 'conditional write')
    expect(found?.outcome).toBe('passed')
    expect(found?.reason).toMatch(/compared by the sink/)
    expect(left()).toEqual([])
  })

  test('of a server that passes over every condition', async () => {
    const { client, sink } = await destination()
    client.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> }
        delete headers['if-none-match']
        delete headers['if-match']
        return next(args)
      },
      { step: 'build' },
    )
    const { hints, steps } = await checkDestination(sink)
    expect(hints.at(-1)).toMatch(/passes over If-None-Match of PutObject; declare "b2"$/)
    expect(steps.find(({ step }) => step === 'conditional write')).toMatchObject({ outcome: 'failed' })
  })

  test('of a server that answers whichever owner is expected', async () => {
    const { sink } = await destination({ expectedBucketOwner: '111122223333' }, { behaves: 'ceph' })
    const { hints, steps } = await checkDestination(sink)
    expect(steps.find(({ step }) => step === 'owner')).toMatchObject({ outcome: 'failed' })
    expect(hints.join()).toMatch(/answers whichever owner is expected/)
  })

  test('encryption that the server does not confirm fails', async () => {
    const { sink } = await destination({ encryption: { type: 'SSE-S3' } }, { encrypts: false })
    const { ok } = await checkDestination(sink)
    expect(ok).toBe(false)
  })
})

describe('where nothing can be done', () => {
  test.each([
    ['no such bucket', { bucket: 'no-such-bucket' }, 'NoSuchBucket'],
    [
      'another secret',
      { credentials: { accessKeyId: 'FAKES3ACCESSKEY', secretAccessKey: 'x' } },
      'SignatureDoesNotMatch',
    ],
  ] as const)('%s ends the check after its first step', async (_, options, reason) => {
    const { s3 } = await destination()
    const { endpoint, region, credentials } = s3
    const sink = s3Sink({ bucket: BUCKET, endpoint, region, credentials, provider: 'aws', ...options })
    const result = await checkDestination(sink)
    expect(outcomes(result)).toEqual({ passed: [], failed: ['put'], skipped: ALL.slice(1) })
    expect(result.steps[0]).toMatchObject({ reason })
    expect(result.steps[0]?.action).toBeUndefined()
  })
})

test('a check under another name disturbs none', async () => {
  const { sink, left } = await destination()
  const [one, other] = await Promise.all([
    checkDestination(sink, { name: 'one' }),
    checkDestination(sink, { name: 'other' }),
  ])
  expect([one.ok, other.ok]).toEqual([true, true])
  expect(left()).toEqual([])
})

test('an abort before the check asks for nothing', async () => {
  const { s3, sink } = await destination()
  const reason = new Error('too late')
  await expect(checkDestination(sink, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  expect(s3.operations).toEqual([])
})

describe('other sinks', () => {
  test('in memory is checked without what only S3 knows', async () => {
    const sink = memorySink({ prefix: PREFIX })
    const result = await checkDestination(sink)
    expect(result.ok).toBe(true)
    expect(outcomes(result).passed).toEqual(
      expect.arrayContaining(['put', 'multipart', 'read-back', 'look-up', 'conditional write', 'delete']),
    )
    expect(sink.objects.size).toBe(0)
  })

  test('in a directory leaves no file', async () => {
    const place = await directoryPlace()
    cleanups.push(() => place.close())
    expect(await checkDestination(place.sink)).toMatchObject({ ok: true })
    expect(await place.keys()).toEqual([])
    expect(await place.residue()).toEqual([])
  })

  test('that overwrites what it was told not to fails', async () => {
    const inner = memorySink()
    const sink: Sink = {
      ...inner,
      async write(key, bytes, options) {
        const present = await inner.read(key, options)
        return inner.write(key, bytes, { ...options, ifMatch: present?.etag ?? null })
      },
    }
    const result = await checkDestination(sink)
    expect(outcomes(result).failed).toEqual(['conditional write'])
    expect(result.hints).toEqual([
      expect.stringMatching(/^conditional write: the server passes over If-None-Match of PutObject: /),
    ])
  })

  test('that throws what is no DayfileError is told so', async () => {
    const cause = new Error('ENOSPC')
    const sink: Sink = { ...memorySink(), stage: () => Promise.reject(cause) }
    const { error } = await stepOf(sink, 'multipart')
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', cause })
  })
})

describe('what to do is said by the hints, and thrown by assert()', () => {
  /** A port that nothing listens on. */
  async function deadSink() {
    const { s3, client, sink } = await destination()
    await s3.close()
    onTestFinished(() => {
      client.destroy()
    })
    return sink
  }
  const FAILING: [string, () => Promise<Sink>, string, boolean, RegExp][] = [
    [
      'a bucket that does not exist',
      async () => (await destination({ bucket: 'exprots' })).sink,
      'SINK_NOT_FOUND',
      false,
      /^put: NoSuchBucket: there is no such bucket; create it or correct its name$/,
    ],
    [
      'another secret',
      async () => {
        const { s3 } = await destination()
        const credentials = { ...s3.credentials, secretAccessKey: 'another' }
        const { endpoint, region } = s3
        return s3Sink({ bucket: BUCKET, endpoint, region, credentials, provider: 'aws' })
      },
      'SINK_DENIED',
      false,
      /^put: SignatureDoesNotMatch: the secret key does not belong to the access key$/,
    ],
    [
      'a dead endpoint',
      deadSink,
      'SINK_UNAVAILABLE',
      true,
      /^put: ECONNREFUSED: nothing listens at the endpoint; correct `endpoint`, or run again later$/,
    ],
    [
      'a host that does not exist',
      async () => (await destination({}, {}, { endpoint: 'http://s3.nowhere.invalid' })).sink,
      'SINK_UNAVAILABLE',
      true,
      /^put: (ENOTFOUND|EAI_AGAIN): the name of the host is not known; correct `endpoint` or `region`, or run again/,
    ],
  ]

  test.each(FAILING)('of %s', async (_, make, code, retryable, hint) => {
    const sink = await make()
    const result = await checkDestination(sink)
    expect(result.hints).toEqual([expect.stringMatching(hint)])
    const error = await failure(
      Promise.resolve().then(() => {
        result.assert()
      }),
    )
    expect(error).toMatchObject({ code, retryable, details: { location: sink.location, operation: 'check' } })
    expect(error.message).toBe(`${sink.location}: check: ${result.hints.join('\n')}`)
    expect(error.cause).toBe(result.steps[0]?.error)
  })

  test('names an action that several steps lack once, with the steps', async () => {
    const { s3, sink } = await destination()
    s3.setPolicy(except('ListObjectsV2'))
    const { hints } = await checkDestination(sink)
    const allow = `allow s3:ListBucket for s3://${BUCKET}/${PREFIX}; iamPolicy makes the whole policy`
    expect(hints).toEqual([`look-up, list: the credential may not s3:ListBucket: ${allow}`])
  })

  test('names the provider of a server that only answers otherwise than it should', async () => {
    const { sink } = await destination({ provider: 'aws' }, { behaves: 'ceph' })
    const result = await checkDestination(sink)
    expect(result.steps.some(({ error }) => error !== undefined)).toBe(false)
    const error = await failure(
      Promise.resolve().then(() => {
        result.assert()
      }),
    )
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: false })
    expect(error.message).toMatch(/conditional write: [^]*; declare "ceph"$/)
  })

  test('is nothing of a destination that has everything', async () => {
    const { sink } = await destination()
    const result = await checkDestination(sink)
    result.assert()
    expect(structuredClone(result)).toEqual(JSON.parse(JSON.stringify(result)))
  })
})

describe('wrong arguments', () => {
  test.each([
    [{}, {}, TypeError],
    [undefined, {}, TypeError],
    [memorySink(), { name: 7 }, TypeError],
    [memorySink(), { name: '../up' }, RangeError],
    [memorySink(), { signal: 'now' }, TypeError],
    [memorySink(), null, TypeError],
  ])('%#: are thrown', async (sink, options, error) => {
    await expect(checkDestination(sink as never, options as never)).rejects.toThrow(error)
  })
})

test('every request names the owner that is expected', async () => {
  const { s3, sink } = await destination({ expectedBucketOwner: '111122223333' })
  await checkDestination(sink)
  const owner = ({ headers }: FakeS3Operation) => headers['x-amz-expected-bucket-owner']
  const others = s3.operations.filter((operation) => owner(operation) !== '111122223333')
  // The one by which it is found out whether the server compares.
  expect(others.map((operation) => [operation.operation, owner(operation)])).toEqual([
    ['HeadObject', '000000000000'],
  ])
})
