import { runInNewContext } from 'node:vm'
import { dayRange, dayWindow, exportWindow, isDayfileError, type DayWindow } from 'dayfile'
import { listDays, readDay, verifyDay } from 'dayfile/read'
import {
  checkDestination,
  iamPolicy,
  s3Archive,
  s3Sink,
  type IamPolicy,
  type IamPolicyOptions,
  type S3SinkOptions,
} from 'dayfile/s3'
import { afterEach, describe, expect, test } from 'vitest'
import { orderRows, orders, window, DAY } from '../export/orders.js'
import { markdownExamples } from '../support/docs-examples.js'
import { connectedFake } from '../support/fake-s3/client.js'
import { policyOf, type Policy } from '../support/fake-s3/index.js'
import { BUCKET, PREFIX } from './places.js'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d'
const PLACE = { bucket: BUCKET, prefix: PREFIX }

describe('the document', () => {
  test('of a producer lets it write, read manifests and no data', () => {
    expect(iamPolicy({ bucket: 'analytics', prefix: 'exports/', access: 'write' })).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'WriteObjects',
          Effect: 'Allow',
          Action: [
            's3:PutObject',
            's3:AbortMultipartUpload',
            's3:ListMultipartUploadParts',
            's3:DeleteObject',
          ],
          Resource: ['arn:aws:s3:::analytics/exports/*'],
        },
        {
          Sid: 'ReadManifests',
          Effect: 'Allow',
          Action: ['s3:GetObject'],
          Resource: [
            'arn:aws:s3:::analytics/exports/*/_manifest.json',
            'arn:aws:s3:::analytics/exports/*/_intent.json',
          ],
        },
        {
          Sid: 'ListObjects',
          Effect: 'Allow',
          Action: ['s3:ListBucket'],
          Resource: ['arn:aws:s3:::analytics'],
          Condition: { StringLike: { 's3:prefix': ['exports/*'] } },
        },
        {
          Sid: 'ListUnfinishedUploads',
          Effect: 'Allow',
          Action: ['s3:ListBucketMultipartUploads'],
          Resource: ['arn:aws:s3:::analytics'],
        },
      ],
    })
  })

  test('of a consumer lets it read and list', () => {
    expect(iamPolicy({ bucket: 'analytics', prefix: 'exports', access: 'read' }).Statement).toEqual([
      {
        Sid: 'ReadObjects',
        Effect: 'Allow',
        Action: ['s3:GetObject'],
        Resource: ['arn:aws:s3:::analytics/exports/*'],
      },
      {
        Sid: 'ListObjects',
        Effect: 'Allow',
        Action: ['s3:ListBucket'],
        Resource: ['arn:aws:s3:::analytics'],
        Condition: { StringLike: { 's3:prefix': ['exports/*'] } },
      },
    ])
  })

  test('of both says nothing twice', () => {
    const { Statement } = iamPolicy({
      ...PLACE,
      access: 'read-write',
      tags: true,
      acl: true,
      encryption: KEY,
    })
    const pairs = Statement.flatMap(({ Action, Resource }) =>
      Action.flatMap((action) => Resource.map((resource) => `${action} ${resource}`)),
    )
    expect(pairs).toEqual([...new Set(pairs)])
    expect(Statement.map(({ Sid }) => Sid)).toEqual([
      'WriteObjects',
      'ReadObjects',
      'ListObjects',
      'ListUnfinishedUploads',
      'UseKey',
    ])
  })

  test.each([
    ['write', ['kms:GenerateDataKey', 'kms:Decrypt']],
    ['read', ['kms:Decrypt']],
    ['read-write', ['kms:GenerateDataKey', 'kms:Decrypt']],
  ] as const)('with a key of KMS for %s has %s', (access, Action) => {
    const { Statement } = iamPolicy({ ...PLACE, access, encryption: KEY })
    expect(Statement.at(-1)).toEqual({ Sid: 'UseKey', Effect: 'Allow', Action, Resource: [KEY] })
  })

  test('has the actions of tags and ACLs only where they are set', () => {
    const actions = (options: Partial<IamPolicyOptions>) =>
      iamPolicy({ ...PLACE, access: 'write', ...options }).Statement[0]?.Action.slice(4)
    expect(actions({})).toEqual([])
    expect(actions({ tags: true })).toEqual(['s3:PutObjectTagging'])
    expect(actions({ acl: true })).toEqual(['s3:PutObjectAcl'])
  })

  test('without a prefix is for the whole bucket', () => {
    const { Statement } = iamPolicy({ bucket: BUCKET, access: 'read' })
    expect(Statement[0]?.Resource).toEqual([`arn:aws:s3:::${BUCKET}/*`])
    expect(Statement[1]).not.toHaveProperty('Condition')
  })

  test('names the partition in every ARN', () => {
    const text = JSON.stringify(iamPolicy({ ...PLACE, access: 'read-write', partition: 'aws-us-gov' }))
    expect(text).not.toContain('arn:aws:')
    expect(text).toContain(`arn:aws-us-gov:s3:::${BUCKET}`)
  })

  test('of some datasets has their folders alone', () => {
    const { Statement } = iamPolicy({ ...PLACE, access: 'write', datasets: ['orders'] })
    const folders = [
      `${PREFIX}/orders/dt=*-*-*/`,
      `${PREFIX}/ranges/orders/*/`,
      `${PREFIX}/_dayfile-preflight/*/`,
    ]
    expect(Statement[0]?.Resource).toEqual(folders.map((folder) => `arn:aws:s3:::${BUCKET}/${folder}*`))
    expect(Statement[2]?.Condition?.StringLike['s3:prefix']).toEqual([
      `${PREFIX}/orders/*`,
      `${PREFIX}/ranges/orders/*`,
      `${PREFIX}/_dayfile-preflight/*/*`,
    ])
  })

  test('of some datasets follows the template of keys', () => {
    const keys = '{year}/{month}/{dayOfMonth}/{dataset}/{dataset}'
    const { Statement } = iamPolicy({ ...PLACE, access: 'read', datasets: ['orders'], keys })
    expect(Statement[0]?.Resource).toEqual([
      `arn:aws:s3:::${BUCKET}/${PREFIX}/*/*/*/orders/*`,
      `arn:aws:s3:::${BUCKET}/${PREFIX}/ranges/orders/*/*`,
    ])
    // Such days are listed from the prefix on.
    expect(Statement[1]?.Condition?.StringLike['s3:prefix']).toContain(`${PREFIX}/*`)
  })
})

describe('what is refused', () => {
  test.each(['a*b', '*', 'exports/*/x', '../up', 'a//b', 'exports/${aws:username}', 'a?b', 'a\nb', 'x/..'])(
    'the prefix %j as KEY_INVALID',
    (prefix) => {
      let thrown: unknown
      try {
        iamPolicy({ bucket: BUCKET, prefix, access: 'write' })
      } catch (error) {
        thrown = error
      }
      expect(isDayfileError(thrown, 'KEY_INVALID')).toBe(true)
    },
  )

  test.each([
    { bucket: 'Analytics' },
    { bucket: 'a' },
    { bucket: 'a..b' },
    { bucket: 'my_bucket' },
    { bucket: '*' },
    { bucket: 'analytics/exports' },
    { bucket: 'arn:aws:s3:::analytics' },
    { datasets: [] },
    { datasets: ['orders', '*'] },
    { datasets: ['../orders'] },
    { encryption: 'alias/analytics' },
    { encryption: '*' },
    { encryption: 'arn:aws:kms:eu-central-1:111122223333:alias/analytics' },
  ])('%j as RangeError', (options) => {
    expect(() => iamPolicy({ ...PLACE, access: 'write', ...options })).toThrow(RangeError)
  })

  test.each([
    { bucket: undefined },
    { access: 'admin' },
    { partition: 'aws-iso' },
    { tags: 'yes' },
    { acl: 1 },
    { datasets: 'orders' },
    { prefix: 7 },
    { encryption: true },
  ])('%j as TypeError', (options) => {
    expect(() => iamPolicy({ ...PLACE, access: 'write', ...options } as never)).toThrow(TypeError)
  })

  test('no options at all as TypeError', () => {
    expect(() => iamPolicy(undefined as never)).toThrow(TypeError)
  })
})

/** As S3 evaluates it: to compare a version takes the permission to read it. */
function evaluated(document: IamPolicy): Policy {
  const policy = policyOf(document)
  return (operation, details) =>
    policy(operation, details) &&
    (details.headers['if-match'] === undefined || policy('GetObject', { ...details, operation: 'GetObject' }))
}

const SETTINGS = {
  encryption: { type: 'SSE-KMS', keyId: KEY },
  tags: { team: 'data' },
  acl: 'bucket-owner-full-control',
} as const

async function guarded(document: IamPolicy, options: Partial<S3SinkOptions> = {}) {
  const { s3, client, close } = await connectedFake()
  cleanups.push(close)
  const place = { client, bucket: BUCKET, prefix: PREFIX, provider: 'aws', ...options } as const
  const allow = evaluated(document)
  s3.setPolicy(allow)
  return { s3, allow, place, sink: s3Sink({ ...place, ...SETTINGS }), archive: s3Archive(place) }
}

type Guarded = Awaited<ReturnType<typeof guarded>>

interface RunOptions {
  readonly compression?: 'none'
  readonly window?: DayWindow
}

const run = ({ sink }: Pick<Guarded, 'sink'>, count: number, options: RunOptions = {}) =>
  exportWindow({ dataset: orders, window, source: () => orderRows(count), sink, ...options })

/** All that a producer does, and how it went: what a missing action changes shows in it. */
async function produce(producer: Guarded): Promise<readonly string[]> {
  const { s3, sink, allow } = producer
  const told: string[] = []
  const tell = async (name: string, what: Promise<{ outcome: string }>) => {
    const outcome = await what.then(
      (report) => report.outcome,
      (error: unknown) => (isDayfileError(error) ? error.code : String(error)),
    )
    told.push(`${name}: ${outcome}`)
  }
  await tell('first', run(producer, 3))
  await tell('again', run(producer, 3))
  await tell('other rows', run(producer, 4))
  await tell('other compression', run(producer, 4, { compression: 'none' }))
  // A process that is killed when its data is about to be put in place: nothing that it asks for comes any more.
  s3.fault({ operation: 'CompleteMultipartUpload' }, () => {
    s3.setPolicy(() => false)
  })
  await tell('killed', run(producer, 5))
  s3.setPolicy(allow)
  await tell('after it', run(producer, 6))
  s3.fault({ operation: 'CompleteMultipartUpload' }, { answerThenReset: true })
  await tell('answer lost', run(producer, 0, { window: dayWindow('2026-03-08') }))
  await tell('after that', run(producer, 0, { window: dayWindow('2026-03-08') }))
  await tell('several days', run(producer, 0, { window: dayRange('2026-03-01', '2026-03-06') }))
  const { steps } = await checkDestination(sink)
  told.push(...steps.map(({ step, outcome }) => `${step}: ${outcome}`))
  return [...told, ...s3.objects(BUCKET).keys(), `${String(s3.uploads(BUCKET).length)} uploads left`]
}

/** What differs for who may not read data. */
const UNREAD: ReadonlyMap<string, string> = new Map([
  ['read-back: passed', 'read-back: skipped'],
  // Whose data it is that lies there takes a look at it; the next run has it either way.
  ['answer lost: published', 'answer lost: SINK_CONFLICT'],
  ['after that: unchanged', 'after that: published'],
])

const EVERYTHING: IamPolicy = {
  Version: '2012-10-17',
  Statement: [{ Sid: 'All', Effect: 'Allow', Action: ['s3:*', 'kms:*'], Resource: ['*'] }],
}
const WRITE = { ...PLACE, access: 'write', encryption: KEY, tags: true, acl: true } as const

describe('a producer with the policy of access write', () => {
  test('does all that one does who may do everything', async () => {
    const free = await produce(await guarded(EVERYTHING))
    expect(free.slice(0, 9)).toEqual([
      'first: published',
      'again: unchanged',
      'other rows: replaced',
      'other compression: replaced',
      'killed: SINK_DENIED',
      'after it: replaced',
      'answer lost: published',
      'after that: unchanged',
      'several days: published',
    ])
    expect(free.at(-1)).toBe('0 uploads left')
    expect(free.join()).not.toMatch(/failed/)
    expect(await produce(await guarded(iamPolicy(WRITE)))).toEqual(
      free.map((line) => UNREAD.get(line) ?? line),
    )
  })

  test('does so for the datasets that it is for, and for no other', async () => {
    const whole = await produce(await guarded(iamPolicy(WRITE)))
    const datasets = [orders.name]
    expect(await produce(await guarded(iamPolicy({ ...WRITE, datasets })))).toEqual(whole)
    const other = await guarded(iamPolicy({ ...WRITE, datasets: ['events'] }))
    await expect(run(other, 3)).rejects.toMatchObject({ code: 'SINK_DENIED' })
    expect(other.s3.objects(BUCKET).size).toBe(0)
  })

  test('cannot read its data back, and can do nothing beside its prefix', async () => {
    const { place, sink } = await guarded(iamPolicy(WRITE))
    const { files } = await run({ sink }, 3)
    const options = { signal: new AbortController().signal }
    await expect(sink.read(files[0]?.key ?? '', options)).rejects.toMatchObject({ code: 'SINK_DENIED' })
    for (const prefix of ['other', `${PREFIX}-2`]) {
      const beside = s3Sink({ ...place, ...SETTINGS, prefix })
      await expect(run({ sink: beside }, 3)).rejects.toMatchObject({ code: 'SINK_DENIED' })
    }
  })

  const pairs = iamPolicy(WRITE).Statement.flatMap(({ Sid, Action }) =>
    Action.map((action) => [Sid, action] as const),
  )
  test.each(pairs)('needs %s %s', async (sid, action) => {
    const policy = iamPolicy(WRITE)
    const Statement = policy.Statement.map((each) =>
      each.Sid === sid ? { ...each, Action: each.Action.filter((other) => other !== action) } : each,
    )
    whole ??= produce(await guarded(policy))
    expect(await produce(await guarded({ ...policy, Statement }))).not.toEqual(await whole)
  })
  let whole: Promise<readonly string[]> | undefined
})

describe('the guide to S3', () => {
  const blocks = markdownExamples().filter(({ file }) => file === 'docs/s3.md')

  /** The argument of a call in the guide, which is data. */
  function argumentOf(call: string): unknown {
    const code = blocks.map((block) => block.code).find((each) => each.includes(`${call}({`)) ?? ''
    const literal = new RegExp(`${call}\\((\\{[^]*?\\n\\})\\)`).exec(code)?.[1] ?? ''
    return runInNewContext(`(${literal})`)
  }

  async function checked(policy: IamPolicyOptions) {
    const options = argumentOf('s3Sink') as S3SinkOptions
    const { bucket, expectedBucketOwner: accountId = '' } = options
    const allow = evaluated(iamPolicy(policy))
    const { client, close } = await connectedFake({ buckets: [bucket], accountId, allow })
    cleanups.push(close)
    return checkDestination(s3Sink({ ...options, client, provider: 'aws' }))
  }

  test('has the policy that its own sink needs, and nothing can be left out of it', async () => {
    const policy = argumentOf('iamPolicy') as IamPolicyOptions
    expect((await checked(policy)).hints).toEqual([])
    const { encryption, tags, ...rest } = policy
    expect((await checked({ ...rest, tags })).ok).toBe(false)
    expect((await checked({ ...rest, encryption })).ok).toBe(false)
  })
})

describe('a consumer with the policy of access read', () => {
  test('lists, reads and verifies days, and writes none', async () => {
    const { s3, allow, sink, archive } = await guarded(iamPolicy({ ...PLACE, access: 'read' }))
    await expect(run({ sink }, 3)).rejects.toMatchObject({ code: 'SINK_DENIED' })
    s3.setPolicy(undefined)
    await run({ sink }, 3)
    s3.setPolicy(allow)
    const days: string[] = []
    for await (const { day } of listDays(orders, archive)) days.push(day)
    expect(days).toEqual([DAY])
    const totals: unknown[] = []
    for await (const { total } of readDay(orders, archive, DAY)) totals.push(total)
    expect(totals).toHaveLength(3)
    await expect(verifyDay(orders, archive, DAY)).resolves.toMatchObject({ rows: 3 })
    // Not exported is told from not allowed.
    await expect(verifyDay(orders, archive, '2026-03-01')).rejects.toMatchObject({ code: 'SINK_NOT_FOUND' })
  })

  test('needs each of its actions', async () => {
    const { Statement, ...rest } = iamPolicy({ ...PLACE, access: 'read' })
    for (const left of Statement) {
      const { s3, allow, sink, archive } = await guarded({
        ...rest,
        Statement: Statement.filter((each) => each !== left),
      })
      s3.setPolicy(undefined)
      await run({ sink }, 3)
      s3.setPolicy(allow)
      const all = async () => {
        for await (const { day } of listDays(orders, archive)) await verifyDay(orders, archive, day)
      }
      await expect(all()).rejects.toMatchObject({ code: 'SINK_DENIED' })
    }
  })

  test('and of access read-write does both with one credential', async () => {
    const producer = await guarded(iamPolicy({ ...WRITE, access: 'read-write' }))
    expect(await produce(producer)).toEqual(await produce(await guarded(EVERYTHING)))
    await expect(verifyDay(orders, producer.archive, DAY)).resolves.toMatchObject({ rows: 6 })
  })
})
