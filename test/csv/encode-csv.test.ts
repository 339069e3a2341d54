import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { csvEncoder, csvTransform, encodeCsv } from 'dayfile'
import { describe, expect, test } from 'vitest'
import { gather } from './gather.js'
import { at, orders } from './orders.js'

const failure = new Error('the database is gone')

function tracked(
  rows: number,
  fails = false,
): { source: AsyncGenerator<{ at: string }>; closed: () => boolean } {
  let closed = false
  async function* generate(): AsyncGenerator<{ at: string }> {
    try {
      for (let row = 0; row < rows; row++) yield { at }
      if (fails) throw failure
    } finally {
      closed = true
    }
  }
  return { source: generate(), closed: () => closed }
}

describe('encodeCsv', () => {
  test('leaving early closes the source', async () => {
    const { source, closed } = tracked(10_000)
    for await (const chunk of encodeCsv(orders, source)) if (chunk.length > 0) break
    expect(closed()).toBe(true)
  })

  test('leaving early closes a synchronous source', async () => {
    let closed = false
    function* generate(): Generator<{ at: string }> {
      try {
        for (;;) yield { at }
      } finally {
        closed = true
      }
    }
    for await (const chunk of encodeCsv(orders, generate())) if (chunk.length > 0) break
    expect(closed).toBe(true)
  })

  test('leaving early destroys a stream', async () => {
    const stream = Readable.from(tracked(10_000).source)
    for await (const chunk of encodeCsv(orders, stream as AsyncIterable<{ at: string }>))
      if (chunk.length > 0) break
    expect(stream.destroyed).toBe(true)
  })

  test('a row that fails closes the source', async () => {
    let closed = false
    function* generate(): Generator<{ at: string }> {
      try {
        for (;;) yield { at: 'no time' }
      } finally {
        closed = true
      }
    }
    await expect(gather(encodeCsv(orders, generate()))).rejects.toMatchObject({ code: 'CELL_UNENCODABLE' })
    expect(closed).toBe(true)
  })

  test.each([0, 10, 1000, 1500])(
    'an error of the source after %i rows comes through as it is',
    async (rows) => {
      await expect(gather(encodeCsv(orders, tracked(rows, true).source))).rejects.toBe(failure)
    },
  )

  test('the source is pulled only as bytes are', async () => {
    let pulled = 0
    // 32 of their records are a batch.
    function* generate(): Generator<{ at: string; note: string }> {
      for (;;) {
        pulled++
        yield { at, note: 'x'.repeat(1000) }
      }
    }
    const chunks = encodeCsv(orders, generate())
    const seen: number[] = []
    for (let chunk = 0; chunk < 1 + 31 + 2; chunk++) {
      await chunks.next()
      seen.push(pulled)
    }
    // The header, what waited for it, and then a batch at a time.
    expect(seen).toEqual([...Array<number>(1 + 31).fill(1000), 1024, 1056])
    await chunks.return()
  })

  test('promises in a synchronous source are no rows', async () => {
    const rows = [Promise.resolve({ at })] as never
    await expect(gather(encodeCsv(orders, rows))).rejects.toMatchObject({ code: 'ROW_INVALID' })
  })
})

describe('csvTransform', () => {
  test('an error of a row ends the pipeline', async () => {
    const bytes = csvTransform(orders)
    const reading = pipeline(
      Readable.from([{ at }, { at: null }]),
      bytes,
      async (chunks: AsyncIterable<Buffer>) => {
        await gather(chunks)
      },
    )
    await expect(reading).rejects.toMatchObject({ code: 'ROW_INVALID', details: { row: 2 } })
  })

  test('memory stays bounded where nobody reads', () => {
    const bytes = csvTransform(orders)
    let written = 0
    while (bytes.write({ at, note: 'x'.repeat(100) }) && written < 100_000) written++
    expect(written).toBeLessThan(5000)
    bytes.destroy()
  })
})

describe('csvEncoder', () => {
  test('takes any iterable, also of many rows at once', () => {
    const encoder = csvEncoder(orders)
    function* rows(): Generator<{ at: string; note: string }> {
      for (let row = 0; row < 100_000; row++) yield { at, note: `é${row}` }
    }
    const records = Buffer.from(encoder.encode(rows())).toString().split('\r\n')
    expect(records).toHaveLength(100_001)
    expect(records[99_999]).toBe(`${at},é99999,,,`)
  })

  test('rows of 9,900 columns are encoded', () => {
    const added = Array.from({ length: 9900 }, (_, index) => [`c${index}`, index] as const)
    const row = Object.fromEntries<unknown>([['at', at], ...added])
    const encoder = csvEncoder(orders)
    for (let count = 0; count < 15; count++) encoder.encode([row as never])
    expect(encoder.columns).toHaveLength(9905)
  })
})
