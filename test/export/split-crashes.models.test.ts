// Two runs of a split day that stop, each at any step, and a third one that goes through beside a reader.

import { expect, test } from 'vitest'
import { alone } from '../support/exploration.js'
import { EMPTY, type Storage } from '../support/interleaving.js'
import { reader, seenOf, writer, type SplitContent } from './split-runs.js'

const OLD: SplitContent = { total: 1, rows: 2, isSplit: true }
const A: SplitContent = { total: 2, rows: 2, isSplit: true }
const OTHER: SplitContent = { total: 3, rows: 2, isSplit: true }
const MORE_FILES: SplitContent = { total: 3, rows: 3, isSplit: true }
const LAST: SplitContent = { total: 4, rows: 2, isSplit: true }
const LAST_IN_ONE: SplitContent = { total: 4, rows: 2, isSplit: false }

/** What lies there after each step of a run, each once. */
async function passed(
  name: string,
  content: SplitContent,
  from: Storage,
  keepsIds: boolean,
): Promise<Storage[]> {
  const run = await alone(name, writer(content), from, { conditionalCommit: keepsIds, keepsIds })
  return [...new Map(run.passed.map((storage) => [JSON.stringify(storage), storage])).values()]
}

test.each([true, false].flatMap((isFirst) => [true, false].map((keepsIds) => [isFirst, keepsIds] as const)))(
  'a first publication: %s, ids are kept: %s',
  async (isFirst, keepsIds) => {
    const kind = { conditionalCommit: keepsIds, keepsIds }
    const start = isFirst ? EMPTY : (await alone('old', writer(OLD), EMPTY, kind)).storage
    const nothing = isFirst ? 'SINK_NOT_FOUND' : seenOf(OLD)
    // A run has no other way of knowing than what is there: each state once.
    const states = new Map<string, Storage>()
    for (const stopped of await passed('a', A, start, keepsIds)) {
      for (const content of [A, OTHER, MORE_FILES]) {
        for (const storage of await passed('b', content, stopped, keepsIds))
          states.set(JSON.stringify(storage), storage)
      }
    }
    expect(states.size).toBeGreaterThan(100)
    for (const storage of states.values()) {
      for (const last of [LAST, LAST_IN_ONE]) {
        const run = await alone('last', writer(last), storage, kind)
        expect(run.outcome).toMatch(/^(published|replaced) \d$/)
        const names = Object.keys(run.storage.objects)
        expect(names, names.join()).toHaveLength(last.isSplit ? 3 : 2)
        expect(run.storage.staged).toEqual({})
        expect((await alone('reader', reader, run.storage, kind)).outcome).toBe(seenOf(last))
        const seen = [nothing, ...[A, OTHER, MORE_FILES, last].map(seenOf)]
        for (const moment of new Set(run.passed))
          expect(seen).toContain((await alone('reader', reader, moment, kind)).outcome)
      }
    }
  },
  300_000,
)
