import { gzipSync } from 'node:zlib'
import { column, dayWindow, defineDataset, exportWindow, isDayfileError } from 'dayfile'
import { readCsv, readDay, type ReadCsvOptions } from 'dayfile/read'
import { memorySink } from 'dayfile/testing'
import { describe, expect, test } from 'vitest'
import { GOOD_SALE, sales, SALES_HEADER, strictOutcome, type SalesOptions } from './sales.js'

const STORES = 'expected one of "app_store", "play_store", null'
const ITEMS = 'expected one of "1", "2", "30"'
const EMPTY = 'expected a value, as the column is not nullable'

const fileOf = (...records: string[]): string => [SALES_HEADER, ...records, ''].join('\n')

function problemsOf(error: unknown): unknown {
  return (error as { details?: { problems?: unknown } } | undefined)?.details?.problems
}

describe('a problem is', () => {
  type Case = [what: string, record: string, problem: object, options?: SalesOptions]
  test.each<Case>([
    ['an instant that is none', 'x,a,,,,', { column: 'at', rule: 'expected an ISO 8601 date or time' }],
    ['an empty cell of a required instant', ',a,,,,', { column: 'at', rule: EMPTY }],
    ['a required instant of quotes alone', '"",a,,,,', { column: 'at', rule: EMPTY }],
    ['an empty cell of a required text', '2026-03-07,,,,,', { column: 'id', rule: EMPTY }],
    ['text outside of its list', '2026-03-07,a,stripe,,,', { column: 'store', rule: STORES }],
    ['text of another case', '2026-03-07,a,App_Store,,,', { column: 'store', rule: STORES }],
    ['the empty text outside of its list', '2026-03-07,a,"",,,', { column: 'store', rule: STORES }],
    ['a number outside of its list', '2026-03-07,a,,3,,', { column: 'items', rule: ITEMS }],
    [
      'a bigint outside of its list',
      '2026-03-07,a,,3,,',
      { column: 'items', rule: ITEMS },
      { integers: 'bigint' },
    ],
    ['an integer that is none', '2026-03-07,a,,x,,', { column: 'items', rule: 'expected an integer' }],
    ['a decimal that is none', '2026-03-07,a,,,"1,5",', { column: 'total', rule: 'expected a decimal' }],
    [
      'a decimal that is none, as a number',
      '2026-03-07,a,,,x,',
      { column: 'total', rule: 'expected a decimal' },
      { decimals: 'number' },
    ],
    [
      'an instant that is none, as text',
      'x,a,,,,',
      { column: 'at', rule: 'expected an ISO 8601 date or time' },
      { instants: 'string' },
    ],
    ['JSON that is none', `2026-03-07,a,,,,{'x': True}`, { column: 'tags', rule: 'expected JSON' }],
    ['a cell too few', '2026-03-07,a,,,', { rule: '6 cells expected, 5 found' }],
    ['a cell too many', '2026-03-07,a,,,,,', { rule: '6 cells expected, 7 found' }],
    ['an empty line', '', { rule: '6 cells expected, 1 found' }],
  ])('%s', async (_, record, problem, options) => {
    const { rows, error } = await strictOutcome(fileOf(GOOD_SALE, record, GOOD_SALE), options)
    expect(rows).toHaveLength(1)
    expect(error).toMatchObject({
      code: 'CSV_INVALID',
      retryable: false,
      details: { dataset: 'sales', problems: [{ line: 3, ...problem }], complete: true },
    })
    expect(problemsOf(error)).toEqual([{ line: 3, ...problem }])
  })

  test('each wrong cell of a record once, in the order of the columns of the dataset', async () => {
    const file = 'tags,total,items,store,id,at\n{,x,7,stripe,,now\n'
    const { error } = await strictOutcome(file)
    expect(problemsOf(error)).toEqual([
      { line: 2, column: 'at', rule: 'expected an ISO 8601 date or time' },
      { line: 2, column: 'id', rule: EMPTY },
      { line: 2, column: 'store', rule: STORES },
      { line: 2, column: 'items', rule: ITEMS },
      { line: 2, column: 'total', rule: 'expected a decimal' },
      { line: 2, column: 'tags', rule: 'expected JSON' },
    ])
  })
})

describe('no problem is', () => {
  test.each<[string, string, object, SalesOptions?]>([
    ['a required text of quotes alone', '2026-03-07,"",,,,', { id: '' }],
    ['an empty cell of a list', '2026-03-07,a,,,,', { store: null, items: null }],
    ['a listed number in another form', '2026-03-07,a,,+30.0,,', { items: 30 }],
    ['a listed bigint', '2026-03-07,a,,30,,', { items: 30n }, { integers: 'bigint' }],
    ['JSON that is null', '2026-03-07,a,,,,null', { tags: null }],
  ])('%s', async (_, record, cells, options) => {
    const { rows, error } = await strictOutcome(fileOf(record), options)
    expect(error).toBeUndefined()
    expect(rows).toMatchObject([cells])
  })

  test('a nullable column that the file lacks, nor one that is not declared', async () => {
    const { rows, error } = await strictOutcome('id,at,more\na,2026-03-07,x\n')
    expect(error).toBeUndefined()
    expect(rows).toMatchObject([{ store: null, items: null, added: { more: 'x' } }])
  })

  test('a cell of a column that is not read', async () => {
    const { rows, error } = await strictOutcome(fileOf('x,,stripe,x,1,{'), { columns: ['total'] })
    expect(error).toBeUndefined()
    expect(rows).toEqual([{ total: '1' }])
  })
})

describe('a list of values that are no text takes each in any form, and no other one', () => {
  const listed = defineDataset({
    name: 'listed',
    timeColumn: 'at',
    columns: [
      column.instant('at', { nullable: false, values: ['2026-03-07T00:00:00Z'] }),
      column.integer('items', { values: ['7', 'many'] }),
      column.decimal('total', { values: ['1.5', '-20'] }),
      column.json('tags', { values: ['{"a":1}', '"b"'] }),
      column.boolean('gift', { values: ['true'] }),
      column.date('due_on', { values: ['2026-03-08'] }),
    ],
  })
  const right =
    '2026-03-07T01:00:00+01:00,+7.0,1.50,"{ ""a"": 1.0 }",t,2026-03-08\n2026-03-07,,-2e1,"""b""",True,\n'
  const wrong = '2026-03-08,8,1.51,"{""a"":2}",false,2026-03-07\n'

  test.each<Omit<ReadCsvOptions, 'columns'>>([
    {},
    { decimals: 'number', integers: 'bigint', instants: 'string' },
    { instants: 'string' },
    { decimals: 'number' },
  ])('%j', async (options) => {
    const read = async (records: string): Promise<number> => {
      let rows = 0
      const bytes = Buffer.from(`at,items,total,tags,gift,due_on\n${records}`)
      for await (const row of readCsv(listed, bytes, { ...options, strict: true }))
        rows += Number('at' in row)
      return rows
    }
    expect(await read(right)).toBe(2)
    // As floats these would be in the list.
    if (options.decimals !== 'number') {
      await expect(read('2026-03-07,7,1.50000000000000000001,,,\n')).rejects.toMatchObject({
        code: 'CSV_INVALID',
      })
    }
    await expect(read(right + wrong)).rejects.toMatchObject({
      details: {
        problems: [
          { line: 4, column: 'at', rule: 'expected "2026-03-07T00:00:00Z"' },
          { line: 4, column: 'items', rule: 'expected one of "7", "many"' },
          { line: 4, column: 'total', rule: 'expected one of "1.5", "-20"' },
          { line: 4, column: 'tags', rule: String.raw`expected one of "{\"a\":1}", "\"b\""` },
          { line: 4, column: 'gift', rule: 'expected "true"' },
          { line: 4, column: 'due_on', rule: 'expected "2026-03-08"' },
        ],
      },
    })
  })
})

test('reading that is not strict hands out what strict reading refuses', async () => {
  const file = fileOf(`2026-03-07,,stripe,7,,{'x': True}`)
  const { rows, error } = await strictOutcome(file, { strict: false })
  expect(error).toBeUndefined()
  expect(rows).toMatchObject([{ id: '', store: 'stripe', items: 7, tags: `{'x': True}` }])
})

test('the rows before the first problem come out, and none after it', async () => {
  const sale = (id: string): string => `2026-03-07,${id},,,,`
  const file = fileOf(sale('a'), sale('b'), '2026-03-07,c,,,x,', sale('d'), sale('e'))
  const { rows, error } = await strictOutcome(file)
  expect(rows.map(({ id }) => id)).toEqual(['a', 'b'])
  expect(error).toMatchObject({ code: 'CSV_INVALID' })
})

test('lines are those of the file where cells have line breaks', async () => {
  const file = `${SALES_HEADER}\r\n2026-03-07,"a\r\n\nb",,,,\r\n2026-03-07,"c\n",,,x,\n,"\n\n",,,,\n${GOOD_SALE}\n`
  const { error } = await strictOutcome(file)
  expect(problemsOf(error)).toEqual([
    { line: 5, column: 'total', rule: 'expected a decimal' },
    { line: 7, column: 'at', rule: EMPTY },
  ])
})

describe('of many problems', () => {
  const bad = '2026-03-07,a,,,x,'
  const lines = (error: unknown): number[] =>
    (problemsOf(error) as { line: number }[]).map(({ line }) => line)

  test('10 are told unless said, and that there may be others', async () => {
    const { error } = await strictOutcome(fileOf(...Array.from({ length: 12 }, () => bad)))
    expect(lines(error)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(error).toMatchObject({
      message: expect.stringContaining('sales: at least 10 problems: line 2, column "total": ') as string,
      details: { complete: false },
    })
  })

  test.each([1, 2, 3, 4, 5])(
    'as many are told as %i allows, also in the middle of a record',
    async (maxProblems) => {
      const file = fileOf(GOOD_SALE, bad, '2026-03-07,a,x,7,,', bad)
      const { rows, error } = await strictOutcome(file, { strict: { maxProblems } })
      expect(rows).toHaveLength(1)
      expect(lines(error)).toEqual([3, 4, 4, 5].slice(0, maxProblems))
      expect(error).toMatchObject({ details: { complete: maxProblems > 4 } })
    },
  )

  test('nothing is read after the last one that is told', async () => {
    let pulled = 0
    function* chunks(): Generator<Uint8Array> {
      for (const record of [SALES_HEADER, bad, bad, bad]) {
        pulled++
        yield Buffer.from(`${record}\n`)
      }
    }
    const { error } = await strictOutcome(chunks(), { strict: { maxProblems: 2 } })
    expect(lines(error)).toEqual([2, 3])
    expect(pulled).toBe(3)
  })

  test('a message has three and says what to do', async () => {
    const { error } = await strictOutcome(fileOf(bad, 'x', bad, bad, bad))
    expect(error).toMatchObject({
      message:
        'sales: 5 problems: line 2, column "total": expected a decimal; line 3: 6 cells expected, 1 found; ' +
        'line 4, column "total": expected a decimal; and 2 more in details.problems; ' +
        'have the file fixed, or read it without `strict`',
    })
  })

  test('one is one problem', async () => {
    const { error } = await strictOutcome(fileOf(bad))
    expect(error).toMatchObject({
      message:
        'sales: 1 problem: line 2, column "total": expected a decimal; have the file fixed, or read it without `strict`',
    })
  })
})

describe('a file that is malformed', () => {
  test('before any problem is CSV_MALFORMED', async () => {
    const { rows, error } = await strictOutcome(fileOf(GOOD_SALE, '2026-03-07,a"b",,,,'))
    expect(rows).toHaveLength(1)
    expect(error).toMatchObject({ code: 'CSV_MALFORMED', details: { line: 3 } })
  })

  test.each<[string, Buffer, string]>([
    ['by its quotes', Buffer.from('2026-03-07,a"b",,,,'), 'a quote within an unquoted cell'],
    ['by bytes that are not UTF-8', Buffer.from('2026-03-07,\xff,,,,', 'latin1'), 'bytes that are not UTF-8'],
  ])('after a problem %s is one more, the last, and the cause', async (_, damage, rule) => {
    const file = Buffer.concat([Buffer.from(fileOf('2026-03-07,a,,,x,')), damage])
    const { error } = await strictOutcome(file)
    expect(error).toMatchObject({ code: 'CSV_INVALID', details: { complete: false } })
    expect(problemsOf(error)).toEqual([
      { line: 2, column: 'total', rule: 'expected a decimal' },
      { line: 3, rule },
    ])
  })

  test('after a problem as gzip that is cut is one more', async () => {
    const bytes = gzipSync(fileOf('2026-03-07,a,,,x,')).subarray(0, -4)
    const { error } = await strictOutcome(bytes)
    expect(error).toMatchObject({
      code: 'CSV_INVALID',
      details: {
        problems: [{ line: 2 }, { rule: 'gzip data that is damaged or cut short' }],
        complete: false,
      },
    })
  })
})

test('an error of the source comes as it is, also after problems', async () => {
  const failure = new Error('the connection is gone')
  function* chunks(): Generator<Uint8Array> {
    yield Buffer.from(fileOf('2026-03-07,a,,,x,'))
    throw failure
  }
  await expect(strictOutcome(chunks())).rejects.toBe(failure)
})

describe('the header is checked as always', () => {
  test.each([
    ['a required column that is missing', 'id\na\n', {}],
    ['an undeclared column under reject', `${SALES_HEADER},more\n`, { addedColumns: 'reject' as const }],
  ])('%s', async (_, file, options) => {
    expect(await strictOutcome(file, options)).toMatchObject({ error: { code: 'CSV_HEADER_MISMATCH' } })
  })
})

test('readDay reads strictly, too', async () => {
  const archive = memorySink()
  const rows = [
    { at: '2026-03-07T01:00:00Z', id: 'a', store: 'app_store' },
    { at: '2026-03-07T02:00:00Z', id: 'b', store: 'stripe' },
    { at: '2026-03-07T03:00:00Z', id: 'c', items: 2 },
  ]
  await exportWindow({ dataset: sales, window: dayWindow('2026-03-07'), source: () => rows, sink: archive })
  const read = async (strict: boolean): Promise<number> => {
    let count = 0
    for await (const row of readDay(sales, archive, '2026-03-07', { strict })) count += Number(row.id !== '')
    return count
  }
  expect(await read(false)).toBe(3)
  const error: unknown = await read(true).catch((thrown: unknown) => thrown)
  if (!isDayfileError(error, 'CSV_INVALID')) throw new Error('expected CSV_INVALID', { cause: error })
  expect(error.details).toEqual({
    dataset: 'sales',
    problems: [{ line: 3, column: 'store', rule: STORES }],
    complete: true,
  })
})
