// What an exporter and a reader make of an intent that breaks a rule of the manifest.

import { exportWindow, type ExportReport, type Sink } from 'dayfile'
import { readDay, readNew, verifyDay } from 'dayfile/read'
import { memorySink, type MemorySink } from 'dayfile/testing'
import { expect, test } from 'vitest'
import { DAY, failure, orderRows, orders, rejection, window } from './orders.js'

const FOLDER = `orders/dt=${DAY}/`
const MANIFEST = `${FOLDER}_manifest.json`
const INTENT = `${FOLDER}_intent.json`

const run = (sink: Sink, rows: number): Promise<ExportReport> =>
  exportWindow({ dataset: orders, window, source: () => orderRows(rows), sink })

/** Stops as a killed process does: the intent is written and the data in place, the manifest is not. */
async function stopBeforeManifest(sink: MemorySink, rows: number): Promise<void> {
  let writes = 0
  const stopping: Sink = {
    ...sink,
    write: (...call) => (writes++ === 0 ? sink.write(...call) : Promise.reject(new Error('stopped'))),
  }
  expect(await rejection(run(stopping, rows))).toMatchObject({ message: 'stopped' })
}

function tamper(sink: MemorySink, key: string, change: (text: string) => string): void {
  const text = String(sink.objects.get(key))
  expect(change(text)).not.toBe(text)
  sink.objects.set(key, Buffer.from(change(text)))
}

const stored = (sink: MemorySink) => new Map([...sink.objects].map(([key, bytes]) => [key, String(bytes)]))

test.each<[string, (text: string) => string]>([
  ['other totals', (text) => text.replace(/("totals": \{\s*"rows": )\d+/, '$17')],
  ['a revision that is no count', (text) => text.replace('"revision": 1', '"revision": 9007199254740993')],
  ['another day', (text) => text.replace(`"day": "${DAY}"`, '"day": "2026-03-06"')],
])('a first publication with an intent of %s is not made a day of', async (_, change) => {
  const sink = memorySink()
  await stopBeforeManifest(sink, 3)
  tamper(sink, INTENT, change)
  const before = stored(sink)
  const error = await failure(run(sink, 3))
  expect(error).toMatchObject({ code: 'MANIFEST_INVALID', details: { key: INTENT } })
  expect(stored(sink)).toEqual(before)
  // As the message says.
  sink.objects.delete(INTENT)
  expect(await run(sink, 4)).toMatchObject({ outcome: 'published', revision: 1 })
  expect(await verifyDay(orders, sink, DAY)).toMatchObject({ rows: 4 })
})

test.each<[string, (intent: string) => string]>([
  ['other totals', (intent) => intent.replace(/("totals": \{\s*"rows": )\d+/, '$17')],
  ['an older revision', (intent) => intent.replace('"revision": 3', '"revision": 1')],
  [
    'a revision that is no count',
    (intent) => intent.replace('"revision": 3', '"revision": 9007199254740993'),
  ],
])('a replacement with an intent of %s is refused by exporter and reader', async (_, change) => {
  const sink = memorySink()
  await run(sink, 2)
  await run(sink, 3)
  await stopBeforeManifest(sink, 4)
  tamper(sink, MANIFEST, (text) => {
    const [current = '', intent = ''] = text.split('"intent":')
    return `${current}"intent":${change(intent)}`
  })
  const before = stored(sink)
  for (const attempt of [run(sink, 4), run(sink, 5), verifyDay(orders, sink, DAY)])
    expect(await failure(attempt)).toMatchObject({ code: 'MANIFEST_INVALID', details: { key: MANIFEST } })
  expect(stored(sink)).toEqual(before)
  sink.objects.delete(MANIFEST)
  expect(await run(sink, 5)).toMatchObject({ outcome: 'published', revision: 1 })
  expect(await verifyDay(orders, sink, DAY)).toMatchObject({ rows: 5 })
})

test('readNew takes every cursor that it gave, up to the last revision that there can be', async () => {
  const sink = memorySink()
  await run(sink, 3)
  const revision = Number.MAX_SAFE_INTEGER
  tamper(sink, MANIFEST, (text) => text.replace('"revision": 1', `"revision": ${revision}`))
  const given = []
  for await (const { cursor } of readNew(orders, sink)) given.push(cursor)
  expect(given).toMatchObject([{ day: DAY, revision }])
  for await (const { day } of readNew(orders, sink, given[0])) throw new Error(`${day} is not new`)

  // There is none after it: said before anything is touched.
  const before = stored(sink)
  expect(await failure(run(sink, 4))).toMatchObject({ code: 'MANIFEST_INVALID', details: { key: MANIFEST } })
  expect(stored(sink)).toEqual(before)

  tamper(sink, MANIFEST, (text) => text.replace(String(revision), '9007199254740992'))
  expect(await failure(readNew(orders, sink).next())).toMatchObject({ code: 'MANIFEST_INVALID' })
  expect(await failure(readDay(orders, sink, DAY).next())).toMatchObject({ code: 'MANIFEST_INVALID' })
})
