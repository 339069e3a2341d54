import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { given, givenRevision, requireCursor, type DeliveryCursor } from '../../src/read/delivery-cursor.js'

const day = fc.integer({ min: 1, max: 28 }).map((date) => `2026-02-${String(date).padStart(2, '0')}`)
const revision = fc.integer({ min: 1, max: 3 })
const MONTH = Array.from({ length: 28 }, (_, index) => `2026-02-${String(index + 1).padStart(2, '0')}`)

/** As it comes back from a file. */
const kept = (cursor: DeliveryCursor | undefined): DeliveryCursor | undefined =>
  requireCursor(JSON.parse(JSON.stringify(cursor ?? null)))

describe('a cursor', () => {
  test('knows the revision of each day that was given, in any order, and of no other', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(day, revision), { maxLength: 40 }), (deliveries) => {
        const model = new Map<string, number>()
        let cursor: DeliveryCursor | undefined
        for (const [each, number] of deliveries) {
          model.set(each, number)
          cursor = kept(given(cursor, each, number))
          expect(MONTH.map((known) => givenRevision(cursor, known))).toEqual(
            MONTH.map((known) => model.get(known) ?? 0),
          )
        }
      }),
    )
  })

  test('of { day, revision } takes all days before for given in their first revision', () => {
    fc.assert(
      fc.property(
        day,
        revision,
        fc.array(fc.tuple(day, revision), { maxLength: 20 }),
        (last, first, more) => {
          const model = new Map(MONTH.filter((each) => each < last).map((each) => [each, 1]))
          model.set(last, first)
          let cursor = kept({ day: last, revision: first })
          for (const [each, number] of more) {
            model.set(each, number)
            cursor = kept(given(cursor, each, number))
          }
          expect(MONTH.map((known) => givenRevision(cursor, known))).toEqual(
            MONTH.map((known) => model.get(known) ?? 0),
          )
        },
      ),
    )
  })

  test('does not grow with days that were delivered one after the other', () => {
    let cursor: DeliveryCursor | undefined
    for (const each of MONTH) cursor = given(cursor, each, 1)
    expect(cursor).toEqual({ day: '2026-02-28', revision: 1, from: '2026-02-01' })
  })

  test('holds exceptions alone', () => {
    let cursor: DeliveryCursor | undefined
    for (const each of ['2026-02-01', '2026-02-03', '2026-02-04']) cursor = given(cursor, each, 1)
    cursor = given(cursor, '2026-02-01', 2)
    expect(cursor).toEqual({
      day: '2026-02-04',
      revision: 1,
      from: '2026-02-01',
      others: { '2026-02-01': 2, '2026-02-02': 0 },
    })
    expect(given(given(cursor, '2026-02-02', 1), '2026-02-01', 1)).toEqual({
      day: '2026-02-04',
      revision: 1,
      from: '2026-02-01',
    })
  })

  test('ends where the calendar does', () => {
    expect(given({ day: '9999-12-30', revision: 1 }, '9999-12-31', 1)).toEqual({
      day: '9999-12-31',
      revision: 1,
    })
    expect(given({ day: '9999-12-31', revision: 2 }, '9999-12-01', 3)).toEqual({
      day: '9999-12-31',
      revision: 2,
      others: { '9999-12-01': 3 },
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
    { day: '2026-02-01', revision: 1, from: '2026-02-02' },
    { day: '2026-02-01', revision: 1, from: null },
    { day: '2026-02-01', revision: 1, others: { yesterday: 1 } },
    { day: '2026-02-01', revision: 1, others: { '2026-01-01': -1 } },
    { day: '2026-02-01', revision: 1, others: null },
  ])('that is none is a TypeError: %o', (value) => {
    expect(() => requireCursor(value)).toThrow(TypeError)
    expect(() => requireCursor(value)).toThrow('cursor: expected one that readNew gave')
  })
})
