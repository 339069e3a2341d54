import { exportWindow, type Archive } from 'dayfile'
import { readDay } from 'dayfile/read'
import { describe, expect, test } from 'vitest'
import { DAY, orderRows, orders, window } from '../export/orders.js'
import { memoryPlace, opened, type Place, PLACES } from '../sinks/places.js'

async function exported({ sink }: Pick<Place, 'sink'>, count: number): Promise<void> {
  await exportWindow({ dataset: orders, window, source: () => orderRows(count), sink, compression: 'none' })
}

const key = ({ sink }: Pick<Place, 'sink'>) => sink.keys.data(orders.name, { day: DAY }, '.csv')

async function read(archive: Archive, verify: 'before' | 'while-reading' = 'before') {
  let rows = 0
  try {
    for await (const row of readDay(orders, archive, DAY, { verify })) if (row.at instanceof Date) rows++
    return { rows }
  } catch (error) {
    return { rows, error }
  }
}

describe.each(PLACES)("`verify: 'before'` in %s", (_, open) => {
  test('reads a day as it does without', async () => {
    const place = await opened(open)
    await exported(place, 3000)
    expect(await read(place.archive)).toEqual({ rows: 3000 })
  })

  test('hands out no row of a day that is wrong at its very end', async () => {
    const place = await opened(open)
    await exported(place, 3000)
    await place.tamper(key(place), (bytes) => bytes.subarray(0, bytes.lastIndexOf('\r\n', -3) + 2))
    const corrupt = expect.objectContaining({ code: 'SINK_CORRUPT' }) as unknown
    expect(await read(place.archive)).toEqual({ rows: 0, error: corrupt })
    expect(await read(place.archive, 'while-reading')).toEqual({ rows: 2998, error: corrupt })
  })
})

/** Does something each time the data has been opened for reading. */
function afterOpening(place: Place, act: (times: number) => Promise<void>): Archive {
  let times = 0
  return {
    ...place.archive,
    async *open(each, options) {
      const chunks = place.archive.open(each, options)
      for await (const chunk of chunks) {
        yield chunk
        if (each === key(place)) await act(++times)
      }
    },
  }
}

test('a day that is replaced while it is verified is verified again, and handed out as the new one', async () => {
  const place = await opened(memoryPlace)
  await exported(place, 10)
  const archive = afterOpening(place, async (times) => {
    if (times <= 2) await exported(place, 10 + times)
  })
  expect(await read(archive)).toEqual({ rows: 12 })
})

test('a day that is replaced each time it has been verified is a retryable error, after ten times', async () => {
  const place = await opened(memoryPlace)
  await exported(place, 10)
  let reads = 0
  const archive = afterOpening(place, async (times) => {
    reads = times
    await exported(place, 10 + times)
  })
  expect(await read(archive)).toMatchObject({
    rows: 0,
    error: { code: 'SINK_CORRUPT', retryable: true, details: { rule: 'is being replaced again and again' } },
  })
  expect(reads).toBeLessThan(25)
})

test('a day whose bytes change between the two readings is SINK_CORRUPT', async () => {
  const place = await opened(memoryPlace)
  await exported(place, 10)
  const archive = afterOpening(place, async (times) => {
    if (times === 1) await place.tamper(key(place), (bytes) => bytes.subarray(0, -5))
  })
  expect(await read(archive)).toMatchObject({ error: { code: 'SINK_CORRUPT' } })
})

test('an option that is none is a TypeError', async () => {
  const place = await opened(memoryPlace)
  const options = { verify: true } as never
  await expect(readDay(orders, place.archive, DAY, options).next()).rejects.toThrow(
    'readDay: option verify: expected one of "while-reading", "before", received boolean',
  )
})
