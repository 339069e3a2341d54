// What becomes of a day, whichever of its requests to S3 fails, is not answered, or is the last one before an abort.

import { exportWindow, type ExportReport, type ExportWindowOptions } from 'dayfile'
import { verifyDay } from 'dayfile/read'
import { expect, test } from 'vitest'
import { opened, type Place, PLACES, PREFIX, s3Place } from '../sinks/places.js'
import { cases, runs } from '../support/cases.js'
import { DAY, failure, noise, orderRows, orders, window } from './orders.js'

function run(
  place: Place,
  rows: Iterable<object>,
  options: Partial<ExportWindowOptions<typeof orders>> = {},
): Promise<ExportReport> {
  return exportWindow({ dataset: orders, window, source: () => rows as [], sink: place.sink, ...options })
}

const FOLDER = `${PREFIX}/orders/dt=${DAY}/`

// Where uploads of killed runs may not be looked for is no failure; see unfinished-uploads.faults.test.ts.
const HOUSEKEEPING = 'ListMultipartUploads'

test('a lost answer to the data, the intent or the manifest is no conflict', async () => {
  for (const rows of [() => orderRows(3), () => noise(1300)]) {
    const total = await (async () => {
      const place = await opened(() => s3Place())
      await run(place, rows(), { compression: 'none' })
      return place.s3.operations.length
    })()
    for (const index of cases(Array(total).keys())) {
      const place = await opened(() => s3Place({}, { maxAttempts: 3 }))
      place.s3.fault({ index }, { answerThenReset: true })
      expect(await run(place, rows(), { compression: 'none' })).toMatchObject({ outcome: 'published' })
      await verifyDay(orders, place.archive, DAY)
    }
  }
})

test('a run that fails at any of its requests leaves no manifest and no upload, and the next one succeeds', async () => {
  const total = await (async () => {
    const place = await opened(() => s3Place())
    await run(place, noise(1300), { compression: 'none' })
    return place.s3.operations.map(({ operation, key }) => ({ operation, key }))
  })()
  const published = total.findLastIndex(({ key }) => key.endsWith('_manifest.json'))
  for (const [index, { operation }] of cases(total.slice(0, published + 1).entries())) {
    if (operation === HOUSEKEEPING) continue
    const place = await opened(() => s3Place())
    place.s3.fault({ index }, { status: 500, code: 'InternalError' })
    const error = await failure(run(place, noise(1300), { compression: 'none' }))
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true })
    expect(await place.keys()).not.toContain(`${FOLDER}_manifest.json`)
    // Nobody can tell whether it is being completed after all: the next run gives it up.
    if (operation !== 'CompleteMultipartUpload') expect(await place.residue()).toEqual([])
    expect(await run(place, noise(1300), { compression: 'none' })).toMatchObject({ outcome: 'published' })
    await verifyDay(orders, place.archive, DAY)
    expect(await place.keys()).toHaveLength(2)
    expect(await place.residue()).toEqual([])
  }
})

test('a replacement that fails at any of its requests is made whole by the next run', async () => {
  const total = await (async () => {
    const place = await opened(() => s3Place())
    await run(place, orderRows(3))
    const before = place.s3.operations.length
    await run(place, orderRows(4))
    return place.s3.operations.map(({ operation }, index) => index >= before && operation)
  })()
  for (const [index, operation] of cases(total.entries())) {
    if (operation === false || operation === HOUSEKEEPING) continue
    const place = await opened(() => s3Place())
    await run(place, orderRows(3))
    place.s3.fault({ index }, { status: 500, code: 'InternalError' })
    await failure(run(place, orderRows(4)))
    expect(await run(place, orderRows(4))).toMatchObject({ outcome: 'replaced', revision: 2 })
    await verifyDay(orders, place.archive, DAY)
  }
})

test('an abort at any request of a first publication rejects with its reason and leaves no part of a day, or resolves once it is published', async () => {
  const rows = () => noise(1300)
  const total = await (async () => {
    const place = await opened(() => s3Place())
    await run(place, rows(), { compression: 'none' })
    return place.s3.operations
  })()
  const last = total.findIndex(({ operation }) => operation === 'CompleteMultipartUpload')
  for (const index of cases(total.keys())) {
    const place = await opened(() => s3Place())
    const abort = new AbortController()
    const reason = new Error(`at ${index}`)
    place.s3.fault({ index }, () => {
      abort.abort(reason)
    })
    const call = run(place, rows(), { compression: 'none', signal: abort.signal })
    const outcome = await call.then(
      (report) => report.outcome,
      (error: unknown) => error,
    )
    expect(outcome).toBe(index >= last ? 'published' : reason)
    // What has begun to be put in place is finished.
    const published = (await place.keys()).includes(`${FOLDER}_manifest.json`)
    if (published) await verifyDay(orders, place.archive, DAY)
    expect(published).toBe(index >= last)
    expect(await place.residue()).toEqual([])
  }
})

test('an abort at any request of a replacement rejects with its reason and leaves an intact day', async () => {
  for (const compression of ['gzip', 'none'] as const) {
    const total = await (async () => {
      const place = await opened(() => s3Place())
      await run(place, orderRows(3))
      const before = place.s3.operations.length
      await run(place, orderRows(4), { compression })
      return [before, place.s3.operations.length] as const
    })()
    for (const request of cases(Array(total[1] - total[0]).keys())) {
      const index = total[0] + request
      const place = await opened(() => s3Place())
      await run(place, orderRows(3))
      const abort = new AbortController()
      const reason = new Error(`at ${index}`)
      place.s3.fault({ index }, () => {
        abort.abort(reason)
      })
      const call = run(place, orderRows(4), { compression, signal: abort.signal })
      const outcome = await call.then(
        (report) => report.revision,
        (error: unknown) => error,
      )
      const { revision } = await verifyDay(orders, place.archive, DAY)
      expect(outcome).toBe(revision === 1 ? reason : 2)
      expect(await place.residue()).toEqual([])
      expect(await place.keys()).toHaveLength(2)
    }
  }
})

test('runs of one day at once: one wins, the others have a conflict, and the day is whole', async () => {
  for (const [, open] of PLACES) {
    for (let round = 0; round < runs(15); round++) {
      const place = await opened(open)
      for (const revision of [1, 2]) {
        const results = await Promise.allSettled(
          [1, 2, 3].map((rows) => run(place, orderRows(rows * 100 + revision))),
        )
        const won = results.filter((result) => result.status === 'fulfilled')
        expect(won.map(({ value }) => value.revision)).toEqual([revision])
        for (const result of results) {
          if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'SINK_CONFLICT' })
        }
        expect(await verifyDay(orders, place.archive, DAY)).toMatchObject({
          rows: won[0]?.value.rows,
          revision,
        })
        expect(await place.residue()).toEqual([])
      }
    }
  }
})
