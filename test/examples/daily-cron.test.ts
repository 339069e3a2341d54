// The schedulers of examples/daily-cron as processes, at 04:00 UTC of a clock that is moved there.

import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { startFakeS3 } from '../support/fake-s3/index.js'
import { environmentOf, startProcess } from './scheduler-process.js'

const FOLDER = fileURLToPath(new URL('../../examples/daily-cron', import.meta.url))
const CLOCK = new URL('shifted-clock.ts', import.meta.url).href

// A zone with half an hour in it, in which 04:00 UTC is not at a full hour.
const { PATH, HOME } = process.env
const ENVIRONMENT = { PATH, HOME, TZ: 'Asia/Kolkata' }

function start(program: string, env: NodeJS.ProcessEnv) {
  const clock = env.CLOCK_STARTS_AT === undefined ? [] : ['--import', CLOCK]
  return startProcess(process.execPath, ['--import', 'tsx', ...clock, program], {
    cwd: FOLDER,
    env: { ...ENVIRONMENT, ...env },
  })
}

test.each(['main.ts', 'node-cron.ts'])(
  '%s makes up for the run that was due while it was down, and runs at 04:00 UTC',
  async (program) => {
    const scheduler = start(program, { CLOCK_STARTS_AT: '2026-03-08T03:59:59.000Z', RUN_ONCE: '1' })
    await scheduler.line(/^next run: 2026-03-08T04:00:00\.000Z, /)
    const { code, stderr } = await scheduler.ended
    expect(stderr).not.toContain('export')
    expect(code).toBe(0)
    const days = scheduler.lines
      .filter((line) => line.startsWith('events 2'))
      .map((line) => line.slice(7, 17))
    expect(days).toEqual(['2026-03-06', '2026-03-07'])
  },
)

test.each(['main.ts', 'node-cron.ts'])(
  '%s exports the day that the run is for, though it starts after the next midnight',
  async (program) => {
    const scheduler = start(program, {
      CLOCK_STARTS_AT: '2026-03-08T03:59:59.000Z',
      CLOCK_JUMPS_TO: '2026-03-09T00:47:00.000Z',
      RUN_ONCE: '1',
    })
    await scheduler.line(/^next run: 2026-03-08T04:00:00\.000Z, /)
    scheduler.child.kill('SIGUSR2')
    expect((await scheduler.ended).code).toBe(0)
    const days = scheduler.lines
      .filter((line) => line.startsWith('events 2'))
      .map((line) => line.slice(7, 17))
    expect(days.at(-1)).toBe('2026-03-07')
  },
)

test.each(['main.ts', 'node-cron.ts'])(
  '%s waits for its time when the clock is set back while it waits',
  async (program) => {
    const scheduler = start(program, {
      CLOCK_STARTS_AT: '2026-03-08T03:59:59.000Z',
      CLOCK_JUMPS_TO: '2026-03-08T03:59:58.500Z',
      RUN_ONCE: '1',
    })
    await scheduler.line(/^next run: /)
    scheduler.child.kill('SIGUSR2')
    expect((await scheduler.ended).code).toBe(0)
    const days = scheduler.lines
      .filter((line) => line.startsWith('events 2'))
      .map((line) => line.slice(7, 17))
    expect(days).toEqual(['2026-03-06', '2026-03-07'])
  },
)

test.each(['main.ts', 'node-cron.ts'])(
  '%s tells a failure, goes on with the schedule, and ends with what its last run came to',
  async (program) => {
    const s3 = await startFakeS3({ buckets: ['analytics'] })
    onTestFinished(() => s3.close())
    const env = { ...environmentOf(s3), SCHEDULE: '* * * * * *' }
    s3.fault({ operation: 'PutObject', times: Infinity }, { status: 403, code: 'AccessDenied' })

    const failing = start(program, { ...env, RUN_ONCE: '1' })
    const failed = await failing.ended
    expect(failed.code).toBe(1)
    // Once when it started, and once when the schedule came.
    expect(failed.stderr.match(/^export failed: AggregateError: /gm)).toHaveLength(2)
  },
)

test.each(['main.ts', 'node-cron.ts'])('%s ends at SIGTERM while it waits', async (program) => {
  const scheduler = start(program, {})
  await scheduler.line(/^paywall_views /)
  scheduler.child.kill('SIGTERM')
  expect((await scheduler.ended).code).toBe(0)
})

test.each(['main.ts', 'node-cron.ts'])(
  '%s cleans up the export under way before it ends at SIGTERM',
  async (program) => {
    const s3 = await startFakeS3({ buckets: ['analytics'] })
    onTestFinished(() => s3.close())
    const scheduler = start(program, environmentOf(s3))
    // The file has not arrived yet.
    const { promise: held, resolve: release } = latch()
    onTestFinished(release)
    const { promise: begun, resolve: begin } = latch()
    s3.fault({ operation: 'PutObject' }, () => {
      begin()
      return held
    })
    await begun
    scheduler.child.kill('SIGTERM')

    const { code, stderr } = await scheduler.ended
    expect(code).toBe(1)
    expect(stderr).toContain('export failed: Error: stopped by SIGTERM')
    expect([...s3.objects('analytics').keys()]).toEqual([])
    expect(s3.uploads('analytics')).toEqual([])
  },
)

function latch(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
