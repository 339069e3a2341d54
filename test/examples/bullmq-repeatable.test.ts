// What of examples/bullmq-repeatable needs no Redis. What does is in test/live/checks/bullmq.ts.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scheduledTime } from '../../examples/bullmq-repeatable/instance.js'
import { openRedis } from '../../examples/bullmq-repeatable/redis.js'

const EXAMPLE = fileURLToPath(new URL('../../examples/bullmq-repeatable/', import.meta.url))

test('the scheduled time of a job is the one it was planned for, whenever it was made or tried', () => {
  const instant = fc.integer({ min: 0, max: Date.UTC(2100) })
  fc.assert(
    fc.property(instant, instant, (planned, timestamp) => {
      expect(scheduledTime({ opts: { prevMillis: planned }, timestamp }).getTime()).toBe(planned)
      expect(scheduledTime({ opts: {}, timestamp }).getTime()).toBe(timestamp)
    }),
  )
})

describe('the Redis', () => {
  test('of REDIS_URL is taken as it is, and left as it is', async () => {
    const { url, close } = await openRedis({ REDIS_URL: 'redis://redis.example.com:6379' })
    expect(url).toBe('redis://redis.example.com:6379')
    await close()
  })

  test.each(['main.ts', 'once.ts'])('that is not there ends %s with 1 and what to do', async (program) => {
    const folder = await mkdtemp(join(tmpdir(), 'dayfile-no-redis-'))
    const child = spawn(process.execPath, ['--import', 'tsx', join(EXAMPLE, program)], {
      env: { PATH: folder, TMPDIR: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const [[code], said] = await Promise.all([
      once(child, 'exit') as Promise<[number | null]>,
      text(child.stderr),
    ])
    expect(code).toBe(1)
    expect(said).toContain('no Redis: set REDIS_URL, or install redis-server')
    expect((await readdir(folder)).filter((name) => name.startsWith('dayfile-redis-'))).toEqual([])
    await rm(folder, { recursive: true })
  })
})
