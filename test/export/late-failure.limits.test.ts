// A source that goes wrong after 3 GB: whatever has been stored by then, nothing is published.

import { Readable } from 'node:stream'
import type { Sink } from 'dayfile'
import { exportWindow } from 'dayfile'
import { memorySink } from 'dayfile/testing'
import { expect, test } from 'vitest'
import { failure, order, orders, window, type Order } from './orders.js'

const GIB = 1024 ** 3
const CELL = 'a line of text that needs no quotes '.repeat(30_000)

/** Takes bytes and keeps none of them; says how many there were, and whether they were given up. */
function countingSink(): { readonly sink: Sink; readonly told: { bytes: number; commits: number } } {
  const told = { bytes: 0, commits: 0 }
  const sink: Sink = {
    ...memorySink(),
    async stage(_key, body) {
      for await (const chunk of body) told.bytes += chunk.length
      return {
        commit: async () => {
          told.commits++
          return { etag: 'committed' }
        },
        discard: async () => undefined,
      }
    },
  }
  return { sink, told }
}

function* manyRows(): Generator<Order> {
  const rows = Math.ceil((3 * GIB) / CELL.length)
  for (let index = 0; index < rows; index++) yield order(index, { event_type: CELL })
}

const WRONG: [string, () => Iterable<Order> | AsyncIterable<Order>, string][] = [
  [
    'throws',
    function* () {
      yield* manyRows()
      throw new Error('the database is gone')
    },
    'SOURCE_FAILED',
  ],
  [
    'yields garbage',
    function* () {
      yield* manyRows()
      yield order(0, { total: 'no amount' })
    },
    'CELL_UNENCODABLE',
  ],
  [
    'ends early',
    () => {
      // A connection that is lost: the stream is destroyed, and never ends.
      const rows = function* (): Generator<Order> {
        yield* manyRows()
        stream.destroy()
        yield order(0)
      }
      const stream: Readable = Readable.from(rows())
      return stream as AsyncIterable<Order>
    },
    'SOURCE_FAILED',
  ],
]

test.each(WRONG)('a source that %s after 3 GB publishes nothing', async (_, rows, code) => {
  const { sink, told } = countingSink()
  const running = exportWindow({ dataset: orders, window, source: rows, sink, compression: 'none' })
  expect(await failure(running)).toMatchObject({ code })
  expect(told.bytes).toBeGreaterThan(0.96 * 3 * GIB)
  expect(told.commits).toBe(0)
  expect(
    await sink.read(sink.keys.manifest('orders', window), { signal: new AbortController().signal }),
  ).toBe(null)
})
