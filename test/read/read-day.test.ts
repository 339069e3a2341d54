import { gunzipSync, gzipSync } from 'node:zlib'
import { createHash } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  column,
  defineDataset,
  directoryArchive,
  eachDay,
  exportDays,
  exportWindow,
  type Archive,
  type Manifest,
} from 'dayfile'
import { listDays, readDay, readDays, verifyDay } from 'dayfile/read'
import { s3Archive } from 'dayfile/s3'
import { memorySink } from 'dayfile/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { DAY, failure, gate, noise, orderRows, orders, rejection, turns, window } from '../export/orders.js'
import { BUCKET, directoryPlace, MIB, opened, type Place, PLACES, PREFIX, s3Place } from '../sinks/places.js'

async function exported(
  place: Pick<Place, 'sink'>,
  rows: Iterable<object> = orderRows(2000),
  compression: 'gzip' | 'none' = 'gzip',
) {
  return exportWindow({
    onShrink: 'allow',
    dataset: orders,
    window,
    source: () => rows as [],
    sink: place.sink,
    compression,
  })
}

const DATA = `${PREFIX}/orders/dt=${DAY}/orders_${DAY}.csv`
const MANIFEST = `${PREFIX}/orders/dt=${DAY}/_manifest.json`

/** The key as the place has it: a directory has no prefix. */
function at(place: Pick<Place, 'sink'>, key: string): string {
  return key.replace(`${PREFIX}/`, place.sink.keys.prefix)
}

/** Reads until the end or the error; tells the rows that were handed out. */
async function read(archive: Archive, day = DAY) {
  const totals: unknown[] = []
  let error: unknown
  try {
    for await (const row of readDay(orders, archive, day)) totals.push(Number(row.total))
  } catch (caught) {
    error = caught
  }
  return { totals, error }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

const editManifest = (change: (manifest: Manifest) => Manifest) => (bytes: Buffer) =>
  Buffer.from(JSON.stringify(change(JSON.parse(String(bytes)) as Manifest)))

const editFile = (change: Partial<Manifest['files'][number]>) =>
  editManifest((manifest) => {
    const files = manifest.files.map((file) => ({ ...file, ...change }))
    const [file] = files
    if (file === undefined) throw new Error('a manifest without files')
    return { ...manifest, files, totals: { rows: file.rows, bytes: file.bytes, csvBytes: file.csvBytes } }
  })

test.each(['2026-3-7', '2026-02-30', '', 7, null, { day: 'today' }, { day: DAY, lastDay: 'tomorrow' }])(
  'what is no day is WINDOW_INVALID, and not a day that was not exported: %o',
  async (day) => {
    const error = await failure(readDay(orders, memorySink(), day as never).next())
    expect(error).toMatchObject({
      code: 'WINDOW_INVALID',
      message: expect.stringContaining('YYYY-MM-DD') as string,
    })
  },
)

test.each([null, '2026-03-07', 7])('days that are no list are a TypeError: %o', async (days) => {
  await expect(readDays(orders, memorySink(), days as never).next()).rejects.toThrow(
    /^days: expected a list of days/,
  )
})

describe.each(PLACES)('a day in %s', (_, open) => {
  test('is read as it was exported, whole and in order', async () => {
    for (const compression of ['gzip', 'none'] as const) {
      const place = await opened(open)
      await exported(place, orderRows(2000), compression)
      const { totals, error } = await read(place.archive)
      expect(error).toBeUndefined()
      expect(totals).toEqual(orderRows(2000).map((_, index) => index))
      expect(await verifyDay(orders, place.archive, DAY)).toMatchObject({ day: DAY, revision: 1, rows: 2000 })
    }
  })

  test('that was not exported is SINK_NOT_FOUND', async () => {
    const place = await opened(open)
    const calls = [
      () => verifyDay(orders, place.archive, DAY),
      () => readDay(orders, place.archive, DAY).next(),
    ]
    for (const call of calls) {
      expect(await failure(call())).toMatchObject({
        code: 'SINK_NOT_FOUND',
        details: { key: at(place, MANIFEST) },
      })
    }
    await exported(place)
    expect(await failure(verifyDay(orders, place.archive, '2026-03-08'))).toMatchObject({
      code: 'SINK_NOT_FOUND',
    })
  })

  test('whose file is missing is SINK_CORRUPT and names it', async () => {
    const place = await opened(open)
    await exported(place)
    await place.sink.remove(at(place, `${DATA}.gz`), { signal: new AbortController().signal })
    expect(await failure(verifyDay(orders, place.archive, DAY))).toMatchObject({
      code: 'SINK_CORRUPT',
      retryable: true,
      details: { key: at(place, `${DATA}.gz`) },
    })
  })

  const DAMAGES: [string, 'gzip' | 'none', string, (bytes: Buffer) => Buffer][] = [
    ['cut at the end', 'gzip', `${DATA}.gz`, (bytes) => bytes.subarray(0, -1)],
    ['cut in the middle', 'gzip', `${DATA}.gz`, (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['empty', 'gzip', `${DATA}.gz`, () => Buffer.alloc(0)],
    ['followed by garbage', 'gzip', `${DATA}.gz`, (bytes) => Buffer.concat([bytes, Buffer.from('garbage')])],
    [
      'followed by more rows',
      'gzip',
      `${DATA}.gz`,
      (bytes) => Buffer.concat([bytes, gzipSync('2026-03-07T00:00:00.000Z,sale,1\r\n')]),
    ],
    [
      'changed in one bit',
      'gzip',
      `${DATA}.gz`,
      (bytes) => {
        const changed = Buffer.from(bytes)
        changed.writeUInt8(changed.readUInt8(changed.length - 5) ^ 1, changed.length - 5)
        return changed
      },
    ],
    ['packed again', 'gzip', `${DATA}.gz`, (bytes) => gzipSync(gunzipSync(bytes), { level: 1 })],
    ['cut after a row', 'none', DATA, (bytes) => bytes.subarray(0, bytes.lastIndexOf('\r\n', -3) + 2)],
    ['cut in a row', 'none', DATA, (bytes) => bytes.subarray(0, -4)],
    [
      'followed by a row',
      'none',
      DATA,
      (bytes) => Buffer.concat([bytes, bytes.subarray(bytes.lastIndexOf('\r\n', -3) + 2)]),
    ],
    [
      'changed in one digit',
      'none',
      DATA,
      (bytes) => Buffer.from(String(bytes).replace(',1999\r\n', ',1998\r\n')),
    ],
    [
      'with an open quote',
      'none',
      DATA,
      (bytes) => Buffer.from(String(bytes).replace('sale,1500', '"sale,1500')),
    ],
    [
      'with another header, as of a day that is being replaced',
      'none',
      DATA,
      (bytes) => Buffer.from(String(bytes).replace('at,event_type,total', 'time,event_type,total')),
    ],
    [
      'with another cell that cannot be read',
      'none',
      DATA,
      (bytes) => Buffer.from(String(bytes).replace('sale,1500', 'sale,x')),
    ],
    ['another number of rows in the manifest', 'gzip', MANIFEST, editFile({ rows: 1999 })],
    ['another size in the manifest', 'gzip', MANIFEST, editFile({ bytes: 7 })],
    ['another SHA-256 in the manifest', 'gzip', MANIFEST, editFile({ sha256: 'a'.repeat(64) })],
    ['another CRC-32 in the manifest', 'gzip', MANIFEST, editFile({ crc32: '00000000' })],
    ['another SHA-256 of the CSV in the manifest', 'gzip', MANIFEST, editFile({ csvSha256: 'a'.repeat(64) })],
  ]
  test.each(DAMAGES)(
    '%s (%s) is SINK_CORRUPT, and its last row is never handed out',
    async (_, compression, key, damage) => {
      const place = await opened(open)
      await exported(place, orderRows(2000), compression)
      await place.tamper(at(place, key), damage)
      const { totals, error } = await read(place.archive)
      const data = compression === 'gzip' ? `${DATA}.gz` : DATA
      expect(error).toMatchObject({
        code: 'SINK_CORRUPT',
        retryable: true,
        details: { key: at(place, data) },
      })
      expect((error as Error).message).toContain('export it again')
      expect(totals).toEqual(orderRows(totals.length).map((_, index) => index))
      expect(totals.length).toBeLessThan(2000)
      expect(await failure(verifyDay(orders, place.archive, DAY))).toMatchObject({ code: 'SINK_CORRUPT' })
    },
  )

  test('that is intact and of another dataset than the reader has keeps its own error', async () => {
    const place = await opened(open)
    await exported(place, [...orderRows(3), { at: '2026-03-07T12:00:00Z', event_type: 'no number' }])
    const wrong = defineDataset({
      name: 'orders',
      timeColumn: 'at',
      columns: [column.instant('at', { nullable: false }), column.integer('event_type')],
    })
    expect(await failure(readDay(wrong, place.archive, DAY).next())).toMatchObject({
      code: 'CELL_UNDECODABLE',
      details: { line: 2, column: 'event_type' },
    })
    const more = defineDataset({
      name: 'orders',
      timeColumn: 'at',
      columns: [column.instant('at', { nullable: false }), column.text('shop', { nullable: false })],
    })
    expect(await failure(readDay(more, place.archive, DAY).next())).toMatchObject({
      code: 'CSV_HEADER_MISMATCH',
      details: { columns: ['shop'] },
    })
  })

  test.each<[string, string, (bytes: Buffer) => Buffer, number]>([
    ['a cell', DATA, (bytes) => Buffer.from(String(bytes).replace(',1999\r\n', ',1998\r\n')), 2001],
    ['one row less', DATA, (bytes) => bytes.subarray(0, bytes.lastIndexOf('\r\n', -3) + 2), 2000],
    ['fewer rows in the manifest', MANIFEST, editFile({ rows: 1000 }), 1002],
    ['more rows in the manifest', MANIFEST, editFile({ rows: 3000 }), 2001],
    ['another header', DATA, (bytes) => Buffer.from(String(bytes).replace('at,', 'by,')), 1],
    [
      'a cell that cannot be read',
      DATA,
      (bytes) => Buffer.from(String(bytes).replace('sale,1500', 'sale,x')),
      1502,
    ],
  ])('that differs in %s is SINK_CORRUPT with the line that was reached', async (_, key, damage, line) => {
    const place = await opened(open)
    await exported(place, orderRows(2000), 'none')
    await place.tamper(at(place, key), damage)
    const error = await failure(verifyDay(orders, place.archive, DAY))
    expect(error).toMatchObject({ code: 'SINK_CORRUPT', details: { line } })
    expect(error.message).toContain(`line ${line}`)
  })

  test.each<[string, (manifest: Manifest) => Manifest]>([
    ['dialect', (manifest) => ({ ...manifest, dialect: { ...manifest.dialect, quoting: 'mininal' } })],
    ['quote', (manifest) => ({ ...manifest, dialect: { ...manifest.dialect, quote: '\n' } })],
    ['date', (manifest) => ({ ...manifest, created: '2026-93-07T04:00:00.000Z' })],
    [
      'window',
      (manifest) => ({ ...manifest, window: { ...manifest.window, end: '2026-13-07T04:00:00.000Z' } }),
    ],
  ])('whose manifest has a %s that is none is MANIFEST_INVALID', async (_, change) => {
    const place = await opened(open)
    await exported(place)
    await place.tamper(at(place, MANIFEST), editManifest(change))
    expect(await failure(verifyDay(orders, place.archive, DAY))).toMatchObject({ code: 'MANIFEST_INVALID' })
  })

  test('whose manifest is damaged is MANIFEST_INVALID', async () => {
    const place = await opened(open)
    await exported(place)
    await place.tamper(at(place, MANIFEST), (bytes) => bytes.subarray(0, -5))
    expect(await failure(verifyDay(orders, place.archive, DAY))).toMatchObject({ code: 'MANIFEST_INVALID' })
    expect(await failure(listDays(orders, place.archive).next())).toMatchObject({ code: 'MANIFEST_INVALID' })
  })

  test('among others is listed in order, between bounds, with its counts', async () => {
    const place = await opened(open)
    const days = eachDay('2026-02-27', '2026-03-02')
    await exportDays({
      dataset: orders,
      days: days.toReversed(),
      source: ({ window: { start } }) => [{ at: start, total: 1 }],
      sink: place.sink,
    })
    const listed = async (options: object) => {
      const found: string[] = []
      for await (const { day } of listDays(orders, place.archive, options)) found.push(day)
      return found
    }
    const all = days.map(({ day }) => day)
    expect(await listed({})).toEqual(all)
    expect(await listed({ from: '2026-02-28', to: '2026-03-01' })).toEqual(all.slice(1, 3))
    expect(await listed({ from: '2026-03-03' })).toEqual([])
    const { value } = await listDays(orders, place.archive).next()
    expect(value).toMatchObject({ day: '2026-02-27', revision: 1, rows: 1, manifest: { dataset: 'orders' } })

    const rows: unknown[] = []
    for await (const row of readDays(orders, place.archive, days)) rows.push(row.at)
    expect(rows).toEqual(days.map(({ start }) => start))
    for (const [from, to] of [
      ['2026-02-30', '2026-03-02'],
      ['2026-02-27', '2026-02-30'],
      ['2026-03-02', '2026-02-27'],
      ['2026-2-27', '2026-03-02'],
      ['9999-12-32', '9999-12-31'],
      ['2026-02-27', undefined as never],
    ] as const) {
      expect(await failure(readDays(orders, place.archive, { from, to }).next())).toMatchObject({
        code: 'WINDOW_INVALID',
      })
    }
    expect(
      await failure(readDays(orders, place.archive, { from: '9999-12-31', to: '9999-12-31' }).next()),
    ).toMatchObject({ code: 'SINK_NOT_FOUND' })
    const gap = readDays(orders, place.archive, [...all, '2026-03-03'])
    const seen = await rejection(
      (async () => {
        for await (const row of gap) rows.push(row)
      })(),
    )
    expect(seen).toMatchObject({ code: 'SINK_NOT_FOUND' })
  })
})

describe('a copy under another prefix is read', () => {
  test('from a directory', async () => {
    const place = await opened(directoryPlace)
    await exported(place)
    const root = await mkdtemp(join(tmpdir(), 'dayfile-copy-'))
    onTestFinished(() => rm(root, { recursive: true }))
    await cp(join(place.root, 'orders'), join(root, 'orders'), { recursive: true })
    expect(await verifyDay(orders, directoryArchive({ root }), DAY)).toMatchObject({ rows: 2000 })
  })

  test('from a bucket', async () => {
    const place = await opened(() => s3Place())
    await exported(place)
    const objects = place.s3.objects(BUCKET)
    for (const [key, object] of [...objects]) objects.set(key.replace(PREFIX, 'copies/of'), object)
    const copy = s3Archive({ client: place.client, bucket: BUCKET, prefix: 'copies/of' })
    for (const key of [...objects.keys()].filter((each) => each.startsWith(PREFIX))) objects.delete(key)
    expect(await verifyDay(orders, copy, DAY)).toMatchObject({ rows: 2000 })
  })
})

test('garbage that comes late behind the last gzip member is found all the same', async () => {
  const sink = memorySink()
  await exported({ sink })
  const archive: Archive = {
    ...sink,
    async *open(key) {
      yield* sink.open(key)
      if (!key.endsWith('.gz')) return
      await turns(20)
      yield Buffer.from('garbage')
    },
  }
  expect(await failure(verifyDay(orders, archive, DAY))).toMatchObject({ code: 'SINK_CORRUPT' })
})

describe('a reader that stops early', () => {
  test('closes what the archive opened', async () => {
    for (const compression of ['gzip', 'none'] as const) {
      const sink = memorySink()
      await exported({ sink }, noise(1000), compression)
      let open = 0
      const archive: Archive = {
        ...sink,
        async *open(key) {
          open++
          try {
            for await (const chunk of sink.open(key)) {
              for (let from = 0; from < chunk.length; from += 10_000) {
                await turns(1)
                yield chunk.subarray(from, from + 10_000)
              }
            }
          } finally {
            open--
          }
        },
      }
      const rows = readDay(orders, archive, DAY)
      await rows.next()
      await rows.return()
      await turns(5)
      expect(open).toBe(0)
      const failing = readDay(orders, archive, DAY)
      await failing.next()
      await rejection(failing.throw(new Error('of your application')))
      await turns(5)
      expect(open).toBe(0)
    }
  })

  test('destroys the connection to S3', async () => {
    const place = await opened(() => s3Place())
    await exported(place, noise(4000), 'none')
    const rows = readDay(orders, place.archive, DAY)
    await rows.next()
    await rows.return()
    const get = place.s3.operations.findLast(
      ({ operation, key }) => operation === 'GetObject' && key === DATA,
    )
    expect(get?.status).toBe(200)
    // A connection that stayed busy would keep the client's only socket from serving this.
    await place.sink.read(MANIFEST, { signal: AbortSignal.timeout(5000) })
  })
})

describe('an abort while reading', () => {
  test('rejects with its reason, in every place', async () => {
    for (const [, open] of PLACES.slice(1)) {
      const place = await opened(open)
      await exported(place, noise(4000), 'none')
      const abort = new AbortController()
      const reading = rejection(
        (async () => {
          const rows = readDay(orders, place.archive, DAY, { signal: abort.signal })
          for (let read = 0; (await rows.next()).done !== true; read++) {
            if (read === 10) abort.abort(new Error('stop'))
          }
        })(),
      )
      expect(await reading).toBe(abort.signal.reason)
    }
  })

  test('whether it came before, or after some of the rows', async () => {
    for (const [, open] of PLACES) {
      const place = await opened(open)
      await exported(place)
      const abort = new AbortController()
      const rows = readDay(orders, place.archive, DAY, { signal: abort.signal })
      for (let row = 0; row < 10; row++) expect((await rows.next()).done).toBe(false)
      abort.abort(new Error('stop'))
      expect(await rejection(rows.next())).toBe(abort.signal.reason)
      for (const call of [
        readDay(orders, place.archive, DAY, { signal: abort.signal }).next(),
        readDays(orders, place.archive, [DAY], { signal: abort.signal }).next(),
        verifyDay(orders, place.archive, DAY, { signal: abort.signal }),
        listDays(orders, place.archive, { signal: abort.signal }).next(),
      ]) {
        expect(await rejection(call)).toBe(abort.signal.reason)
      }
    }
  })

  test('also while S3 does not answer', async () => {
    const place = await opened(() => s3Place())
    await exported(place)
    const abort = new AbortController()
    const asked = gate()
    place.s3.fault({ operation: 'GetObject', key: `${DATA}.gz` }, () => {
      asked.open()
      return new Promise(() => undefined)
    })
    const reading = rejection(verifyDay(orders, place.archive, DAY, { signal: abort.signal }))
    await asked.passed
    abort.abort(new Error('stop'))
    expect(await reading).toBe(abort.signal.reason)
  })
})

test('an answer of S3 that breaks off is SINK_UNAVAILABLE, and never a short day', async () => {
  const place = await opened(() => s3Place())
  await exported(place, noise(1000), 'none')
  place.s3.fault({ operation: 'GetObject', key: DATA }, { resetAfterBytes: 2 * MIB })
  const { totals, error } = await read(place.archive)
  expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true })
  expect(totals.length).toBeLessThan(1000)
})

test('a hash in a manifest is the one of the stored bytes', async () => {
  const place = await opened(() => s3Place())
  const { files } = await exported(place)
  const bytes = await place.bytes(`${DATA}.gz`)
  expect(files).toMatchObject([
    { bytes: bytes.length, sha256: sha256(bytes), csvSha256: sha256(gunzipSync(bytes)), rows: 2000 },
  ])
})

test('a folder that was copied under another day is not taken for that day', async () => {
  const place = memorySink()
  await exported({ sink: place })
  for (const [key, bytes] of [...place.objects]) {
    place.objects.set(key.replaceAll('2026-03-07', '2026-03-08'), bytes)
  }
  const error = await failure(verifyDay(orders, place, '2026-03-08'))
  expect(error.code).toBe('MANIFEST_INVALID')
  expect(error.message).toContain('orders 2026-03-07')
})

test('a day with an integer beyond 2^53 verifies', async () => {
  const counts = defineDataset({
    name: 'counts',
    timeColumn: 'at',
    columns: [column.instant('at', { nullable: false }), column.integer('count')],
  })
  const sink = memorySink()
  const rows = [{ at: '2026-03-07T12:00:00Z', count: 2n ** 60n }]
  await exportWindow({ onShrink: 'allow', dataset: counts, window, source: () => rows, sink })
  expect(await verifyDay(counts, sink, DAY)).toMatchObject({ rows: 1 })
})
