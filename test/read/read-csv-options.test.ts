import { Readable } from 'node:stream'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { readCsv } from 'dayfile/read'
import { describe, expect, test } from 'vitest'
import { at, orders } from '../csv/orders.js'

const SECRET = 'jane@example.com'
const csv = `at,note\n${at},${SECRET}\n`

async function notes(bytes: unknown): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const { note } of readCsv(orders, bytes as Uint8Array)) all.push(note)
  return all
}

describe('an option of the wrong shape is a TypeError at the call that names it', () => {
  test.each<[object, string]>([
    [{ columns: 'note' }, 'readCsv: option columns: expected a list of strings, received string'],
    [{ columns: [1] }, 'readCsv: option columns: expected a list of strings, received an array'],
    [{ columns: null }, 'readCsv: option columns: expected a list of strings, received null'],
    [{ columns: { note: true } }, 'readCsv: option columns: expected a list of strings, received object'],
    [{ formulaGuard: 'yes' }, 'readCsv: option formulaGuard: expected a boolean, received string'],
    [{ addedColumns: 'append' }, 'readCsv: option addedColumns: expected one of "keep", "drop", "reject"'],
    [{ addedColumns: true }, 'readCsv: option addedColumns: expected one of'],
    [{ decimals: 'float' }, 'readCsv: option decimals: expected one of'],
    [{ integers: 'int' }, 'readCsv: option integers: expected one of'],
    [{ instants: 'iso' }, 'readCsv: option instants: expected one of'],
    [{ dialect: ';' }, 'dialect: expected an object of options'],
  ])('%o', (options, message) => {
    expect(() => readCsv(orders, [], options)).toThrow(TypeError)
    expect(() => readCsv(orders, [], options)).toThrow(message)
  })

  test('options that are none', () => {
    expect(() => readCsv(orders, [], 'note' as never)).toThrow(
      'options of readCsv: expected an object of options, received string',
    )
  })
})

test.each([undefined, null, 'orders', {}, Buffer.from(csv), [orders]])(
  'a dataset that is none is a TypeError at the call (%#)',
  (dataset) => {
    expect(() => readCsv(dataset as never, [])).toThrow(TypeError)
    expect(() => readCsv(dataset as never, [])).toThrow('dataset: expected a dataset such as `events`')
  },
)

describe('bytes', () => {
  test.each([
    ['an ArrayBuffer', new ArrayBuffer(8), 'object'],
    ['a Blob', new Blob([csv]), 'object'],
    ['text', csv, 'string'],
    ['a promise', Promise.resolve(Buffer.from(csv)), 'object'],
    ['a function', () => [Buffer.from(csv)], 'function'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
  ])('that are %s are a TypeError at the call', (_, bytes, received) => {
    const message = `bytes: expected a Uint8Array, or an iterable of them such as a stream, received ${received}`
    expect(() => readCsv(orders, bytes as never)).toThrow(TypeError)
    expect(() => readCsv(orders, bytes as never)).toThrow(message)
  })

  test.each<[string, () => unknown]>([
    ['a list of text', () => [csv]],
    ['text after bytes', () => [Buffer.from(csv), csv]],
    ['gzip, and text after it', () => [gzipSync(csv), csv]],
    ['a stream with an encoding', () => Readable.from([Buffer.from(csv)]).setEncoding('utf8')],
    ['a stream of text', () => Readable.from([csv])],
  ])('in chunks that are none say so without their content: %s', async (_, bytes) => {
    const error: unknown = await notes(bytes()).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TypeError)
    const { message } = error as TypeError
    expect(message).toContain('bytes: expected chunks of bytes (Uint8Array), received string; ')
    expect(message).toContain('open streams without an encoding')
    expect(`${message} ${(error as TypeError).stack ?? ''}`).not.toMatch(/jane|at,note/)
  })

  test.each<[string, unknown, string]>([
    ['numbers', [1, 2, 3], 'number'],
    ['other typed arrays', new Uint16Array(3), 'number'],
    ['ArrayBuffers', [new ArrayBuffer(8)], 'object'],
    ['nothing', [null], 'object'],
  ])('in chunks that are %s', async (_, bytes, received) => {
    await expect(notes(bytes)).rejects.toThrow(TypeError)
    await expect(notes(bytes)).rejects.toThrow(`(Uint8Array), received ${received}`)
  })

  test('of another realm are bytes, whole and in chunks', async () => {
    const foreign: unknown = runInNewContext('Uint8Array.from(bytes)', { bytes: [...Buffer.from(csv)] })
    expect(foreign instanceof Uint8Array).toBe(false)
    expect(await notes(foreign)).toEqual([SECRET])
    expect(await notes([foreign])).toEqual([SECRET])
  })
})

describe('a message says what to do next, and the details keep the bare rule', () => {
  test.each<[string, string, string, string]>([
    [
      'a cell',
      `at,total\n${at},x\n`,
      'orders line 2, column "total": expected a decimal; read the columns you need with `columns`, ' +
        'or check which dataset the file holds',
      'expected a decimal',
    ],
    [
      'an integer that is too large, whose rule says so itself',
      `at,items\n${at},9007199254740993\n`,
      `orders line 2, column "items": expected an integer within 2^53; read larger ones with integers: 'bigint'`,
      `expected an integer within 2^53; read larger ones with integers: 'bigint'`,
    ],
    [
      'an open quote',
      `at,note\n${at},"x\n`,
      'orders line 2 (byte 33): a quoted cell that is not closed; the file may be cut short; ' +
        'get the file again, or have the day exported again',
      'a quoted cell that is not closed; the file may be cut short',
    ],
    [
      'a cell too few',
      `at,note\n${at}\n`,
      'orders line 2 (byte 8): expected 2 cells as in the header, found 1; the file may be cut short; ' +
        'get the file again, or have the day exported again',
      '2 cells expected, 1 found',
    ],
    [
      'an empty file',
      '',
      'orders line 1 (byte 0): the file is empty; even a day without rows has a header; ' +
        'get the file again, or have the day exported again',
      'the file is empty; even a day without rows has a header',
    ],
    [
      'a header with a name twice',
      'at,note,note\n',
      'orders: "note": in the header more than once; get a file that has each name once',
      'in the header more than once',
    ],
  ])('%s', async (_, file, message, rule) => {
    await expect(notes(Buffer.from(file))).rejects.toMatchObject({ message, details: { rule } })
  })
})
