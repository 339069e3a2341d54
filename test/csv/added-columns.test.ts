import {
  column,
  csvEncoder,
  csvTransform,
  defineDataset,
  encodeCsv,
  isDayfileError,
  type CsvOptions,
} from 'dayfile'
import { readCsv } from 'dayfile/read'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyText, NASTY_NAMES, rowWith } from './arbitraries.js'
import { gather } from './gather.js'
import { at, orders } from './orders.js'

const HEADER = 'at,note,items,total,tags'

function encode(rows: readonly object[], options: CsvOptions = {}): string {
  const encoder = csvEncoder(orders, options)
  const records = encoder.encode(rows as never)
  return Buffer.concat([encoder.header(), records]).toString()
}

/** A row from JSON, as many sources give it: `__proto__` is a key like any other. */
const parsed = (text: string): object => JSON.parse(text) as object

describe('a key that is a declared column in another case', () => {
  const money = defineDataset({
    name: 'money',
    timeColumn: 'at',
    columns: [column.instant('at', { nullable: false }), column.decimal('revenue_usd')],
  })
  const refused = (rows: readonly object[], options?: CsvOptions): unknown => {
    try {
      return csvEncoder(money, options).encode(rows as never)
    } catch (error) {
      return error
    }
  }

  test.each(['revenueUsd', 'Revenue_USD', 'REVENUE-USD', 'revenueusd'])(
    '%s fails with the row and the column that was meant, whatever the options',
    (key) => {
      const rows = [
        { at, revenue_usd: 1 },
        { at, [key]: 2 },
      ]
      for (const addedColumns of ['append', 'drop'] as const) {
        for (const onInvalidRow of ['fail', 'skip'] as const) {
          expect(refused(rows, { addedColumns, onInvalidRow })).toMatchObject({
            code: 'COLUMN_UNKNOWN',
            message: expect.stringMatching(
              `^money row 2: column "${key}" .*rename the key to "revenue_usd"`,
            ) as string,
            details: { dataset: 'money', column: key, row: 2 },
          })
        }
      }
    },
  )

  test('beside the column it is dropped where that was asked for, and undefined counts for nothing', () => {
    const both = { at, revenue_usd: 1, revenueUsd: 2 }
    expect(refused([both])).toMatchObject({ code: 'COLUMN_UNKNOWN' })
    const encoder = csvEncoder(money, { addedColumns: 'drop' })
    encoder.encode([both, { at, revenueUsd: undefined }] as never)
    expect(encoder.report.droppedColumns).toEqual([{ name: 'revenueUsd', rows: 1 }])
  })

  test('declared, it is a column of its own', () => {
    const extended = money.extend([column.decimal('revenueUsd')])
    const encoder = csvEncoder(extended)
    expect(Buffer.from(encoder.encode([{ at, revenue_usd: 1, revenueUsd: 2 }])).toString()).toBe(
      `${at},1,2\r\n`,
    )
  })
})

describe("'append'", () => {
  test('keys become columns in order of first appearance, after the declared ones', () => {
    const rows = [{ at, z: 1 }, { at, a: 2, z: 3 }, { at }]
    expect(encode(rows)).toBe(`${HEADER},z,a\r\n${at},,,,,1,\r\n${at},,,,,3,2\r\n${at},,,,,,\r\n`)
  })

  test('a key that only ever is undefined makes no column; null makes one', () => {
    expect(encode([{ at, a: undefined, b: null }])).toBe(`${HEADER},b\r\n${at},,,,,\r\n`)
  })

  test('names that every object inherits are columns where a row owns them', () => {
    const text = `{"at":"${at}","__proto__":"p","constructor":"c","toString":"","":"e"}`
    expect(encode([parsed(text), { at }])).toBe(
      `${HEADER},__proto__,constructor,toString,""\r\n${at},,,,,p,c,"",e\r\n${at},,,,,,,,\r\n`,
    )
  })

  test('a name that UTF-8 cannot hold makes no column and is counted: two of them would be one in the file', () => {
    const encoder = csvEncoder(orders)
    const records = encoder.encode([{ at, '\uD800': 'x', '\uDC00': 'y', fine: 'z' } as never])
    expect(Buffer.concat([encoder.header(), records]).toString()).toBe(`${HEADER},fine\r\n${at},,,,,z\r\n`)
    expect(encoder.report.droppedColumns).toEqual([
      { name: '\uD800', rows: 1 },
      { name: '\uDC00', rows: 1 },
    ])
  })

  test('a key that comes after the header is fixed is counted, and nothing of it is written', () => {
    const encoder = csvEncoder(orders)
    encoder.encode([{ at, early: 1 } as never])
    const rows = [
      { at, late: 'x' },
      { at, late: null, early: 2 },
      { at, late: undefined },
    ]
    expect(Buffer.from(encoder.encode(rows)).toString()).toBe(`${at},,,,,\r\n${at},,,,,2\r\n${at},,,,,\r\n`)
    expect(encoder.report.addedColumns).toEqual(['early'])
    expect(encoder.report.droppedColumns).toEqual([{ name: 'late', rows: 2 }])
  })

  test('no more than 10,000 keys become columns; the others are counted', () => {
    const encoder = csvEncoder(orders)
    const row = Object.fromEntries(Array.from({ length: 10_500 }, (_, index) => [`key ${index}`, 1]))
    encoder.encode([{ at, ...row }])
    const { addedColumns, droppedColumns } = encoder.report
    expect(addedColumns).toHaveLength(10_000)
    expect(addedColumns.at(-1)).toBe('key 9999')
    expect(droppedColumns).toHaveLength(500)
    expect(droppedColumns[0]).toEqual({ name: 'key 10000', rows: 1 })
  })

  test('keys of the first 1,000 rows are seen, and the 1,001st comes too late', async () => {
    const rows = Array.from({ length: 1001 }, (_, index) =>
      index === 999 ? { at, last: 1 } : index === 1000 ? { at, late: 1 } : { at },
    )
    const bytes = await gather(encodeCsv(orders, rows))
    expect(bytes.toString().split('\r\n')[0]).toBe(`${HEADER},last`)
  })

  test('a day without rows has the declared header', async () => {
    expect((await gather(encodeCsv(orders, []))).toString()).toBe(`${HEADER}\r\n`)
    const transform = csvTransform(orders)
    transform.end()
    expect((await gather(transform)).toString()).toBe(`${HEADER}\r\n`)
  })

  test('asking for the header first fixes it to the declared columns', () => {
    const encoder = csvEncoder(orders)
    expect(encoder.columns).toEqual(HEADER.split(','))
    encoder.encode([{ at, more: 1 } as never])
    expect(encoder.report).toMatchObject({ addedColumns: [], droppedColumns: [{ name: 'more', rows: 1 }] })
  })
})

test("'drop' leaves undeclared keys out and counts them", () => {
  const encoder = csvEncoder(orders, { addedColumns: 'drop' })
  encoder.encode([
    { at, a: 1, b: 2 },
    { at, a: 3 },
  ] as never)
  expect(encoder.columns.join()).toBe(HEADER)
  expect(encoder.report.droppedColumns).toEqual([
    { name: 'a', rows: 2 },
    { name: 'b', rows: 1 },
  ])
})

test("'reject' fails with COLUMN_UNKNOWN, whatever becomes of invalid rows", () => {
  const encoder = csvEncoder(orders, { addedColumns: 'reject', onInvalidRow: 'skip' })
  encoder.encode([{ at, undefinedIsNone: undefined } as never])
  try {
    encoder.encode([{ at }, { at, extra: null } as never])
    expect.unreachable()
  } catch (error) {
    if (!isDayfileError(error, 'COLUMN_UNKNOWN')) throw error
    expect(error.details).toEqual({ dataset: 'orders', column: 'extra', row: 3 })
  }
})

test('inherited keys make no columns, whatever the row before owned', () => {
  const inheriting = Object.assign(Object.create({ extra: 'inherited' }) as object, { at })
  const encoder = csvEncoder(orders, { addedColumns: 'drop' })
  encoder.encode([{ at, extra: 1 }, inheriting, { at, extra: 1 }] as never)
  expect(encoder.report.droppedColumns).toEqual([{ name: 'extra', rows: 2 }])
})

test('names of dropped columns are kept up to a bound', () => {
  const encoder = csvEncoder(orders, { addedColumns: 'drop' })
  encoder.encode(Array.from({ length: 1500 }, (_, index) => ({ at, [`key${index}`]: 1 })))
  const { droppedColumns } = encoder.report
  expect(droppedColumns).toHaveLength(1001)
  expect(droppedColumns.at(-1)).toEqual({ name: '(other columns)', rows: 500 })
})

test('csvEncoder, encodeCsv and csvTransform write the same bytes', async () => {
  const names = ['note', 'x', '__proto__', 'a,b']
  await fc.assert(
    fc.asyncProperty(
      fc.array(rowWith(names, anyText), { maxLength: 5 }),
      fc.integer({ min: 0, max: 300 }),
      fc.constantFrom('append' as const, 'drop' as const),
      async (cells, padding, addedColumns) => {
        const rows = [...Array.from({ length: padding }, () => ({})), ...cells].map((row) =>
          Object.defineProperty({ ...row }, 'at', { value: at, enumerable: true }),
        )
        const expected = encode(rows, { addedColumns })
        expect((await gather(encodeCsv(orders, rows as never, { addedColumns }))).toString()).toBe(expected)
        const transform = csvTransform(orders, { addedColumns })
        for (const row of rows) transform.write(row)
        transform.end()
        expect((await gather(transform)).toString()).toBe(expected)
        expect(transform.report.rows).toBe(rows.length)
        expect(transform.report.bytes).toBe(Buffer.byteLength(expected))
      },
    ),
    { numRuns: 60 },
  )
})

test('an added column never changes the bytes of the other cells', () => {
  const name = fc.constantFrom(...NASTY_NAMES, 'plain')
  fc.assert(
    fc.property(
      fc.array(rowWith(['note', 'before'], anyText), { minLength: 1 }),
      name,
      anyText,
      (cells, key, value) => {
        // The first row names `before`, so that its place is the same in both files.
        const rows = [{ at, before: '' }, ...cells.map((row) => ({ at, ...row }))]
        const grown = rows.map((row) => Object.fromEntries([...Object.entries(row), [key, value]]))
        const cell = encode([{ at, x: value }])
          .split('\r\n')
          .slice(1)
          .join('\r\n')
          .slice(`${at},,,,,`.length, -2)
        let expected = ''
        const encoder = csvEncoder(orders)
        for (const row of rows) {
          expected +=
            Buffer.from(encoder.encode([row as never]))
              .toString()
              .slice(0, -2) + `,${cell}\r\n`
        }
        expect(encode(grown).endsWith(expected)).toBe(true)
      },
    ),
    { numRuns: 300 },
  )
})

test('added columns come back under `added`, the empty string apart from null', async () => {
  const names = ['x', '__proto__', 'constructor', 'a,b', ' ']
  const cell = fc.oneof(anyText, fc.constant(null))
  await fc.assert(
    fc.asyncProperty(fc.array(rowWith(names, cell), { minLength: 1, maxLength: 4 }), async (cells) => {
      const rows = cells.map((row) => Object.fromEntries([['at', at], ...Object.entries(row)]))
      const present = [
        ...new Set(rows.flatMap((row) => Object.keys(row).filter((key) => row[key] !== undefined))),
      ].slice(1)
      const back = []
      for await (const { added } of readCsv(orders, Buffer.from(encode(rows)))) back.push(added)
      expect(back).toEqual(
        rows.map((row) =>
          present.length === 0
            ? undefined
            : Object.fromEntries(
                present.map((key) => {
                  const value: unknown = Object.hasOwn(row, key) ? row[key] : null
                  return [key, typeof value === 'string' ? value.toWellFormed() : null]
                }),
              ),
        ),
      )
    }),
    { numRuns: 300 },
  )
})
