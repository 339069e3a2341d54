// Exports a day of so many rows, and prints what became of it. With `steps` it prints each call of its sink, and waits to
// be told to go on.

import { createInterface } from 'node:readline'
import { directorySink, exportWindow, isDayfileError, type Sink, type SplitOptions } from '../../src/index.js'
import { s3Sink } from '../../src/sinks/s3/s3-sink.js'
import { noise, orderRows, orders, window } from './orders.js'

const { place, rows, steps, split } = JSON.parse(process.argv[2] ?? '{}') as {
  place: { s3?: Parameters<typeof s3Sink>[0]; root?: string }
  rows: number
  steps?: boolean
  split?: SplitOptions
}
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

async function step(name: string): Promise<void> {
  if (steps !== true) return
  console.log(name)
  await lines.next()
}

function stepping(sink: Sink): Sink {
  return {
    ...sink,
    async stage(key, body, options) {
      async function* inSteps() {
        let chunks = 0
        for await (const chunk of body) {
          yield chunk
          // Those between are like their neighbors.
          if (chunks++ % 16 === 0) await step('chunk')
        }
      }
      await step('stage')
      const staged = await sink.stage(key, inSteps(), options)
      return {
        ...staged,
        async commit(condition) {
          await step('commit')
          return staged.commit(condition)
        },
      }
    },
    async write(...call) {
      await step('write')
      return sink.write(...call)
    },
    async remove(...call) {
      await step('remove')
      return sink.remove(...call)
    },
  }
}

const sink =
  place.s3 === undefined
    ? directorySink({ root: place.root ?? '' })
    : s3Sink({ ...place.s3, partSizeBytes: 5 * 1024 * 1024 })
try {
  const report = await exportWindow({
    onShrink: 'allow',
    dataset: orders,
    window,
    source: () => (rows < 1000 ? orderRows(rows) : noise(rows)),
    sink: stepping(sink),
    compression: 'none',
    ...(split === undefined ? {} : { split }),
  })
  console.log(`${report.outcome} ${report.revision}`)
} catch (error) {
  console.log(isDayfileError(error) ? error.code : String(error))
}
process.exit()
