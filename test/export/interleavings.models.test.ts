// Every order of the steps of two writers and a reader, with a crash after each step, and a successor after each crash
// whose predecessors wake up when it has published.

import { exportWindow } from 'dayfile'
import { readDay } from 'dayfile/read'
import { describe, expect, test } from 'vitest'
import { alone, explore, walk } from '../support/exploration.js'
import { EMPTY, type Run, type Storage, type StorageKind } from '../support/interleaving.js'
import { DAY, orderRows, orders, window } from './orders.js'

const KINDS: [string, StorageKind][] = [
  ['that compares when an upload is completed, and keeps ids', { conditionalCommit: true, keepsIds: true }],
  ['that does neither', { conditionalCommit: false, keepsIds: false }],
]

const at = () => new Date('2026-03-08T04:00:00Z')

/** Exports one row of this total, and calls it so many rows: whatever is written has the same size, so that tags alone tell. */
function writer(rows: number): Run {
  return async (sink) => {
    const source = () => orderRows(1, { total: rows })
    const report = await exportWindow({
      onShrink: 'allow',
      dataset: orders,
      window,
      source,
      sink,
      compression: 'none',
      now: at,
    })
    return `${report.outcome} ${report.revision}`
  }
}

const reader: Run = async (archive) => {
  const totals: unknown[] = []
  for await (const { total } of readDay(orders, archive, DAY)) totals.push(total)
  return `${totals.join()} rows`
}

const FOLDER = `orders/dt=${DAY}/`
const WHOLE = [`${FOLDER}_manifest.json`, `${FOLDER}orders_${DAY}.csv`]

/** What lies there after runs that each came to their end. */
async function storageAfter(kind: StorageKind, ...rows: number[]): Promise<Storage> {
  let storage = EMPTY
  for (const count of rows) storage = (await alone(`before${count}`, writer(count), storage, kind)).storage
  return storage
}

const isSuccess = (outcome: string): boolean => /^(published|replaced|unchanged) \d+$/.test(outcome)

/** Rows of the old day, of writers a and b, and of the successor. */
const OLD = 1
const A = 2
const B = 3
const NEXT = 4

describe.each(KINDS)('on a storage %s,', (_, kind) => {
  describe.each<[string, number[], number, number]>([
    ['a first publication by two writers', [], A, B],
    ['a replacement by two writers', [OLD], A, B],
    ['a writer of the same rows beside one of others', [OLD], OLD, B],
    ['two writers of the same rows on a first publication', [], A, A],
  ])('%s', (__, before, rowsOfA, rowsOfB) => {
    const [a, b, next] = [writer(rowsOfA), writer(rowsOfB), writer(NEXT)]
    const seen = new Set([
      before.length === 0 ? 'SINK_NOT_FOUND' : `${OLD} rows`,
      `${rowsOfA} rows`,
      `${rowsOfB} rows`,
    ])

    test('has a winner in every order, and the day is whole after it', async () => {
      const from = await storageAfter(kind, ...before)
      const { states, outcomes } = await explore({
        runs: { a, b },
        from,
        kind,
        onState: async ({ storage }, ended) => {
          if (!('a' in ended && 'b' in ended)) return
          const all = [
            { outcome: ended.a, rows: rowsOfA },
            { outcome: ended.b, rows: rowsOfB },
          ]
          const won = all.filter(({ outcome }) => isSuccess(outcome))
          const lost = all.filter(({ outcome }) => !isSuccess(outcome))
          expect(won.length, JSON.stringify(all)).toBeGreaterThan(0)
          expect(lost.filter(({ outcome }) => outcome !== 'SINK_CONFLICT')).toEqual([])
          expect(Object.keys(storage.objects).sort()).toEqual(WHOLE)
          expect(storage.staged).toEqual({})
          const read = await alone('reader', reader, storage, kind)
          expect(won.map(({ rows }) => `${rows} rows`)).toContain(read.outcome)
        },
      })
      expect(states).toBeGreaterThan(200)
      expect([...outcomes].some((outcome) => outcome.includes('SINK_CONFLICT'))).toBe(true)
    })

    test('a reader beside them sees the old day or a new one, never a part', async () => {
      const from = await storageAfter(kind, ...before)
      const { states } = await explore({
        runs: { a, b, reader },
        from,
        kind,
        onState: (___, ended) => {
          if (ended.reader !== undefined) expect(seen).toContain(ended.reader)
        },
      })
      expect(states).toBeGreaterThan(1000)
    })

    test('a crash of both at any step leaves the old day or a new one, and the next run goes through', async () => {
      const from = await storageAfter(kind, ...before)
      let crashes = 0
      await explore({
        runs: { a, b },
        from,
        kind,
        losses: 1,
        onStorage: async (storage) => {
          crashes++
          const read = await alone('reader', reader, storage, kind)
          expect(seen).toContain(read.outcome)
          for (const rows of [rowsOfA, NEXT]) {
            const repeated = await alone('next', writer(rows), storage, kind)
            expect(isSuccess(repeated.outcome), repeated.outcome).toBe(true)
            expect(Object.keys(repeated.storage.objects).sort()).toEqual(WHOLE)
            expect(repeated.storage.staged).toEqual({})
            expect((await alone('reader', reader, repeated.storage, kind)).outcome).toBe(`${rows} rows`)
          }
        },
      })
      expect(crashes).toBeGreaterThan(15)
    })

    test('runs that wake up after their successor has published tear nothing', async () => {
      const from = await storageAfter(kind, ...before)
      let woken = 0
      await explore({
        runs: { a, b },
        from,
        kind,
        onState: async (state, ended) => {
          if ('a' in ended && 'b' in ended) return
          const successor = await alone('next', next, state.storage, kind)
          expect(isSuccess(successor.outcome)).toBe(true)
          await explore({
            runs: { a, b },
            from: successor.storage,
            answers: state.answers,
            kind,
            onStorage: async (storage) => {
              woken++
              const read = await alone('reader', reader, storage, kind)
              expect([...seen, `${NEXT} rows`]).toContain(read.outcome)
            },
            onState: ({ storage }, all) => {
              if (!('a' in all && 'b' in all)) return
              expect(Object.keys(storage.objects).sort()).toEqual(WHOLE)
              expect(storage.staged).toEqual({})
            },
          })
        },
      })
      expect(woken).toBeGreaterThan(500)
    })
  })

  // Too many orders to try them all.
  test.each<[string, number[]]>([
    ['a first publication', []],
    ['a replacement', [OLD]],
  ])('three writers of %s have a winner in 2,000 random orders, and the day is whole', async (__, before) => {
    const from = await storageAfter(kind, ...before)
    const runs = { a: writer(A), b: writer(B), c: writer(NEXT) }
    const rows: Record<string, number> = { a: A, b: B, c: NEXT }
    const ends = new Set<string>()
    for (let seed = 1; seed <= 2000; seed++) {
      let random = seed
      // Runs of steps by one writer too: who changes at every step is never far behind.
      let last: string | undefined
      const { storage, outcomes } = await walk(runs, from, kind, (names) => {
        random = Math.imul(random, 1_664_525) + 1_013_904_223
        const stays = last !== undefined && names.includes(last) && (random >>> 24) % 4 < seed % 4
        last = stays ? last : names[(random >>> 16) % names.length]
        return last
      })
      const won = Object.keys(outcomes).filter((name) => isSuccess(outcomes[name] ?? ''))
      const read = await alone('reader', reader, storage, kind)
      const told = `seed ${seed}: ${JSON.stringify(outcomes)}`
      expect(
        won.map((name) => `${rows[name] ?? 0} rows`),
        told,
      ).toContain(read.outcome)
      expect(Object.keys(storage.objects).sort()).toEqual(WHOLE)
      expect(storage.staged).toEqual({})
      ends.add(JSON.stringify(outcomes))
    }
    expect(ends.size).toBeGreaterThan(10)
  })
})
