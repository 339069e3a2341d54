// The manifest of examples/kubernetes-cronjob, and what a pod of it does: its day, its exit codes, its end by SIGTERM.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import fc from 'fast-check'
import { CronJob } from 'kubernetes-models/batch/v1'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { scheduledTime } from '../../examples/kubernetes-cronjob/scheduled-time.js'
import { startFakeS3, type FakeS3 } from '../support/fake-s3/index.js'

const FOLDER = fileURLToPath(new URL('../../examples/kubernetes-cronjob/', import.meta.url))
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const manifest = await readFile(join(FOLDER, 'cronjob.yaml'), 'utf8')

/** What is wrong with a CronJob: by the validator of the API's schema, and by its types, which know every key. */
function problemsOf(source: string): string[] {
  const [, document] = parseAllDocuments(source, { strict: true })
  const cronJob = document?.toJS() as ConstructorParameters<typeof CronJob>[0]
  const problems: string[] = []
  try {
    new CronJob(cronJob).validate()
  } catch (error) {
    problems.push((error as Error).message)
  }
  return [...problems, ...typeErrors(JSON.stringify(cronJob))]
}

/** Of the library of TypeScript and the models: read once, and not for each manifest. */
const sources = new Map<string, ts.SourceFile | undefined>()

function typeErrors(literal: string): string[] {
  const path = join(ROOT, 'cron-job-of-a-test.ts')
  const program = `import type { ICronJob } from 'kubernetes-models/batch/v1'\nexport const cronJob: ICronJob = ${literal}`
  const options: ts.CompilerOptions = {
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
  }
  const host = ts.createCompilerHost(options)
  const read = host.getSourceFile.bind(host)
  host.getSourceFile = (name, ...rest) => {
    if (name === path) return ts.createSourceFile(name, program, ts.ScriptTarget.ES2022)
    if (!sources.has(name)) sources.set(name, read(name, ...rest))
    return sources.get(name)
  }
  return ts
    .getPreEmitDiagnostics(ts.createProgram([path], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

describe('the manifest', () => {
  const [account, cronJob] = parseAllDocuments(manifest).map((document) => document.toJS() as unknown)

  test('is a CronJob of the API, with no key that the API does not have', () => {
    expect(problemsOf(manifest)).toEqual([])
  })

  test.each([
    ['timeZone', 'timezone'],
    ['startingDeadlineSeconds: 72000', 'startingDeadlineSeconds: long'],
    ['  schedule: 0 4 * * *\n', ''],
    ['concurrencyPolicy: Forbid', 'concurrencyPolicy: Forbidden'],
    ['backoffLimit', 'backOffLimit'],
    ['containerName', 'container'],
    ['action: FailJob', 'action: Fail'],
    ['fieldRef', 'fieldref'],
    ['runAsNonRoot', 'runAsNonroot'],
    ['              image: registry', '              picture: registry'],
  ])('would be refused with %j as %j', (right, wrong) => {
    expect(manifest).toContain(right)
    expect(problemsOf(manifest.replace(right, wrong))).not.toEqual([])
  })

  test('is due when 04:00 UTC is, one run at a time, late ones on the same day only', () => {
    expect(cronJob).toMatchObject({
      spec: { schedule: '0 4 * * *', timeZone: 'Etc/UTC', concurrencyPolicy: 'Forbid' },
    })
    const { spec } = cronJob as { spec: { startingDeadlineSeconds: number } }
    expect(spec.startingDeadlineSeconds).toBeLessThanOrEqual(20 * 3600)
  })

  test('tells the pod its Job, and gives up at once on what the program says is final', () => {
    const { spec } = (cronJob as { spec: { jobTemplate: { spec: { template: { spec: PodSpec } } } } }).spec
      .jobTemplate.spec.template
    const [container] = spec.containers
    expect(container?.env).toContainEqual({
      name: 'JOB_NAME',
      valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" } },
    })
    expect(cronJob).toMatchObject({
      spec: {
        jobTemplate: {
          spec: {
            podFailurePolicy: {
              rules: [
                {},
                { action: 'FailJob', onExitCodes: { containerName: container?.name, values: [78] } },
              ],
            },
          },
        },
      },
    })
    expect(account).toMatchObject({ kind: 'ServiceAccount', metadata: { name: spec.serviceAccountName } })
  })
})

interface PodSpec {
  readonly serviceAccountName: string
  readonly containers: readonly { readonly name: string; readonly env: readonly object[] }[]
}

describe('the scheduled time', () => {
  test('is what ends the name of the Job, in minutes, whatever the CronJob is called', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,50}[a-z]$/)
    const minute = fc.integer({ min: Date.UTC(2020) / 60_000, max: 99_999_999 })
    fc.assert(
      fc.property(name, minute, (cronJob, minutes) => {
        expect(scheduledTime({ JOB_NAME: `${cronJob}-${minutes}` }).getTime()).toBe(minutes * 60_000)
      }),
    )
  })

  test('of a Job made by hand is SCHEDULED_AT', () => {
    const at = scheduledTime({ JOB_NAME: 'by-hand', SCHEDULED_AT: '2026-03-08T04:00Z' })
    expect(at).toEqual(new Date('2026-03-08T04:00:00Z'))
  })

  test.each([
    undefined,
    '',
    'export-yesterday',
    'export-yesterday-manual-x7k2p',
    'export-yesterday-2954904',
    'export-yesterday-1772942400',
    'export-yesterday-29549040-abcde',
    'export-yesterday-20260308',
  ])('is not guessed from the name %j', (name) => {
    expect(() => scheduledTime({ JOB_NAME: name })).toThrow(/^JOB_NAME: expected the name of a Job/)
  })

  test.each(['', 'yesterday', '2026-03-08', '2026-03-08T04:00:00', '2026-02-31T24:61Z'])(
    'is not guessed from SCHEDULED_AT %j',
    (instant) => {
      expect(() => scheduledTime({ SCHEDULED_AT: instant, JOB_NAME: 'a-29549040' })).toThrow(/^SCHEDULED_AT/)
    },
  )
})

describe('a pod', () => {
  let s3: FakeS3
  let home: string
  let program: string

  // The file that the Dockerfile puts into the image.
  beforeAll(async () => {
    s3 = await startFakeS3({ buckets: ['analytics'] })
    home = await mkdtemp(join(tmpdir(), 'dayfile-cronjob-'))
    program = join(home, 'main.mjs')
    const { scripts } = JSON.parse(await readFile(join(FOLDER, 'package.json'), 'utf8')) as {
      scripts: { build: string }
    }
    await promisify(execFile)('sh', ['-c', scripts.build.replace('dist/main.mjs', program)], {
      cwd: FOLDER,
      env: { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH ?? ''}` },
    })
  })

  afterAll(async () => {
    await s3.close()
    await rm(home, { recursive: true })
  })

  function startPod(env: NodeJS.ProcessEnv) {
    const child = spawn(process.execPath, ['--no-warnings', program], {
      cwd: home,
      env: {
        S3_BUCKET: 'analytics',
        S3_ENDPOINT: s3.endpoint,
        AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const exited = once(child, 'exit') as Promise<[number | null, string | null]>
    const ended = Promise.all([exited, text(child.stdout), text(child.stderr)])
    return { child, ended: ended.then(([[code], out, errors]) => ({ code, out, errors })) }
  }

  test('exports the day of its Job, and a second pod changes nothing', async () => {
    const job = { JOB_NAME: 'export-yesterday-29549040' }
    const first = await startPod(job).ended
    expect(first).toMatchObject({ code: 0, errors: '' })
    expect(first.out).toMatch(
      /^events 2026-03-07: published, 5,000 rows.*\npaywall_views 2026-03-07: published, 2,000/,
    )
    const out = 'events: nothing is due\npaywall_views: nothing is due\n'
    expect(await startPod(job).ended).toEqual({ code: 0, out, errors: '' })
  })

  test.each([
    ['has a name that tells no time', 78, { JOB_NAME: 'by-hand' }],
    ['is given no bucket', 78, { JOB_NAME: 'a-29549040', S3_BUCKET: undefined }],
    ['is given a bucket that is not there', 78, { JOB_NAME: 'a-29549040', S3_BUCKET: 'absent' }],
    ['is given the name of no bucket', 78, { JOB_NAME: 'a-29549040', S3_BUCKET: '' }],
    ['is for a day that is not over', 78, { SCHEDULED_AT: '2999-01-01T04:00Z' }],
  ])('that %s ends with %i', async (_, code, env) => {
    expect(await startPod(env).ended).toMatchObject({ code })
  })

  test('whose upload is refused for now ends with 1, to be tried again', async () => {
    s3.fault({ key: /2026-03-05/, times: Infinity }, { status: 409, code: 'ConditionalRequestConflict' })
    expect(await startPod({ JOB_NAME: 'export-yesterday-29546160' }).ended).toMatchObject({ code: 1 })
  })

  test('that is told to end aborts its upload first, ends with 143, and leaves the day to the next pod', async () => {
    const job = { JOB_NAME: 'export-yesterday-29543280' }
    const writing = new Promise<void>((resolve) => {
      s3.fault({ key: /2026-03-03.*\.csv\.gz$/, operation: 'UploadPart' }, () => {
        resolve()
        return new Promise(() => undefined)
      })
    })
    const { child, ended } = startPod(job)
    await writing
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 143, out: '', errors: 'ended by SIGTERM\n' })
    const keys = [...s3.objects('analytics').keys()]
    expect(keys.filter((key) => /2026-03-03.*(\.csv\.gz|_manifest\.json)$/.test(key))).toEqual([])
    expect(s3.uploads('analytics')).toEqual([])
    expect((await startPod(job).ended).out).toContain('events 2026-03-03: published')
  })
})
