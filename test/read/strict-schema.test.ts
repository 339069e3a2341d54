import { readCsv } from 'dayfile/read'
import { Type, type TSchema } from 'typebox'
import { Settings } from 'typebox/system'
import { describe, expect, test } from 'vitest'
import { GOOD_SALE, sales, SALES_HEADER, strictOutcome, type SalesOptions } from './sales.js'

const SECRET = 'jane@example.com'
const SECRET_JSON = `"""${SECRET}"""`
const fileOf = (...records: string[]): string => [SALES_HEADER, ...records, ''].join('\n')

async function problems(schema: TSchema, record: string, options: SalesOptions = {}): Promise<unknown> {
  const outcome = await strictOutcome(fileOf(record), { ...options, strict: { schema } })
  expect(JSON.stringify([outcome.error])).not.toContain(SECRET)
  return (outcome.error as { details?: object } | undefined)?.details
}

const nullable = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()])

describe("a schema of one's own sees each row as it is handed out", () => {
  test.each<[string, SalesOptions, TSchema]>([
    ['by default', {}, Type.Object({ items: Type.Integer(), total: Type.String(), tags: Type.Object({}) })],
    ['with decimals as numbers', { decimals: 'number' }, Type.Object({ total: Type.Number() })],
    ['with bigints', { integers: 'bigint' }, Type.Object({ items: Type.BigInt() })],
    ['with instants as text', { instants: 'string' }, Type.Object({ at: Type.Literal('2026-03-07') })],
    [
      'with columns',
      { columns: ['id', 'total'] },
      Type.Object({ id: Type.String(), total: Type.String() }, { additionalProperties: false }),
    ],
  ])('%s', async (_, options, schema) => {
    expect(await problems(schema, GOOD_SALE, options)).toBeUndefined()
  })

  test('with undeclared columns under `added`', async () => {
    const schema = Type.Object({ added: Type.Object({ more: Type.Union([Type.Literal('x')]) }) })
    const file = `${SALES_HEADER},more\n${GOOD_SALE},x\n${GOOD_SALE},${SECRET}\n`
    expect(await strictOutcome(file, { strict: { schema } })).toMatchObject({
      rows: [{ added: { more: 'x' } }],
      error: { details: { problems: [{ line: 3, column: 'more', rule: 'expected "x"' }] } },
    })
  })
})

describe('what it refuses is a problem with the column and the rule of TypeBox', () => {
  test.each<[string, TSchema, string, object[]]>([
    [
      'a length',
      Type.Object({ id: Type.String({ maxLength: 5 }) }),
      `2026-03-07,${SECRET},,,,`,
      [{ column: 'id', rule: 'must not have more than 5 characters' }],
    ],
    [
      'a pattern',
      Type.Object({ id: Type.String({ pattern: '^[a-z]$' }) }),
      `2026-03-07,${SECRET},,,,`,
      [{ column: 'id', rule: 'must match pattern "^[a-z]$"' }],
    ],
    [
      'both of two rules by the first one',
      Type.Object({ id: Type.String({ maxLength: 1, pattern: '^[a-z]$' }) }),
      `2026-03-07,${SECRET},,,,`,
      [{ column: 'id', rule: 'must not have more than 1 characters' }],
    ],
    [
      'a null',
      Type.Object({ total: Type.String() }),
      '2026-03-07,a,,,,',
      [{ column: 'total', rule: 'must be string' }],
    ],
    [
      'a constant',
      Type.Object({ id: Type.Literal('a') }),
      `2026-03-07,${SECRET},,,,`,
      [{ column: 'id', rule: 'expected "a"' }],
    ],
    [
      'a long list of constants',
      Type.Object({ id: Type.Enum(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l']) }),
      `2026-03-07,${SECRET},,,,`,
      [
        {
          column: 'id',
          rule: 'expected one of "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" and 2 more',
        },
      ],
    ],
    [
      'a list of values that are no text',
      Type.Object({ tags: Type.Unsafe({ enum: [1, null, { x: 1n }] }) }),
      '2026-03-07,a,,,,' + SECRET_JSON,
      [{ column: 'tags', rule: 'expected one of 1, null, an object of the schema' }],
    ],
    [
      'a union, by the rules of its members',
      Type.Object({ total: nullable(Type.String({ maxLength: 2 })) }),
      '2026-03-07,a,,,1234,',
      [{ column: 'total', rule: 'must not have more than 2 characters, or must be null' }],
    ],
    [
      'a union within another, and what is deep inside of a member',
      Type.Object({
        tags: nullable(Type.Union([Type.Object({ a: Type.Number() }), Type.Array(Type.Null())])),
      }),
      `2026-03-07,a,,,,"{""a"":""${SECRET}""}"`,
      [{ column: 'tags', rule: 'must be number, or must be array, or must be null' }],
    ],
    [
      'a union without a member',
      Type.Object({ id: Type.Unsafe({ anyOf: [] }) }),
      GOOD_SALE,
      [{ column: 'id', rule: 'must match a schema in anyOf' }],
    ],
    [
      'several columns of which each is told once',
      Type.Object({ id: nullable(Type.Literal('a')), total: nullable(Type.String({ maxLength: 2 })) }),
      `2026-03-07,${SECRET},,,1234,`,
      [
        { column: 'id', rule: 'expected "a", or must be null' },
        { column: 'total', rule: 'must not have more than 2 characters, or must be null' },
      ],
    ],
    [
      'something within JSON, without the keys that lead to it',
      Type.Object({ tags: Type.Record(Type.String(), Type.Number()) }),
      `2026-03-07,a,,,,"{""${SECRET}"":""x""}"`,
      [{ column: 'tags', rule: 'must be number' }],
    ],
    [
      'names within JSON',
      Type.Object({ tags: Type.Unsafe({ propertyNames: { pattern: '^[a-z]$' } }) }),
      `2026-03-07,a,,,,"{""${SECRET}"":""x""}"`,
      [{ column: 'tags', rule: 'must have property names that match their schema' }],
    ],
    [
      'more properties within JSON',
      Type.Object({ tags: Type.Object({ x: Type.Number() }, { additionalProperties: false }) }),
      `2026-03-07,a,,,,"{""x"":1,""${SECRET}"":1}"`,
      [{ column: 'tags', rule: 'must not have additional properties' }],
    ],
    [
      'columns that it does not have',
      Type.Object(
        { at: Type.Unknown(), id: Type.String(), items: Type.Unknown(), tags: Type.Unknown() },
        { additionalProperties: false },
      ),
      '2026-03-07,a,,,,',
      [
        { column: 'store', rule: 'must not have additional properties' },
        { column: 'total', rule: 'must not have additional properties' },
        { column: 'gift', rule: 'must not have additional properties' },
        { column: 'due_on', rule: 'must not have additional properties' },
      ],
    ],
    [
      'a column that rows do not have',
      Type.Object({ prize: Type.String() }),
      GOOD_SALE,
      [{ rule: 'must have required properties prize' }],
    ],
    [
      'a union of rows, without a column',
      Type.Union([Type.Object({ id: Type.Literal('a') }), Type.Object({ total: Type.Literal('1') })]),
      `2026-03-07,${SECRET},,,2,`,
      [{ rule: 'must match a schema in anyOf' }],
    ],
  ])('%s', async (_, schema, record, expected) => {
    const { rows, error } = await strictOutcome(fileOf(record), { strict: { schema } })
    expect(rows).toEqual([])
    expect(error).toMatchObject({ code: 'CSV_INVALID', details: { complete: true } })
    const found = (error as { details: { problems: unknown } }).details.problems
    expect(found).toEqual(expected.map((problem) => ({ line: 2, ...problem })))
    expect(JSON.stringify(error)).not.toContain(SECRET)
  })

  test('a check of a cell, and one of the row', async () => {
    const id = Type.Refine(
      Type.String(),
      (value) => value.length < 3,
      () => 'must be short',
    )
    expect(await problems(Type.Object({ id }), `2026-03-07,${SECRET},,,,`)).toMatchObject({
      problems: [{ line: 2, column: 'id', rule: 'must be short' }],
    })
    const row = Type.Refine(
      Type.Object({}),
      ({ id: value }: { id?: string }) => value !== SECRET,
      () => 'must not be the one',
    )
    expect(await problems(row, `2026-03-07,${SECRET},,,,`)).toMatchObject({
      problems: [{ line: 2, rule: 'must not be the one' }],
    })
  })

  test.each<[string, (value: string) => string, string]>([
    ['quotes the value', (value) => `not ${value}`, "must pass its schema's check"],
    ['needs the value', (value) => `not ${value.toUpperCase()}`, "must pass its schema's check"],
  ])('a check whose message %s says it without', async (_, message, rule) => {
    const schema = Type.Object({ id: Type.Refine(Type.String(), (value) => value !== SECRET, message) })
    expect(await problems(schema, `2026-03-07,${SECRET},,,,`)).toMatchObject({
      problems: [{ line: 2, column: 'id', rule }],
    })
  })
})

test('a check whose message cannot be made is told as a problem of the row, and its error not at all', async () => {
  const message = (value: string): never => {
    throw new Error(`no ${value}`)
  }
  const schema = Type.Object({ id: Type.Refine(Type.String(), () => false, message) })
  const { error } = await strictOutcome(fileOf(`2026-03-07,${SECRET},,,,`), { strict: { schema } })
  expect(error).toMatchObject({ details: { problems: [{ line: 2, rule: 'must match its schema' }] } })
  expect(JSON.stringify(error)).not.toContain(SECRET)
})

test('it is not asked about a row with a cell that could not be read', async () => {
  const seen: unknown[] = []
  const schema = Type.Refine(Type.Object({}), (row: object) => seen.push(row) > 0)
  const file = fileOf('2026-03-07,a,,,x,', '2026-03-07,b,stripe,,,', '2026-03-07,c', GOOD_SALE)
  await strictOutcome(file, { strict: { schema } })
  expect(seen.map((row) => (row as { id: string }).id)).toEqual(['b', 'a'])
})

test('a column that the dataset refuses is told once, by the rule of the dataset', async () => {
  const schema = Type.Object({ store: nullable(Type.String({ maxLength: 3 })) })
  expect(await problems(schema, '2026-03-07,a,stripe,,,')).toMatchObject({
    problems: [{ column: 'store', rule: 'expected one of "app_store", "play_store", null' }],
  })
})

test('all columns of a row are told, also when TypeBox would stop at fewer, and its setting stays', async () => {
  Settings.Set({ maxErrors: 5 })
  const columns = ['at', 'id', 'store', 'items', 'total', 'tags']
  const no = Type.Union([Type.Literal(1), Type.Literal(2), Type.Integer()])
  const schema = Type.Object(Object.fromEntries(columns.map((name) => [name, no])))
  const { error } = await strictOutcome(fileOf('2026-03-07,a,,,,'), { strict: { schema } })
  const rule = 'expected one of 1, 2, or must be integer'
  expect(error).toMatchObject({ details: { problems: columns.map((column) => ({ line: 2, column, rule })) } })
  expect(Settings.Get().maxErrors).toBe(5)
  Settings.Set({ maxErrors: 8 })
})

test('a row that is wrong in more places than are listed says so', async () => {
  const schema = Type.Object({ tags: Type.Array(Type.String()), total: Type.String() })
  const tags = JSON.stringify(Array.from({ length: 2000 }, () => 1))
  expect(await problems(schema, `2026-03-07,a,,,,"${tags}"`)).toMatchObject({
    problems: [
      { column: 'tags', rule: 'must be string' },
      { rule: 'must match its schema, which it breaks in more ways' },
    ],
  })
})

test('an error that a check throws comes as it is', async () => {
  const failure = new Error('no')
  const schema = Type.Refine(Type.Object({}), () => {
    throw failure
  })
  await expect(strictOutcome(fileOf(GOOD_SALE), { strict: { schema } })).rejects.toBe(failure)
})

test('a schema that cannot be compiled is refused before the first byte', async () => {
  const strict = { schema: Type.Object({ id: Type.String({ pattern: '(' }) }) }
  let asked = false
  async function* bytes(): AsyncGenerator<Uint8Array> {
    asked = true
    yield Buffer.from(fileOf(GOOD_SALE))
  }
  await expect(readCsv(sales, bytes(), { strict }).next()).rejects.toThrow(SyntaxError)
  expect(asked).toBe(false)
})
