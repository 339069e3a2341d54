// Calls the handler as Lambda would: with the recorded event, with it again, and with one that is of no schedule.

import { readFile } from 'node:fs/promises'
import { bucket, handler } from './handler.js'

const recorded = await readFile(new URL('recorded-event.json', import.meta.url), 'utf8')
const { event } = JSON.parse(recorded) as { event: object }
const context = { getRemainingTimeInMillis: () => 900_000 }

console.log('The event of 2026-03-08 at 04:00 UTC:')
await handler(event, context)

console.log('\nThe same event, published twice:')
await handler(event, context)

console.log('\nA test event of the console:')
await handler({ key1: 'value1' }, context).then(
  () => {
    throw new Error('it was taken')
  },
  (error: unknown) => {
    console.log(`refused: ${(error as Error).message}`)
  },
)
await bucket.close()
