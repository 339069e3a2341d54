import { csvEncoder, isDayfileError, type CsvOptions } from 'dayfile'
import { readCsv } from 'dayfile/read'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { at, orders } from './orders.js'

const good = { at, note: 'good' }
const bad = { at, total: 'not a number' }

describe('onInvalidRow', () => {
  test("'fail' throws at the row, counted from 1", () => {
    const encoder = csvEncoder(orders)
    expect(() => encoder.encode([good, good, bad, good])).toThrow('orders row 3, column "total": expected')
  })

  test("'skip' leaves the row out, whole, and counts it", () => {
    const encoder = csvEncoder(orders, { onInvalidRow: 'skip' })
    const records = Buffer.from(encoder.encode([bad, good, { note: 'no time' } as never, good])).toString()
    expect(records).toBe(`${at},good,,,\r\n`.repeat(2))
    expect(encoder.report).toMatchObject({
      rows: 2,
      rejectedRows: 2,
      rejections: [
        { row: 1, column: 'total', rule: 'expected decimal text such as -12.50, received other text' },
        { row: 3, column: 'at' },
      ],
    })
  })

  test('row numbers go on from batch to batch, and rejections are kept up to 20', () => {
    const encoder = csvEncoder(orders, { onInvalidRow: 'skip' })
    for (let batch = 0; batch < 5; batch++) encoder.encode(Array.from({ length: 10 }, () => bad))
    const { rejections, rejectedRows } = encoder.report
    expect(rejectedRows).toBe(50)
    expect(rejections.map(({ row }) => row)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  })

  test('a function gets the error and the row and decides', () => {
    const decide = vi.fn((_error: unknown, row: unknown) => (row === bad ? 'skip' : 'fail'))
    const encoder = csvEncoder(orders, { onInvalidRow: decide })
    encoder.encode([good, bad])
    const worse = { at: null }
    expect(() => encoder.encode([worse as never])).toThrow('orders row 3, column "at"')
    expect(decide.mock.calls.map(([, row]) => row)).toEqual([bad, worse])
    expect(isDayfileError(decide.mock.calls[0]?.[0], 'CELL_UNENCODABLE')).toBe(true)
  })

  test('a function that returns nothing skips, and what it throws comes out as it is', () => {
    expect(csvEncoder(orders, { onInvalidRow: () => undefined }).encode([bad])).toHaveLength(0)
    const own = new Error('stop')
    const encoder = csvEncoder(orders, {
      onInvalidRow() {
        throw own
      },
    })
    expect(() => encoder.encode([bad])).toThrow(own)
  })

  test.each([
    ['an async function', async () => 'fail'],
    ['true', () => true],
  ])('%s that answers something else is a TypeError, and skips nothing', (_, onInvalidRow) => {
    const encoder = csvEncoder(orders, { onInvalidRow: onInvalidRow as never })
    expect(() => encoder.encode([bad])).toThrow(TypeError)
    expect(() => encoder.encode([bad])).toThrow('onInvalidRow')
    expect(encoder.report.rejectedRows).toBe(0)
  })

  test('a row with a cell that no reader would take is refused', () => {
    const note = 'x'.repeat(64 * 1024 * 1024 + 1)
    const encoder = csvEncoder(orders, { onInvalidRow: 'skip' })
    encoder.encode([{ at, note }, good])
    expect(encoder.report).toMatchObject({ rows: 1, rejectedRows: 1, rejections: [{ row: 1, column: null }] })
  })

  test('a promise that is refused may reject: nobody is to hear of it twice', async () => {
    const unhandled = vi.fn()
    process.once('unhandledRejection', unhandled)
    const onInvalidRow = (() => Promise.reject(new Error('late'))) as never
    expect(() => csvEncoder(orders, { onInvalidRow }).encode([bad])).toThrow(TypeError)
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })

  test.each<[object, string]>([
    [{ onInvalidRow: 'ignore' }, 'onInvalidRow'],
    [{ addedColumns: true }, 'addedColumns'],
  ])('options of the wrong shape are a TypeError when the encoder is made (%#)', (options, name) => {
    expect(() => csvEncoder(orders, options as CsvOptions)).toThrow(TypeError)
    expect(() => csvEncoder(orders, options as CsvOptions)).toThrow(name)
  })
})

describe('no error holds what a cell holds', () => {
  const secret = fc.stringMatching(/^[a-z]{12,20}$/).map((tail) => `SECRET-${tail}`)
  const leaks = (error: unknown, what: string): boolean =>
    !isDayfileError(error) || `${error.message} ${JSON.stringify(error)} ${error.stack ?? ''}`.includes(what)

  const places: Record<string, (what: string) => object> = {
    'text, an object': (what) => ({ at, note: { [what]: what } }),
    'text, a symbol': (what) => ({ at, note: Symbol(what) }),
    'text, a function': (what) => ({ at, note: Object.defineProperty(() => 1, 'name', { value: what }) }),
    integer: (what) => ({ at, items: what }),
    decimal: (what) => ({ at, total: what }),
    instant: (what) => ({ at: what }),
    'json, a cycle': (what) => {
      const cycle: Record<string, unknown> = {}
      cycle[what] = cycle
      return { at, tags: cycle }
    },
    'json, a toJSON that throws': (what) => ({
      at,
      tags: {
        toJSON() {
          throw new Error(what)
        },
      },
    }),
    'a getter that throws': (what) => ({
      at,
      get note() {
        throw new Error(what)
      },
    }),
    'another cell': (what) => ({ at, note: what, total: NaN }),
    'a whole row': (what) => [what],
  }

  test.each(Object.keys(places))('when writing: %s', (place) => {
    fc.assert(
      fc.property(secret, (what) => {
        const encoder = csvEncoder(orders, { onInvalidRow: 'skip' })
        const row = places[place]?.(what) as never
        encoder.encode([row])
        expect(encoder.report.rejectedRows).toBe(1)
        expect(JSON.stringify(encoder.report)).not.toContain(what)
        try {
          csvEncoder(orders).encode([row])
          expect.unreachable()
        } catch (error) {
          expect(leaks(error, what)).toBe(false)
        }
      }),
      { numRuns: 20 },
    )
  })

  const header = 'at,note,items,total,tags\n'
  const files: Record<string, (what: string) => string> = {
    integer: (what) => `${header}${at},,${what},,\n`,
    decimal: (what) => `${header}${at},,,${what},\n`,
    instant: (what) => `${header}${what},,,,\n`,
    'too few cells': (what) => `${header}${at},${what}\n`,
    'too many cells': (what) => `${header}${at},,,,,${what}\n`,
    'a quote within a cell': (what) => `${header}${at},a"${what},,,\n`,
    'text after a quote': (what) => `${header}${at},"a"${what},,,\n`,
    'an open quote': (what) => `${header}${at},"${what},,,\n`,
    'a bare CR': (what) => `${header}${at},${what}\r,,,\n`,
    'a row for a header': (what) => `${what},${what},1,2\n`,
  }

  test.each(Object.keys(files))('when reading: %s', async (place) => {
    await fc.assert(
      fc.asyncProperty(secret, async (what) => {
        for (const options of [
          {},
          { columns: ['note', 'items', 'total', 'at'] },
          { addedColumns: 'reject' },
        ]) {
          const rows = readCsv(orders, Buffer.from(files[place]?.(what) ?? ''), options as object)
          const error: unknown = await rows.next().catch((thrown: unknown) => thrown)
          expect(leaks(error, what)).toBe(false)
        }
      }),
      { numRuns: 10 },
    )
  })

  test('when reading the nullable columns of a file that has no header', async () => {
    const bytes = Buffer.from('SECRET,SECRET,1\r\nSECRET,SECRET,2\r\n')
    await expect(readCsv(orders, bytes, { columns: ['note'] }).next()).rejects.toMatchObject({
      code: 'CSV_HEADER_MISMATCH',
      details: { columns: ['note'] },
      message: expect.not.stringContaining('SECRET') as string,
    })
  })
})
