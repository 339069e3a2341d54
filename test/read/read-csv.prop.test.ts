import { gzipSync } from 'node:zlib'
import { column, defineDataset, encodeCsv, type Column, type CsvOptions } from 'dayfile'
import { readCsv, type ReadCsvOptions } from 'dayfile/read'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runs } from '../support/cases.js'
import { day, decimalText, instant, int64, json, NASTY_NAMES, text } from '../csv/arbitraries.js'
import { gather } from '../csv/gather.js'

const KINDS = {
  text,
  integer: int64,
  decimal: decimalText,
  boolean: fc.boolean(),
  date: day,
  instant,
  // An empty cell is null: JSON's own null cannot be told from it.
  json: json.filter((value) => value !== null),
}

const kinds = defineDataset({
  name: 'kinds',
  timeColumn: 'at',
  columns: [
    column.instant('at', { nullable: false }),
    ...(Object.keys(KINDS) as (keyof typeof KINDS)[]).map((kind, index) =>
      column[kind](NASTY_NAMES[index] ?? kind),
    ),
    column.text('required', { nullable: false }),
  ],
})
const names = kinds.columns.map(({ name }) => name)

const row = fc
  .tuple(instant, ...Object.values(KINDS).map((value) => fc.option<unknown>(value)), text)
  .map((cells) => Object.fromEntries(names.map((name, index) => [name, cells[index]])))

const encode = (rows: readonly object[], options: CsvOptions = {}): Promise<Buffer> =>
  gather(encodeCsv(kinds, rows as never, options))

async function read(bytes: Iterable<Uint8Array>, options: ReadCsvOptions = {}): Promise<object[]> {
  const rows = []
  for await (const each of readCsv(kinds, bytes, { integers: 'bigint', ...options })) rows.push(each)
  return rows
}

describe('what is written is what is read', () => {
  test('for every kind, under any name', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 5 }), async (rows) => {
        expect(await read([await encode(rows)])).toEqual(rows)
      }),
      { numRuns: runs(500) },
    )
  })

  test('with the formula guard, which touches text alone', async () => {
    const formula = fc
      .tuple(
        fc.constantFrom('', "'", "''", "'''"),
        fc.constantFrom('=', '+', '-', '@', '\t', '\r', 'a', ''),
        text,
      )
      .map((parts) => parts.join(''))
    const guarded = fc.tuple(row, formula, formula).map(([each, cell, added]) => ({
      ...each,
      [names[1] ?? '']: cell,
      required: cell,
      added: { x: added },
    }))
    await fc.assert(
      fc.asyncProperty(fc.array(guarded, { minLength: 1, maxLength: 4 }), async (rows) => {
        const flat = rows.map(({ added, ...declared }) => ({ ...declared, ...added }))
        const bytes = await encode(flat, { formulaGuard: true })
        expect(await read([bytes], { formulaGuard: true })).toEqual(rows)
        const raw = (await read([bytes])) as Record<string, unknown>[]
        for (const [index, each] of raw.entries()) {
          expect(String(each.required)).not.toMatch(/^[=+\-@\t\r]/)
          for (const { name, kind } of kinds.columns) {
            if (kind !== 'text') expect(each[name]).toEqual((rows[index] as Record<string, unknown>)[name])
          }
        }
      }),
      { numRuns: runs(300) },
    )
  })

  test('in any order of columns, with the nullable ones that are missing read as null', async () => {
    const order = fc.shuffledSubarray(names).map((some) => [...new Set([...some, 'at', 'required'])])
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 3 }), order, async (rows, some) => {
        const columns: readonly Column[] = kinds.columns
        const reordered = defineDataset({
          name: 'reordered',
          timeColumn: 'at',
          columns: some.flatMap((name) => columns.filter((each) => each.name === name)),
        })
        const bytes = await gather(encodeCsv(reordered, rows as never, { addedColumns: 'drop' }))
        const expected = rows.map((each) =>
          Object.fromEntries(names.map((name) => [name, some.includes(name) ? each[name] : null])),
        )
        expect(await read([bytes])).toEqual(expected)
      }),
      { numRuns: runs(200) },
    )
  })
})

test('what is read does not depend on where chunks are cut, nor on compression', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 4 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
      fc.boolean(),
      async (rows, cuts, compressed) => {
        const plain = await encode(rows)
        const bytes = compressed ? gzipSync(plain) : plain
        const bounds = [
          0,
          ...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b),
          bytes.length,
        ]
        const chunks = bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end))
        expect(await read(chunks)).toEqual(rows)
      },
    ),
    { numRuns: runs(300) },
  )
})

test('bytes of any kind give rows or an error of this package, cut anywhere with the same outcome', async () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .string({ unit: fc.constantFrom('"', ',', '\r', '\n', '\r\n', 'a', 'é', '1', '\uFEFF'), maxLength: 40 })
      .map((tail) => Buffer.from(tail)),
    fc.uint8Array({ maxLength: 20 }).map((tail) => Buffer.concat([Buffer.from('a",\r\n"é'), tail])),
  )
  const outcome = async (chunks: Iterable<Uint8Array>): Promise<unknown> => {
    const rows: unknown[] = []
    try {
      for await (const each of readCsv(kinds, chunks, { columns: [names[1] ?? ''] })) rows.push(each)
      return { rows }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error
      const { code, details } = error as unknown as { code: string; details: { line?: number } }
      expect(code).toMatch(/^(CSV_MALFORMED|CSV_HEADER_MISMATCH|CELL_UNDECODABLE)$/)
      return { rows, code, line: details.line }
    }
  }
  await fc.assert(
    fc.asyncProperty(noise, async (tail) => {
      const bytes = Buffer.concat([Buffer.from(`at,__proto__\n`), tail])
      const whole = await outcome([bytes])
      expect(await outcome([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole)
      await outcome([tail])
    }),
    { numRuns: runs(1000) },
  )
})

const texts = defineDataset({
  name: 'texts',
  timeColumn: 'at',
  columns: [
    column.instant('at', { nullable: false }),
    ...Array.from({ length: 8 }, (_, index) => column.text(`text_${index}`)),
  ],
})

test('text beyond ASCII in several cells of a record is read, whatever the order of the columns', async () => {
  const cell = fc.option(
    fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', 'é', 'Ж', '界', '😀'), maxLength: 6 }),
  )
  const textRow = fc
    .array(cell, { minLength: 8, maxLength: 8 })
    .map((cells) => Object.fromEntries(cells.map((value, index) => [`text_${index}`, value])))
  const order = fc.shuffledSubarray(texts.columns.map(({ name }) => name).slice(1), { minLength: 8 })
  await fc.assert(
    fc.asyncProperty(fc.array(textRow, { minLength: 1, maxLength: 4 }), order, async (rows, columns) => {
      const inOrder = defineDataset({
        name: 'texts',
        timeColumn: 'at',
        columns: [
          column.instant('at', { nullable: false }),
          ...columns.map((name) => column.text(name)),
        ] as const,
      })
      const at = new Date('2026-03-07T12:00:00Z')
      const written = rows.map((cells) => ({ at, ...cells }))
      const found = []
      for await (const each of readCsv(texts, await gather(encodeCsv(inOrder, written as never))))
        found.push(each)
      expect(found).toEqual(written)
    }),
    { numRuns: runs(300) },
  )
})
