import { gzipSync } from 'node:zlib'
import { readCsv } from 'dayfile/read'
import { describe, expect, test } from 'vitest'
import { at, orders } from '../csv/orders.js'

const HEADER = 'at,note,items,total,tags'
const GOOD = `${at},good,,,`

async function failure(chunks: Iterable<Uint8Array>): Promise<unknown> {
  const rows = []
  try {
    for await (const row of readCsv(orders, chunks)) rows.push(row)
  } catch (error) {
    return { ...(JSON.parse(JSON.stringify(error)) as object), rows: rows.length }
  }
  return { rows: rows.length }
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')

// What stands in the file, the line of the error, and the rule.
const cases: [what: string, file: Buffer | string, line: number, rule: string][] = [
  ['an empty file', '', 1, 'the file is empty'],
  ['a byte order mark alone', '\uFEFF', 1, 'the file is empty'],
  ['an unclosed quote', `${HEADER}\n${GOOD}\n${at},"a,,\nb\n`, 3, 'a quoted cell that is not closed'],
  ['an unclosed quote at the very end', `${HEADER}\n${GOOD}\n${at},"`, 3, 'a quoted cell that is not closed'],
  ['text after a closing quote', `${HEADER}\n${GOOD}\n${at},"a"b,,,\n`, 3, 'text after a closing quote'],
  ['a space after a closing quote', `${HEADER}\n${at},"a" ,,,\n`, 2, 'text after a closing quote'],
  [
    'text after a quote that closes on a later line',
    `${HEADER}\n${at},"a\n"b,,,\n`,
    3,
    'text after a closing',
  ],
  ['a quote within an unquoted cell', `${HEADER}\n${GOOD}\n${at},a"b",,,\n`, 3, 'a quote within an unquoted'],
  ['a bare CR', `${HEADER}\n${GOOD}\n${at},a\rb,,,\n`, 3, 'a carriage return outside of quotes'],
  ['a bare CR after a quote', `${HEADER}\n${at},"a"\r,,,\n`, 2, 'a carriage return outside of quotes'],
  ['a bare CR at the very end', `${HEADER}\n${GOOD}\r`, 2, 'a carriage return outside of quotes'],
  ['line ends of old Macs', `${HEADER}\r${GOOD}\r`, 1, 'a carriage return outside of quotes'],
  ['too few cells', `${HEADER}\n${GOOD}\n${at},a,,\n`, 3, '5 cells expected, 4 found'],
  ['a file cut within a record', `${HEADER}\n${GOOD}\n2026-03`, 3, '5 cells expected, 1 found'],
  ['too many cells', `${HEADER}\n${GOOD}\n${GOOD},\n`, 3, '5 cells expected, 6 found'],
  ['an empty line', `${HEADER}\n${GOOD}\n\n${GOOD}\n`, 3, '5 cells expected, 1 found'],
  ['an empty line at the end', `${HEADER}\n${GOOD}\n\n`, 3, '5 cells expected, 1 found'],
  ['lines within cells count', `${HEADER}\n${at},"1\n\r\n2",,,\n${at}\n`, 5, '5 cells expected, 1 found'],
  [
    'bytes that are not UTF-8',
    latin1(`${HEADER}\n${GOOD}\n${at},caf\xe9,,,\n`),
    3,
    'bytes that are not UTF-8',
  ],
  [
    'a character cut by the end',
    latin1(`${HEADER}\n${GOOD}\n${at},,,,\xf0\x9f`),
    3,
    'bytes that are not UTF-8',
  ],
  ['an overlong character', latin1(`${HEADER}\n${at},\xc0\xaf,,,\n`), 2, 'bytes that are not UTF-8'],
  ['a surrogate in UTF-8', latin1(`${HEADER}\n${at},\xed\xa0\x80,,,\n`), 2, 'bytes that are not UTF-8'],
  ['UTF-16', Buffer.from(`\uFEFF${HEADER}\n`, 'utf16le'), 1, 'bytes that are not UTF-8'],
]

describe.each(cases)('%s', (_, file, line, rule) => {
  const bytes = Buffer.from(file)
  const expected = {
    code: 'CSV_MALFORMED',
    message: expect.stringMatching(
      RegExp(`^orders line ${line} \\(byte \\d+\\): .+; get the file again, or have the day exported again$`),
    ) as string,
    details: {
      dataset: 'orders',
      line,
      offset: expect.any(Number) as number,
      rule: expect.stringContaining(rule) as string,
    },
  }

  test(`is CSV_MALFORMED on line ${line}`, async () => {
    expect(await failure([bytes])).toMatchObject(expected)
  })

  test('wherever the file is cut into chunks, after the same rows, and within gzip', async () => {
    const whole = await failure([bytes])
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(await failure([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole)
    }
    expect(await failure([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole)
    expect(await failure([gzipSync(bytes)])).toEqual(whole)
  })
})

test('the rows before the damage come out first', async () => {
  const file = Buffer.from(`${HEADER}\n${`${GOOD}\n`.repeat(3)}${at},"open`)
  expect(await failure([file])).toMatchObject({ code: 'CSV_MALFORMED', rows: 3 })
})

test('a cell that does not fit its column is CELL_UNDECODABLE with line and column', async () => {
  const file = `${HEADER}\r\n"${at}","two\r\nlines",,,\r\n${at},,,1.2.3,\r\n`
  expect(await failure([Buffer.from(file)])).toMatchObject({
    code: 'CELL_UNDECODABLE',
    message: expect.stringMatching(/^orders line 4, column "total": expected a decimal; read /) as string,
    details: { dataset: 'orders', line: 4, column: 'total', rule: 'expected a decimal' },
    rows: 1,
  })
})

test.each([
  ['items', 'x'],
  ['items', '1.5'],
  ['total', 'NaN'],
  ['total', '1,5'],
  ['at', '2026-02-30'],
  ['at', 'yesterday'],
  ['at', ''],
])('column %s refuses %j', async (name, cell) => {
  const cells = HEADER.split(',').map((each) => (each === name ? `"${cell}"` : each === 'at' ? at : ''))
  expect(await failure([Buffer.from(`${HEADER}\n${cells.join()}\n`)])).toMatchObject({
    code: 'CELL_UNDECODABLE',
    details: { column: name },
  })
})

describe('a gzip file', () => {
  const bytes = gzipSync(`${HEADER}\n${`${GOOD}\n`.repeat(20)}`)

  test('cut short at any byte is an error, never a short result', async () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(await failure([bytes.subarray(0, length)]), `${length} bytes`).toMatchObject({
        // One byte is not enough to tell gzip: it is a header without a column.
        code: length === 1 ? 'CSV_HEADER_MISMATCH' : 'CSV_MALFORMED',
      })
    }
  })

  test('with any byte changed is an error or has every row', async () => {
    for (let index = 2; index < bytes.length; index++) {
      const changed = Buffer.from(bytes)
      changed[index] = (changed[index] ?? 0) ^ 0xff
      const outcome = (await failure([changed])) as { code?: string; rows: number }
      // The header of gzip holds a time and a system that nobody checks.
      if (outcome.code === undefined) expect(outcome.rows, `byte ${index}`).toBe(20)
      else expect(outcome.code).toBe('CSV_MALFORMED')
    }
  })

  test('with something else behind it is an error', async () => {
    expect(await failure([Buffer.concat([bytes, Buffer.from('more')])])).toMatchObject({
      code: 'CSV_MALFORMED',
    })
    expect(await failure([bytes, Buffer.from('more')])).toMatchObject({ code: 'CSV_MALFORMED' })
  })
})

test('of a hundred thousand columns that are wrong an error names the first 20', async () => {
  const names = Array.from({ length: 100_000 }, (_, index) => `x${index}`)
  const found = await failure([Buffer.from(`${HEADER},${names.join(',')},${names.join(',')}\n`)])
  expect(found).toMatchObject({
    code: 'CSV_HEADER_MISMATCH',
    message: expect.stringContaining('and 99980 more') as string,
    details: { columns: names.slice(0, 20) },
  })
})

test('with another escape a quote behind a closing one is text after it', async () => {
  const bytes = Buffer.from(`${HEADER}\n${at},"a""b",,,\n`)
  const run = async () => {
    for await (const row of readCsv(orders, bytes, { dialect: { escape: '\\' } })) expect(row).toBe(undefined)
  }
  await expect(run()).rejects.toMatchObject({
    code: 'CSV_MALFORMED',
    details: { line: 2, rule: 'text after a closing quote' },
  })
})
