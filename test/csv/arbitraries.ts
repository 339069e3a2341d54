// Values and names that break CSV, for the laws of both sides.

import { column, defineDataset, type Column, type Dataset } from 'dayfile'
import fc from 'fast-check'

/** What breaks CSV, dialects, UTF-8, spreadsheets and code generation, one character each. */
const NASTY = Array.from('"\',;\t\r\n\\ =-+@|a0é\0\u2028\uFEFF😀').concat('\r\n', '""')
const DIGITS = Array.from('0123456789')
const LONE_SURROGATES = ['\ud800', '\udfff']

/** Names that every object inherits, that look like code, or that need quotes. */
export const NASTY_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'a,b',
  'qu"ote',
  "it's",
  'row"]; throw 1; row["',
  '${v}',
  'back\\slash',
  'v',
  ' ',
  '=1+1',
  'é😀\u2028',
]

/** Text that survives UTF-8. */
export const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: fc.constantFrom(...NASTY), maxLength: 8 }) },
  fc.string({ unit: 'grapheme', maxLength: 12 }),
)

export const anyText = fc.oneof(
  text,
  fc.string({ unit: fc.constantFrom(...NASTY, ...LONE_SURROGATES), maxLength: 6 }),
)

export const decimalText = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.string({ unit: fc.constantFrom(...DIGITS), minLength: 1, maxLength: 30 }),
    fc.option(fc.string({ unit: fc.constantFrom(...DIGITS), maxLength: 30 })),
  )
  .map(([sign, whole, fraction]) => sign + whole + (fraction === null ? '' : `.${fraction}`))

export const instant = fc.date({
  min: new Date('0000-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
})

/** A day of any year, and more often one at the end of a month. */
export const day = fc
  .tuple(
    fc.oneof(fc.constantFrom(0, 4, 99, 100, 1900, 2000, 2024, 9999), fc.integer({ min: 0, max: 9999 })),
    fc.oneof(fc.constantFrom(58, 59, 60, 364), fc.integer({ min: 0, max: 364 })),
  )
  .map(([year, index]) => {
    const date = new Date(Date.UTC(2000, 0, 1))
    date.setUTCFullYear(year, 0, 1 + index)
    return date.toISOString().slice(0, 10)
  })

export const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })

// JSON has no -0.
export const json = fc
  .jsonValue({ maxDepth: 2 })
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  // JSON text is refused.
  .filter((value) => typeof value !== 'string' || !/^\s*[[{]/.test(value))

/** Anything an application may put into a cell, fit or not. */
export const anyCell: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: anyText },
  { weight: 2, arbitrary: fc.double() },
  fc.integer(),
  int64,
  decimalText,
  instant,
  day,
  json,
  fc.constantFrom<unknown>(
    ...[null, undefined, '', true, false, 1e21, 1e-7, 5e-324, Number.MAX_VALUE, -0, NaN, Infinity, -Infinity],
    ...[new Date(NaN), new Date(253402300800000), '1e3', '-1.5E-10', '2026-03-07T12:00:00.123456+0000'],
    ...['true', 'false', 't', 'TRUE', '1', 1, 0, 2, 1n, '2026-02-29', '2024-02-29', '2026-03-07 '],
    ...[Symbol('x'), () => 1, { a: 'b,"' }, ['x\n'], Object.create(null), new Map()],
  ),
)

const KINDS = ['text', 'integer', 'decimal', 'boolean', 'date', 'instant', 'json'] as const

/** A column of any kind under the name. */
export const columnNamed = (name: string): fc.Arbitrary<Column> =>
  fc
    .record({ kind: fc.constantFrom(...KINDS), nullable: fc.boolean(), lowerCase: fc.boolean() })
    .map(({ kind, nullable, lowerCase }): Column =>
      kind === 'text' ? column.text(name, { nullable, lowerCase }) : column[kind](name, { nullable }),
    )

export const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NASTY_NAMES) },
  fc.string({ minLength: 1, maxLength: 6 }).filter((each) => !/^(?:added|at)$/i.test(each)),
)

/** A dataset with columns of any kind under any name. */
export const anyDataset: fc.Arbitrary<Dataset> = fc
  // Names that differ only in case are refused.
  .uniqueArray(name, { maxLength: 6, selector: (each) => each.toLowerCase() })
  .chain((names) => fc.tuple(...names.map(columnNamed)))
  .map((columns) =>
    defineDataset({
      name: 'orders',
      timeColumn: 'at',
      columns: [column.instant('at', { nullable: false }), ...columns],
    }),
  )

/** A row with own properties under these names; now and then one is not there at all. */
export const rowWith = (
  names: readonly string[],
  cell: fc.Arbitrary<unknown> = anyCell,
): fc.Arbitrary<object> =>
  // fromEntries makes `__proto__` an own property, as JSON.parse does.
  fc
    .tuple(fc.tuple(...names.map(() => fc.option(cell, { freq: 8, nil: undefined }))), fc.boolean())
    .map(([cells, keepsUndefined]) =>
      Object.fromEntries(
        names
          .map((each, index) => [each, cells[index]] as const)
          .filter(([, value]) => keepsUndefined || value !== undefined),
      ),
    )
