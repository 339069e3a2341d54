// What is read is the same wherever the bytes are cut into chunks, and whatever comes out of them: rows or an error.

import { gzipSync } from 'node:zlib'
import { column, defineDataset } from 'dayfile'
import { readCsv } from 'dayfile/read'
import { describe, expect, test } from 'vitest'
import { cases } from '../support/cases.js'

const visits = defineDataset({
  name: 'visits',
  timeColumn: 'at',
  columns: [
    column.instant('at', { nullable: false }),
    column.text('no"te'),
    column.text('plain'),
    column.integer('items'),
    column.json('tags'),
    column.boolean('is_new'),
    column.date('day'),
  ],
})

interface Outcome {
  readonly rows: readonly object[]
  /** As it goes into a log: code, message and details. */
  readonly error?: unknown
}

async function outcomeOf(chunks: Iterable<Uint8Array>): Promise<Outcome> {
  const rows: object[] = []
  try {
    for await (const row of readCsv(visits, chunks, { instants: 'string' })) rows.push(row)
  } catch (error) {
    return { rows, error: JSON.parse(JSON.stringify(error)) as unknown }
  }
  return { rows }
}

const whole = (bytes: Uint8Array): Uint8Array[] => [bytes]
const byteByByte = (bytes: Uint8Array): Uint8Array[] => [...bytes].map((byte) => Uint8Array.of(byte))

/** In two chunks, at every place; the first or the last may be empty. */
function* inTwo(bytes: Uint8Array): Generator<Uint8Array[]> {
  for (let cut = 0; cut <= bytes.length; cut++) yield [bytes.subarray(0, cut), bytes.subarray(cut)]
}

/** In three chunks, at every pair of places; any of them may be empty. */
function* inThree(bytes: Uint8Array): Generator<Uint8Array[]> {
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++)
      yield [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]
  }
}

/** As gzip whose members meet at every place, within characters too. */
function* inTwoMembers(bytes: Uint8Array): Generator<Uint8Array> {
  for (let cut = 0; cut <= bytes.length; cut++)
    yield Buffer.concat([gzipSync(bytes.subarray(0, cut)), gzipSync(bytes.subarray(cut))])
}

async function expectEach(cuts: Iterable<Uint8Array[]>, expected: Outcome): Promise<void> {
  for (const chunks of cases(cuts)) {
    const outcome = await outcomeOf(chunks)
    const lengths = chunks.map(({ length }) => length).join(' + ')
    expect(outcome, `chunks of ${lengths} bytes`).toEqual(expected)
  }
}

const AT = '2026-03-07'
const row = (cells: object): object => ({
  at: AT,
  'no"te': null,
  plain: null,
  items: null,
  tags: null,
  is_new: null,
  day: null,
  ...cells,
})

// A byte order mark, a header in quotes, both line ends, an added column, characters of two, three and four bytes
// inside and outside of quotes, and at last a cell that nothing ends.
const FILE = Buffer.from(
  '\uFEFF"at","no""te",items,"plain","tags",is_new,"day",added é\r\n' +
    `${AT},"a,é ""€"" 😀",1,é€😀,"[""é"",""\\n""]",true,2024-02-29,é\n` +
    `${AT},"",,"","","","",""\r\n` +
    `${AT},,,,,,,\n` +
    `"${AT}","\r","2","\n","{""a"":""\r\n""}","false","2026-03-08","\r\n"\r\n` +
    `${AT},"""",-3,"😀""",null,,,"""€"",\r\n"\n` +
    `${AT},"\r\n\r\n","4","""""",5,false,,"\uFEFF"\r\n` +
    `${AT},x y,7,'z',"""6""",1,"9999-12-31",😀`,
)
const ROWS = [
  row({
    'no"te': 'a,é "€" 😀',
    items: 1,
    plain: 'é€😀',
    tags: ['é', '\n'],
    is_new: true,
    day: '2024-02-29',
    added: { 'added é': 'é' },
  }),
  // Empty and not quoted is null; `""` is the empty string, but null for what is no text.
  row({ 'no"te': '', plain: '', added: { 'added é': '' } }),
  row({ added: { 'added é': null } }),
  // JSON has no line ends within strings: what is no JSON stays text.
  row({
    'no"te': '\r',
    items: 2,
    plain: '\n',
    tags: '{"a":"\r\n"}',
    is_new: false,
    day: '2026-03-08',
    added: { 'added é': '\r\n' },
  }),
  row({ 'no"te': '"', items: -3, plain: '😀"', added: { 'added é': '"€",\r\n' } }),
  row({ 'no"te': '\r\n\r\n', items: 4, plain: '""', tags: 5, is_new: false, added: { 'added é': '\uFEFF' } }),
  row({
    'no"te': 'x y',
    items: 7,
    plain: "'z'",
    tags: '6',
    is_new: true,
    day: '9999-12-31',
    added: { 'added é': '😀' },
  }),
]

const SHORT_FILE = Buffer.from(`\uFEFFat,"no""te",é\r\n${AT},"😀"",\r\n",""\n${AT},é,""\r\n${AT},,"€"`)
const SHORT_ROWS = [
  row({ 'no"te': '😀",\r\n', added: { é: '' } }),
  row({ 'no"te': 'é', added: { é: '' } }),
  row({ added: { é: '€' } }),
]

describe('a good file', () => {
  test('is read whole to what stands in it', async () => {
    expect(await outcomeOf(whole(FILE))).toEqual({ rows: ROWS })
    expect(await outcomeOf(whole(SHORT_FILE))).toEqual({ rows: SHORT_ROWS })
  })

  describe.each([
    ['plain', FILE, SHORT_FILE],
    ['as gzip', gzipSync(FILE), gzipSync(SHORT_FILE)],
  ])('%s', (_, file, shortFile) => {
    test('is the same in two chunks', () => expectEach(inTwo(file), { rows: ROWS }))
    test('is the same in three chunks', () => expectEach(inThree(shortFile), { rows: SHORT_ROWS }))
    test('is the same byte by byte', () => expectEach([byteByByte(file)], { rows: ROWS }))
  })

  test('is the same as gzip of two members, whole and byte by byte', async () => {
    for (const bytes of cases(inTwoMembers(FILE)))
      await expectEach([whole(bytes), byteByByte(bytes)], { rows: ROWS })
  })

  test('is the same as gzip with a member for each byte, cut anywhere', async () => {
    const bytes = Buffer.concat(byteByByte(SHORT_FILE).map((byte) => gzipSync(byte)))
    await expectEach([whole(bytes), byteByByte(bytes)], { rows: SHORT_ROWS })
    await expectEach(inTwo(bytes), { rows: SHORT_ROWS })
  })

  test('is the same with chunks of nothing between all bytes', async () => {
    const nothing = new Uint8Array()
    const chunks = byteByByte(FILE).flatMap((byte) => [nothing, byte, nothing])
    expect(await outcomeOf(chunks)).toEqual({ rows: ROWS })
  })
})

// The same header and two good rows before the damage, with characters and line ends that the reader has to count.
const GOOD = `\uFEFF"at",é,"no""te"\r\n${AT},😀,"a\r\n€"\n${AT},,""\r\n`
const GOOD_ROWS = [row({ 'no"te': 'a\r\n€', added: { é: '😀' } }), row({ 'no"te': '', added: { é: null } })]

type Malformed = [what: string, damage: string | Buffer, line: number, rule: string]

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')

const WITHIN: Malformed[] = [
  ['a quote within an unquoted cell', `${AT},é"b",\n`, 5, 'a quote within an unquoted cell'],
  ['a quote after a character of four bytes', `${AT},😀",\n`, 5, 'a quote within an unquoted cell'],
  ['text after a closing quote', `${AT},"é"😀,\n`, 5, 'text after a closing quote'],
  ['text after a cell of two lines', `${AT},"\r\n"x,\n`, 6, 'text after a closing quote'],
  ['a bare carriage return', `${AT},€\r,\n`, 5, 'a carriage return outside of quotes'],
  ['a bare carriage return after a quote', `${AT},""\r"",\n`, 5, 'a carriage return outside of quotes'],
  ['too few cells', `${AT},é\r\n`, 5, '3 cells expected, 2 found'],
  ['too many cells', `${AT},"\n",,""\r\n`, 5, '3 cells expected, 4 found'],
  ['an empty line', '\r\n', 5, '3 cells expected, 1 found'],
  ['a byte that is none', latin1(`${AT},\xff,\n`), 5, 'bytes that are not UTF-8'],
  ['half a character in a cell', latin1(`${AT},\xf0\x9f,\n`), 5, 'bytes that are not UTF-8'],
  ['a stray byte in quotes', latin1(`${AT},"\n\x80",\n`), 6, 'bytes that are not UTF-8'],
  ['an error before another', `${AT},"a"b"\n${AT}\n"`, 5, 'text after a closing quote'],
]

const AT_THE_END: Malformed[] = [
  ['a bare carriage return at the end', `${AT},,\r`, 5, 'a carriage return outside of quotes'],
  ['a quote that never closes', `${AT},"é\r\n""\n`, 5, 'a quoted cell that is not closed'],
  ['a quote that is the last byte', `${AT},,"`, 5, 'a quoted cell that is not closed'],
  ['half a row at the end', AT, 5, '3 cells expected, 1 found'],
  ['half a character at the end', latin1(`${AT},,\xe2\x82`), 5, 'bytes that are not UTF-8'],
]

const FOLLOWING = `${AT},,\n`

describe.each([
  ...WITHIN.map((each) => [...each, FOLLOWING] as const),
  ...AT_THE_END.map((each) => [...each, ''] as const),
])('%s', (_, damage, line, rule, following) => {
  const bytes = Buffer.concat([Buffer.from(GOOD), Buffer.from(damage), Buffer.from(following)])

  test('is the same error after the same rows wherever the file is cut', async () => {
    const expected = await outcomeOf(whole(bytes))
    expect(expected).toMatchObject({
      rows: GOOD_ROWS,
      error: { code: 'CSV_MALFORMED', details: { line, rule: expect.stringContaining(rule) as string } },
    })
    await expectEach(inTwo(bytes), expected)
    await expectEach([byteByByte(bytes)], expected)
    for (const members of cases(inTwoMembers(bytes))) await expectEach([whole(members)], expected)
  })

  test('is the same error in three chunks, where it comes first', async () => {
    const short = Buffer.concat([Buffer.from('at,é,x\n'), Buffer.from(damage)])
    const expected = await outcomeOf(whole(short))
    expect(expected).toMatchObject({ rows: [], error: { code: 'CSV_MALFORMED' } })
    await expectEach(inThree(short), expected)
  })
})

test('a cell that does not fit its column is the same error wherever the file is cut', async () => {
  const bytes = Buffer.from(`at,items\r\n${AT},1\n${AT},"é\r\n😀"\n`)
  const expected = await outcomeOf(whole(bytes))
  expect(expected).toMatchObject({
    rows: [row({ items: 1 })],
    error: { code: 'CELL_UNDECODABLE', details: { line: 3, column: 'items' } },
  })
  await expectEach(inTwo(bytes), expected)
  await expectEach([byteByByte(bytes)], expected)
})

// How many rows come first depends on how much zlib was given at once: it hands out nothing of a piece that it refuses.
test('gzip that is damaged or cut short gives rows from the beginning of the file, and then an error', async () => {
  const good = gzipSync(FILE)
  const flipped = Buffer.from(good)
  flipped.writeUInt8(flipped.readUInt8(good.length - 6) ^ 1, good.length - 6)
  const damaged: [string, Buffer][] = [
    ['a wrong checksum', flipped],
    ['no trailer', good.subarray(0, -8)],
    ['half of it', good.subarray(0, good.length / 2)],
    ['a second member cut short', Buffer.concat([good, good.subarray(0, 12)])],
    ['text behind it', Buffer.concat([good, Buffer.from('\nmore')])],
  ]
  for (const [what, bytes] of damaged) {
    for (const chunks of cases([whole(bytes), ...inTwo(bytes), byteByByte(bytes)])) {
      const { rows, error } = await outcomeOf(chunks)
      expect(error, what).toMatchObject({ code: 'CSV_MALFORMED' })
      expect(rows, what).toEqual(ROWS.slice(0, rows.length))
    }
  }
})
