// Exports a day in parts, reads it back, and fails to export another: then prints the spans and metrics of it.

import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { dayWindow, events, exportWindow } from 'dayfile'
import { verifyDay } from 'dayfile/read'
import { s3Sink } from 'dayfile/s3'
import { generateEvents } from 'dayfile/testing'
import { openBucket } from '../bucket.js'
import { inMemory } from './in-memory.js'
import { instrumentDayfile } from './instrumentation.js'
import { printMetrics, printSpans } from './print.js'

const DAY = '2026-03-07'

// In an application this is what the start of its OpenTelemetry SDK does.
const memory = inMemory()
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
trace.setGlobalTracerProvider(memory.tracerProvider)

const stop = instrumentDayfile({ meterProvider: memory.meterProvider })

const bucket = await openBucket()
// Parts as small as S3 takes them, and no compression, so that one day has several.
const sink = s3Sink({ ...bucket.options, partSizeBytes: 5 * 1024 * 1024 })
await trace.getTracer('nightly').startActiveSpan('nightly job', async (job) => {
  await exportWindow({
    dataset: events,
    window: dayWindow(DAY),
    source: () => generateEvents({ day: DAY, count: 30_000 }),
    sink,
    compression: 'none',
  })
  const { rows } = await verifyDay(events, bucket.archive, DAY)
  console.log(`read ${rows} rows back`)

  const failing = exportWindow({
    dataset: events,
    window: dayWindow('2026-03-08'),
    source: brokenSource,
    sink,
  })
  await failing.catch((error: unknown) => {
    console.log(`failed as it should: ${error instanceof Error ? error.message : ''}`)
  })
  job.end()
})

console.log('\nSpans')
printSpans(memory.spans())
console.log('\nMetrics')
printMetrics(await memory.metrics())

stop()
await memory.close()
await bucket.close()

/** What a database says of a row is in the error's cause, and in no span. */
async function* brokenSource() {
  yield* generateEvents({ day: '2026-03-08', count: 10 })
  await Promise.reject(new Error('invalid input syntax: "ada@example.com"'))
}
