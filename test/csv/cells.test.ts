import { runInNewContext } from 'node:vm'
import { column, csvEncoder, defineDataset, isDayfileError } from 'dayfile'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cellEncoder, encodeAdded } from '../../src/csv/cells.js'
import type { ColumnKind } from '../../src/datasets/column.js'

const written = (kind: ColumnKind, value: unknown): string => cellEncoder({ kind })(value)
const NOT_TEXT: unknown[] = [{}, [], new Date(0), () => 1, Symbol('x'), new Map(), Object.create(null)]

class Zoned extends Date {
  override toISOString(): string {
    return '1970-01-01T01:00:00.000+01:00'
  }
}

/** What JSON.parse and drivers make of 9007199254740993, and what lies further beyond 2^53. */
const INEXACT = [2 ** 53, -(2 ** 53), 1e21, Number.MAX_VALUE]

describe('text', () => {
  test.each([
    ['as it is', 'as it is'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [-0, '0'],
    [1.5, '1.5'],
    [2n ** 70n, '1180591620717411303424'],
    [true, 'true'],
  ])('%s is written as %s', (value, expected) => {
    expect(written('text', value)).toBe(expected)
  })

  test.each(INEXACT)('a number beyond 2^53 has lost digits, and is refused: %s', (value) => {
    expect(() => written('text', value)).toThrow(/within 2\^53, .*; pass a string or a bigint$/)
    expect(() => encodeAdded(value)).toThrow('within 2^53')
  })

  test.each(NOT_TEXT)('what is no text is refused (%#)', (value) => {
    expect(() => written('text', value)).toThrow('expected text, received')
  })

  test('a lone surrogate becomes U+FFFD, as UTF-8 cannot hold it', () => {
    const dataset = defineDataset({
      name: 'orders',
      timeColumn: 'at',
      columns: [column.instant('at', { nullable: false }), column.text('note')],
    })
    const bytes = csvEncoder(dataset).encode([{ at: '2026-03-07', note: 'a\ud800b' }])
    expect(Buffer.from(bytes).toString()).toBe('2026-03-07,a\ufffdb\r\n')
  })

  test('event types are written in lower case', () => {
    const encode = cellEncoder({ kind: 'text', lowerCase: true })
    expect(encode('Subscription_Started')).toBe('subscription_started')
    expect(() => encode({})).toThrow('expected text')
  })
})

describe('integer', () => {
  test.each([
    [7, '7'],
    [-0, '0'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [Number.MIN_SAFE_INTEGER, '-9007199254740991'],
    [9223372036854775807n, '9223372036854775807'],
    ['-007', '-007'],
  ])('%s is written as %s', (value, expected) => {
    expect(written('integer', value)).toBe(expected)
  })

  test.each(INEXACT)('a number beyond 2^53 has lost digits, and is refused: %s', (value) => {
    expect(() => written('integer', value)).toThrow(/within 2\^53, .*; pass digits or a bigint$/)
  })

  test.each([1.5, NaN, Infinity, '1.0', '1e3', '', ' 1', '1\n', true, ...NOT_TEXT])(
    'what is no integer is refused (%#)',
    (value) => {
      expect(() => written('integer', value)).toThrow('expected an integer')
    },
  )
})

describe('decimal', () => {
  test.each([
    [1e21, '1000000000000000000000'],
    [1e-7, '0.0000001'],
    [-1.5e-10, '-0.00000000015'],
    [-0, '0'],
    [0.1, '0.1'],
    [10n ** 30n, `1${'0'.repeat(30)}`],
    ['9.90', '9.90'],
    ['+1.', '+1.'],
    ['.5', '.5'],
    ['123456789012345678901234567890.12', '123456789012345678901234567890.12'],
    ['1e3', '1000'],
    ['-1.50E-3', '-0.00150'],
    ['12.5e1', '125'],
  ])('%s is written as %s', (value, expected) => {
    expect(written('decimal', value)).toBe(expected)
  })

  test.each([
    NaN,
    Infinity,
    -Infinity,
    'NaN',
    '',
    '.',
    '-',
    'e5',
    '1e',
    '1,5',
    '0x10',
    '١',
    true,
    ...NOT_TEXT,
  ])('what is no decimal is refused (%#)', (value) => {
    expect(() => written('decimal', value)).toThrow('expected')
  })

  test('an exponent that would fill the memory is refused', () => {
    for (const exponent of ['1000', '-1001', '999999999999', '9'.repeat(400)]) {
      expect(() => written('decimal', `1e${exponent}`)).toThrow('at most 1000 digits')
    }
  })

  test('a double is written without exponent and reads back as the same double', () => {
    const special = fc.constantFrom(5e-324, 1.7976931348623157e308, 2 ** -1074, 1e21, 1e-7)
    fc.assert(
      fc.property(fc.oneof(special, fc.double({ noNaN: true, noDefaultInfinity: true })), (value) => {
        const text = written('decimal', value)
        expect(text).toMatch(/^-?\d+(\.\d+)?$/)
        expect(Number(text) === value).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('text with an exponent is expanded exactly', () => {
    const digits = fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), maxLength: 40 })
    const parts = fc.record({
      sign: fc.constantFrom('', '-', '+'),
      whole: digits,
      fraction: digits,
      exponent: fc.integer({ min: -400, max: 400 }),
    })
    fc.assert(
      fc.property(parts, ({ sign, whole, fraction, exponent }) => {
        fc.pre(whole + fraction !== '')
        const expanded = written('decimal', `${sign}${whole}.${fraction}e${exponent}`)
        const [, integer = '', rest = ''] = /^[+-]?(\d+)(?:\.(\d+))?$/.exec(expanded) ?? []
        expect(expanded.startsWith('-')).toBe(sign === '-')
        // digits × 10^(exponent - scale) on both sides, lifted to integers.
        const lift = 500n
        const given = BigInt(whole + fraction) * 10n ** (lift + BigInt(exponent - fraction.length))
        expect(BigInt(integer + rest) * 10n ** (lift - BigInt(rest.length))).toBe(given)
      }),
      { numRuns: 2000 },
    )
  })

  // In quadratic time this would run into the limit of a test.
  test('long text that is no decimal is refused', () => {
    for (const tail of ['x', 'ex', '.x']) {
      expect(() => written('decimal', '1'.repeat(1_000_000) + tail)).toThrow('expected')
    }
  })
})

describe('boolean', () => {
  test.each([
    [true, 'true'],
    [false, 'false'],
    [1, 'true'],
    [0, 'false'],
    [-0, 'false'],
    ['true', 'true'],
    ['false', 'false'],
  ])('%j is written as %s', (value, expected) => {
    expect(written('boolean', value)).toBe(expected)
  })

  test.each([
    ...[2, -1, 0.5, NaN, 1n, 0n, '', 't', 'f', '1', '0', 'TRUE', ' true', 'true\n', 'yes', 'on'],
    ...[new Boolean(true), Buffer.from([1]), ...NOT_TEXT],
  ])('what is no boolean is refused (%#)', (value) => {
    expect(() => written('boolean', value)).toThrow('expected a boolean (true or false, 1 or 0), received ')
  })
})

describe('date', () => {
  test.each(['2026-03-07', '2024-02-29', '2000-02-29', '0000-01-01', '9999-12-31'])(
    '%s is written as it is',
    (value) => {
      expect(written('date', value)).toBe(value)
    },
  )

  test.each([
    ...['2026-02-29', '2026-02-30', '1900-02-29', '2026-04-31', '2026-13-01', '2026-00-01', '2026-03-00'],
    ...[
      '',
      '2026-3-7',
      '20260307',
      '07.03.2026',
      ' 2026-03-07',
      '2026-03-07\n',
      '12026-03-07',
      '-2026-03-07',
    ],
    ...['2026-03-07T00:00:00Z', '2026-03-07 00:00:00', 'infinity', '0044-03-15 BC'],
    ...[20260307, 0, 0n, true, ...NOT_TEXT],
  ])('what is no day is refused (%#)', (value) => {
    expect(() => written('date', value)).toThrow("expected a calendar day as text 'YYYY-MM-DD', received ")
  })

  // pg makes a Date of local midnight from a date: in Berlin 2026-03-07 would become 2026-03-06.
  test('a Date is refused, and the message says why and what to pass', () => {
    for (const value of [new Date('2026-03-07T00:00:00Z'), new Zoned(0), new Date(NaN)]) {
      expect(() => written('date', value)).toThrow(
        /received a Date, whose day depends on a zone: pass the text/,
      )
    }
  })
})

describe('instant', () => {
  test.each([
    [new Date('2026-03-07T00:00:00Z'), '2026-03-07T00:00:00.000Z'],
    [new Zoned(0), '1970-01-01T00:00:00.000Z'],
    ['2026-03-07T12:00:00.123456+0000', '2026-03-07T12:00:00.123456+0000'],
    ['2026-03-07 12:00:00+02', '2026-03-07 12:00:00+02'],
    ['2024-02-29', '2024-02-29'],
  ])('%s is written as %s', (value, expected) => {
    expect(written('instant', value)).toBe(expected)
  })

  test.each([
    new Date(NaN),
    new Date(253402300800000),
    new Date('-000001-12-31T00:00:00Z'),
    Object.create(Date.prototype),
    '2026-02-29',
    '2026-13-01',
    '2026-03-07T24:00:00Z',
    '2026-03-07T23:60:00Z',
    '2026-03-07T12:00:00+24:00',
    '07.03.2026',
    '2026-03-07\n',
    '',
    0,
    0n,
    {},
  ])('what is no instant is refused (%#)', (value) => {
    expect(() => written('instant', value)).toThrow()
  })
})

describe("instant with offset: 'required'", () => {
  const encode = cellEncoder(column.instant('at', { offset: 'required' }))

  test.each([
    '2026-03-07T12:00:00Z',
    '2026-03-07T12:00Z',
    '2026-03-07T12:00:00.000Z',
    '2026-03-07 12:00:00.123456+00',
    '2026-03-07T12:00:00-0530',
    '2026-03-07T12:00:00+02:00',
  ])('%s is written as it is', (text) => {
    expect(encode(text)).toBe(text)
  })

  test.each(['2026-03-07 10:00:00', '2026-03-07T10:00:00.000', '2026-03-07T10:00', '2026-03-07'])(
    '%s is refused, and the message says what to pass',
    (text) => {
      expect(() => encode(text)).toThrow(/received one without; pass a Date, or the text with its offset$/)
    },
  )

  test('a Date has one, and what is not a time is refused as ever', () => {
    expect(encode(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
    expect(() => encode('soon')).toThrow('expected an ISO 8601 date or time, received other text')
  })

  test('rows are refused by it, in both forms that text may have', () => {
    const dataset = defineDataset({
      name: 'orders',
      timeColumn: 'at',
      columns: [column.instant('at', { nullable: false, offset: 'required' })],
    })
    const encoder = csvEncoder(dataset)
    expect(encoder.encode([{ at: '2026-03-07T12:00:00.000Z' }])).not.toHaveLength(0)
    expect(() => encoder.encode([{ at: '2026-03-07 12:00:00' }])).toThrow('row 2, column "at"')
  })
})

describe('json', () => {
  test.each([
    [{ a: [1, null] }, '{"a":[1,null]}'],
    ['text', '"text"'],
    [false, 'false'],
    ['\ud800', '"\\ud800"'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
  ])('a value is written as JSON.stringify writes it (%#)', (value, expected) => {
    expect(written('json', value)).toBe(expected)
  })

  test.each([NaN, Infinity, 1n, () => 1, Symbol('x'), { toJSON: () => undefined }])(
    'what has no JSON is refused (%#)',
    (value) => {
      expect(() => written('json', value)).toThrow('expected a JSON value')
    },
  )

  test.each([
    [new Map([['a', 1]]), 'a Map, .*; pass Object.fromEntries of it$'],
    [new Set([1]), 'a Set, .*; pass an array of it$'],
    [Buffer.from('x'), 'bytes; pass text of them'],
    [Buffer.alloc(0), 'bytes'],
    [new Uint8Array(1), 'bytes'],
    [new Uint8Array(0), 'bytes'],
    [new ArrayBuffer(1), 'bytes'],
    [new Float64Array([1.5]), 'bytes'],
    [runInNewContext('new Map([[1, 2]])') as unknown, 'a Map'],
  ])('what JSON.stringify loses is refused, however deep it is (%#)', (value, what) => {
    for (const cell of [value, [value], { a: [{ b: value }] }]) {
      expect(() => written('json', cell)).toThrow(new RegExp(`expected a JSON value, received ${what}`))
      expect(() => encodeAdded(cell)).toThrow('expected a JSON value')
    }
  })

  test.each([
    [{}, '{}'],
    [[{}, { a: {} }], '[{},{"a":{}}]'],
    [{ '0': 1 }, '{"0":1}'],
    [{ type: 'Buffer', data: [] }, '{"type":"Buffer","data":[]}'],
    [{ a: null, b: {} }, '{"a":null,"b":{}}'],
    [{ toJSON: () => ({}) }, '{}'],
  ])('what only looks like it is written (%#)', (value, expected) => {
    expect(written('json', value)).toBe(expected)
  })

  test.each(['{"a":1}', '[]', ' {}\n'])('JSON text would be encoded twice, and is refused: %j', (text) => {
    expect(() => written('json', text)).toThrow(/received JSON text, .*; pass JSON.parse of it$/)
  })

  test.each(['{', '[x]', '12', 'true', 'null', '"a"', ''])(
    'text that may be meant is written: %j',
    (text) => {
      expect(written('json', text)).toBe(JSON.stringify(text))
    },
  )

  test('a cycle is refused without naming its keys', () => {
    const cycle: Record<string, unknown> = {}
    cycle.secret = cycle
    expect(() => written('json', cycle)).toThrow(/^(?!.*secret)/)
  })
})

test('an added column is written by the type of each value', () => {
  const values = ['x', 1e-7, 5n, true, new Date(0), { a: 1 }, [1]]
  expect(values.map(encodeAdded)).toEqual([
    'x',
    '0.0000001',
    '5',
    'true',
    '1970-01-01T00:00:00.000Z',
    '{"a":1}',
    '[1]',
  ])
  for (const value of [NaN, new Date(NaN), Symbol('x'), () => 1]) expect(() => encodeAdded(value)).toThrow()
})

test.each<[ColumnKind, unknown, string]>([
  ['integer', 'x', 'other text'],
  ['integer', 1.5, 'a fraction'],
  ['integer', NaN, 'NaN'],
  ['integer', true, 'a boolean'],
  ['decimal', 'x', 'other text'],
  ['boolean', 'x', 'other text'],
  ['boolean', 2, 'another number'],
  ['boolean', NaN, 'NaN'],
  ['boolean', 1n, 'a bigint'],
  ['boolean', {}, 'an object'],
  ['date', 'x', 'other text'],
  ['date', 20260307, 'a number'],
  ['instant', 'x', 'other text'],
  ['instant', 0, 'a number'],
  ['instant', 0n, 'a bigint'],
  ['text', [], 'an array'],
  ['text', new Date(0), 'a Date'],
  ['json', () => 1, 'a function'],
])('a refusal of %s says what came (%#)', (kind, value, received) => {
  expect(() => written(kind, value)).toThrow(new RegExp(`, received ${received}$`))
})

test.each([
  [undefined, 'undefined'],
  [null, 'null'],
  ['text', 'text'],
  [5, 'a number'],
  [[], 'an array'],
])('a row that is none says what came: %j', (row, received) => {
  const dataset = defineDataset({
    name: 'orders',
    timeColumn: 'at',
    columns: [column.instant('at', { nullable: false })],
  })
  const encode = () => csvEncoder(dataset).encode([row as never])
  expect(encode).toThrow(`orders row 1: expected an object keyed by column, received ${received};`)
})

test('every refusal of a cell is CELL_UNENCODABLE with the row, the column and the rule', () => {
  const dataset = defineDataset({
    name: 'orders',
    timeColumn: 'at',
    columns: [column.instant('at', { nullable: false }), column.decimal('total')],
  })
  const encoder = csvEncoder(dataset)
  encoder.encode([{ at: '2026-03-07' }])
  try {
    encoder.encode([{ at: '2026-03-07', total: NaN }])
    expect.unreachable()
  } catch (error) {
    if (!isDayfileError(error, 'CELL_UNENCODABLE')) throw error
    const rule = 'expected a decimal, received NaN'
    expect(error.message).toBe(
      `orders row 2, column "total": ${rule}; fix it in the source, or skip such rows with onInvalidRow: 'skip'`,
    )
    expect(error.details).toEqual({ dataset: 'orders', row: 2, column: 'total', rule })
  }
})

test('a Date of another realm is a Date', () => {
  const date: unknown = runInNewContext("new Date('2026-03-07T12:00:00Z')")
  expect(date instanceof Date).toBe(false)
  const encode = cellEncoder({ kind: 'instant', lowerCase: false })
  expect(encode(date)).toBe('2026-03-07T12:00:00.000Z')
})
