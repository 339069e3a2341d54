import { column, csvEncoder, defineDataset, events } from 'dayfile'
import { describe, expect, test } from 'vitest'
import Value from 'typebox/value'

const at = column.instant('at', { nullable: false })

function defining(columns: unknown): () => unknown {
  return () => defineDataset({ name: 'orders', timeColumn: 'at', columns } as never)
}

describe('what is no column is a TypeError that says which one', () => {
  test.each<[string, unknown, string]>([
    ['a plain object', { name: 'x' }, 'received object'],
    ['a column of no kind', { ...column.text('x'), kind: 'day' }, 'received object'],
    ['undefined', undefined, 'received undefined'],
    ['a name', 'x', 'received string'],
    ['a function that makes one', () => column.text('x'), 'received function'],
  ])('%s', (_, value, received) => {
    const expected = `expected one made by column.text and the like, ${received}`
    for (const make of [defining([at, value]), () => events.extend([column.text('x'), value] as never)]) {
      expect(make).toThrow(TypeError)
      expect(make).toThrow(expected)
    }
    expect(defining([at, value])).toThrow('dataset orders: column 2: ')
    expect(() => events.extend([column.text('x'), value] as never)).toThrow('dataset events: column 2: ')
  })

  test('no list of columns', () => {
    for (const value of [undefined, column.text('x'), new Set([at])]) {
      const message = `columns: expected a list of columns, received ${typeof value}`
      expect(defining(value)).toThrow(`dataset orders: ${message}`)
      expect(() => events.extend(value as never)).toThrow(`dataset events: ${message}`)
    }
  })

  test('no definition', () => {
    expect(() => defineDataset(undefined as never)).toThrow('options of defineDataset: expected an object')
  })
})

describe('the schema', () => {
  const orders = defineDataset({
    name: 'orders',
    timeColumn: 'at',
    columns: [
      at,
      column.text('product_id'),
      column.decimal('total'),
      column.boolean('gift'),
      column.date('due_on'),
    ],
  })
  const fits = (row: object): boolean => Value.Check(orders.schema, row)
  const isWritten = (row: object): boolean => {
    try {
      return csvEncoder(orders).encode([row as never]).length > 0
    } catch {
      return false
    }
  }

  test('is of the row type', () => {
    expect(fits({ at: new Date(0), product_id: 'a', total: 1.5 })).toBe(true)
    expect(fits({ at: '2026-03-07', product_id: null, total: '1.50', more: {} })).toBe(true)
    for (const gift of [true, false, 0, 1, 'true', 'false', null])
      expect(fits({ at: '2026-03-07', gift })).toBe(true)
    for (const gift of [2, 't', '', {}]) expect(fits({ at: '2026-03-07', gift })).toBe(false)
    expect(fits({ at: '2026-03-07', due_on: '2026-03-07' })).toBe(true)
    for (const due_on of [new Date(0), '2026-3-7', '2026-03-07T00:00:00Z'])
      expect(fits({ at: '2026-03-07', due_on })).toBe(false)
    expect(fits({ at: 0 })).toBe(false)
    expect(fits({ product_id: 'a' })).toBe(false)
  })

  test('is not what decides: the encoder takes numbers for text, and knows the calendar', () => {
    const number = { at: '2026-03-07', product_id: 5 }
    expect([fits(number), isWritten(number)]).toEqual([false, true])
    const noDate = { at: '2026-99-99' }
    expect([fits(noDate), isWritten(noDate)]).toEqual([true, false])
    const noDay = { at: '2026-03-07', due_on: '2026-02-30' }
    expect([fits(noDay), isWritten(noDay)]).toEqual([true, false])
  })
})
