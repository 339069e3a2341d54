import { stat } from 'node:fs/promises'
import { dayWindow, exportWindow, type Archive } from 'dayfile'
import { listDays, type ListDaysOptions } from 'dayfile/read'
import { s3Archive } from 'dayfile/s3'
import { memorySink } from 'dayfile/testing'
import { describe, expect, test } from 'vitest'
import { orders } from '../csv/orders.js'
import { BUCKET, directoryPlace, PREFIX, s3Place } from '../sinks/places.js'

const DAYS = ['2026-03-06', '2026-03-07', '2026-03-08']

async function published(): Promise<Archive> {
  const sink = memorySink()
  for (const day of DAYS)
    await exportWindow({
      onShrink: 'allow',
      dataset: orders,
      window: dayWindow(day),
      source: () => [{ at: day }],
      sink,
    })
  return sink
}

async function listed(archive: Archive, options: ListDaysOptions = {}): Promise<string[]> {
  const days: string[] = []
  for await (const { day } of listDays(orders, archive, options)) days.push(day)
  return days
}

describe('the days to list', () => {
  test.each<[ListDaysOptions, string[]]>([
    [{}, DAYS],
    [{ from: '2026-03-07' }, ['2026-03-07', '2026-03-08']],
    [{ to: '2026-03-06' }, ['2026-03-06']],
    [{ from: '2026-03-07', to: '2026-03-07' }, ['2026-03-07']],
    [{ from: '2024-02-29', to: '2025-12-31' }, []],
  ])('are those of %o', async (options, days) => {
    expect(await listed(await published(), options)).toEqual(days)
  })

  test.each([
    { from: '2026-3-6' },
    { from: '2026-02-30' },
    { from: '' },
    { from: '07.03.2026' },
    { from: '2026-03-06T00:00:00Z' },
    { from: new Date('2026-03-06') },
    { from: null },
    { to: '2026-13-01' },
    { from: '2026-03-06', to: 'today' },
    { from: '2026-03-07', to: '2026-03-06' },
  ])('are refused when they are no dates in order: %o', async (options) => {
    await expect(listed(memorySink(), options as ListDaysOptions)).rejects.toMatchObject({
      code: 'WINDOW_INVALID',
      message: expect.stringContaining("'YYYY-MM-DD'") as string,
    })
  })
})

describe('the files of a day', () => {
  async function files(archive: Archive) {
    for await (const { files, manifest } of listDays(orders, archive)) return { files, manifest }
    throw new Error('no day')
  }

  test('are told with bytes, rows and where other programs find them: a path in a directory', async () => {
    const place = await directoryPlace()
    try {
      const source = () => [1, 2, 3].map((total) => ({ at: '2026-03-07', total }))
      const split = { maxRows: 2 }
      await exportWindow({
        onShrink: 'allow',
        dataset: orders,
        window: dayWindow('2026-03-07'),
        source,
        sink: place.sink,
        split,
      })
      const listed = await files(place.archive)
      expect(listed.files.map(({ rows }) => rows)).toEqual([2, 1])
      for (const [index, { key, url = '', bytes }] of listed.files.entries()) {
        expect(key).toBe(listed.manifest.files[index]?.key)
        expect((await stat(url)).size).toBe(bytes)
      }
    } finally {
      await place.close()
    }
  })

  test('have the URL of their object in S3, in the folder where the manifest was found', async () => {
    const place = await s3Place()
    try {
      const source = () => [{ at: '2026-03-07' }]
      await exportWindow({
        onShrink: 'allow',
        dataset: orders,
        window: dayWindow('2026-03-07'),
        source,
        sink: place.sink,
      })
      const copied = s3Archive({ client: place.client, bucket: BUCKET, prefix: 'copy', provider: 'aws' })
      for (const key of await place.keys()) {
        const object = place.s3.objects(BUCKET).get(key)
        if (object !== undefined) place.s3.objects(BUCKET).set(key.replace(PREFIX, 'copy'), object)
      }
      for (const [archive, prefix] of [
        [place.archive, PREFIX],
        [copied, 'copy'],
      ] as const) {
        const key = `${prefix}/orders/dt=2026-03-07/orders_2026-03-07.csv.gz`
        expect((await files(archive)).files).toMatchObject([{ key, url: `s3://${BUCKET}/${key}` }])
      }
    } finally {
      await place.close()
    }
  })

  test('have no URL where no other program finds them', async () => {
    expect((await files(await published())).files).toEqual([
      { key: 'orders/dt=2026-03-06/orders_2026-03-06.csv.gz', bytes: expect.any(Number) as number, rows: 1 },
    ])
  })
})

test('a day that is deleted between the list and its manifest is left out', async () => {
  const archive = await published()
  const list: Archive['list'] = async function* (prefix, options) {
    yield* archive.list(prefix, options)
    yield { key: 'orders/dt=2026-03-09/_manifest.json', bytes: 1 }
  }
  expect(await listed({ ...archive, list })).toEqual(DAYS)
})

describe('an abort ends the listing with its reason', () => {
  const reason = new Error('shutting down')

  test('at the start, before the archive is asked', async () => {
    const archive = { ...(await published()), list: () => expect.unreachable('was asked') }
    await expect(listed(archive, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  test('while keys are listed, whatever the archive makes of the signal', async () => {
    const archive = await published()
    const controller = new AbortController()
    async function* endless(): AsyncGenerator<{ key: string; bytes: number }> {
      for (let count = 0; ; count++) {
        if (count === 3) controller.abort(reason)
        yield { key: 'orders/x', bytes: 1 }
      }
    }
    const listing = listed({ ...archive, list: endless }, { signal: controller.signal })
    await expect(listing).rejects.toBe(reason)
  })

  test('between two days', async () => {
    const controller = new AbortController()
    const seen: string[] = []
    const listing = (async () => {
      for await (const { day } of listDays(orders, await published(), { signal: controller.signal })) {
        seen.push(day)
        controller.abort(reason)
      }
    })()
    await expect(listing).rejects.toBe(reason)
    expect(seen).toEqual(DAYS.slice(0, 1))
  })
})

test.each([undefined, 'orders', {}])('a dataset that is none is a TypeError: %o', async (dataset) => {
  const listing = listDays(dataset as never, memorySink()).next()
  await expect(listing).rejects.toThrow(TypeError)
  await expect(listDays(dataset as never, memorySink()).next()).rejects.toThrow('dataset: expected')
})
