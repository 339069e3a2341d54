import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  dayWindow,
  directoryArchive,
  DayfileError,
  exportWindow,
  isDayfileError,
  type Archive,
} from 'dayfile'
import { auditDays, listDays, type AuditDaysOptions } from 'dayfile/read'
import { memorySink } from 'dayfile/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { orders, rejection } from '../export/orders.js'
import { directoryPlace, memoryPlace, opened, type Place, PLACES } from '../sinks/places.js'

async function publish(place: Pick<Place, 'sink'>, days: readonly string[], total = 1): Promise<void> {
  for (const day of days) {
    const source = () => [{ at: `${day}T12:00:00.000Z`, event_type: 'sale', total }]
    await exportWindow({
      onShrink: 'allow',
      dataset: orders,
      window: dayWindow(day),
      source,
      sink: place.sink,
    })
  }
}

async function gaps(archive: Archive, options: AuditDaysOptions = {}): Promise<string[]> {
  const found: string[] = []
  for await (const gap of auditDays(orders, archive, options)) {
    if (gap.reason === 'damaged') expect(isDayfileError(gap.error)).toBe(true)
    found.push(gap.reason === 'damaged' ? `${gap.day} ${gap.error.code}` : `${gap.day} ${gap.reason}`)
  }
  return found
}

const DAYS = ['2026-02-27', '2026-03-01', '2026-03-02']

/** Takes note of the objects that are opened. */
function watched(archive: Archive): { archive: Archive; opened: string[] } {
  const opened: string[] = []
  const open: Archive['open'] = (key, options) => {
    opened.push(key)
    return archive.open(key, options)
  }
  return { archive: { ...archive, open }, opened }
}

function lastBitFlipped(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, -1), Buffer.of(bytes.readUInt8(bytes.length - 1) ^ 1)])
}

describe.each(PLACES)('gaps in %s', (_, open) => {
  test('are the days between that have no manifest, and those that `from` and `to` add', async () => {
    const place = await opened(open)
    await publish(place, DAYS)
    expect(await gaps(place.archive)).toEqual(['2026-02-28 missing'])
    expect(await gaps(place.archive, { from: '2026-02-26', to: '2026-03-03' })).toEqual([
      '2026-02-26 missing',
      '2026-02-28 missing',
      '2026-03-03 missing',
    ])
    expect(await gaps(place.archive, { from: '2026-03-01', to: '2026-03-02' })).toEqual([])
    expect(await gaps(place.archive, { from: '2025-01-01', to: '2025-01-02' })).toEqual([
      '2025-01-01 missing',
      '2025-01-02 missing',
    ])
  })

  test('are none where nothing was published and no span is named', async () => {
    const place = await opened(open)
    expect(await gaps(place.archive)).toEqual([])
    expect(await gaps(place.archive, { from: '2026-03-01' })).toEqual([])
  })

  test('are told with the error where a file, or the manifest, is not what it should be', async () => {
    const place = await opened(open)
    await publish(place, ['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04', '2026-03-05'])
    const { keys } = place.sink
    const data = (day: string) => keys.data(orders.name, { day }, '.csv.gz')
    const { signal } = new AbortController()
    await place.tamper(data('2026-03-01'), (bytes) => bytes.subarray(1))
    // The size stays the same: the tag is what differs.
    await place.tamper(data('2026-03-02'), lastBitFlipped)
    await place.sink.remove(data('2026-03-03'), { signal })
    await place.tamper(keys.manifest(orders.name, { day: '2026-03-04' }), () => Buffer.from('{'))
    expect(await gaps(place.archive)).toEqual([
      '2026-03-01 SINK_CORRUPT',
      '2026-03-02 SINK_CORRUPT',
      '2026-03-03 SINK_CORRUPT',
      '2026-03-04 MANIFEST_INVALID',
    ])
    // What is exported again is whole again.
    await publish(place, ['2026-03-01', '2026-03-02', '2026-03-03'], 2)
    expect(await gaps(place.archive)).toEqual(['2026-03-04 MANIFEST_INVALID'])
  })

  test('are data that no manifest names, which readers of patterns would count twice', async () => {
    const place = await opened(open)
    await publish(place, ['2026-03-01', '2026-03-02'])
    const { keys } = place.sink
    const { signal } = new AbortController()
    const folder = keys.manifest(orders.name, { day: '2026-03-02' }).replace(/[^/]*$/, '')
    for (const name of [
      '_list.json',
      'notes.txt',
      '_hidden.csv',
      'left.csv',
      'old_part-00001-of-00002.csv.gz',
    ]) {
      await place.sink.write(folder + name, Buffer.from('x'), {
        contentType: 'text/csv',
        ifMatch: null,
        signal,
      })
    }
    const found: unknown[] = []
    for await (const gap of auditDays(orders, place.archive)) found.push(gap)
    const extra = ['left.csv', 'old_part-00001-of-00002.csv.gz'].map((name) => folder + name)
    expect(found).toEqual([{ day: '2026-03-02', reason: 'extra', keys: extra }])
    await publish(place, ['2026-03-02'], 2)
    for (const key of extra) await place.sink.remove(key, { signal })
    expect(await gaps(place.archive)).toEqual([])
  })

  test('are found without reading a file of a day that is as its manifest says', async () => {
    const place = await opened(open)
    await publish(place, DAYS)
    const { archive, opened: keys } = watched(place.archive)
    expect(await gaps(archive)).toEqual(['2026-02-28 missing'])
    expect(keys).toEqual(DAYS.map((day) => archive.keys.manifest(orders.name, { day })))
  })
})

test('files of a replacement that comes while gaps are looked for are not extra', async () => {
  const place = await opened(memoryPlace)
  const source = (count: number) => () =>
    Array.from({ length: count }, (_, total) => ({
      at: '2026-03-01T12:00:00.000Z',
      event_type: 'sale',
      total,
    }))
  const exporting = (count: number) =>
    exportWindow({
      onShrink: 'allow',
      dataset: orders,
      window: dayWindow('2026-03-01'),
      source: source(count),
      sink: place.sink,
      split: { maxRows: 2 },
    })
  await exporting(4)
  // The list has the old files; the manifest that is read after it is the new one, and another one comes after that.
  const list: Archive['list'] = async function* (prefix, options) {
    if (prefix.includes('dt=')) await exporting(9)
    yield* place.archive.list(prefix, options)
    if (!prefix.includes('dt=')) await exporting(7)
  }
  expect(await gaps({ ...place.archive, list })).toEqual([])
})

test.each([
  [
    '{dataset}/dt={day}/{dataset}',
    ['orders/dt=2026-03-00/', 'orders/dt=2026-99-99/', 'orders/dt=2026-02-30/'],
  ],
  ['y={year}/{dataset}/{day}/data', ['y=2025/orders/2026-03-02/', 'y=2026/orders/2026-13-02/']],
  ['{dataset}/{year}/{month}/{dayOfMonth}/data', ['orders/2026/03/00/', 'orders/2026/02/31/']],
])('folders that are no days change nothing: %s', async (keys, strays) => {
  const sink = memorySink({ keys })
  await publish({ sink }, ['2026-03-01', '2026-03-02', '2026-03-04'])
  const manifest = sink.objects.get(sink.keys.manifest(orders.name, { day: '2026-03-02' })) ?? Buffer.alloc(0)
  for (const folder of strays) sink.objects.set(`${folder}_manifest.json`, manifest)
  expect(await gaps(sink)).toEqual(['2026-03-03 missing'])
  const listed: string[] = []
  for await (const { day } of listDays(orders, sink)) listed.push(day)
  expect(listed).toEqual(['2026-03-01', '2026-03-02', '2026-03-04'])
})

test('a copy, whose tags are others, is read and has no gaps; one byte changed is one', async () => {
  const place = await opened(directoryPlace)
  await publish(place, ['2026-03-01', '2026-03-02'])
  const root = await mkdtemp(join(tmpdir(), 'dayfile-copy-'))
  onTestFinished(() => rm(root, { recursive: true }))
  await cp(place.root, root, { recursive: true })
  const { archive, opened: keys } = watched(directoryArchive({ root }))
  expect(await gaps(archive)).toEqual([])
  const key = archive.keys.data(orders.name, { day: '2026-03-01' }, '.csv.gz')
  expect(keys).toContain(key)
  await writeFile(join(root, key), lastBitFlipped(await readFile(join(root, key))))
  expect(await gaps(archive)).toEqual(['2026-03-01 SINK_CORRUPT'])
})

test('a day that is replaced between the list and its manifest is no gap', async () => {
  const place = await opened(memoryPlace)
  await publish(place, ['2026-03-01'])
  const list: Archive['list'] = async function* (prefix, options) {
    yield* place.archive.list(prefix, options)
    await publish(place, ['2026-03-01'], 12_345)
  }
  expect(await gaps({ ...place.archive, list })).toEqual([])
})

test('a day that is deleted while it is looked at is missing', async () => {
  const { signal } = new AbortController()
  const place = await opened(memoryPlace)
  await publish(place, ['2026-03-01', '2026-03-02'])
  const manifest = place.sink.keys.manifest(orders.name, { day: '2026-03-01' })
  await place.tamper(place.sink.keys.data(orders.name, { day: '2026-03-01' }, '.csv.gz'), lastBitFlipped)
  const open: Archive['open'] = async function* (key, options) {
    yield* place.archive.open(key, options)
    if (key === manifest) await place.sink.remove(manifest, { signal })
  }
  expect(await gaps({ ...place.archive, open })).toEqual(['2026-03-01 missing'])
  expect(await gaps(place.archive, { from: '2026-03-01' })).toEqual(['2026-03-01 missing'])
})

test('an archive that fails is no gap: its error comes through, after the days before', async () => {
  const place = await opened(memoryPlace)
  await publish(place, DAYS)
  const denied = new DayfileError('SINK_DENIED', 'no', { location: 'memory:', operation: 'open' })
  const open: Archive['open'] = async function* (key, options) {
    if (key.includes('2026-03-01')) throw denied
    yield* place.archive.open(key, options)
  }
  const found: string[] = []
  const finding = (async () => {
    for await (const { day } of auditDays(orders, { ...place.archive, open })) found.push(day)
  })()
  expect(await rejection(finding)).toBe(denied)
  expect(found).toEqual(['2026-02-28'])
})

test('an abort ends the search with its reason, and dates out of order are WINDOW_INVALID', async () => {
  const place = await opened(memoryPlace)
  await publish(place, DAYS)
  const reason = new Error('shutting down')
  await expect(gaps(place.archive, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  await expect(gaps(place.archive, { from: '2026-03-02', to: '2026-03-01' })).rejects.toMatchObject({
    code: 'WINDOW_INVALID',
  })
  await expect(auditDays(undefined as never, memorySink()).next()).rejects.toThrow('dataset: expected')
})
