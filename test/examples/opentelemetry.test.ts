import { tracingChannel } from 'node:diagnostics_channel'
import { context, SpanStatusCode } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import type { MetricData } from '@opentelemetry/sdk-metrics'
import { eachDay, exportDays, exportWindow, tracingChannels } from 'dayfile'
import { readDay, verifyDay } from 'dayfile/read'
import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { inMemory } from '../../examples/opentelemetry/in-memory.js'
import { instrumentDayfile } from '../../examples/opentelemetry/instrumentation.js'
import { DAY, noise, order, orderRows, orders, rejection, window } from '../export/orders.js'
import { memoryPlace, opened, PREFIX, s3Place } from '../sinks/places.js'

const LOCATION = `s3://exports/${PREFIX}`

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})
afterAll(() => {
  context.disable()
})

/** What is recorded while a test runs. */
function instrumented() {
  const memory = inMemory()
  const { tracerProvider, meterProvider } = memory
  const stop = instrumentDayfile({ tracerProvider, meterProvider })
  onTestFinished(async () => {
    stop()
    await memory.close()
  })
  const spans = (name: string) => memory.spans().filter((span) => span.name === name)
  return { ...memory, spans, all: memory.spans, stop }
}

/** The series of all metrics by name and attributes: the sum of a counter, the number of times of a histogram. */
function series(metrics: readonly MetricData[]): Record<string, number> {
  const all = metrics.flatMap(({ descriptor, dataPoints }) =>
    dataPoints.map(({ attributes, value }) => {
      const said = Object.entries(attributes).map(([name, each]) => `${name}=${String(each)}`)
      return [
        [`${descriptor.name} ${descriptor.unit}`, ...said].join(' '),
        typeof value === 'number' ? value : value.count,
      ] as const
    }),
  )
  return Object.fromEntries(all)
}

test('an export is a span below the active one, and each part of it a span below the export', async () => {
  const place = await opened(() => s3Place())
  const { spans, tracerProvider } = instrumented()
  const report = await tracerProvider.getTracer('host').startActiveSpan('job', async (job) => {
    const exporting = exportWindow({
      ...{ dataset: orders, window, sink: place.sink, compression: 'none', source: () => noise(2500) },
    })
    return exporting.finally(() => {
      job.end()
    })
  })
  const [job] = spans('job')
  const [exported, ...others] = spans('dayfile.export')
  expect(others).toEqual([])
  expect(exported?.parentSpanContext?.spanId).toBe(job?.spanContext().spanId)
  expect(exported?.status.code).toBe(SpanStatusCode.UNSET)
  expect(exported?.attributes).toEqual({
    'dayfile.dataset': 'orders',
    'dayfile.day': DAY,
    'dayfile.location': LOCATION,
    'dayfile.outcome': 'published',
    'dayfile.revision': 1,
    'dayfile.rows': 2500,
    'dayfile.bytes': report.bytes,
  })
  const parts = spans('dayfile.upload_part')
  expect(new Set(parts.map((part) => part.parentSpanContext?.spanId))).toEqual(
    new Set([exported?.spanContext().spanId]),
  )
  expect(parts.map(({ attributes }) => attributes['aws.s3.part_number']).sort()).toEqual([1, 2, 3])
  expect(parts[0]?.attributes).toMatchObject({
    'aws.s3.bucket': 'exports',
    'aws.s3.key': `${PREFIX}/orders/dt=${DAY}/orders_${DAY}.csv`,
    'dayfile.attempts': 1,
  })
  const bytes = parts.map(({ attributes }) => Number(attributes['dayfile.bytes']))
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBe(report.bytes)
})

test('parts of exports at once are below their own', async () => {
  const place = await opened(() => s3Place())
  const { spans } = instrumented()
  const days = eachDay('2026-03-06', '2026-03-07')
  const source = () => orderRows(3)
  await exportDays({
    ...{ dataset: orders, days, source, sink: place.sink, concurrency: 2, outsideWindow: 'include' },
  })
  const dayOf = new Map(
    spans('dayfile.export').map((span) => [span.spanContext().spanId, span.attributes['dayfile.day']]),
  )
  const parts = spans('dayfile.upload_part')
  expect(parts).toHaveLength(2)
  for (const { parentSpanContext, attributes } of parts)
    expect(attributes['aws.s3.key']).toContain(`dt=${String(dayOf.get(parentSpanContext?.spanId ?? ''))}/`)
})

test('a failed export is an error with its code, its exception and nothing of a row', async () => {
  const { spans, all, metrics } = instrumented()
  const { sink } = await memoryPlace()
  const secret = 'ada@example.com'
  const sources = {
    SOURCE_FAILED: function* () {
      yield order(0)
      throw new Error(`invalid input syntax: ${secret}`)
    },
    CELL_UNENCODABLE: () => [order(0, { total: secret as never })],
  }
  for (const source of Object.values(sources))
    await rejection(exportWindow({ dataset: orders, window, sink, source }))
  const onProgress = () => Promise.reject(new RangeError(secret))
  await rejection(exportWindow({ dataset: orders, window, sink, source: () => [], onProgress }))

  const failed = spans('dayfile.export')
  expect(failed.map(({ attributes }) => attributes['error.type'])).toEqual([
    'SOURCE_FAILED',
    'CELL_UNENCODABLE',
    'RangeError',
  ])
  for (const { status, events, attributes } of failed) {
    expect(status.code).toBe(SpanStatusCode.ERROR)
    expect(events.map(({ name }) => name)).toEqual(['exception'])
    expect(events[0]?.attributes).toEqual({
      'exception.type': attributes['error.type'],
      'exception.message': status.message,
    })
  }
  expect(failed[1]?.status.message).toContain('row 1, column "total"')
  const told = all().map(({ attributes, events, status }) => ({ attributes, events, status }))
  expect(inspect(told, { depth: 10 })).not.toContain(secret)
  const about = 'dayfile.export.duration s dayfile.dataset=orders dayfile.outcome=failed error.type='
  expect(series(await metrics())).toEqual({
    [`${about}SOURCE_FAILED`]: 1,
    [`${about}CELL_UNENCODABLE`]: 1,
    [`${about}RangeError`]: 1,
  })
})

test('a part that fails, and those stopped with it, are errors below the failed export', async () => {
  const place = await opened(() => s3Place())
  place.s3.fault({ operation: 'UploadPart' }, { status: 403, code: 'AccessDenied' })
  const { spans, metrics } = instrumented()
  await rejection(exportWindow({ dataset: orders, window, sink: place.sink, source: () => orderRows(3) }))
  const [part] = spans('dayfile.upload_part')
  const [failed] = spans('dayfile.export')
  expect(part?.status.code).toBe(SpanStatusCode.ERROR)
  expect(part?.attributes['error.type']).toBe('SINK_DENIED')
  expect(part?.parentSpanContext?.spanId).toBe(failed?.spanContext().spanId)
  expect(series(await metrics())).toMatchObject({
    'dayfile.upload_part.duration s error.type=SINK_DENIED': 1,
  })
})

test('reads are spans with what was handed out, and say how they ended', async () => {
  const { sink, archive } = await memoryPlace()
  const report = await exportWindow({ dataset: orders, window, sink, source: () => orderRows(10) })
  const { spans, tracerProvider } = instrumented()
  await tracerProvider.getTracer('host').startActiveSpan('job', async (job) => {
    await verifyDay(orders, archive, DAY)
    for await (const { at } of readDay(orders, archive, DAY)) if (at instanceof Date) break
    await rejection(verifyDay(orders, archive, '2026-03-08'))
    job.end()
  })
  const [job] = spans('job')
  const reads = spans('dayfile.read')
  const about = { 'dayfile.dataset': 'orders', 'dayfile.location': 'memory:' }
  const bytes = { 'dayfile.bytes': report.bytes }
  expect(reads.map(({ attributes }) => attributes)).toEqual([
    {
      ...{ ...about, ...bytes, 'dayfile.day': DAY, 'dayfile.revision': 1 },
      ...{ 'dayfile.rows': 10, 'dayfile.ended': 'complete' },
    },
    {
      ...{ ...about, ...bytes, 'dayfile.day': DAY, 'dayfile.revision': 1 },
      ...{ 'dayfile.rows': 1, 'dayfile.ended': 'left' },
    },
    {
      ...{ ...about, 'dayfile.day': '2026-03-08', 'dayfile.rows': 0, 'dayfile.bytes': 0 },
      ...{ 'dayfile.ended': 'failed', 'error.type': 'SINK_NOT_FOUND' },
    },
  ])
  for (const { parentSpanContext } of reads) expect(parentSpanContext?.spanId).toBe(job?.spanContext().spanId)
})

test('metrics count what was written once, and every run and read by how it ended', async () => {
  const { sink, archive } = await memoryPlace()
  const { metrics } = instrumented()
  const run = (rows: number) => exportWindow({ dataset: orders, window, sink, source: () => orderRows(rows) })
  const first = await run(10)
  await run(10)
  const second = await run(11)
  await verifyDay(orders, archive, DAY)
  expect(series(await metrics())).toEqual({
    'dayfile.export.rows {row} dayfile.dataset=orders': 21,
    'dayfile.export.bytes By dayfile.dataset=orders': first.bytes + second.bytes,
    'dayfile.export.duration s dayfile.dataset=orders dayfile.outcome=published': 1,
    'dayfile.export.duration s dayfile.dataset=orders dayfile.outcome=unchanged': 1,
    'dayfile.export.duration s dayfile.dataset=orders dayfile.outcome=replaced': 1,
    'dayfile.read.rows {row} dayfile.dataset=orders': 11,
    'dayfile.read.bytes By dayfile.dataset=orders': second.bytes,
    'dayfile.read.duration s dayfile.dataset=orders dayfile.ended=complete': 1,
  })
})

test('nothing is recorded any more once it was stopped', async () => {
  const { sink } = await memoryPlace()
  const { all, stop } = instrumented()
  stop()
  await exportWindow({ dataset: orders, window, sink, source: () => orderRows(3) })
  expect(all()).toEqual([])
  for (const name of Object.values(tracingChannels)) expect(tracingChannel(name).hasSubscribers).toBe(false)
})
