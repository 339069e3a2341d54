// Exports and reads a day while every subscriber throws, and prints what became of it.

import { tracingChannel } from 'node:diagnostics_channel'
import { exportWindow, tracingChannels } from '../../src/index.js'
import { readDay } from '../../src/read/index.js'
import { memorySink } from '../../src/testing/index.js'
import { DAY, orderRows, orders, window } from '../export/orders.js'

const uncaught = new Set<string>()
process.on('uncaughtException', ({ message }) => uncaught.add(message))

const fail = (): never => {
  throw new Error('of the subscriber')
}
for (const name of Object.values(tracingChannels)) {
  const channel = tracingChannel(name)
  channel.subscribe({ start: fail, end: fail, asyncStart: fail, asyncEnd: fail, error: fail })
}
const sink = memorySink()
const { outcome } = await exportWindow({ dataset: orders, window, source: () => orderRows(3), sink })
let rows = 0
for await (const { at } of readDay(orders, sink, DAY)) if (at instanceof Date) rows++
// They come in a turn of their own.
await new Promise((resolve) => setImmediate(resolve))
console.log(JSON.stringify({ outcome, rows, uncaught: [...uncaught] }))
