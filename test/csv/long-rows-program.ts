// Writes so many rows of so many bytes in each of some ways, and prints what it took so far.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { csvTransform, dayWindow, directorySink, encodeCsv, exportWindow } from '../../src/index.js'
import { at, orders } from './orders.js'

const [ways, count, length] = JSON.parse(process.argv[2] ?? '[]') as [string[], number, number]

function* rows() {
  for (let index = 0; index < count; index++) yield { at, note: String(index % 10).repeat(length) }
}

async function measured(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0
  for await (const chunk of chunks) bytes += chunk.length
  return bytes
}

async function exported(split: { maxRows: number } | undefined): Promise<number> {
  const root = await mkdtemp(join(tmpdir(), 'dayfile-long-rows-'))
  try {
    const { csvBytes } = await exportWindow({
      dataset: orders,
      window: dayWindow(at.slice(0, 10)),
      source: rows,
      sink: directorySink({ root }),
      ...(split === undefined ? {} : { split }),
    })
    return csvBytes
  } finally {
    await rm(root, { recursive: true })
  }
}

const WAYS: Record<string, () => Promise<number>> = {
  encodeCsv: () => measured(encodeCsv(orders, rows())),
  csvTransform: () => measured(Readable.from(rows()).pipe(csvTransform(orders))),
  exportWindow: () => exported(undefined),
  split: () => exported({ maxRows: 10 }),
}

for (const way of ways) {
  const bytes = await WAYS[way]?.()
  console.log(JSON.stringify({ bytes, peakMiB: process.resourceUsage().maxRSS / 1024 }))
}
