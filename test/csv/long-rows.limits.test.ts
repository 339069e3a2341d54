// Rows may be as long as a record can be: memory depends on the longest one, and not on how many there are.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { csvEncoder, csvTransform, encodeCsv, type CsvOptions } from 'dayfile'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gather } from './gather.js'
import { at, orders } from './orders.js'

const PROGRAM = fileURLToPath(new URL('./long-rows-program.ts', import.meta.url))
const KIB = 1024
const MIB = 1024 * KIB

interface Peak {
  readonly bytes: number
  readonly peakMiB: number
}

/** Writes rows in these ways, one after another, in a process whose heap is too small for all rows. */
async function peaks(
  ways: readonly string[],
  rows: number,
  length: number,
  heapMiB: number,
): Promise<Peak[]> {
  const flags = [`--max-old-space-size=${heapMiB}`, '--import', 'tsx']
  const argument = JSON.stringify([ways, rows, length])
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, PROGRAM, argument])
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Peak)
}

test('four times as many rows of 1 MiB take the same memory', async () => {
  const ways = ['encodeCsv', 'csvTransform', 'exportWindow', 'split']
  const few = await peaks(ways, 25, MIB, 100)
  const many = await peaks(ways, 100, MIB, 100)
  expect(many).toHaveLength(ways.length)
  for (const [index, { bytes, peakMiB }] of many.entries()) {
    expect(bytes, ways[index]).toBeGreaterThan(100 * MIB)
    expect(peakMiB - (few[index]?.peakMiB ?? 0), ways[index]).toBeLessThan(60)
  }
})

test('rows of 60 MiB are held one at a time', async () => {
  const [peak] = await peaks(['encodeCsv'], 6, 60 * MIB, 300)
  expect(peak?.bytes).toBeGreaterThan(6 * 60 * MIB)
  expect(peak?.peakMiB).toBeLessThan(600)
})

/** Rows with notes of these lengths, and how many of them were asked for. */
function notes(lengths: Iterable<number>) {
  const asked = { rows: 0 }
  function* rows() {
    for (const length of lengths) {
      asked.rows++
      yield { at, note: 'x'.repeat(length) }
    }
  }
  return { asked, rows: rows() }
}

function* same(length: number): Generator<number> {
  for (;;) yield length
}

test('chunks are as long as a batch and its last record, and together what one call of encode gives', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 30, arbitrary: fc.nat(100) }, { weight: 1, arbitrary: fc.nat(64 * KIB) }), {
        maxLength: 1500,
        size: 'max',
      }),
      async (lengths) => {
        const longest = Math.max(0, ...lengths) + 100
        const chunks: Uint8Array[] = []
        for await (const chunk of encodeCsv(orders, notes(lengths).rows)) {
          expect(chunk.length).toBeLessThan(32 * KIB + longest)
          chunks.push(chunk)
        }
        const encoder = csvEncoder(orders)
        const expected = [encoder.header(), encoder.encode(notes(lengths).rows)]
        expect(Buffer.concat(chunks).equals(Buffer.concat(expected))).toBe(true)
      },
    ),
    { numRuns: 20 },
  )
})

describe('rows that wait for the header', () => {
  async function askedFor(length: number, options: CsvOptions = {}): Promise<number> {
    const { asked, rows } = notes(same(length))
    const chunks = encodeCsv(orders, rows, options)
    await chunks.next()
    await chunks.return()
    return asked.rows
  }

  test('are 1,000, or as many as hold 16 MiB', async () => {
    expect(await askedFor(10)).toBe(1000)
    expect(await askedFor(10 * KIB)).toBe(1000)
    expect(await askedFor(MIB)).toBe(16)
    expect(await askedFor(40 * MIB)).toBe(1)
  })

  test('are none without added columns', async () => {
    for (const addedColumns of ['drop', 'reject'] as const) {
      expect(await askedFor(10, { addedColumns })).toBeLessThan(1000)
      expect(await askedFor(MIB, { addedColumns })).toBe(1)
    }
  })

  test.each<[string, (index: number) => unknown]>([
    ['a list of numbers', () => Array.from({ length: 70_000 }, (_, index) => index)],
    ['an object in a list', () => [{ text: 'x'.repeat(MIB) }]],
    ['a cycle', () => CYCLE],
  ])('are counted with what they hold: %s', async (_, tags) => {
    let asked = 0
    function* rows() {
      for (; ; asked++) yield { at, tags: tags(asked) }
    }
    const chunks = encodeCsv(orders, rows())
    await chunks.next().catch(() => undefined)
    await chunks.return()
    expect(asked).toBeLessThan(20)
  })

  test('and a key that comes after them is counted', async () => {
    const rows = [...Array.from({ length: 20 }, () => ({ at, note: 'x'.repeat(MIB) })), { at, late: 1 }]
    const transform = csvTransform(orders)
    for (const row of rows) transform.write(row)
    transform.end()
    const bytes = await gather(transform)
    expect(bytes.subarray(0, bytes.indexOf('\r\n')).toString()).toBe('at,note,items,total,tags')
    expect(transform.report).toMatchObject({ rows: 21, droppedColumns: [{ name: 'late', rows: 1 }] })
  })
})

interface Cycle {
  self: Cycle | undefined
}
const CYCLE: Cycle = { self: undefined }
CYCLE.self = CYCLE

test('more than 1 GiB for one call of encode is an error of its row, and no row is left out for it', () => {
  const encoder = csvEncoder(orders, { onInvalidRow: 'skip' })
  const row = { at, note: 'x'.repeat(60 * MIB) }
  expect(() => encoder.encode(Array.from({ length: 20 }, () => row))).toThrow(
    expect.objectContaining({
      code: 'ROW_INVALID',
      message: expect.stringContaining('encode fewer rows at once') as string,
      details: { dataset: 'orders', row: 18, rule: 'expected at most 1073741824 bytes of CSV in one batch' },
    }),
  )
  expect(encoder.report.rejectedRows).toBe(0)
  expect(Buffer.from(encoder.encode([{ at }])).toString()).toBe(`${at},,,,\r\n`)
})

test('cells that are too long together are refused before they become one text', () => {
  const cell = 'x'.repeat(60 * MIB)
  const row = Object.fromEntries(['note', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => [name, cell]))
  for (const dialect of [{}, { delimiter: ';' }]) {
    expect(() => csvEncoder(orders, { dialect }).encode([{ at, ...row }])).toThrow(
      expect.objectContaining({
        code: 'ROW_INVALID',
        details: { dataset: 'orders', row: 1, rule: 'expected at most 67108864 bytes of CSV' },
      }),
    )
  }
})
