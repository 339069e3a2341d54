// Strict reading of days: rows that a schema refuses are told as such, and only in files that are the right ones.

import { dayWindow, exportWindow, type Archive } from 'dayfile'
import { readDay, readNew } from 'dayfile/read'
import { expect, test } from 'vitest'
import { memoryPlace, type Place } from '../sinks/places.js'
import { rejection } from '../export/orders.js'
import { sales } from './sales.js'

const DAY = '2026-03-07'
const key = ({ sink }: Place) => sink.keys.data(sales.name, { day: DAY }, '.csv')

/** A day whose second row names a store that is not in the list. */
async function published(): Promise<Place> {
  const place = await memoryPlace()
  const source = () => ['app_store', 'web', 'app_store'].map((store, id) => ({ at: DAY, id: `${id}`, store }))
  const { sink } = place
  await exportWindow({ dataset: sales, window: dayWindow(DAY), source, sink, compression: 'none' })
  return place
}

async function reading(archive: Archive, options: { verify?: 'before'; signal?: AbortSignal } = {}) {
  const ids: string[] = []
  const failing = (async () => {
    for await (const { id } of readDay(sales, archive, DAY, { strict: true, ...options })) ids.push(id)
  })()
  return { error: await rejection(failing), ids }
}

test('a day is read up to its first problem, and with `verify: before` no row of it', async () => {
  const { archive } = await published()
  const invalid = {
    code: 'CSV_INVALID',
    details: { problems: [{ line: 3, column: 'store' }], complete: true },
  }
  // The row before the problem waits for the proof of the file, as it could be the last one.
  expect(await reading(archive)).toMatchObject({ ids: [], error: invalid })
  expect(await reading(archive, { verify: 'before' })).toMatchObject({ ids: [], error: invalid })
  await expect(
    readNew(sales, archive, null, { strict: true, verify: 'before' }).next(),
  ).rejects.toMatchObject(invalid)
})

test('a file that is not the one of the manifest is SINK_CORRUPT, and its problems are the cause', async () => {
  const place = await published()
  await place.tamper(key(place), (bytes) => Buffer.from(String(bytes).replace('2,app_store', '2,bpp_store')))
  const { error } = await reading(place.archive)
  expect(error).toMatchObject({ code: 'SINK_CORRUPT', cause: { code: 'CSV_INVALID' } })
})

test('an abort ends strict reading also where no row is handed out any more', async () => {
  const { archive } = await published()
  const reason = new Error('shutting down')
  const controller = new AbortController()
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('at,id,store\n2026-03-07,a,web\n')
    for (let chunks = 0; ; chunks++) {
      if (chunks === 100) controller.abort(reason)
      if (chunks > 200) expect.unreachable('went on')
      yield Buffer.from('2026-03-07,a,app_store\n')
    }
  }
  const open: Archive['open'] = (each, options) =>
    each.endsWith('.csv') ? endless() : archive.open(each, options)
  const { error } = await reading({ ...archive, open }, { signal: controller.signal })
  expect(error).toBe(reason)
})
