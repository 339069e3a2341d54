import { column, csvEncoder, defineDataset, encodeCsv, type Dialect } from 'dayfile'
import { readCsv } from 'dayfile/read'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from '../support/cases.js'
import { gather } from './gather.js'
import { allKinds as orders } from './orders.js'
import { day, decimalText, instant, json, rowWith, text } from './arbitraries.js'

const dataset = defineDataset({
  name: 'orders',
  timeColumn: 'at',
  columns: [
    column.instant('at', { nullable: false }),
    column.text('note'),
    column.decimal('total'),
    column.json('tags'),
    column.text("it's; a test"),
    column.boolean('gift'),
    column.date('due_on'),
  ],
})

const dialects: fc.Arbitrary<Partial<Dialect>> = fc
  .record({
    delimiter: fc.constantFrom<string>(',', ';', '\t', '|', ' ', '.', '0', 'a', '~', '\0'),
    quote: fc.constantFrom('"', "'", '|', 'q', '-', 'e', '2'),
    escape: fc.option(fc.constantFrom<string>('\\', '/', "'"), { nil: undefined }),
    recordDelimiter: fc.constantFrom('\r\n' as const, '\n' as const),
    quoting: fc.constantFrom('minimal' as const, 'all' as const),
    bom: fc.boolean(),
  })
  .filter(({ delimiter, quote, escape }) => delimiter !== quote && delimiter !== escape)
  .map(({ escape, ...dialect }) => (escape === undefined ? dialect : { ...dialect, escape }))

const row = fc
  .tuple(
    instant,
    fc.option(text),
    fc.option(decimalText),
    fc.option(json.filter((value) => value !== null)),
    fc.option(text),
    fc.option(fc.boolean()),
    fc.option(day),
  )
  .map((cells) => Object.fromEntries(dataset.columns.map(({ name }, index) => [name, cells[index]])))

test('what is written in a dialect is read back in it, value by value', async () => {
  await fc.assert(
    fc.asyncProperty(dialects, fc.array(row, { maxLength: 4 }), async (dialect, rows) => {
      const bytes = await gather(encodeCsv(dataset, rows as never, { dialect }))
      const back = []
      for await (const each of readCsv(dataset, bytes, { dialect })) back.push(each)
      expect(back).toEqual(rows)
    }),
    { numRuns: runs(800) },
  )
})

test('a byte order mark before the default dialect is the only difference', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(rowWith(['note', "it's; a test"], text), { maxLength: 3 }), async (cells) => {
      const rows = cells.map((each) => ({ at: '2026-03-07', ...each }))
      const plain = await gather(encodeCsv(dataset, rows))
      const marked = await gather(encodeCsv(dataset, rows, { dialect: { bom: true } }))
      expect(marked).toEqual(Buffer.concat([Buffer.from('\uFEFF'), plain]))
    }),
    { numRuns: runs(50) },
  )
})

test("quoting 'all' quotes the header and every cell but null", async () => {
  const dialect = { quoting: 'all', recordDelimiter: '\n', delimiter: ';' } as const
  const bytes = await gather(
    encodeCsv(
      dataset,
      [{ at: '2026-03-07', note: '', total: '1.0', tags: ['a'], gift: false, due_on: '2026-03-08' }],
      { dialect },
    ),
  )
  expect(bytes.toString()).toBe(
    `"at";"note";"total";"tags";"it's; a test";"gift";"due_on"\n"2026-03-07";"";"1.0";"[""a""]";;"false";"2026-03-08"\n`,
  )
})

test.each([
  [{ delimiter: '' }, 'dialect.delimiter'],
  [{ delimiter: ',,' }, 'dialect.delimiter'],
  [{ delimiter: '\n' }, 'dialect.delimiter'],
  [{ delimiter: '\ud800' }, 'dialect.delimiter'],
  [{ delimiter: '§' }, 'dialect.delimiter'],
  [{ quote: '»' }, 'dialect.quote'],
  [{ delimiter: null }, 'dialect.delimiter'],
  [{ quote: '\r' }, 'dialect.quote'],
  [{ quote: ',' }, 'dialect.delimiter'],
  [{ escape: ',' }, 'dialect.delimiter'],
  [{ escape: '\uFEFF' }, 'dialect.escape'],
  [{ recordDelimiter: '\r' }, 'dialect.recordDelimiter'],
  [{ quoting: 'none' }, 'dialect.quoting'],
])('a dialect that cannot be read back is refused when the encoder is made (%#)', (dialect, option) => {
  expect(() => csvEncoder(dataset, { dialect: dialect as never })).toThrow(option)
  expect(() => readCsv(dataset, [], { dialect: dialect as never })).toThrow(option)
})

test.each([{ quote: '5' }, { escape: '1' }, { quote: '.' }, { escape: '-' }])(
  'numbers are read back where digits or signs are quotes: %j',
  async (dialect) => {
    const rows = [
      { at: new Date('2026-03-07T15:11:55.115Z'), total: '12.50', items: 1125, due_on: '2055-11-15' },
      { at: new Date('2026-11-11T11:11:11.111Z'), total: '-1.5', items: 11, gift: true },
    ]
    for (const quoting of ['minimal', 'all'] as const) {
      const options = { dialect: { ...dialect, quoting } }
      const read = []
      for await (const row of readCsv(orders, [await gather(encodeCsv(orders, rows, options))], options))
        read.push(row)
      expect(read).toMatchObject(rows)
    }
  },
)

test('an escape is taken away before a quote and another escape alone, in short and in long cells', async () => {
  const cell = String.raw`\"a\b\\c\\\"d`
  for (const times of [1, 10, 200]) {
    const bytes = Buffer.from(`at,note\n2026-03-07T00:00:00Z,"${cell.repeat(times)}"\n`)
    const read = []
    for await (const { note } of readCsv(dataset, bytes, { dialect: { escape: '\\' } })) read.push(note)
    expect(read).toEqual([String.raw`"a\b\c\"d`.repeat(times)])
  }
})
