// examples/manual-export as a process of its own: what it prints, what it leaves in S3, and the code that it ends with.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { readArguments, UsageError } from '../../examples/manual-export/arguments.mjs'
import { startFakeS3, type FakeS3 } from '../support/fake-s3/index.js'

const FOLDER = fileURLToPath(new URL('../../examples/manual-export/', import.meta.url))
const BUCKET = 'exports'
const PERIOD = ['events', '2026-03-01', '2026-03-03']
const DENIED = { status: 403, code: 'AccessDenied' }
// As with 503, but the client does not try for a minute first.
const DAMAGED = { status: 400, code: 'BadDigest' }

// Of one day more than one part, so that it is a multipart upload.
const ROWS_OF_PARTS = '100000'

// Each starts processes, of which a machine with other work takes a while.

let s3: FakeS3

beforeEach(async () => {
  s3 = await startFakeS3({ buckets: [BUCKET] })
})

afterEach(() => s3.close())

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { accessKeyId, secretAccessKey } = s3.credentials
  const child = spawn(command, args, {
    cwd: FOLDER,
    env: {
      ...process.env,
      // Else it says on Node 20 when the AWS SDK will stop supporting it.
      NODE_NO_WARNINGS: '1',
      ROWS_A_DAY: '50',
      S3_BUCKET: BUCKET,
      S3_ENDPOINT: s3.endpoint,
      AWS_REGION: s3.region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...env,
    },
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const printed = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (printed.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (printed.stderr += chunk.toString()))
  /** Waits until it has printed that. */
  const told = async (text: string): Promise<void> => {
    while (!printed.stdout.includes(text)) await once(child.stdout, 'data')
  }
  const ended = once(child, 'close').then(([code]): Ended => ({ code: code as number | null, ...printed }))
  return { child, told, ended }
}

function startExport(args: readonly string[], env?: NodeJS.ProcessEnv) {
  return start(process.execPath, ['--import', 'tsx', 'manual-export.mjs', ...args], env)
}

function runExport(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
  return startExport(args, env).ended
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

/** The folders that have a manifest. */
function published(): string[] {
  return [...s3.objects(BUCKET).keys()]
    .flatMap((key) => /([^/]+)\/_manifest\.json$/.exec(key)?.[1] ?? [])
    .sort()
}

/** Does something when the first part of that day arrives; what it returns is waited for before the part is stored. */
function atFirstPart(day: string, act: () => void | Promise<void>): void {
  s3.fault({ operation: 'UploadPart', key: new RegExp(`dt=${day}`) }, act)
}

test('exports one file for each day of a period, both ends included, and skips them the next time', async () => {
  const first = await runExport(PERIOD)
  expect(first).toMatchObject({ code: 0, stderr: '' })
  expect(lines(first.stdout)).toEqual([
    expect.stringMatching(/^events 2026-03-01: published, 50 rows/),
    expect.stringMatching(/^events 2026-03-02: published, 50 rows/),
    expect.stringMatching(/^events 2026-03-03: published, 50 rows/),
    expect.stringMatching(/^3 published; /),
  ])
  expect(published()).toEqual(['dt=2026-03-01', 'dt=2026-03-02', 'dt=2026-03-03'])

  const second = await runExport(PERIOD)
  expect(second).toMatchObject({ code: 0, stderr: '' })
  expect(second.stdout).toMatch(/\n3 skipped; /)

  const replaced = await runExport([...PERIOD, '--replace', '--concurrency', '2'], { ROWS_A_DAY: '51' })
  expect(replaced.stdout).toMatch(/\n3 replaced; /)
})

test('exports one file for the whole period', async () => {
  const { code, stdout } = await runExport(['paywall_views', ...PERIOD.slice(1), '--one-file'])
  expect(code).toBe(0)
  expect(lines(stdout)).toEqual([
    expect.stringMatching(/^paywall_views 2026-03-01 to 2026-03-03: published, 150 rows/),
    expect.stringMatching(/^1 published; /),
  ])
  expect(s3.objects(BUCKET).size).toBe(2)
})

test('tells with --plan what would be done, and asks S3 for nothing but what is there', async () => {
  await runExport(['events', '2026-03-02', '2026-03-02'])
  const before = s3.operations.length
  const { code, stdout, stderr } = await runExport([...PERIOD, '--plan'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(lines(stdout)).toEqual([
    expect.stringMatching(/^events 2026-03-01: would be published, about 50 rows/),
    expect.stringMatching(/^events 2026-03-02: would be skipped/),
    expect.stringMatching(/^events 2026-03-03: would be published, about 50 rows/),
    expect.stringMatching(/^2 to publish, 1 to skip; /),
  ])
  const asked = s3.operations.slice(before).map(({ operation }) => operation)
  expect(new Set(asked)).toEqual(new Set(['GetObject', 'HeadObject']))

  // The period as one file is not there, but what it may have is known by its days.
  const period = await runExport([...PERIOD, '--one-file', '--plan'])
  expect(lines(period.stdout)[0]).toMatch(/^events 2026-03-01 to 2026-03-03: would be published, 150 rows/)
})

test('tells a failure that stays from one that may pass, and exports the other days', async () => {
  s3.fault({ key: /dt=2026-03-02/, times: Infinity }, DENIED)
  const stays = await runExport(PERIOD)
  expect(stays.code).toBe(1)
  expect(lines(stays.stderr)).toEqual([expect.stringMatching(/^events 2026-03-02: failed: .*AccessDenied/)])
  expect(lines(stays.stdout).at(-1)).toMatch(/^2 published, 1 failed; /)
  expect(published()).toEqual(['dt=2026-03-01', 'dt=2026-03-03'])

  s3.fault({ key: /dt=2026-03-0[45]/, times: Infinity }, DAMAGED)
  const mayPass = await runExport(['events', '2026-03-04', '2026-03-06'])
  expect(mayPass.code).toBe(75)
  expect(lines(mayPass.stderr)).toHaveLength(2)

  // One that stays is enough.
  expect(await runExport(['events', '2026-03-01', '2026-03-06'])).toMatchObject({ code: 1 })
})

test.each([
  ['nothing', [], /^name a dataset/],
  [
    'an unknown dataset',
    ['event', '2026-03-01', '2026-03-02'],
    /^dataset "event": .*events or paywall_views/,
  ],
  ['a day that is no date', ['events', '2026-02-30', '2026-03-02'], /^day "2026-02-30": not a real date/],
  ['the last day first', ['events', '2026-03-02', '2026-03-01'], /^days 2026-03-02 to 2026-03-01: .*swap/],
  ['a day that is not over', ['events', '2026-03-01', '2026-03-08'], /^day 2026-03-08: .* is 2026-03-07$/],
  ['a word too many', [...PERIOD, 'now'], /^unexpected after the last day/],
  ['no number of days', [...PERIOD, '--concurrency', '0'], /^--concurrency: /],
  ['an unknown option', [...PERIOD, '--force'], /^Unknown option '--force'/],
])('refuses %s', (_, args, message) => {
  const lastInstant = new Date('2026-03-08T23:59:59.999Z')
  expect(() => readArguments(args, lastInstant)).toThrow(UsageError)
  expect(() => readArguments(args, lastInstant)).toThrow(message)
})

test('takes the last day from the instant that it is over', () => {
  const { windows } =
    readArguments(['events', '2026-03-07', '2026-03-08'], new Date('2026-03-09T00:00:00Z')) ?? {}
  expect(windows?.map(({ day }) => day)).toEqual(['2026-03-07', '2026-03-08'])
})

test('ends with 64 and how to use it for wrong arguments, before anything is asked of S3', async () => {
  const { code, stdout, stderr } = await runExport(['events', '2026-03-02', '2026-03-01'])
  expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
  expect(stderr).toMatch(/^days 2026-03-02 to 2026-03-01: .*\n\nusage: node manual-export.mjs/)
  expect(s3.operations).toHaveLength(0)
})

test('prints nothing with --quiet when all went well, and failures when not', async () => {
  expect(await runExport([...PERIOD, '--quiet'])).toEqual({ code: 0, stdout: '', stderr: '' })
  s3.fault({ key: /dt=2026-03-05/, times: Infinity }, DENIED)
  const { code, stdout, stderr } = await runExport(['events', '2026-03-04', '2026-03-05', '--quiet'])
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(lines(stderr)).toEqual([expect.stringMatching(/^events 2026-03-05: failed/)])
})

test('prints each report as a line of JSON, failed ones too', async () => {
  s3.fault({ key: /dt=2026-03-02/, times: Infinity }, DENIED)
  const { code, stdout } = await runExport([...PERIOD, '--json'])
  expect(code).toBe(1)
  expect(lines(stdout).map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ outcome: 'published', rows: 50 }),
    expect.objectContaining({
      outcome: 'failed',
      error: expect.objectContaining({ code: 'SINK_DENIED' }) as unknown,
    }),
    expect.objectContaining({ outcome: 'published', rows: 50 }),
  ])
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  'cleans up on %s in the middle of an upload, and the next run does the rest',
  async (signal, exitCode) => {
    const { child, told, ended } = startExport(PERIOD, { ROWS_A_DAY: ROWS_OF_PARTS })
    atFirstPart('2026-03-02', async () => {
      await told('events 2026-03-01: published')
      child.kill(signal)
    })
    const { code, stdout, stderr } = await ended
    expect(code).toBe(exitCode)
    expect(lines(stdout)).toEqual([expect.stringMatching(/^events 2026-03-01: published/)])
    expect(lines(stderr)).toEqual([
      `${signal}: stopping and cleaning up; press again to quit now`,
      '1 of 3 are done, and nothing partial is left of the others; run it again',
    ])
    expect(s3.uploads(BUCKET)).toEqual([])
    expect(s3.objects(BUCKET).size).toBe(2)
    expect(published()).toEqual(['dt=2026-03-01'])

    const rest = await runExport(PERIOD)
    expect(rest).toMatchObject({ code: 0, stderr: '' })
    expect(lines(rest.stdout).at(-1)).toMatch(/^1 skipped, 2 published; /)
  },
)

test('leaves at once when Ctrl-C is pressed again while the clean-up hangs', async () => {
  s3.fault({ operation: 'AbortMultipartUpload', times: Infinity }, 'stall')
  const { child, ended } = startExport(PERIOD, { ROWS_A_DAY: ROWS_OF_PARTS })
  let pressing: NodeJS.Timeout | undefined
  atFirstPart('2026-03-01', () => {
    // At once, or the upload may be over; then again and again, as one does.
    child.kill('SIGINT')
    pressing = setInterval(() => child.kill('SIGINT'), 100)
  })
  const { code, stderr } = await ended
  clearInterval(pressing)
  expect(code).toBe(130)
  expect(lines(stderr)).toEqual([expect.stringMatching(/^SIGINT: stopping/)])
  expect(s3.uploads(BUCKET)).toHaveLength(1)
})

// With bash as its shell npm sends on what the terminal has sent to all of them: the program gets each Ctrl-C twice.
test.skipIf(process.platform !== 'linux')(
  'shows a bar on a terminal, and puts the cursor back after Ctrl-C under npm',
  async () => {
    await runExport(['events', '2026-02-28', '2026-02-28'], { ROWS_A_DAY: ROWS_OF_PARTS })
    const { child, ended } = start('script', ['-qec', 'npm start', '/dev/null'], {
      ROWS_A_DAY: ROWS_OF_PARTS,
      npm_config_script_shell: 'bash',
    })
    atFirstPart('2026-03-02', () => {
      child.stdin.write('\u0003')
    })
    const { stdout } = await ended
    const [bar = '', after = ''] = stdout.split('SIGINT: stopping')
    const shown = [...bar.matchAll(/[█░]+ (\d+)% \| ETA (\S+) \| (\d)\/7 done \| [\d,]+ rows/g)]
    // By the plan, the first day has as many rows as the one before it.
    expect(shown.some(([, percentage, , done]) => Number(percentage) > 1 && done === '0')).toBe(true)
    const [, percentage, eta, done] = shown.at(-1) ?? []
    expect({ eta, done }).toEqual({ eta: expect.stringMatching(/^(\d+m)?\d+s$/) as unknown, done: '1' })
    expect(Number(percentage)).toBeGreaterThan(100 / 7)
    expect(Number(percentage)).toBeLessThan(200 / 7)
    expect(bar).toMatch(/events 2026-03-01: published/)
    expect(after).toContain('1 of 7 are done, and nothing partial is left of the others')
    // The cursor is hidden and shown again; lines are cut at the edge and wrapped again.
    for (const mode of ['?25', '?7']) {
      expect(bar).toContain(`\u001b[${mode}l`)
      expect(stdout.lastIndexOf(`\u001b[${mode}h`)).toBeGreaterThan(stdout.lastIndexOf(`\u001b[${mode}l`))
    }
    expect(s3.uploads(BUCKET)).toEqual([])
    expect(published()).toEqual(['dt=2026-02-28', 'dt=2026-03-01'])
  },
)
