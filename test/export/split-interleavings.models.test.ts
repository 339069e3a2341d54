// Every order of the steps of two writers of a split day and a reader, with a crash after each step.

import { expect, test } from 'vitest'
import { alone, explore } from '../support/exploration.js'
import { EMPTY, type Run, type Storage } from '../support/interleaving.js'
import { reader, seenOf, writer } from './split-runs.js'

// The worse one: uploads are completed whatever is there.
const KIND = { conditionalCommit: false, keepsIds: false }

const [OLD, A, B, NEXT] = [1, 2, 3, 4]
const contentOf = (total: number) => ({ total, rows: 2, isSplit: true })
const writerOf = (total: number): Run => writer(contentOf(total))
const told = (total: number): string => seenOf(contentOf(total))
const isSuccess = (outcome = ''): boolean => /^(published|replaced|unchanged) \d+$/.test(outcome)

async function expectWhole(storage: Storage, totals: readonly number[]): Promise<void> {
  const names = Object.keys(storage.objects).map((key) => key.slice(key.lastIndexOf('/') + 1))
  expect(names).toHaveLength(3)
  expect(storage.staged).toEqual({})
  expect(totals.map(told)).toContain((await alone('reader', reader, storage, KIND)).outcome)
}

test.each<[string, number[]]>([
  ['a first publication', []],
  ['a replacement', [OLD]],
])(
  '%s: one writer wins, a reader at any moment sees a whole day, and a crash is recovered from',
  async (_, publications) => {
    let from = EMPTY
    for (const total of publications) from = (await alone('before', writerOf(total), from, KIND)).storage
    const [a, b] = [writerOf(A), writerOf(B)]
    const successors = [NEXT, OLD, A].map((total) => [total, writerOf(total)] as const)
    const seen = publications.length === 0 ? ['SINK_NOT_FOUND'] : [told(OLD)]
    let moments = 0
    const { states } = await explore({
      runs: { a, b },
      from,
      kind: KIND,
      onStorage: async (storage) => {
        moments++
        const read = await alone('reader', reader, storage, KIND)
        expect([...seen, told(A), told(B)]).toContain(read.outcome)
        for (const [total, next] of successors) {
          const repeated = await alone('next', next, storage, KIND)
          expect(isSuccess(repeated.outcome), repeated.outcome).toBe(true)
          await expectWhole(repeated.storage, [total])
        }
      },
      onState: async ({ storage }, ended) => {
        if (!('a' in ended && 'b' in ended)) return
        const won = [
          { outcome: ended.a, total: A },
          { outcome: ended.b, total: B },
        ].filter(({ outcome }) => isSuccess(outcome))
        expect(won.length, JSON.stringify(ended)).toBeGreaterThan(0)
        await expectWhole(
          storage,
          won.map(({ total }) => total),
        )
      },
    })
    expect(states).toBeGreaterThan(200)
    expect(moments).toBeGreaterThan(20)

    // Beside a writer: what it has begun to read may be removed under it, which is said and never half a day.
    const ends = new Set<string>()
    await explore({
      runs: { a, reader },
      from,
      kind: KIND,
      onState: (__, ended) => {
        if (ended.reader !== undefined) ends.add(ended.reader)
      },
    })
    ends.delete('SINK_CORRUPT')
    expect([...ends].sort()).toEqual([...seen, told(A)].sort())
  },
)
