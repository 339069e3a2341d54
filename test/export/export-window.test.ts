import { gunzipSync } from 'node:zlib'
import {
  dayRange,
  dayWindow,
  encodeCsv,
  exportWindow,
  type ExportProgress,
  type ExportReport,
  type ExportWindowOptions,
  type Manifest,
  type Sink,
  type SourceRequest,
} from 'dayfile'
import { readDay, verifyDay } from 'dayfile/read'
import { memorySink } from 'dayfile/testing'
import { describe, expect, test } from 'vitest'
import {
  BUCKET,
  clientOf,
  opened,
  type Place,
  PLACES,
  PREFIX,
  s3Place,
  type S3Place,
} from '../sinks/places.js'
import { DAY, failure, gate, noise, order, orderRows, orders, rejection, turns, window } from './orders.js'

type Options = Partial<ExportWindowOptions<typeof orders>>

function run(
  place: Pick<Place, 'sink'>,
  rows: Iterable<object>,
  options: Options = {},
): Promise<ExportReport> {
  return exportWindow({ dataset: orders, window, source: () => rows as [], sink: place.sink, ...options })
}

const FOLDER = `${PREFIX}/orders/dt=${DAY}/`
const inFolder = (place: Place, name: string) => place.sink.keys.prefix + `orders/dt=${DAY}/${name}`

async function manifestOf(place: Place): Promise<Manifest> {
  return JSON.parse(String(await place.bytes(inFolder(place, '_manifest.json')))) as Manifest
}

async function csvOf(place: Place, name = `orders_${DAY}.csv.gz`): Promise<string> {
  const bytes = await place.bytes(inFolder(place, name))
  return String(name.endsWith('.gz') ? gunzipSync(bytes) : bytes)
}

/** A sink whose process is gone after so many writes of small objects: the intent is the first, the manifest the second. */
function stoppingAt(place: Place, writes: number): Sink {
  let count = 0
  return {
    ...place.sink,
    write: (...call) => (count++ < writes ? place.sink.write(...call) : Promise.reject(new Error('stopped'))),
  }
}

const HEADER = 'at,event_type,total\r\n'

test.each(['gzip', 'none'] as const)(
  'compression %s stores the bytes of encodeCsv, many blocks of them',
  async (compression) => {
    const day = orderRows(100_000)
    for (const dialect of [{}, { delimiter: ';' } as const]) {
      const sink = memorySink()
      await run({ sink }, day, { compression, csv: { dialect } })
      const stored = [...sink.objects].find(([key]) => !key.endsWith('_manifest.json'))?.[1] ?? ''
      const file = compression === 'gzip' ? gunzipSync(stored) : Buffer.from(stored)
      const expected: Uint8Array[] = []
      for await (const chunk of encodeCsv(orders, day, { dialect })) expected.push(chunk)
      expect(file.length).toBeGreaterThan(2 * 1024 * 1024)
      expect(file.equals(Buffer.concat(expected))).toBe(true)
    }
  },
  60_000,
)

describe.each(PLACES)('a day in %s', (_, open) => {
  test('is one file and its manifest, which says what is in it', async () => {
    const place = await opened(open)
    const report = await run(place, orderRows(2), { now: () => new Date('2026-03-08T04:00:00Z') })
    const names = ['_manifest.json', `orders_${DAY}.csv.gz`].map((name) => inFolder(place, name))
    expect((await place.keys()).sort()).toEqual(names)
    expect(await csvOf(place)).toBe(
      `${HEADER}2026-03-07T00:00:00.000Z,sale,0\r\n2026-03-07T00:00:00.001Z,sale,1\r\n`,
    )
    const manifest = await manifestOf(place)
    expect(manifest).toMatchObject({
      manifestVersion: 2,
      dataset: 'orders',
      day: DAY,
      window: { start: '2026-03-07T00:00:00.000Z', end: '2026-03-08T00:00:00.000Z' },
      zone: 'UTC',
      revision: 1,
      compression: 'gzip',
      filter: { eventTypes: null },
      totals: { rows: 2 },
      created: '2026-03-08T04:00:00.000Z',
      producer: { name: 'dayfile' },
    })
    expect(report).toMatchObject({
      outcome: 'published',
      dataset: 'orders',
      window,
      location: place.sink.location,
      manifestKey: names[0],
      revision: 1,
      rows: 2,
      files: manifest.files,
      columns: ['at', 'event_type', 'total'],
      rejectedRows: 0,
    })
    expect(report.bytes).toBe((await place.bytes(names[1] ?? '')).length)
    expect(await verifyDay(orders, place.archive, DAY)).toEqual({
      day: DAY,
      revision: 1,
      rows: 2,
      bytes: report.bytes,
    })
  })

  test('exported again is unchanged, and replaced when a row is another', async () => {
    const place = await opened(open)
    await run(place, orderRows(10))
    const before = await place.bytes(inFolder(place, '_manifest.json'))
    expect(await run(place, orderRows(10))).toMatchObject({ outcome: 'unchanged', revision: 1, rows: 10 })
    expect(await place.bytes(inFolder(place, '_manifest.json'))).toEqual(before)
    expect(await run(place, orderRows(11))).toMatchObject({ outcome: 'replaced', revision: 2, rows: 11 })
    expect(await run(place, orderRows(9))).toMatchObject({ outcome: 'replaced', revision: 3, rows: 9 })
    expect(await verifyDay(orders, place.archive, DAY)).toMatchObject({ revision: 3, rows: 9 })
    expect(await place.keys()).toHaveLength(2)
    expect(await place.residue()).toEqual([])
  })

  test('that is there is skipped without asking the source, or refused, with ifExists', async () => {
    const place = await opened(open)
    let asked = 0
    const source = () => {
      asked++
      return orderRows(3)
    }
    const one = await run(place, [], { source, ifExists: 'fail' })
    expect(one.outcome).toBe('published')
    expect(await run(place, [], { source, ifExists: 'skip' })).toMatchObject({
      outcome: 'skipped',
      rows: 3,
      revision: 1,
    })
    const error = await failure(run(place, [], { source, ifExists: 'fail' }))
    expect(error).toMatchObject({ code: 'SINK_CONFLICT', retryable: false })
    expect(error.message).toContain("ifExists: 'fail'")
    expect(asked).toBe(1)
  })

  test('without rows is a header and a manifest', async () => {
    const place = await opened(open)
    expect(await run(place, [])).toMatchObject({ outcome: 'published', rows: 0, csvBytes: HEADER.length })
    expect(await csvOf(place)).toBe(HEADER)
    expect(await verifyDay(orders, place.archive, DAY)).toMatchObject({ rows: 0 })
    expect(await run(place, [])).toMatchObject({ outcome: 'unchanged' })
  })

  test('changes its compression as a replacement, and the old file goes', async () => {
    const place = await opened(open)
    await run(place, orderRows(5))
    expect(await run(place, orderRows(5), { compression: 'none' })).toMatchObject({
      outcome: 'replaced',
      revision: 2,
    })
    expect((await place.keys()).map((key) => key.slice(key.lastIndexOf('/') + 1)).sort()).toEqual([
      '_manifest.json',
      `orders_${DAY}.csv`,
    ])
    expect(await csvOf(place, `orders_${DAY}.csv`)).toContain(HEADER)
    await verifyDay(orders, place.archive, DAY)
    expect(await run(place, orderRows(5))).toMatchObject({ outcome: 'replaced', revision: 3 })
    expect(await place.keys()).toHaveLength(2)
  })

  test('loses the file of another compression that was not removed', async () => {
    for (const rows of [5, 6]) {
      const place = await opened(open)
      await run(place, orderRows(5))
      const failing = { ...place.sink, remove: () => Promise.reject(new Error('no')) }
      await rejection(run({ sink: failing }, orderRows(5), { compression: 'none' }))
      expect(await place.keys()).toHaveLength(3)
      expect(await run(place, orderRows(rows), { compression: 'none' })).toMatchObject({
        outcome: rows === 5 ? 'unchanged' : 'replaced',
        revision: rows === 5 ? 2 : 3,
      })
      expect(await place.keys()).toHaveLength(2)
      await verifyDay(orders, place.archive, DAY)
    }
  })

  test('of a run that stopped before its manifest is the old one until the next run', async () => {
    for (const compression of ['gzip', 'none'] as const) {
      for (const rows of [3, 400, 500]) {
        const place = await opened(open)
        await run(place, orderRows(3))
        const error = await rejection(run({ sink: stoppingAt(place, 1) }, orderRows(400), { compression }))
        expect(error).toMatchObject({ message: 'stopped' })
        // With another compression the old file is still there, and its manifest.
        const seen = compression === 'gzip' ? { rows: 400, revision: 2 } : { rows: 3, revision: 1 }
        expect(await verifyDay(orders, place.archive, DAY)).toMatchObject(seen)
        expect(await run(place, orderRows(rows), { compression })).toMatchObject({
          outcome: 'replaced',
          revision: rows === 400 ? 2 : 3,
        })
        expect(await verifyDay(orders, place.archive, DAY)).toMatchObject({ rows })
        expect(await place.keys()).toHaveLength(2)
        expect(await run(place, orderRows(rows), { compression })).toMatchObject({ outcome: 'unchanged' })
      }
    }
  })

  test('of a first run that stopped before its manifest is none until the next run', async () => {
    for (const rows of [3, 4]) {
      const place = await opened(open)
      await rejection(run({ sink: stoppingAt(place, 1) }, orderRows(3)))
      expect(await failure(verifyDay(orders, place.archive, DAY))).toMatchObject({ code: 'SINK_NOT_FOUND' })
      expect(await run(place, orderRows(rows))).toMatchObject(
        rows === 3 ? { outcome: 'published', revision: 1 } : { outcome: 'replaced', revision: 2 },
      )
      expect(await verifyDay(orders, place.archive, DAY)).toMatchObject({ rows })
      expect(await place.keys()).toHaveLength(2)
    }
  })

  test('that was changed behind our back, to the same size, is mended by the next run', async () => {
    const place = await opened(open)
    await run(place, orderRows(5), { compression: 'none' })
    const key = inFolder(place, `orders_${DAY}.csv`)
    await place.tamper(key, (bytes) => Buffer.from(String(bytes).replace('sale,1', 'sale,7')))
    expect(await failure(verifyDay(orders, place.archive, DAY))).toMatchObject({ code: 'SINK_CORRUPT' })
    expect(await run(place, orderRows(5), { compression: 'none' })).toMatchObject({
      outcome: 'replaced',
      revision: 2,
    })
    await verifyDay(orders, place.archive, DAY)
    expect(await run(place, orderRows(5), { compression: 'none' })).toMatchObject({ outcome: 'unchanged' })
  })

  test('with more bytes than a part arrives whole', async () => {
    const place = await opened(open)
    const report = await run(place, noise(2400), { compression: 'none' })
    expect(report.bytes).toBeGreaterThan(11 * 1024 * 1024)
    expect(await verifyDay(orders, place.archive, DAY)).toMatchObject({ rows: 2400 })
  })
})

describe('the window', () => {
  const bounds = [
    ['2026-03-06T23:59:59.999Z', false],
    ['2026-03-07T00:00:00.000Z', true],
    ['2026-03-07T23:59:59.999Z', true],
    ['2026-03-07T23:59:59.999999Z', true],
    ['2026-03-08T00:00:00.000Z', false],
    ['2026-03-08T01:00:00+02:00', true],
  ] as const

  test('has its first instant and not its end, for Dates and for text', async () => {
    for (const asDate of [true, false]) {
      const rows = bounds.map(([at], index) => order(index, { at: asDate ? new Date(at) : at }))
      const sink = memorySink()
      const report = await run({ sink }, rows, { outsideWindow: 'exclude' })
      const totals: unknown[] = []
      for await (const row of readDay(orders, sink, DAY)) totals.push(Number(row.total))
      expect(totals).toEqual(bounds.flatMap(([, inside], index) => (inside ? [index] : [])))
      expect(report.filteredOut).toMatchObject({ outsideWindow: 2, otherEventTypes: 0 })
    }
  })

  test("takes all rows with outsideWindow 'include', and none with 'fail'", async () => {
    const rows = bounds.map(([at], index) => order(index, { at }))
    expect(await run({ sink: memorySink() }, rows, { outsideWindow: 'include' })).toMatchObject({
      rows: 6,
      filteredOut: { outsideWindow: 0 },
    })
    const sink = memorySink()
    const error = await failure(run({ sink }, rows, { outsideWindow: 'fail' }))
    expect(error).toMatchObject({ code: 'WINDOW_INVALID', details: { day: DAY, zone: 'UTC' } })
    expect(error.message).toContain('orders row 1: its "at" is outside the window of 2026-03-07')
    expect(sink.objects.size).toBe(0)
  })

  test('that is not over is refused before the source is asked, unless allowed', async () => {
    const now = () => new Date(window.end.getTime() - 1)
    const source = () => {
      throw new Error('asked')
    }
    const error = await failure(run({ sink: memorySink() }, [], { source, now }))
    expect(error).toMatchObject({ code: 'WINDOW_INVALID', details: { reason: 'the window is not over yet' } })
    expect(error.message).toContain('allowOpenWindow')
    expect(await run({ sink: memorySink() }, [], { now, allowOpenWindow: true })).toMatchObject({ rows: 0 })
    expect(await run({ sink: memorySink() }, [], { now: () => window.end })).toMatchObject({ rows: 0 })
  })

  test('of another zone and of several days', async () => {
    const sink = memorySink()
    const kolkata = dayWindow(DAY, { zone: 'Asia/Kolkata' })
    await run({ sink }, [order(0, { at: '2026-03-06T18:30:00Z' })], { window: kolkata })
    expect(await verifyDay(orders, sink, DAY)).toMatchObject({ rows: 1 })
    const range = dayRange('2026-03-05', DAY)
    const report = await run({ sink }, orderRows(2), { window: range })
    expect(report).toMatchObject({ outcome: 'published', window: range, rows: 2 })
    expect(report.manifestKey).toBe(`ranges/orders/2026-03-05_${DAY}/_manifest.json`)
    expect(await verifyDay(orders, sink, range)).toMatchObject({ rows: 2 })
  })
})

describe('eventTypes', () => {
  const rows = ['sale', 'SALE', 'refund', null, 'Trial'].map((event_type, index) =>
    order(index, { event_type }),
  )

  test('are enforced, whatever their case, and recorded', async () => {
    const place = await opened(() => s3Place())
    const report = await run(place, rows, { eventTypes: ['Sale', 'trial'] })
    expect(report).toMatchObject({ rows: 3, filteredOut: { outsideWindow: 0, otherEventTypes: 2 } })
    expect((await manifestOf(place)).filter).toEqual({ eventTypes: ['sale', 'trial'] })
    expect(await run(place, rows, { eventTypes: ['trial', 'sale', 'SALE'] })).toMatchObject({
      outcome: 'unchanged',
    })
    expect(await run(place, rows.slice(0, 2))).toMatchObject({ outcome: 'replaced', rows: 2 })
  })

  test('leave no row out whose type cannot be read: encoding it says what is wrong', async () => {
    const options = { eventTypes: ['sale'] }
    const call = run({ sink: memorySink() }, [order(0), order(1, { event_type: {} as never })], options)
    expect(await failure(call)).toMatchObject({
      code: 'CELL_UNENCODABLE',
      details: { row: 2, column: 'event_type' },
    })
    const nulls = await run({ sink: memorySink() }, [order(0), order(1, { event_type: null })], options)
    expect(nulls).toMatchObject({ rows: 1, filteredOut: { otherEventTypes: 1 } })
  })

  test('are refused where there is no such column', async () => {
    const paywalls = (await import('dayfile')).paywallViews
    const call = exportWindow({
      dataset: paywalls,
      window,
      source: () => [],
      sink: memorySink(),
      eventTypes: ['x'],
    })
    expect(await rejection(call)).toBeInstanceOf(TypeError)
  })
})

/** The innermost name of an option. */
function lastKey(option: object): string {
  const [key = '', value] = Object.entries(option)[0] ?? []
  return key === 'csv' || key === 'dialect' ? lastKey(value as object) : key
}

describe('options of the wrong shape are refused before anything is read:', () => {
  test.each([
    [{ compression: 'zstd' }, TypeError],
    [{ ifExists: 'maybe' }, TypeError],
    [{ outsideWindow: 'ignore' }, TypeError],
    [{ source: [] }, TypeError],
    [{ dataset: undefined }, TypeError],
    [{ dataset: { name: 'orders' } }, TypeError],
    [{ sink: undefined }, TypeError],
    [{ sink: { location: 'here' } }, TypeError],
    [{ eventTypes: 'sale' }, TypeError],
    [{ eventTypes: ['sale', 1] }, TypeError],
    [{ onProgress: true }, TypeError],
    [{ now: new Date() }, TypeError],
    [{ signal: {} }, TypeError],
    [{ allowOpenWindow: 'yes' }, TypeError],
    [{ now: () => 5 }, TypeError],
    [{ now: () => new Date(Number.NaN) }, TypeError],
    [{ dataset: { ...orders, timeColumn: undefined } }, TypeError],
    [{ csv: [] }, TypeError],
    [{ csv: { formulaGuard: 'yes' } }, TypeError],
    [{ csv: { dialect: { bom: 'x' } } }, TypeError],
    [{ csv: { addedColumns: 'keep' } }, TypeError],
    [{ csv: { dialect: { delimiter: ',,' } } }, RangeError],
  ])('%j', async (wrong, type) => {
    const sink = memorySink()
    const error = await rejection(run({ sink }, [], wrong as unknown as Options))
    expect(error).toBeInstanceOf(type)
    expect((error as Error).message).toContain(lastKey(wrong))
    expect(sink.objects.size).toBe(0)
  })

  test('but undefined is the same as left out', async () => {
    const sink = memorySink()
    const csv = { dialect: { delimiter: ';', bom: undefined, quoting: undefined }, formulaGuard: undefined }
    await run({ sink }, orderRows(3), { csv: csv })
    expect(await verifyDay(orders, sink, DAY)).toMatchObject({ rows: 3 })
  })

  test('a window that is none', async () => {
    expect(await failure(run({ sink: memorySink() }, [], { window: undefined as never }))).toMatchObject({
      code: 'WINDOW_INVALID',
    })
  })
})

test('a replacement of a day that was copied to another prefix leaves the original alone', async () => {
  const original = memorySink({ prefix: 'prod' })
  await run({ sink: original }, orderRows(3))
  const copy = memorySink({ prefix: 'staging' })
  const everything = new Map(original.objects)
  // One bucket with two prefixes: both sinks see all of it.
  for (const [key, bytes] of original.objects) everything.set(key.replace('prod/', 'staging/'), bytes)
  for (const [key, bytes] of everything) copy.objects.set(key, bytes)
  await verifyDay(orders, copy, DAY)
  expect(await run({ sink: copy }, orderRows(4), { compression: 'none' })).toMatchObject({
    outcome: 'replaced',
  })
  expect([...copy.objects.keys()].sort()).toEqual([
    `prod/orders/dt=${DAY}/_manifest.json`,
    `prod/orders/dt=${DAY}/orders_${DAY}.csv.gz`,
    `staging/orders/dt=${DAY}/_manifest.json`,
    `staging/orders/dt=${DAY}/orders_${DAY}.csv`,
  ])
})

test('a left-over that another run has written anew meanwhile is not removed', async () => {
  const sink = memorySink()
  await run({ sink }, orderRows(3))
  const plain = sink.keys.data('orders', window, '.csv')
  sink.objects.set(plain, Buffer.from('left by a run that was killed'))
  const source = () => {
    sink.objects.set(plain, Buffer.from('of a run that will publish it'))
    return orderRows(3)
  }
  expect(await run({ sink }, [], { source })).toMatchObject({ outcome: 'unchanged' })
  expect(String(sink.objects.get(plain))).toBe('of a run that will publish it')
})

test('a source that moves the bounds of its window moves nothing but its own copy', async () => {
  const sink = memorySink()
  const source = ({ window: { start, end } }: SourceRequest) => {
    start.setUTCFullYear(1999)
    end.setUTCFullYear(1999)
    return orderRows(3)
  }
  const own = dayWindow(DAY)
  const report = await run({ sink }, [], { source, window: own })
  expect(report).toMatchObject({ rows: 3, window: { start: window.start, end: window.end } })
  expect(own).toEqual(window)
  const [file] = [...sink.objects].filter(([key]) => key.endsWith('_manifest.json'))
  expect(JSON.parse(String(file?.[1]))).toMatchObject({ window: { end: '2026-03-08T00:00:00.000Z' } })
})

test('a sink that does not take all of the body publishes nothing', async () => {
  const memory = memorySink()
  const sink: Sink = {
    ...memory,
    stage: (key, body, options) => memory.stage(key, firstOf(body), options),
  }
  expect(await failure(run({ sink }, orderRows(5000)))).toMatchObject({ code: 'SINK_CORRUPT' })
  expect(memory.objects.size).toBe(0)

  async function* firstOf(body: AsyncIterable<Uint8Array>) {
    for await (const chunk of body) {
      yield chunk
      return
    }
  }
})

test('a promise that onProgress returns is waited for, and its rejection fails the export', async () => {
  const stop = new Error('stop')
  const sink = memorySink()
  const onProgress = async () => {
    await turns(1)
    throw stop
  }
  expect(await rejection(run({ sink }, orderRows(3), { onProgress }))).toBe(stop)
  expect(sink.objects.size).toBe(0)
})

test('a Date is placed by its time, whatever its own getTime says', async () => {
  const at = Object.assign(new Date(0), { getTime: () => window.start.getTime() })
  expect(await run({ sink: memorySink() }, [order(0, { at })], { outsideWindow: 'exclude' })).toMatchObject({
    filteredOut: { outsideWindow: 1 },
  })
})

describe('the last day of the calendar', () => {
  test('is written and read back', async () => {
    const sink = memorySink()
    const rows = [{ at: '9999-12-31T23:59:59.999Z' }]
    await run({ sink }, rows, { window: dayWindow('9999-12-31'), allowOpenWindow: true })
    expect(await verifyDay(orders, sink, '9999-12-31')).toMatchObject({ rows: 1 })
  })
})

test('a manifest that nobody could read is refused before the data is replaced', async () => {
  const sink = memorySink()
  await run({ sink }, orderRows(3))
  const before = new Map(sink.objects)
  const wrong = { ...orders, columns: orders.columns.map((each) => ({ ...each, since: 5 as never })) }
  const error = await failure(run({ sink }, orderRows(4), { dataset: wrong as never }))
  expect(error).toMatchObject({ code: 'MANIFEST_INVALID' })
  expect(sink.objects).toEqual(before)
})

describe('added columns', () => {
  test('are those of the first rows that are kept, however many are left out before', async () => {
    const outside = orderRows(2500).map((row) => ({ ...row, at: '2026-03-08T00:00:00Z', other: 1 }))
    const inside = orderRows(10).map((row) => ({ ...row, shop: 'x' }))
    const report = await run({ sink: memorySink() }, [...outside, ...inside], { outsideWindow: 'exclude' })
    expect(report).toMatchObject({
      rows: 10,
      filteredOut: { outsideWindow: 2500 },
      addedColumns: ['shop'],
      droppedColumns: [],
    })
  })
})

describe('the report', () => {
  test('survives JSON', async () => {
    const rows = [...orderRows(3), order(3, { total: 'no' }), { ...order(4), extra: 'x' }]
    const report = await run({ sink: memorySink() }, rows, { csv: { onInvalidRow: 'skip' } })
    expect(report).toMatchObject({
      rows: 4,
      rejectedRows: 1,
      rejections: [{ row: 4, column: 'total' }],
      addedColumns: ['extra'],
      droppedColumns: [],
    })
    const { startedAt, finishedAt, window: span, ...rest } = report
    expect(JSON.parse(JSON.stringify(report))).toEqual({
      ...rest,
      startedAt: startedAt.toISOString(),
      finishedAt: finishedAt.toISOString(),
      window: { ...span, start: span.start.toISOString(), end: span.end.toISOString() },
    })
    expect(report.timings.total).toBe(report.timings.stage + report.timings.publish)
  })

  test('counts the columns that came too late or were not wanted', async () => {
    const rows = [...orderRows(1000), { ...order(1), late: 1 }, { ...order(2), late: 2 }]
    const late = await run({ sink: memorySink() }, rows)
    expect(late).toMatchObject({ addedColumns: [], droppedColumns: [{ name: 'late', rows: 2 }] })
    const sink = memorySink()
    expect(await failure(run({ sink }, rows, { csv: { addedColumns: 'reject' } }))).toMatchObject({
      code: 'COLUMN_UNKNOWN',
      details: { column: 'late', row: 1001 },
    })
    expect(sink.objects.size).toBe(0)
  })
})

describe('progress', () => {
  test('comes at the end at least, grows, and never after the run has settled', async () => {
    let time = Date.UTC(2026, 2, 9)
    const told: ExportProgress[] = []
    let settled = false
    let late = 0
    const onProgress = (progress: ExportProgress) => {
      if (settled) late++
      told.push(progress)
    }
    const now = () => new Date((time += 60))
    const report = await run({ sink: memorySink() }, orderRows(5000), { onProgress, now })
    settled = true
    await turns(5)
    expect(late).toBe(0)
    expect(told.length).toBeGreaterThan(2)
    expect(told.at(-1)).toMatchObject({ dataset: 'orders', day: DAY, rows: 5000, csvBytes: report.csvBytes })
    expect(told.map(({ rows }) => rows)).toEqual(told.map(({ rows }) => rows).sort((a, b) => a - b))
  })

  test('comes once when the clock stands still', async () => {
    const told: ExportProgress[] = []
    const now = () => new Date('2026-03-09T00:00:00Z')
    await run({ sink: memorySink() }, orderRows(5000), { onProgress: (each) => told.push(each), now })
    expect(told).toHaveLength(1)
  })
})

describe('on S3', () => {
  const writes = (place: S3Place) =>
    place.s3.operations
      .filter(({ operation, status }) => !/^(Get|Head|List)/.test(operation) && status < 300)
      .map(({ operation, key }) => `${operation} ${key.slice(FOLDER.length)}`)

  test('the intent is written first, then the data, and the manifest last', async () => {
    const place = await opened(() => s3Place())
    await run(place, noise(1300), { compression: 'none' })
    expect(writes(place).slice(-4)).toEqual([
      'PutObject _intent.json',
      `CompleteMultipartUpload orders_${DAY}.csv`,
      'PutObject _manifest.json',
      'DeleteObject _intent.json',
    ])
    const puts = () => place.s3.operations.filter(({ operation }) => operation === 'PutObject')
    expect(puts().map(({ headers }) => headers['if-none-match'])).toEqual(['*', '*'])
    await run(place, orderRows(1), { onShrink: 'allow' })
    expect(writes(place).slice(-4)).toEqual([
      'PutObject _manifest.json',
      `CompleteMultipartUpload orders_${DAY}.csv.gz`,
      'PutObject _manifest.json',
      `DeleteObject orders_${DAY}.csv`,
    ])
    expect(
      puts()
        .slice(2)
        .every(({ headers }) => headers['if-match'] !== undefined),
    ).toBe(true)
  })

  test('a run without changes puts nothing in place', async () => {
    const place = await opened(() => s3Place())
    for (const rows of [() => orderRows(3), () => noise(1300)]) {
      await run(place, rows(), { compression: 'none' })
      const before = writes(place).length
      expect(await run(place, rows(), { compression: 'none' })).toMatchObject({ outcome: 'unchanged' })
      const puts = writes(place)
        .slice(before)
        .filter((each) => !/^(CreateMultipartUpload|UploadPart|AbortMultipartUpload) /.test(each))
      expect(puts).toEqual([])
      expect(await place.residue()).toEqual([])
    }
  })

  test.each([true, false])(
    'data whose completion is refused after its answer was lost is found, and no day is torn (may look: %s)',
    async (mayLook) => {
      for (const before of [0, 3]) {
        const place = await opened(() => s3Place({}, { maxAttempts: 3 }))
        if (before > 0) await run(place, orderRows(before))
        const operation = 'CompleteMultipartUpload'
        place.s3.fault({ operation }, { answerThenReset: true })
        place.s3.fault({ operation }, { status: 400, code: 'ExpiredToken' })
        const begun = place.s3.operations.length
        place.s3.setPolicy(
          (asked) =>
            mayLook ||
            asked !== 'HeadObject' ||
            !place.s3.operations.slice(begun).some((each) => each.operation === operation),
        )
        const outcome = await run(place, orderRows(400)).catch((error: unknown) => error)
        expect(outcome).toMatchObject(mayLook ? { rows: 400 } : { code: 'SINK_DENIED' })
        place.s3.setPolicy(undefined)
        const seen = verifyDay(orders, place.archive, DAY)
        if (before === 0 && !mayLook) expect(await failure(seen)).toMatchObject({ code: 'SINK_NOT_FOUND' })
        else expect(await seen).toMatchObject({ rows: 400 })
        await run(place, orderRows(400))
        expect(await verifyDay(orders, place.archive, DAY)).toMatchObject({
          rows: 400,
          revision: before === 0 ? 1 : 2,
        })
        expect(await place.keys()).toHaveLength(2)
      }
    },
  )

  test('an intent that could not be removed is removed by the next run, whatever it does', async () => {
    for (const rows of [3, 4]) {
      const place = await opened(() => s3Place())
      place.s3.fault({ operation: 'DeleteObject', times: 2 }, { status: 403, code: 'AccessDenied' })
      expect(await run(place, orderRows(3))).toMatchObject({ outcome: 'published' })
      expect(await place.keys()).toContain(`${FOLDER}_intent.json`)
      await verifyDay(orders, place.archive, DAY)
      await run(place, orderRows(rows))
      expect(await place.keys()).toHaveLength(2)
    }
  })
})

describe('an abort', () => {
  test('before the start asks nobody', async () => {
    const place = await opened(() => s3Place())
    const signal = AbortSignal.abort(new Error('before'))
    const source = () => {
      throw new Error('asked')
    }
    expect(await rejection(run(place, [], { signal, source }))).toBe(signal.reason)
    expect(place.s3.operations).toEqual([])
  })

  test('after the run has no effect', async () => {
    const abort = new AbortController()
    const sink = memorySink()
    await run({ sink }, orderRows(3), { signal: abort.signal })
    abort.abort(new Error('late'))
    await turns(3)
    expect(await verifyDay(orders, sink, DAY)).toMatchObject({ rows: 3 })
  })

  test('runs the handlers of your application', async () => {
    const abort = new AbortController()
    const ran: string[] = []
    abort.signal.onabort = () => ran.push('onabort')
    abort.signal.addEventListener('abort', () => ran.push('listener'))
    const place = await opened(() => s3Place())
    function* rows() {
      yield* noise(1300)
      abort.abort(new Error('stop'))
      yield* noise(1300)
    }
    await rejection(run(place, rows(), { compression: 'none', signal: abort.signal }))
    expect(ran.sort()).toEqual(['listener', 'onabort'])
  })
})

describe('two runs of one day', () => {
  test('at once: the one that publishes while the other still reads wins, and the other has a conflict', async () => {
    for (const [, open] of PLACES) {
      const place = await opened(open)
      const reading = gate()
      const read = gate()
      async function* slow() {
        yield order(1, { event_type: 'slow' })
        reading.open()
        await read.passed
        yield order(2, { event_type: 'slow' })
      }
      const loser = exportWindow({ dataset: orders, window, source: slow, sink: place.sink })
      loser.catch(() => undefined)
      await reading.passed
      expect(await run(place, orderRows(3))).toMatchObject({ outcome: 'published', revision: 1 })
      read.open()
      expect(await failure(loser)).toMatchObject({ code: 'SINK_CONFLICT', retryable: true })
      expect(await verifyDay(orders, place.archive, DAY)).toMatchObject({ rows: 3, revision: 1 })
      expect(await place.residue()).toEqual([])
      // The loser run again finds what there is and replaces it.
      expect(await run(place, orderRows(2))).toMatchObject({ outcome: 'replaced', revision: 2 })
      await verifyDay(orders, place.archive, DAY)
    }
  })

  test('one after the other on two clients see each other', async () => {
    const place = await opened(() => s3Place())
    const { s3Sink } = await import('dayfile/s3')
    const client = clientOf(place.s3)
    const other = s3Sink({ client, bucket: BUCKET, prefix: PREFIX })
    await run(place, orderRows(3))
    expect(await run({ sink: other }, orderRows(3))).toMatchObject({ outcome: 'unchanged' })
    expect(await run({ sink: other }, orderRows(4))).toMatchObject({ outcome: 'replaced', revision: 2 })
    client.destroy()
    await verifyDay(orders, place.archive, DAY)
  })
})

test('a manifest that cannot be read is said, and nothing is touched', async () => {
  const place = await opened(() => s3Place())
  await run(place, orderRows(3))
  await place.tamper(inFolder(place, '_manifest.json'), () => Buffer.from('{}'))
  const before = place.s3.operations.length
  expect(await failure(run(place, orderRows(4)))).toMatchObject({
    code: 'MANIFEST_INVALID',
    details: { key: inFolder(place, '_manifest.json') },
  })
  expect(place.s3.operations).toHaveLength(before + 1)
})
