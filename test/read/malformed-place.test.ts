// Where a file is malformed: the line, and the byte of the CSV, which finds the place in a file of any size.

import { gzipSync } from 'node:zlib'
import { column, defineDataset } from 'dayfile'
import { readCsv } from 'dayfile/read'
import { describe, expect, test } from 'vitest'

const visits = defineDataset({
  name: 'visits',
  timeColumn: 'at',
  columns: [column.instant('at', { nullable: false }), column.text('note'), column.text('place')],
})

async function failureOf(chunks: Iterable<Uint8Array>): Promise<unknown> {
  try {
    const rows = readCsv(visits, chunks)
    while ((await rows.next()).done !== true);
  } catch (error) {
    return JSON.parse(JSON.stringify(error))
  }
  throw new Error('the file was read')
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')

const AT = '2026-03-07'
// Bytes, UTF-16 units and characters up to here are three different numbers, with both line ends and one within quotes.
const BEFORE = `at,note,place\r\n${AT},é,"€\n"\n${AT},"😀",""\r\n`
const LINE = 5

/** What stands before the place (behind two good rows), and what begins at it: ill-formed UTF-8 is found by
 * the first byte of what should have been a character. */
type Place = [what: string, before: string, at: string | Buffer, line: number, rule: string]

const PLACES: Place[] = [
  ['a quote within an unquoted cell', `${AT},é😀`, '"b",\n', LINE, 'a quote within an unquoted cell'],
  ['a quote at the end of an unquoted cell', `${AT},"€",é`, '"\n', LINE, 'a quote within an unquoted cell'],
  ['a bare carriage return', `${AT},€`, '\ré,\n', LINE, 'a carriage return outside of quotes'],
  ['one after a closing quote', `${AT},"€\r\n"`, '\r,\n', LINE + 1, 'a carriage return outside of quotes'],
  ['one in an empty cell', `${AT},`, '\r,\n', LINE, 'a carriage return outside of quotes'],
  ['one before another line end', `${AT},é,`, '\r\r\n', LINE, 'a carriage return outside of quotes'],
  ['one at the end of the file', `${AT},é,`, '\r', LINE, 'a carriage return outside of quotes'],
  ['text after a closing quote', `${AT},"é""😀"`, 'b,\n', LINE, 'text after a closing quote'],
  ['a space after a closing quote', `${AT},"\n€"`, ' ,\n', LINE + 1, 'text after a closing quote'],
  ['a character after a closing quote', `${AT},""`, '😀,\n', LINE, 'text after a closing quote'],
  ['a record with too few cells', '', `${AT},é\r\n`, LINE, '3 cells expected, 2 found'],
  ['a record with too many cells', '', `${AT},"é\n",,\r\n`, LINE, '3 cells expected, 4 found'],
  ['an empty line', `${AT},,\r\n`, '\r\n', LINE + 1, '3 cells expected, 1 found'],
  ['half a record at the end', `${AT},é,\n`, AT, LINE + 1, '3 cells expected, 1 found'],
  ['a quoted cell that never closes', `${AT},é,`, '"€\n""', LINE, 'a quoted cell that is not closed'],
  ['a quote that is the last byte', `${AT},😀,`, '"', LINE, 'a quoted cell that is not closed'],
  ['a quote before everything else', '', `"${AT},é\r\n`, LINE, 'a quoted cell that is not closed'],
  ['a byte that is no UTF-8', `${AT},é`, latin1('\xffx,\n'), LINE, 'bytes that are not UTF-8'],
  ['one within quotes', `${AT},"é\n`, latin1('\xff",\n'), LINE + 1, 'bytes that are not UTF-8'],
  ['half a character', `${AT},€`, latin1('\xf0\x9f,\n'), LINE, 'bytes that are not UTF-8'],
  ['half a character at the end', `${AT},,`, latin1('\xe2\x82'), LINE, 'bytes that are not UTF-8'],
  ['an overlong character', `${AT},😀`, latin1('\xc0\xaf,\n'), LINE, 'bytes that are not UTF-8'],
  ['a surrogate', `${AT},é`, latin1('\xed\xa0\x80,\n'), LINE, 'bytes that are not UTF-8'],
  ['a character beyond Unicode', `${AT},é`, latin1('\xf4\x90\x80\x80,\n'), LINE, 'bytes that are not UTF-8'],
  ['the second half alone', `${AT},`, latin1('\x80,\n'), LINE, 'bytes that are not UTF-8'],
]

describe.each(PLACES)('%s', (_, before, at, line, rule) => {
  test.each([
    ['without', ''],
    ['with', '\uFEFF'],
  ])('is found by line and byte, %s a byte order mark', async (_mark, mark) => {
    const untilThere = Buffer.from(mark + BEFORE + before)
    const bytes = Buffer.concat([untilThere, Buffer.from(at)])
    const expected = {
      code: 'CSV_MALFORMED',
      details: {
        dataset: 'visits',
        line,
        offset: untilThere.length,
        rule: expect.stringContaining(rule) as string,
      },
      message: expect.stringContaining(`visits line ${line} (byte ${untilThere.length}): `) as string,
    }
    expect(await failureOf([bytes])).toMatchObject(expected)
    expect(await failureOf([...bytes].map((byte) => Uint8Array.of(byte)))).toMatchObject(expected)
    // The byte is one of the CSV, not of the compressed file, over which members it may be spread.
    const members = [bytes.subarray(0, 30), bytes.subarray(30)].map((each) => gzipSync(each))
    expect(await failureOf(members)).toMatchObject(expected)
  })
})

describe('a header', () => {
  test.each([
    ['with a bare carriage return', 'at,é', '\rx', 'a carriage return outside of quotes'],
    ['with a quote in a name', 'at,"é",p', '"\n', 'a quote within an unquoted cell'],
    ['that never ends', 'at,é,', '"note\n', 'a quoted cell that is not closed'],
    ['that is no UTF-8', 'at,€', latin1('\xe9\n'), 'bytes that are not UTF-8'],
    ['of UTF-16', '', Buffer.from('\uFEFFat\n', 'utf16le'), 'bytes that are not UTF-8'],
  ])('%s is found in line 1', async (_, before, at, rule) => {
    const offset = Buffer.byteLength(before)
    expect(await failureOf([Buffer.from(before), Buffer.from(at)])).toMatchObject({
      code: 'CSV_MALFORMED',
      details: { line: 1, offset, rule: expect.stringContaining(rule) as string },
      message: expect.stringContaining(`visits line 1 (byte ${offset}): `) as string,
    })
  })
})

test.each([
  ['an empty file', '', 0],
  ['an empty gzip file', gzipSync(''), 0],
  ['a byte order mark alone', '\uFEFF', 3],
])('%s is found to be empty where it ends', async (_, file, offset) => {
  expect(await failureOf([Buffer.from(file)])).toMatchObject({
    code: 'CSV_MALFORMED',
    details: { line: 1, offset, rule: expect.stringContaining('the file is empty') as string },
    message: expect.stringContaining(`visits line 1 (byte ${offset}): `) as string,
  })
})

test.each([
  ['an unquoted cell', `${AT},é,x`],
  ['a quoted cell', `${AT},"€","x`],
])('a record that is too long is found by its start (%s)', async (_, start) => {
  const piece = Buffer.alloc(1024 * 1024, 'x')
  const untilThere = Buffer.from(BEFORE)
  function* chunks(): Generator<Uint8Array> {
    yield untilThere
    yield Buffer.from(start)
    for (let count = 0; count < 70; count++) yield piece
  }
  expect(await failureOf(chunks())).toMatchObject({
    code: 'CSV_MALFORMED',
    details: {
      line: LINE,
      offset: untilThere.length,
      rule: expect.stringContaining('a record of more than') as string,
    },
  })
})

// Farther than the blocks that a reader may work in.
test('a place behind 65,536 rows is found', async () => {
  const rows = 65_536
  const good = `${AT},é,"€ ""😀"""\r\n`
  const untilThere = Buffer.from(`at,note,place\r\n${good.repeat(rows)}${AT},é`)
  const bytes = Buffer.concat([untilThere, Buffer.from('",\r\n'), Buffer.from(good)])
  expect(await failureOf([bytes])).toMatchObject({ details: { line: rows + 2, offset: untilThere.length } })
})
