// Whatever an application passes, a record has as many cells as the header, or the row is refused.

import { csvEncoder } from 'dayfile'
import { readCsv } from 'dayfile/read'
import { describe, expect, test } from 'vitest'
import { at, orders } from './orders.js'

class Order {
  readonly #note: string
  constructor(note: string) {
    this.#note = note
  }
  get at(): string {
    return at
  }
  get note(): string {
    return this.#note
  }
}

let reads = 0
const hostile: Record<string, unknown> = {
  'an array': [at, 'a', 'b', 'c', 'd', 'e', 'f', 'g'],
  'an array with names': Object.assign([], { at }),
  null: null,
  'a string': 'at,note',
  'a Map': new Map([['at', at]]),
  'a promise': Promise.resolve({ at }),
  'a row without its required column': { note: 'x' },
  'a required column that is null': { at: null },
  'a getter that throws': Object.defineProperty({ at }, 'note', {
    enumerable: true,
    get() {
      throw new Error('secret')
    },
  }),
  'an undeclared getter that throws': {
    at,
    get undeclared() {
      throw new Error('secret')
    },
  },
  'a proxy whose keys cannot be listed': new Proxy(
    { at },
    {
      ownKeys() {
        throw new Error('secret')
      },
    },
  ),
  'a revoked proxy': (() => {
    const { proxy, revoke } = Proxy.revocable({ at }, {})
    revoke()
    return proxy
  })(),
  'a Date that is none': { at: Object.create(Date.prototype) as unknown },
  'a cell with a toString of its own': { at, note: { toString: () => 'a,b,c' } },
  'a String object': { at, note: new String('a,b') },
}

const accepted: Record<string, [row: object, note: string | null]> = {
  'a class instance with getters': [new Order('a,b'), 'a,b'],
  'a frozen row': [Object.freeze({ at, note: 'n' }), 'n'],
  'a row without prototype': [Object.assign(Object.create(null) as object, { at, note: 'n' }), 'n'],
  'a proxy': [new Proxy({ at, note: '"' }, {}), '"'],
  'a getter that changes its mind': [
    {
      at,
      get note() {
        return reads++ === 0 ? 'first' : { not: 'text' }
      },
    },
    'first',
  ],
  'a Date whose toISOString says something else': [
    { at: Object.assign(new Date(at), { toISOString: () => ({ toString: () => 'a,b,c' }) }), note: null },
    null,
  ],
}

describe.each(Object.keys(hostile))('%s', (what) => {
  test('is refused as ROW_INVALID or CELL_UNENCODABLE, without what it holds', () => {
    const encoder = csvEncoder(orders)
    try {
      encoder.encode([hostile[what] as never])
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({
        code: expect.stringMatching(/^(ROW_INVALID|CELL_UNENCODABLE)$/) as string,
        details: { row: 1 },
      })
      expect(JSON.stringify(error)).not.toContain('secret')
    }
  })

  test('leaves no byte behind when invalid rows are skipped', () => {
    const encoder = csvEncoder(orders, { onInvalidRow: 'skip' })
    const records = encoder.encode([{ at }, hostile[what], { at }] as never)
    expect(Buffer.from(records).toString().split('\r\n')).toEqual([`${at},,,,`, `${at},,,,`, ''])
    expect(encoder.report).toMatchObject({ rows: 2, rejectedRows: 1, rejections: [{ row: 2 }] })
  })
})

test.each(Object.keys(accepted))('%s is written as what it holds', async (what) => {
  const [row, note] = accepted[what] ?? [{}, null]
  const encoder = csvEncoder(orders)
  const records = encoder.encode([row as never])
  const back = []
  for await (const each of readCsv(orders, [encoder.header(), records])) back.push(each)
  expect(back).toEqual([{ at: new Date(at), note, items: null, total: null, tags: null }])
})

test('rows are never changed', () => {
  const row = Object.freeze({ at, note: 'a', tags: Object.freeze(['x']), more: 1 })
  csvEncoder(orders, { dialect: { delimiter: ';' } }).encode([row])
  expect(row).toEqual({ at, note: 'a', tags: ['x'], more: 1 })
})
