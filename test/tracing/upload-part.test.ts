import { inspect } from 'node:util'
import { exportWindow, tracingChannels, type UploadPartTrace } from 'dayfile'
import { expect, test } from 'vitest'
import { failure, noise, orders, rejection, window } from '../export/orders.js'
import { opened, PREFIX, s3Place, type S3Place } from '../sinks/places.js'
import { SECRETS } from '../sinks/s3-place.js'
import { ends, follow } from './traces.js'

const KEY = `${PREFIX}/orders/dt=2026-03-07/orders_2026-03-07.csv`

const run = ({ sink }: S3Place, rows: number, signal?: AbortSignal) =>
  exportWindow({
    ...{ dataset: orders, window, sink, compression: 'none' as const, source: () => noise(rows) },
    ...(signal && { signal }),
  })

test('each part is told, with its number, its bytes and the attempts it took', async () => {
  const place = await opened(() => s3Place({ concurrency: 1 }, { maxAttempts: 3 }))
  place.s3.fault({ operation: 'UploadPart', after: 1 }, { status: 503, code: 'SlowDown' })
  const told = follow<UploadPartTrace>(tracingChannels.uploadPart)
  const report = await run(place, 2500)
  const about = { location: `s3://exports/${PREFIX}`, key: KEY }
  expect(ends(told)).toMatchObject([
    { ...about, partNumber: 1, attempts: 1 },
    { ...about, partNumber: 2, attempts: 2 },
    { ...about, partNumber: 3, attempts: 1 },
  ])
  expect(ends(told).reduce((sum, { bytes }) => sum + bytes, 0)).toBe(report.bytes)
  expect(told.filter(({ event }) => event === 'start').map(({ then }) => 'attempts' in then)).toEqual([
    false,
    false,
    false,
  ])
})

test('a part that fails has the error of the sink, and those stopped with it have the same', async () => {
  const place = await opened(() => s3Place({ concurrency: 3 }))
  place.s3.fault({ operation: 'UploadPart', after: 1, times: 1 }, { status: 403, code: 'AccessDenied' })
  place.s3.fault({ operation: 'UploadPart', times: Infinity }, 'stall')
  const told = follow<UploadPartTrace>(tracingChannels.uploadPart)
  const error = await failure(run(place, 4000))
  expect(error.code).toBe('SINK_DENIED')
  expect(ends(told).length).toBeGreaterThan(1)
  for (const trace of ends(told)) expect(trace.error).toBe(error)
})

test('parts under way when the export is aborted have its reason', async () => {
  const place = await opened(() => s3Place())
  place.s3.fault({ operation: 'UploadPart' }, 'stall')
  const told = follow<UploadPartTrace>(tracingChannels.uploadPart)
  const abort = new AbortController()
  const exporting = rejection(run(place, 1300, abort.signal))
  while (told.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const stop = new Error('stop')
  abort.abort(stop)
  expect(await exporting).toBe(stop)
  expect(ends(told).map(({ error }) => error)).toContain(stop)
  expect(ends(told)).toHaveLength(told.filter(({ event }) => event === 'start').length)
})

test('no payload has a credential', async () => {
  const place = await opened(() => s3Place())
  place.s3.fault({ operation: 'UploadPart' }, { status: 403, code: 'SignatureDoesNotMatch' })
  const told = follow<UploadPartTrace>(tracingChannels.uploadPart)
  await rejection(run(place, 100))
  expect(told.some(({ event }) => event === 'error')).toBe(true)
  for (const { then } of told)
    expect(inspect(then, { depth: Infinity, showHidden: true })).not.toMatch(SECRETS)
})
