// What is written is what is read, by each way to write it. The values are those at which encoders take another path:
// bounds of numbers and of days, long cells, characters of every length, and what UTF-8 cannot hold.

import { Readable } from 'node:stream'
import { column, csvEncoder, csvTransform, defineDataset, encodeCsv, type ColumnKind } from 'dayfile'
import { readCsv } from 'dayfile/read'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runs } from '../support/cases.js'
import { anyText, day as anyDay, decimalText, int64, json } from './arbitraries.js'
import { gather } from './gather.js'

/** A value that a row may have, and what the reader gives for it. */
interface Written {
  readonly value: unknown
  readonly read: unknown
}

const same = (value: unknown): Written => ({ value, read: value })

// text: what is ill-formed comes back with U+FFFD

const textOf = (value: string): Written => ({ value, read: value.toWellFormed() })

const LONG_LENGTHS = [4095, 4096, 4097, 65_535, 65_536, 100_000]
const longText = fc
  .tuple(
    fc.constantFrom('', '"', '""', 'é'),
    fc.constantFrom('a', 'é', '€', '😀', '"', ',', '\n', '\ud800', 'a"\r\n😀'),
    fc.constantFrom(...LONG_LENGTHS),
  )
  .map(([start, unit, length]) => start + unit.repeat(Math.ceil(length / unit.length)))

const text = fc.oneof(
  { weight: 4, arbitrary: anyText.map(textOf) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }).map(textOf) },
  // At the beginning of a cell, where a reader looks for the quote that is not of the text.
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('"', '""', '"""', '",', '"\n', '\uFEFF', "'", ' '), anyText)
      .map(([start, rest]) => textOf(start + rest)),
  },
  { weight: 1, arbitrary: fc.constantFrom('\ud83d', '\ude00', '\ude00\ud83d', 'a\udfff').map(textOf) },
  { weight: 1, arbitrary: fc.boolean().map((value) => ({ value, read: String(value) })) },
  { weight: 1, arbitrary: int64.map((value) => ({ value, read: String(value) })) },
)

// numbers

const NUMBERS = [
  ...[0, -0, 1, -1, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32, 1e15, 1e16, 123456789012],
  ...[2 ** 53 - 1, 2 ** 53, 2 ** 53 + 2, -(2 ** 53), 1e20, 1e21, -1e21, 1e22, 2 ** 64, Number.MAX_VALUE],
]
const FRACTIONS = [5e-324, -5e-324, 1e-6, 1e-7, 0.1, 0.3, 9.99, -0.5, 1.005, 2 ** -1074, 4.35, 1e20 + 0.5]
const BIGINTS = [
  ...[0n, -1n, 2n ** 31n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n],
  ...[2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, 10n ** 40n, -(10n ** 400n)],
]

const wholeNumber = fc.oneof(fc.constantFrom(...NUMBERS), fc.integer(), fc.maxSafeInteger())
const bigint = fc.oneof(
  fc.constantFrom(...BIGINTS),
  int64,
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
)

/** A number of JavaScript by what it is read as. Which digits stand for it is left open: of 2^64 there are two forms. */
class SameNumber {
  readonly value: number
  readonly kind: 'integer' | 'decimal'
  constructor(value: number, kind: 'integer' | 'decimal') {
    this.value = value
    this.kind = kind
  }
  asymmetricMatch(read: unknown): boolean {
    if (this.kind === 'integer') return typeof read === 'bigint' && Number(read) === this.value
    // Without an exponent, and 0 without a sign.
    return typeof read === 'string' && /^(?!-0$)-?\d+(\.\d+)?$/.test(read) && Number(read) === this.value
  }
  toString(): string {
    return `${this.kind} ${this.value}`
  }
}

// All read as bigints.
const integer = fc.oneof(
  // A number beyond 2^53 is refused.
  wholeNumber
    .filter(Number.isSafeInteger)
    .map((value) => ({ value, read: new SameNumber(value, 'integer') })),
  bigint.map(same),
  bigint.map((value) => ({ value: String(value), read: value })),
  fc.constantFrom('+7', '-007', '00', '-0').map((value) => ({ value, read: BigInt(Number(value)) })),
)

const double = fc.oneof(
  wholeNumber,
  fc.constantFrom(...FRACTIONS),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((cents) => cents / 100),
)
const decimal = fc.oneof(
  double.map((value) => ({ value, read: new SameNumber(value, 'decimal') })),
  bigint.map((value) => ({ value, read: String(value) })),
  fc.oneof(decimalText, fc.constantFrom('-0', '-0.00', '+.5', '7.', '0'.repeat(400))).map(same),
)

// instants

const DAY_MS = 86_400_000
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
const atYear = (year: number, month: number, day: number): number =>
  new Date(Date.UTC(2000, 0, 1)).setUTCFullYear(year, month, day)
const FIRST = atYear(0, 0, 1)
const YEARS = [
  0, 1, 4, 9, 10, 99, 100, 400, 999, 1000, 1582, 1600, 1700, 1899, 1900, 1904, 1969, 1970, 1971,
].concat([1999, 2000, 2001, 2004, 2024, 2026, 2038, 2100, 2400, 8000, 9998, 9999])

const yearOf = fc.oneof(fc.constantFrom(...YEARS), fc.integer({ min: 0, max: 9999 }))
const day = fc
  .tuple(
    yearOf,
    fc.constantFrom(...['01-01', '02-28', '03-01', '06-30', '12-31']),
    fc.integer({ min: -1, max: 1 }),
  )
  .map(([year, date, days]) => Date.parse(`${String(year).padStart(4, '0')}-${date}`) + days * DAY_MS)
const milliseconds = fc
  .oneof(
    fc.integer({ min: FIRST, max: LAST }),
    fc
      .tuple(day, fc.constantFrom(0, 1, -1, 999, 1000, 59_999, 60_000, 3_599_999, 3_600_000, DAY_MS - 1))
      .map(([start, after]) => start + after),
    fc.constantFrom(FIRST, LAST, 0, -1, 1, -999, -1000, 999, 1000, 2 ** 31 * 1000, -(2 ** 31) * 1000),
  )
  .filter((each) => each >= FIRST && each <= LAST)

const isoText = fc
  .tuple(
    milliseconds,
    fc.constantFrom('', '0', '000', '456', '456789'),
    fc.constantFrom('Z', 'z', '', '+00', '+0000', '+00:00'),
    fc.constantFrom('T', ' '),
  )
  .map(([time, digits, zone, separator]) => {
    const iso = new Date(time).toISOString()
    return {
      value: `${iso.slice(0, 10)}${separator}${iso.slice(11, -1)}${digits}${zone}`,
      read: new Date(time),
    }
  })
const instant = fc.oneof(
  milliseconds.map((each) => same(new Date(each))),
  isoText,
  milliseconds.map((each) => {
    const value = new Date(each).toISOString().slice(0, 10)
    return { value, read: new Date(value) }
  }),
)

const boolean = fc
  .tuple(fc.boolean(), fc.constantFrom(0, 1, 2))
  .map(([read, form]) => ({ value: [read, Number(read), String(read)][form], read }))

// One column of each kind, and then some whose names take other paths.
const KINDS: Readonly<Record<ColumnKind, fc.Arbitrary<Written>>> = {
  text,
  integer,
  decimal,
  boolean,
  date: anyDay.map(same),
  instant,
  // An empty cell is null: JSON's own null cannot be told from it.
  json: json.filter((value) => value !== null).map(same),
}
const kinds = Object.keys(KINDS) as ColumnKind[]

const dataset = defineDataset({
  name: 'identity',
  timeColumn: 'at',
  columns: [
    column.instant('at', { nullable: false }),
    ...kinds.map((kind) => column[kind](kind)),
    column.text('__proto__'),
    column.text('last, "quoted"', { nullable: false }),
  ],
})
const names = dataset.columns.map(({ name }) => name)

const nothing = fc.constantFrom<Written>({ value: null, read: null }, { value: undefined, read: null })
const optional = (written: fc.Arbitrary<Written>): fc.Arbitrary<Written> =>
  fc.oneof({ weight: 6, arbitrary: written }, { weight: 1, arbitrary: nothing })

const rowOf = (cells: readonly unknown[]): object =>
  Object.fromEntries(names.map((name, index) => [name, cells[index]]))

interface WrittenRow {
  readonly value: object
  readonly read: object
}

const rowWith = (texts: fc.Arbitrary<Written>): fc.Arbitrary<WrittenRow> =>
  fc
    .tuple(
      instant,
      ...kinds.map((kind) => optional(kind === 'text' ? texts : KINDS[kind])),
      optional(text),
      text,
    )
    .map((cells) => ({
      value: rowOf(cells.map(({ value }) => value)),
      read: rowOf(cells.map(({ read }) => read)),
    }))

/** By the encoder, in batches of these sizes; what is left is the last batch. */
function inBatches(rows: readonly object[], sizes: readonly number[], headerFirst: boolean): Buffer {
  const encoder = csvEncoder(dataset)
  const header = headerFirst ? encoder.header() : undefined
  const records: Uint8Array[] = []
  let from = 0
  for (const size of [...sizes, rows.length]) {
    records.push(encoder.encode(rows.slice(from, from + size) as never))
    from += size
  }
  expect(encoder.report.rows).toBe(rows.length)
  return Buffer.concat([header ?? encoder.header(), ...records])
}

async function read(bytes: Uint8Array, size = bytes.length): Promise<object[]> {
  function* chunks(): Generator<Uint8Array> {
    for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
  }
  const rows: object[] = []
  for await (const row of readCsv(dataset, chunks(), { integers: 'bigint' })) rows.push(row)
  return rows
}

async function expectIdentity(rows: readonly WrittenRow[], sizes: readonly number[]): Promise<void> {
  const values = rows.map(({ value }) => value)
  const bytes = inBatches(values, sizes, false)
  expect(inBatches(values, [], true).equals(bytes)).toBe(true)
  expect((await gather(encodeCsv(dataset, values as never))).equals(bytes)).toBe(true)
  expect((await gather(Readable.from(values).pipe(csvTransform(dataset)))).equals(bytes)).toBe(true)
  expect(await read(bytes)).toEqual(rows.map((row) => row.read))
}

const sizes = fc.array(fc.constantFrom(0, 1, 1, 2, 3, 63, 64, 65, 130), { maxLength: 4 })

describe('what is written is what is read, by each way to write it', () => {
  test('for every kind, in batches of any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rowWith(text), { maxLength: 4 }), sizes, (rows, some) =>
        expectIdentity(rows, some),
      ),
      { numRuns: runs(300) },
    )
  })

  test('for more rows than are encoded at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rowWith(text), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 60, max: 200 }),
        sizes,
        (rows, count, some) => {
          const many = Array.from({ length: count }, (_, index) => rows[index % rows.length]).flatMap(
            (each) => each ?? [],
          )
          return expectIdentity(many, some)
        },
      ),
      { numRuns: runs(40) },
    )
  })

  test('for cells of 4 kB to 300 kB among short ones', async () => {
    const rows = fc.array(fc.oneof(rowWith(longText.map(textOf)), rowWith(text)), {
      minLength: 1,
      maxLength: 4,
    })
    await fc.assert(
      fc.asyncProperty(rows, sizes, (some, batches) => expectIdentity(some, batches)),
      { numRuns: runs(60) },
    )
  })
})

test('every code point is read as it was written, and every lone surrogate as U+FFFD', async () => {
  const PER_CELL = 173
  const texts: string[] = []
  for (let from = 0; from < 0x110000; from += PER_CELL) {
    const codes = Array.from({ length: Math.min(PER_CELL, 0x110000 - from) }, (_, index) => from + index)
    texts.push(String.fromCodePoint(...codes))
    // Alone, where no half of a pair has its other half.
    if (from <= 0xdfff && from + PER_CELL > 0xd800)
      texts.push(...codes.map((code) => String.fromCodePoint(code)))
  }
  const at = new Date(0)
  const rows = texts.map((each) => ({ at, text: each, 'last, "quoted"': each }))
  const bytes = await gather(encodeCsv(dataset, rows))
  for (const size of [bytes.length, 1021]) {
    const found = (await read(bytes, size)) as { text: string; 'last, "quoted"': string }[]
    expect(found).toHaveLength(texts.length)
    for (const [index, row] of found.entries()) {
      const expected = texts[index]?.toWellFormed()
      if (row.text !== expected || row['last, "quoted"'] !== expected) expect(row.text).toBe(expected)
    }
  }
})

describe('a Date is written as Date.prototype.toISOString writes it', () => {
  const dates = defineDataset({
    name: 'dates',
    timeColumn: 'at',
    columns: [column.instant('at', { nullable: false })],
  })

  const written = (times: Iterable<number>): string[] => {
    const rows = Array.from(times, (time) => ({ at: new Date(time) }))
    return Buffer.from(csvEncoder(dates).encode(rows)).toString().split('\r\n').slice(0, -1)
  }
  const expectIso = (times: readonly number[]): void => {
    const found = written(times)
    expect(found).toHaveLength(times.length)
    const wrong = times
      .map((time, index) => ({ expected: new Date(time).toISOString(), found: found[index] }))
      .filter((each) => each.found !== each.expected)
    // A difference of thousands would take minutes to print.
    expect(wrong.slice(0, 3)).toEqual([])
  }

  test('at the bounds of every day of some years, forwards and backwards', () => {
    const times = YEARS.flatMap((year) =>
      Array.from({ length: 366 }, (_, index) => atYear(year, 0, 1) + index * DAY_MS),
    )
      .flatMap((start) => [start - 1, start, start + 1, start + DAY_MS / 2, start + DAY_MS - 1])
      .filter((time) => time >= FIRST && time <= LAST)
    expect(times.length).toBeGreaterThan(50_000)
    expectIso(times)
    expectIso(times.toReversed())
  })

  test('at the first and last millisecond of every year', () => {
    const years = Array.from({ length: 10_000 }, (_, year) => year)
    expectIso(years.flatMap((year) => [atYear(year, 0, 1), atYear(year, 11, 31) + DAY_MS - 1]))
    expectIso(years.flatMap((year) => [atYear(year, 1, 28) + DAY_MS - 1, atYear(year, 2, 1)]))
  })

  test('at every second of a day, and at every millisecond of a minute', () => {
    for (const start of [0, -DAY_MS, atYear(2024, 1, 29), FIRST, atYear(9999, 11, 31)]) {
      expectIso(Array.from({ length: 86_400 }, (_, second) => start + second * 1000))
      expectIso(Array.from({ length: 60_000 }, (_, millisecond) => start + DAY_MS - 60_000 + millisecond))
    }
  })

  test('at any instant after any other', () => {
    const step = fc.constantFrom(
      0,
      1,
      -1,
      999,
      -1000,
      60_000,
      3_600_000,
      DAY_MS - 1,
      DAY_MS,
      -DAY_MS,
      31 * DAY_MS,
    )
    const walk = fc
      .tuple(
        milliseconds,
        fc.array(fc.oneof(step, fc.integer({ min: -(2 ** 40), max: 2 ** 40 })), { maxLength: 20 }),
      )
      .map(([start, steps]) => {
        const times = [start]
        for (const each of steps) times.push((times.at(-1) ?? 0) + each)
        return times.filter((time) => time >= FIRST && time <= LAST)
      })
    fc.assert(fc.property(walk, expectIso), { numRuns: runs(2000) })
    fc.assert(fc.property(fc.array(milliseconds, { maxLength: 20 }), expectIso), { numRuns: runs(2000) })
  })

  test('even when the Date is changed between two rows', () => {
    const at = new Date(0)
    function* rows(): Generator<{ at: Date }> {
      for (const time of [0, DAY_MS, -1, 0, LAST, FIRST]) {
        at.setTime(time)
        yield { at }
      }
    }
    const encoder = csvEncoder(dates)
    const records = Array.from(rows(), (row) => Buffer.from(encoder.encode([row])).toString())
    expect(records).toEqual(
      [0, DAY_MS, -1, 0, LAST, FIRST].map((time) => `${new Date(time).toISOString()}\r\n`),
    )
  })
})
