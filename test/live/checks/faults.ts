// What goes wrong with a server, and what a host is told of it.

import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { placeIn } from '../place.js'
import type { LiveServer } from '../servers/live-server.js'
import { onlyWithFaults, type Check } from './check.js'
import { assertIntact, exportSample, failure } from './day.js'
import { writerProcess } from './writer-process.js'

const DAY = '2026-03-07'
/** Some 15 MiB: three parts. */
const ROWS = 40_000

export const faultChecks: readonly Check[] = [
  {
    name: 'a server that freezes during an upload is SINK_UNAVAILABLE, and once it goes on a repeated run gives the day',
    skip: onlyWithFaults,
    async run(server) {
      const { freeze, goOn } = faultsOf(server)
      const place = placeIn(server, 'frozen', { requestTimeoutMs: 500, deadlineMs: 2000 })
      const startedAt = performance.now()
      try {
        const running = exportSample(place, DAY, { count: ROWS }, (row) => {
          if (row === ROWS / 2) freeze()
        })
        const error = await failure(running)
        assert.deepEqual([error.code, error.retryable], ['SINK_UNAVAILABLE', true], error.message)
      } finally {
        goOn()
      }
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      // What the server had in hand when it was stopped may never be answered: the next attempt is.
      const again = placeIn(server, 'frozen', { requestTimeoutMs: 10_000 })
      const report = await exportSample(again, DAY, { count: ROWS })
      assert.equal(report.outcome, 'published')
      await assertIntact(again, DAY, report)
      return `told after ${seconds} s`
    },
  },
  {
    name: 'a user without rights is SINK_DENIED',
    skip: onlyWithFaults,
    async run(server) {
      const { stranger } = faultsOf(server)
      const place = placeIn(server, 'denied', { credentials: stranger })
      const error = await failure(exportSample(place, DAY, { count: 10 }))
      assert.equal(error.code, 'SINK_DENIED', error.message)
      assert.ok(!error.message.includes(stranger.secretAccessKey))
      assert.deepEqual(await placeIn(server, 'denied').keys(), [])
      return undefined
    },
  },
  {
    name: 'a quota that is exceeded is said, is not tried again, and leaves nothing',
    skip: onlyWithFaults,
    async run(server) {
      const bucket = await faultsOf(server).limitedBucket(8 * 1024 * 1024)
      // One part after the other: Swift counts what has been stored, not what is on its way.
      const place = placeIn({ ...server, bucket }, 'quota', { concurrency: 1 })
      const error = await failure(exportSample(place, DAY, { count: ROWS }))
      // Swift says what it says of an object that is too large.
      const code = server.name === 'Swift' ? 'SINK_UNAVAILABLE' : 'SINK_DENIED'
      assert.deepEqual([error.code, error.retryable], [code, false], error.message)
      assert.match(error.message, /quota/i)
      assert.deepEqual([await place.keys(), await place.uploads()], [[], []])
      return undefined
    },
  },
  {
    name: 'a run that is killed during its upload and repeated leaves one file, one manifest and no upload',
    skip: onlyWithFaults,
    async run(server) {
      const place = placeIn(server, 'killed')
      const writer = writerProcess(server)
      try {
        const run = writer.begin({ folder: 'killed', day: DAY, count: ROWS, seed: 1, waitAt: ROWS - 1 })
        assert.deepEqual(await run.next(), { is: 'reading' })
        // Its first parts are on their way by then.
        while ((await place.uploads()).length === 0) await delay(20)
      } finally {
        await writer.kill()
      }
      assert.equal((await place.uploads()).length, 1, 'the killed run left no upload, so this shows nothing')
      const report = await exportSample(place, DAY, { count: ROWS })
      assert.equal(report.outcome, 'published')
      await assertIntact(place, DAY, report)
      return undefined
    },
  },
]

function faultsOf({ faults }: LiveServer): NonNullable<LiveServer['faults']> {
  assert.ok(faults !== undefined)
  return faults
}
