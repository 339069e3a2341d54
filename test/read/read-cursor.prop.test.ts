import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { given, givenRevision, requireCursor, type ReadCursor } from '../../src/read/read-cursor.js'

const date = (index: number): string => `2026-02-${String(index).padStart(2, '0')}`
const MONTH = Array.from({ length: 28 }, (_, index) => date(index + 1))
const day = fc.integer({ min: 1, max: 28 }).map(date)
const revision = fc.integer({ min: 1, max: 3 })
const publications = fc.array(fc.tuple(day, revision), { maxLength: 40 })

/** As it comes back from a file. */
const kept = (cursor: ReadCursor | undefined): ReadCursor | undefined =>
  requireCursor(JSON.parse(JSON.stringify(cursor ?? null)), 'orders')

const give = (cursor: ReadCursor | undefined, each: string, number = 1): ReadCursor =>
  given(cursor, { dataset: 'orders', day: each, revision: number })

function expectSame(cursor: ReadCursor | undefined, model: ReadonlyMap<string, number>): void {
  expect(MONTH.map((each) => givenRevision(cursor, each))).toEqual(MONTH.map((each) => model.get(each) ?? 0))
}

describe('a cursor', () => {
  test('knows the revision of each day that was given, in any order, and of no other', () => {
    fc.assert(
      fc.property(publications, (all) => {
        const model = new Map<string, number>()
        let cursor: ReadCursor | undefined
        for (const [each, number] of all) {
          model.set(each, number)
          cursor = kept(give(cursor, each, number))
          expectSame(cursor, model)
        }
      }),
    )
  })

  test('of { day, revision } takes all days before for given in their first revision', () => {
    fc.assert(
      fc.property(day, revision, publications, (last, first, more) => {
        const model = new Map(MONTH.filter((each) => each < last).map((each) => [each, 1]))
        model.set(last, first)
        let cursor = kept({ day: last, revision: first })
        for (const [each, number] of more) {
          model.set(each, number)
          cursor = kept(give(cursor, each, number))
        }
        expectSame(cursor, model)
      }),
    )
  })

  test('has no more runs than exceptions that touch no other one', () => {
    fc.assert(
      fc.property(publications, (all) => {
        let cursor: ReadCursor | undefined
        for (const [each, number] of all) cursor = give(cursor, each, number)
        const runs = MONTH.filter((each, index) => {
          const here = givenRevision(cursor, each)
          const isWithin = cursor?.from !== undefined && each >= cursor.from && each < cursor.day
          const before = MONTH[index - 1]
          const isFirst =
            before === undefined || each === cursor?.from || givenRevision(cursor, before) !== here
          return isWithin && here !== 1 && isFirst
        })
        expect(cursor?.others?.length ?? 0).toBe(runs.length)
      }),
    )
  })

  test('does not grow with days that were published one after the other, all of them twice or after a gap', () => {
    let cursor: ReadCursor | undefined
    for (const each of MONTH) cursor = give(cursor, each)
    expect(cursor).toEqual({ dataset: 'orders', day: '2026-02-28', revision: 1, from: '2026-02-01' })
    for (const each of MONTH) cursor = give(cursor, each, 2)
    expect(give(cursor, '2036-02-28')).toEqual({
      dataset: 'orders',
      day: '2036-02-28',
      revision: 1,
      from: '2026-02-01',
      others: [
        ['2026-02-01', '2026-02-28', 2],
        ['2026-03-01', '2036-02-27', 0],
      ],
    })
  })

  test('ends where the calendar does', () => {
    expect(give({ day: '9999-12-30', revision: 1 }, '9999-12-31')).toEqual({
      dataset: 'orders',
      day: '9999-12-31',
      revision: 1,
    })
    expect(give({ day: '9999-12-31', revision: 2 }, '9999-12-01', 3)).toEqual({
      dataset: 'orders',
      day: '9999-12-31',
      revision: 2,
      others: [['9999-12-01', '9999-12-01', 3]],
    })
  })

  test.each([
    7,
    'cursor',
    [],
    {},
    { day: '2026-02-30', revision: 1 },
    { day: '2026-02-01' },
    { day: '2026-02-01', revision: 0 },
    { day: '2026-02-01', revision: 1.5 },
    { day: '2026-02-01', revision: '1' },
    { day: '2026-02-01', revision: 1, dataset: 1 },
    { day: '2026-02-01', revision: 1, from: '2026-02-02' },
    { day: '2026-02-01', revision: 1, from: null },
    { day: '2026-02-01', revision: 1, others: null },
    { day: '2026-02-01', revision: 1, others: {} },
    { day: '2026-02-01', revision: 1, others: ['2026-01-01'] },
    { day: '2026-02-01', revision: 1, others: [['yesterday', '2026-01-01', 1]] },
    { day: '2026-02-01', revision: 1, others: [['2026-01-02', '2026-01-01', 2]] },
    { day: '2026-02-01', revision: 1, others: [['2026-01-01', '2026-01-01', -1]] },
    {
      day: '2026-02-01',
      revision: 1,
      others: [
        ['2026-01-01', '2026-01-05', 2],
        ['2026-01-05', '2026-01-06', 0],
      ],
    },
  ])('that is none is a TypeError: %o', (value) => {
    expect(() => requireCursor(value, 'orders')).toThrow(TypeError)
    expect(() => requireCursor(value, 'orders')).toThrow('cursor: expected one that readNew returned')
  })

  test('of another dataset is a TypeError, and one that names none is of any', () => {
    const cursor = { day: '2026-02-01', revision: 1 }
    expect(requireCursor(cursor, 'orders')).toBe(cursor)
    expect(() => requireCursor({ ...cursor, dataset: 'events' }, 'orders')).toThrow(
      'cursor: expected one of dataset orders, received one of another dataset',
    )
  })
})
