// Two processes export the same window at once, with different rows.

import assert from 'node:assert/strict'
import { placeIn } from '../place.js'
import type { LiveServer } from '../servers/live-server.js'
import type { Check } from './check.js'
import { assertIntact, manifestOf } from './day.js'
import { writerProcess, type WriterProcess } from './writer-process.js'

const ROUNDS = 50
/** Windows that are fought for at the same time: most of a round is waiting. */
const WINDOWS = 5
const FOLDER = 'two-writers'

export const twoWriters: Check = {
  name: `two writers of one window at once: one wins, one is told, the day is whole (${ROUNDS} rounds)`,
  async run(server) {
    const writers = [writerProcess(server), writerProcess(server)] as const
    try {
      const times: number[] = []
      const rounds = Array.from({ length: ROUNDS }, (_, round) => round)
      await Promise.all(
        Array.from({ length: WINDOWS }, async (_, window) => {
          for (const round of rounds.filter((each) => each % WINDOWS === window)) {
            const startedAt = performance.now()
            await raceOnce(server, writers, round)
            times.push(performance.now() - startedAt)
          }
        }),
      )
      times.sort((a, b) => a - b)
      const at = (part: number) => Math.round(times[Math.floor(part * (times.length - 1))] ?? 0)
      return `${at(0.5)} ms a round, ${at(1)} ms the longest, ${WINDOWS} windows at a time`
    } finally {
      await Promise.all(writers.map((writer) => writer.kill()))
    }
  },
}

async function raceOnce(
  server: LiveServer,
  writers: readonly [WriterProcess, WriterProcess],
  round: number,
): Promise<void> {
  const turn = Math.floor(round / WINDOWS)
  // Two rounds a day: a first publication, and a replacement.
  const dayNumber = Math.floor(turn / 2) * WINDOWS + (round % WINDOWS)
  const day = new Date(Date.UTC(2026, 0, 1 + dayNumber)).toISOString().slice(0, 10)
  // One of ten of more than one part.
  const count = round % (2 * WINDOWS) === 2 * WINDOWS - 1 ? 16_000 : 50
  const runs = writers.map((writer, index) =>
    writer.begin({ folder: FOLDER, day, count: count + index, seed: 1 + round, waitAt: 1 }),
  )
  for (const run of runs) assert.deepEqual(await run.next(), { is: 'reading' })
  for (const run of runs) run.goOn()
  const ends = await Promise.all(runs.map((run) => run.next()))
  const said = `round ${round}, ${day}: ${JSON.stringify(ends)}`
  const won = ends.filter((end) => end.is === 'published')
  const lost = ends.filter((end) => end.is === 'failed' && end.code === 'SINK_CONFLICT')
  assert.deepEqual([won.length, lost.length], [1, 1], said)
  assert.equal(won[0]?.revision, 1 + (turn % 2), said)

  const place = placeIn(server, FOLDER)
  try {
    await assertIntact(place, day)
    const { files } = await manifestOf(place, day)
    assert.equal(files[0]?.sha256, won[0].sha256, "the day is not the winner's")
  } catch (cause) {
    throw new Error(`${said}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}
