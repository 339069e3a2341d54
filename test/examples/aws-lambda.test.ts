// The handler of examples/aws-lambda over an S3 in this process, and the template that deploys it.

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type ExportReport } from 'dayfile'
import { iamPolicy } from 'dayfile/s3'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { scheduledTime } from '../../examples/aws-lambda/scheduled-time.js'
import { startFakeS3, type FakeS3 } from '../support/fake-s3/index.js'
import { parseTemplate, propertyOf, resolved } from './cloudformation.js'

const FOLDER = fileURLToPath(new URL('../../examples/aws-lambda/', import.meta.url))
const BIN = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url))
const AMPLE = { getRemainingTimeInMillis: () => 900_000 }
const PLACE = { Bucket: 'analytics', Prefix: 'exports/com.sample-app' }

const recorded = JSON.parse(await readFile(join(FOLDER, 'recorded-event.json'), 'utf8')) as {
  input: Record<string, string>
  event: Record<string, string>
}
const template = parseTemplate(await readFile(join(FOLDER, 'template.yaml'), 'utf8'))
const { scripts } = JSON.parse(await readFile(join(FOLDER, 'package.json'), 'utf8')) as {
  scripts: { build: string }
}

let s3: FakeS3
let handler: (event: unknown, context: typeof AMPLE) => Promise<ExportReport[]>

beforeAll(async () => {
  s3 = await startFakeS3({ buckets: ['analytics'] })
  for (const [name, value] of Object.entries(environment())) vi.stubEnv(name, value)
  vi.spyOn(console, 'log').mockReturnValue()
  vi.spyOn(console, 'error').mockReturnValue()
  ;({ handler } = await import('../../examples/aws-lambda/handler.js'))
})

afterEach(() => {
  s3.objects('analytics').clear()
})

afterAll(async () => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  await s3.close()
})

/** What the function has in Lambda, but for the endpoint. */
function environment() {
  return {
    AWS_LAMBDA_FUNCTION_NAME: 'export-yesterday',
    S3_BUCKET: 'analytics',
    S3_PREFIX: 'exports',
    S3_ENDPOINT: s3.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
  }
}

const told = (reports: readonly ExportReport[]) =>
  reports.map(({ dataset, window, outcome }) => `${dataset} ${window.day} ${outcome}`)

const keys = () => [...s3.objects('analytics').keys()]

describe('the handler', () => {
  test('exports the day before the scheduled time, and changes nothing when the event comes again', async () => {
    expect(told(await handler(recorded.event, AMPLE))).toEqual([
      'events 2026-03-07 published',
      'paywall_views 2026-03-07 published',
    ])
    const published = keys()
    // The bucket has the day: nothing is due any more.
    expect(told(await handler({ ...recorded.event, attemptNumber: '2' }, AMPLE))).toEqual([])
    expect(keys()).toEqual(published)
  })

  test.each([
    undefined,
    null,
    'text',
    {},
    { key1: 'value1' },
    { time: '2026-03-08T04:00:00Z' },
    { scheduledTime: '' },
    { scheduledTime: '<aws.scheduler.scheduled-time>' },
    { scheduledTime: '2026-03-08' },
    { scheduledTime: '2026-03-08T04:00:00' },
    { scheduledTime: '2026-13-08T04:00:00Z' },
    { scheduledTime: 1_772_942_400_000 },
  ])('refuses %j, which names no time of a schedule, and exports nothing', async (event) => {
    await expect(handler(event, AMPLE)).rejects.toThrow(/^scheduledTime of the event: expected an instant/)
    expect(keys()).toEqual([])
  })

  test('stops before the time limit of Lambda, and leaves neither a day nor an upload', async () => {
    const late = { getRemainingTimeInMillis: () => 20_000 }
    await expect(handler(recorded.event, late)).rejects.toThrow(/^not done 20 s before/)
    expect(keys()).toEqual([])
    expect(s3.uploads('analytics')).toEqual([])
    expect(told(await handler(recorded.event, AMPLE))).toHaveLength(2)
  })

  test('leaves no timer that would fire in the next run of the same process', async () => {
    const cleared = vi.spyOn(globalThis, 'clearTimeout')
    const set = vi.spyOn(globalThis, 'setTimeout')
    await handler(recorded.event, { getRemainingTimeInMillis: () => 777_000 })
    const index = set.mock.calls.findIndex(([, ms]) => ms === 757_000)
    expect(cleared.mock.calls).toContainEqual([set.mock.results[index]?.value])
    set.mockRestore()
    cleared.mockRestore()
  })

  test('rejects when a day has failed, so that Lambda sends the event again', async () => {
    s3.setPolicy(() => false)
    await expect(handler(recorded.event, AMPLE)).rejects.toThrow('2 exports failed')
    s3.setPolicy(undefined)
  })

  test('takes no event without the name of a bucket, which it would export to nowhere', async () => {
    vi.resetModules()
    vi.stubEnv('S3_BUCKET', undefined)
    await expect(import('../../examples/aws-lambda/handler.js')).rejects.toThrow(/^S3_BUCKET is not set/)
    vi.stubEnv('S3_BUCKET', 'analytics')
  })

  test('runs as the one file that is deployed, with no packages beside it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dayfile-lambda-'))
    const file = join(folder, 'handler.mjs')
    const path = { PATH: `${BIN}:${process.env.PATH ?? ''}` }
    await promisify(execFile)('sh', ['-c', scripts.build.replace('dist/handler.mjs', file)], {
      cwd: FOLDER,
      env: { ...process.env, ...path },
    })
    const program = `import { handler } from ${JSON.stringify(pathToFileURL(file))}
      await handler(${JSON.stringify(recorded.event)}, { getRemainingTimeInMillis: () => 900000 })`
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { cwd: folder, env: { ...environment(), ...path } },
    )
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^events 2026-03-07: published, 5,000 rows/),
      expect.stringMatching(/^paywall_views 2026-03-07: published, 2,000 rows/),
    ])
    await rm(folder, { recursive: true })
  })
})

test('the recorded event is the Input of the schedule, filled in', () => {
  const input = propertyOf(template, 'Schedule', 'Target', 'Input') as string
  expect(JSON.parse(input)).toEqual(recorded.input)
  expect(Object.keys(recorded.event)).toEqual(Object.keys(recorded.input))
  expect(scheduledTime(recorded.event)).toEqual(new Date('2026-03-08T04:00:00Z'))
})

describe('the template', () => {
  const document = resolved(template, { ...PLACE, 'AWS::Partition': 'aws' })
  const of = (...path: (string | number)[]) => propertyOf(document, ...path)
  const tellFailures = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: 'FailedEvents.Arn' }

  test('lets the function do what iamPolicy says, and tell its failures', () => {
    const policy = iamPolicy({ bucket: PLACE.Bucket, prefix: PLACE.Prefix, access: 'write' })
    expect(of('FunctionRole', 'Policies', 0, 'PolicyDocument')).toEqual(policy)
    expect(of('FunctionRole', 'Policies', 1, 'PolicyDocument', 'Statement')).toEqual([tellFailures])
    expect(of('FunctionRole', 'Policies')).toHaveLength(2)
  })

  test('lets the schedule call this function, and nothing else', () => {
    const invoke = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: 'Function.Arn' }
    expect(of('ScheduleRole', 'Policies', 0, 'PolicyDocument', 'Statement')).toEqual([invoke, tellFailures])
    expect(of('ScheduleRole', 'Policies')).toHaveLength(1)
  })

  test('is due when 04:00 UTC is, and not some minutes later', () => {
    const [minute, hour, ...days] = '0 4 * * *'.split(' ')
    expect(days).toEqual(['*', '*', '*'])
    expect(of('Schedule')).toMatchObject({
      ScheduleExpression: `cron(${minute ?? ''} ${hour ?? ''} * * ? *)`,
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
    })
  })

  test('keeps what cannot be published, and what cannot be handled', () => {
    expect(of('Schedule', 'Target', 'DeadLetterConfig', 'Arn')).toBe('FailedEvents.Arn')
    expect(of('FunctionRetries', 'DestinationConfig', 'OnFailure', 'Destination')).toBe('FailedEvents.Arn')
    expect(of('FunctionRetries', 'FunctionName')).toBe('Function')
    expect(of('FunctionRetries', 'MaximumRetryAttempts')).toBe(2)
  })

  test('names the file that the build writes, the bucket, and one run at a time', () => {
    expect(of('Function')).toMatchObject({
      Handler: 'handler.handler',
      Code: 'dist',
      ReservedConcurrentExecutions: 1,
      Environment: { Variables: { S3_BUCKET: PLACE.Bucket, S3_PREFIX: PLACE.Prefix } },
    })
    expect(scripts.build).toContain('--outfile=dist/handler.mjs')
  })

  test('refers to nothing that it does not have', () => {
    const text = '{ Parameters: {}, Resources: { A: { Properties: { B: !Ref C } } } }'
    expect(() => parseTemplate(text)).toThrow('refers to C')
  })
})
