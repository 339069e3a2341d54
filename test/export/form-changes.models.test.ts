// A day that changes its form (compression, one file or several) has other keys, and its old files are removed. A server that
// cannot compare a version in one step with removing it removes whatever is there when a removal that was held up comes.

import { type Manifest, type Sink } from 'dayfile'
import { readDay, verifyDay } from 'dayfile/read'
import { memorySink } from 'dayfile/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alone, explore } from '../support/exploration.js'
import { EMPTY, type Answer, type Run, type Storage } from '../support/interleaving.js'
import { endingsIn, run, type Form } from './form-runs.js'
import { DAY, orders } from './orders.js'

/** The same on a server that removes in two steps: it looks at the version, and then removes what is there. */
function writer(form: Form, total: number): Run {
  return async (storage) => {
    const remove: Sink['remove'] = async (key, { ifMatch, signal }) => {
      if (ifMatch !== undefined && (await storage.stat(key, { signal }))?.etag !== ifMatch) return
      await storage.remove(key, { signal })
    }
    const { outcome, revision } = await run({ ...storage, remove }, form, total)
    return `${outcome} ${revision}`
  }
}

const reader: Run = async (archive) => {
  const totals: unknown[] = []
  for await (const { total } of readDay(orders, archive, DAY)) totals.push(total)
  return totals.join()
}
const seenOf = (total: number): string => `${total},${total},${total},${total}`

const KIND = { conditionalCommit: false, keepsIds: false }
const isSuccess = (outcome: string): boolean => /^(published|replaced|unchanged) \d+$/.test(outcome)
const readBy = async (storage: Storage) => (await alone('reader', reader, storage, KIND)).outcome

async function storageAfter(from: Storage, runs: readonly Run[]): Promise<Storage> {
  let storage = from
  for (const [index, each] of runs.entries()) {
    const { outcome, storage: next } = await alone(`run${index}`, each, storage, KIND)
    expect(isSuccess(outcome), outcome).toBe(true)
    storage = next
  }
  return storage
}

describe('a run that stalls at any step, and wakes up when others have changed the form of the day', () => {
  test.each<[before: Form, stalled: Form, since: Form[]]>([
    ['gzip', 'none', ['gzip']],
    ['gzip', 'none', ['gzip', 'none', 'gzip']],
    ['gzip', 'halves', ['gzip']],
    ['halves', 'quarters', ['gzip', 'none', 'halves']],
  ])('%s, then %s, then %j: the day stays whole', async (before, stalled, since) => {
    const from = await storageAfter(EMPTY, [writer(before, 1)])
    const others = since.map((form, index) => writer(form, 3 + index))
    const last = 2 + since.length
    const a = writer(stalled, 2)
    const successor = writer('none', 9)
    const woken: string[] = []
    await explore({
      runs: { a },
      from,
      kind: KIND,
      onState: async ({ storage, answers }, ended) => {
        if (ended.a !== undefined) return
        const published = await storageAfter(storage, others)
        await explore({
          runs: { a },
          from: published,
          answers: { a: answers.a ?? ([] as Answer[]) },
          kind: KIND,
          onStorage: async (after) => {
            // It may not have begun, and then comes after them.
            expect([seenOf(last), seenOf(2)]).toContain(await readBy(after))
          },
          onState: async (after, outcomes) => {
            if (outcomes.a === undefined) return
            woken.push(outcomes.a)
            // Nothing is left of any form before, and the next run goes through.
            const next = await storageAfter(after.storage, [successor])
            expect(await readBy(next)).toBe(seenOf(9))
            expect(Object.keys(next.objects)).toHaveLength(2)
          },
        })
      },
    })
    expect(woken.length).toBeGreaterThan(12)
    // Also one that had published, and was about to clear up.
    expect(woken.filter(isSuccess).length).toBeGreaterThan(1)
  })
})

test('in every order of the steps of two runs of two forms a reader sees a whole day', async () => {
  const from = await storageAfter(EMPTY, [writer('gzip', 1)])
  const seen = new Set<string>()
  const { states, outcomes } = await explore({
    runs: { a: writer('none', 2), b: writer('gzip', 3) },
    from,
    kind: KIND,
    onStorage: async (storage) => {
      seen.add(await readBy(storage))
    },
    onState: async ({ storage }, { a = '', b = '' }) => {
      if (a === '' || b === '') return
      const won = [...(isSuccess(a) ? [2] : []), ...(isSuccess(b) ? [3] : [])]
      expect(won.map(seenOf)).toContain(await readBy(storage))
      expect(Object.keys(storage.objects)).toHaveLength(2)
    },
  })
  expect([...seen].sort()).toEqual([1, 2, 3].map(seenOf))
  expect(states).toBeGreaterThan(200)
  expect(outcomes).toContain('replaced 2 | replaced 3')
})

const STOPPED = new Error('stopped')

/** A sink whose process is gone at this change of the storage: nothing that it asks for comes any more. */
function stoppingAt(sink: Sink, stopAt: number): Sink {
  let changes = 0
  const change = async <T>(make: () => Promise<T>): Promise<T> => {
    if (++changes >= stopAt) throw STOPPED
    return make()
  }
  return {
    ...sink,
    write: (...call) => change(() => sink.write(...call)),
    remove: (...call) => change(() => sink.remove(...call)),
    async stage(...call) {
      const staged = await sink.stage(...call)
      return {
        ...staged,
        commit: (options) => change(() => staged.commit(options)),
        discard: () => change(() => staged.discard()),
      }
    },
  }
}

test('no revision takes a key that one before it gave up, whatever stops on the way', async () => {
  const step = fc.record({
    form: fc.constantFrom<Form[]>('gzip', 'none', 'halves', 'quarters'),
    total: fc.integer({ min: 1, max: 3 }),
    stopAt: fc.option(fc.integer({ min: 1, max: 9 })),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
      const sink = memorySink()
      const givenUp = new Set<string>()
      const publishing: Sink['write'] = async (key, bytes, options) => {
        const written = await sink.write(key, bytes, options)
        const { files, obsolete = [], intent } = JSON.parse(String(Buffer.from(bytes))) as Manifest
        if (!key.endsWith('_manifest.json') || intent !== undefined) return written
        expect(files.filter((file) => givenUp.has(file.key))).toEqual([])
        for (const object of obsolete) givenUp.add(object.key)
        return written
      }
      for (const { form, total, stopAt } of steps) {
        await run(stoppingAt({ ...sink, write: publishing }, stopAt ?? Infinity), form, total).catch(
          (error: unknown) => {
            if (error !== STOPPED) throw error
          },
        )
      }
      await run({ ...sink, write: publishing }, 'gzip', 4)
      expect(await verifyDay(orders, sink, DAY)).toMatchObject({ rows: 4 })
      expect(endingsIn(sink)).toHaveLength(1)
    }),
    { numRuns: 100 },
  )
})
