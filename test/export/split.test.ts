import { spawnSync } from 'node:child_process'
import { fstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { csvEncoder, DayfileError, exportWindow, type ExportWindowOptions, type SplitOptions } from 'dayfile'
import { readDay, verifyDay } from 'dayfile/read'
import { memorySink, type MemorySink } from 'dayfile/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { RowEncoder } from '../../src/csv/row-encoder.js'
import { encodeSplit } from '../../src/csv/split-csv.js'
import { PLACES, type Place } from '../sinks/places.js'
import { DAY, failure, noise, order, orderRows, orders, rejection, window } from './orders.js'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

function run(
  sink: Place['sink'],
  rows: Iterable<object>,
  split: SplitOptions,
  options: Partial<ExportWindowOptions<typeof orders>> = {},
) {
  return exportWindow({ dataset: orders, window, source: () => rows as [], sink, split, ...options })
}

const FOLDER = `orders/dt=${DAY}/`
const partOf = (index: number, count: number): string =>
  `${FOLDER}orders_${DAY}_part-0000${index}-of-0000${count}.csv.gz`

const keysOf = (sink: MemorySink): string[] => [...sink.objects.keys()].sort()

/** Sets the folder for temporary files; the test's end sets it back. */
function setTemporaryFolder(folder: string): void {
  const before = process.env.TMPDIR
  process.env.TMPDIR = folder
  cleanups.push(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    return Promise.resolve()
  })
}

function ownTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'split-test-'))
  cleanups.push(() => {
    rmSync(folder, { recursive: true })
    return Promise.resolve()
  })
  setTemporaryFolder(folder)
  return folder
}

describe('a day that is split by rows', () => {
  test('has files of so many rows, each with the header, in the order of the rows', async () => {
    const sink = memorySink()
    const report = await run(sink, orderRows(250), { maxRows: 100 })
    expect(keysOf(sink)).toEqual([`${FOLDER}_manifest.json`, partOf(0, 3), partOf(1, 3), partOf(2, 3)])
    expect(report.files.map(({ key, rows }) => [key, rows])).toEqual([
      [partOf(0, 3), 100],
      [partOf(1, 3), 100],
      [partOf(2, 3), 50],
    ])
    expect(report).toMatchObject({ outcome: 'published', rows: 250 })
    for (const { key, csvBytes, bytes } of report.files) {
      const stored = sink.objects.get(key) ?? new Uint8Array()
      expect(stored.length).toBe(bytes)
      expect(gunzipSync(stored).length).toBe(csvBytes)
      expect(String(gunzipSync(stored))).toMatch(/^at,event_type,total\r\n/)
    }
    const rows: unknown[] = []
    for await (const row of readDay(orders, sink, DAY)) rows.push(row.total)
    expect(rows).toEqual(orderRows(250).map(({ total }) => String(total)))
    expect(await verifyDay(orders, sink, DAY)).toMatchObject({ rows: 250 })
  })

  test('has one file when there are no more rows than that, or none', async () => {
    for (const rows of [0, 1, 100]) {
      const sink = memorySink()
      const { files } = await run(sink, orderRows(rows), { maxRows: 100 })
      expect(files.map((file) => [file.key, file.rows])).toEqual([[partOf(0, 1), rows]])
    }
  })

  test('counts the rows that are written, not those that are left out', async () => {
    const sink = memorySink()
    const rows = orderRows(300).map((row, index) => (index % 3 === 0 ? row : { ...row, event_type: 'other' }))
    const { files } = await run(sink, rows, { maxRows: 50 }, { eventTypes: ['sale'] })
    expect(files.map((file) => file.rows)).toEqual([50, 50])
  })

  test('has the added columns of its first rows in every file', async () => {
    const sink = memorySink()
    const rows = orderRows(30).map((row, index) => ({ ...row, ...(index === 7 ? { extra: 'x' } : {}) }))
    const { files } = await run(sink, rows, { maxRows: 10 })
    for (const { key } of files) {
      expect(String(gunzipSync(sink.objects.get(key) ?? ''))).toMatch(/^at,event_type,total,extra\r\n/)
    }
  })
})

test('a day that is split by bytes has files of no more', async () => {
  const sink = memorySink()
  const maxCsvBytes = 1024 * 1024
  const { files, csvBytes } = await run(sink, [...orderRows(1000), ...noise(1500)], { maxCsvBytes })
  expect(files.length).toBeGreaterThanOrEqual(Math.ceil(csvBytes / maxCsvBytes))
  for (const file of files) expect(file.csvBytes).toBeLessThanOrEqual(maxCsvBytes)
  // No file is much smaller than it could be, but the last.
  for (const file of files.slice(0, -1)) expect(file.csvBytes).toBeGreaterThan(maxCsvBytes / 2)
  expect(await verifyDay(orders, sink, DAY)).toMatchObject({ rows: 2500 })
})

test('files put together without their headers are the file that is not split', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 3000 }),
      fc.integer({ min: 1, max: 1500 }),
      async (count, maxRows) => {
        const rows = orderRows(count)
        const files: Buffer[][] = [[]]
        const counts: number[] = []
        for await (const piece of encodeSplit(new RowEncoder(orders, {}), rows, { maxRows })) {
          if (piece instanceof Uint8Array) files.at(-1)?.push(Buffer.from(piece))
          else {
            counts.push(piece.rows)
            if (!piece.isLast) files.push([])
          }
        }
        expect(counts.reduce((sum, each) => sum + each, 0)).toBe(count)
        expect(counts.every((each, index) => each === maxRows || index === counts.length - 1)).toBe(true)
        const encoder = csvEncoder(orders)
        const records = Buffer.from(encoder.encode(rows))
        const header = Buffer.from(encoder.header())
        const texts = files.map((pieces) => Buffer.concat(pieces))
        for (const text of texts) expect(text.subarray(0, header.length).equals(header)).toBe(true)
        expect(Buffer.concat(texts.map((text) => text.subarray(header.length))).equals(records)).toBe(true)
      },
    ),
    { numRuns: 60 },
  )
})

describe.each(PLACES)('a split day in %s', (_, open) => {
  test('is unchanged, replaced by other files and by one file, and nothing old stays', async () => {
    const place = await open()
    cleanups.push(() => place.close())
    const names = async () => (await place.keys()).map((key) => key.slice(key.lastIndexOf('/') + 1)).sort()
    await run(place.sink, orderRows(250), { maxRows: 100 })
    expect(await run(place.sink, orderRows(250), { maxRows: 100 })).toMatchObject({ outcome: 'unchanged' })
    expect(await run(place.sink, orderRows(251), { maxRows: 100 })).toMatchObject({
      outcome: 'replaced',
      revision: 2,
    })
    expect(await names()).toHaveLength(4)
    expect(await run(place.sink, orderRows(150), { maxRows: 100 }, { compression: 'none' })).toMatchObject({
      outcome: 'replaced',
      revision: 3,
    })
    expect(await names()).toEqual([
      '_manifest.json',
      `orders_${DAY}_part-00000-of-00002.csv`,
      `orders_${DAY}_part-00001-of-00002.csv`,
    ])
    const { sink } = place
    const whole = await exportWindow({ dataset: orders, window, source: () => orderRows(150), sink })
    expect(whole).toMatchObject({ outcome: 'replaced', revision: 4 })
    expect(await names()).toEqual(['_manifest.json', `orders_${DAY}.csv.gz`])
    expect(await verifyDay(orders, place.archive, DAY)).toMatchObject({ rows: 150 })
    expect(await place.residue()).toEqual([])
  })

  test('of which a run stopped after some files is the old one, and made whole by the next run', async () => {
    for (const before of [0, 300]) {
      const place = await open()
      cleanups.push(() => place.close())
      if (before > 0) await run(place.sink, orderRows(before), { maxRows: 100 })
      let commits = 0
      const stopping: Place['sink'] = {
        ...place.sink,
        async stage(...call) {
          const staged = await place.sink.stage(...call)
          const commit = async (): Promise<{ etag: string }> => {
            if (++commits > 2) throw new Error('stopped')
            return staged.commit()
          }
          return { ...staged, commit }
        },
      }
      const rows = orderRows(300, { event_type: 'other' })
      await rejection(run(stopping, rows, { maxRows: 100 }))
      if (before === 0)
        expect(await failure(verifyDay(orders, place.archive, DAY))).toMatchObject({ code: 'SINK_NOT_FOUND' })
      else expect(await verifyDay(orders, place.archive, DAY)).toMatchObject({ rows: before, revision: 1 })
      expect(await run(place.sink, orderRows(200), { maxRows: 100 })).toMatchObject({
        outcome: before === 0 ? 'published' : 'replaced',
      })
      expect(await verifyDay(orders, place.archive, DAY)).toMatchObject({ rows: 200 })
      expect(await place.keys()).toHaveLength(3)
    }
  })
})

test('new content of as many files does not come in the place of files that a manifest names', async () => {
  const sink = memorySink()
  const named = (revision: number): string[] =>
    [0, 1, 2].map((index) => partOf(index, 3).replace('.csv', `${revision > 1 ? `_r${revision}` : ''}.csv`))
  for (const [revision, total] of [3, 4, 3, 5].entries()) {
    const { files } = await run(sink, orderRows(250, { total }), { maxRows: 100 })
    expect(files.map(({ key }) => key)).toEqual(named(revision + 1))
    expect(keysOf(sink)).toEqual([`${FOLDER}_manifest.json`, ...named(revision + 1)])
  }
  expect(await run(sink, orderRows(250, { total: 5 }), { maxRows: 100 })).toMatchObject({
    outcome: 'unchanged',
  })
  // A file that is damaged is mended in its place.
  sink.objects.delete(named(4)[1] ?? '')
  const mended = await run(sink, orderRows(250, { total: 5 }), { maxRows: 100 })
  expect(mended).toMatchObject({ outcome: 'replaced', revision: 5 })
  expect(mended.files.map(({ key }) => key)).toEqual(named(4))
  expect(await verifyDay(orders, sink, DAY)).toMatchObject({ rows: 250 })
})

test('what a killed run of another number of files has staged is given up, and nothing else', async () => {
  const sink = memorySink()
  const options = { contentType: 'text/csv', signal: new AbortController().signal }
  const stage = (key: string) => sink.stage(key, Readable.from([]), options)
  const stale = [partOf(7, 9), partOf(0, 3).replace('.csv', '_r2.csv'), partOf(0, 2).replace('.gz', '')]
  const others = [`${partOf(0, 3)}.bak`, `${FOLDER}orders_${DAY}_notes.csv`, `${FOLDER}orders_${DAY}1.csv`]
  for (const key of [...stale, ...others]) await stage(key)
  await run(sink, orderRows(250), { maxRows: 100 })
  const left = (await sink.stagings?.('', { signal: options.signal })) ?? []
  expect(left.map(({ key }) => key).sort()).toEqual(others.sort())
})

test('files of a day before, which a run has not removed, are removed by the next one, whatever it does', async () => {
  for (const [before, next] of [
    [{ maxRows: 100 }, { maxRows: 70 }],
    [undefined, { maxRows: 100 }],
    [{ maxRows: 100 }, undefined],
  ] as const) {
    for (const rows of [150, 151]) {
      const sink = memorySink()
      const exported = (to: Place['sink'], count: number, split: SplitOptions | undefined) =>
        exportWindow({
          dataset: orders,
          window,
          source: () => orderRows(count),
          sink: to,
          ...(split === undefined ? {} : { split }),
        })
      await exported(sink, 150, before)
      const stopping = {
        ...sink,
        remove: (key: string, ...rest: unknown[]) =>
          key.endsWith('_intent.json')
            ? sink.remove(key, rest[0] as Parameters<typeof sink.remove>[1])
            : Promise.reject(new Error('stopped')),
      }
      await rejection(exported(stopping, 150, next))
      const report = await exported(sink, rows, next)
      expect(report.outcome).toBe(rows === 150 ? 'unchanged' : 'replaced')
      expect(keysOf(sink)).toEqual([`${FOLDER}_manifest.json`, ...report.files.map(({ key }) => key)].sort())
      expect(await verifyDay(orders, sink, DAY)).toMatchObject({ rows })
    }
  }
})

test('a folder for temporary files that is not there is SINK_UNAVAILABLE, also while the source is silent', async () => {
  setTemporaryFolder('/nonexistent')
  const error = await failure(run(memorySink(), orderRows(10), { maxRows: 5 }))
  expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true })
  expect(error.message).toContain('TMPDIR')
})

test('folders of others are left alone, whatever their names and whether their process is running', async () => {
  const folder = ownTemporaryFolder()
  // The number of a process that has ended here, as that of one in another container is.
  const { pid } = spawnSync(process.execPath, ['--version'])
  const others = [`dayfile-split-${pid}-aB3dE6`, `dayfile-split-${process.pid}-aB3dE6`]
  for (const name of others) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, '0'), 'rows of a run that goes on')
  }
  await run(memorySink(), orderRows(10), { maxRows: 5 })
  expect(readdirSync(folder).sort()).toEqual([...others].sort())
  for (const name of others)
    expect(readFileSync(join(folder, name, '0'), 'utf8')).toBe('rows of a run that goes on')
})

test('what waits on the disk has no name there, and belongs to this user alone', async () => {
  const folder = ownTemporaryFolder()
  const openFiles = () => readdirSync('/proc/self/fd').map(Number).filter(isOpen)
  const before = openFiles()
  let seen = 0
  const sink = memorySink()
  const looking: Place['sink'] = {
    ...sink,
    stage(...call) {
      expect(readdirSync(folder)).toEqual([])
      const spooled = openFiles()
        .filter((fd) => !before.includes(fd))
        .map((fd) => fstatSync(fd))
        .filter((file) => file.isFile() && file.size > 0)
      expect(spooled.map(({ nlink, mode, uid }) => [nlink, mode & 0o777, uid])).toEqual([
        [0, 0o600, process.getuid?.()],
      ])
      seen++
      return sink.stage(...call)
    },
  }
  await run(looking, orderRows(250), { maxRows: 100 })
  expect(seen).toBe(3)
  expect(await verifyDay(orders, sink, DAY)).toMatchObject({ rows: 250 })
})

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd)
    return true
  } catch {
    return false
  }
}

test('the progress of a split day is told at its end', async () => {
  const told: number[] = []
  await run(memorySink(), orderRows(10), { maxRows: 5 }, { onProgress: ({ rows }) => told.push(rows) })
  expect(told).toEqual([10])
})

test('what your application throws is not taken for an error of the disk', async () => {
  const thrown = Object.assign(new Error('the pipe of your application is full'), { code: 'ENOSPC' })
  const onProgress = (): never => {
    throw thrown
  }
  expect(await rejection(run(memorySink(), orderRows(10), { maxRows: 5 }, { onProgress }))).toBe(thrown)
})

test('no file stays open when the sink refuses to stage', async () => {
  const opened = () => readdirSync('/proc/self/fd').length
  const refusing = { ...memorySink(), stage: () => Promise.reject(new Error('refused')) }
  await rejection(run(refusing, orderRows(10), { maxRows: 5 }))
  const before = opened()
  for (let times = 0; times < 5; times++) await rejection(run(refusing, orderRows(10), { maxRows: 5 }))
  expect(opened()).toBeLessThanOrEqual(before + 1)
})

test('nothing stays in the folder for temporary files, whatever becomes of the run', async () => {
  const folder = ownTemporaryFolder()
  const sink = memorySink()
  await run(sink, orderRows(250), { maxRows: 100 })
  async function* failing() {
    yield* orderRows(250)
    throw new Error('the source failed')
  }
  const source = () => failing()
  expect(await failure(run(sink, [], { maxRows: 100 }, { source }))).toMatchObject({ code: 'SOURCE_FAILED' })
  const abort = new AbortController()
  async function* aborting() {
    yield order(1)
    abort.abort(new Error('aborted'))
    yield* orderRows(5000)
  }
  const aborted = run(sink, [], { maxRows: 100 }, { source: () => aborting(), signal: abort.signal })
  expect(await rejection(aborted)).toBe(abort.signal.reason)
  expect(readdirSync(folder)).toEqual([])
  expect(await verifyDay(orders, sink, DAY)).toMatchObject({ rows: 250, revision: 1 })
})

test.each<[unknown, ErrorConstructor, string]>([
  [{}, TypeError, 'maxRows, maxCsvBytes or both'],
  [{ rows: 5 }, TypeError, 'unknown option split.rows'],
  [{ maxRows: 0 }, RangeError, 'split.maxRows'],
  [{ maxRows: 1.5 }, RangeError, 'split.maxRows'],
  [{ maxCsvBytes: 1000 }, RangeError, 'split.maxCsvBytes'],
  ['many', TypeError, 'option split: expected an object of options'],
])('split as %j is refused', async (split, type, message) => {
  const error = await rejection(run(memorySink(), [], split as SplitOptions))
  expect(error).toBeInstanceOf(type)
  expect(String(error)).toContain(message)
})

test('without the permission to remove, a day is replaced all the same, and the report says what stays', async () => {
  const sink = memorySink()
  const denied = {
    ...sink,
    remove: (key: string) =>
      Promise.reject(
        new DayfileError('SINK_DENIED', 'refused', { location: sink.location, operation: 'remove', key }),
      ),
  }
  await run(denied, orderRows(20), { maxRows: 10 })
  const first = [partOf(0, 2), partOf(1, 2)]
  const replaced = await run(denied, orderRows(20, { total: 1 }), { maxRows: 10 })
  expect(replaced).toMatchObject({ outcome: 'replaced', notRemoved: first })
  const again = await run(denied, orderRows(20, { total: 1 }), { maxRows: 10 })
  expect(again).toMatchObject({ outcome: 'unchanged', notRemoved: first })
  expect(await verifyDay(orders, sink, DAY)).toMatchObject({ rows: 20, revision: 2 })
  const third = await run(sink, orderRows(20, { total: 2 }), { maxRows: 10 })
  expect(third.notRemoved).toEqual([])
  expect(keysOf(sink)).toEqual([`${FOLDER}_manifest.json`, ...third.files.map(({ key }) => key)].sort())
})

test('files whose tags are not those of the manifest, as in a copy, are removed when the day is replaced', async () => {
  const sink = memorySink()
  await run(sink, orderRows(20), { maxRows: 10 })
  for (const key of [partOf(0, 2), partOf(1, 2)]) sink.objects.set(key, Buffer.from('of another encryption'))
  const { files, outcome } = await run(sink, orderRows(20, { total: 1 }), { maxRows: 10 })
  expect(outcome).toBe('replaced')
  expect(keysOf(sink)).toEqual([`${FOLDER}_manifest.json`, ...files.map(({ key }) => key)].sort())
})

/** A sink that stops a run after so many of its files are in place. */
function stoppingAfter(sink: MemorySink, files: number): Place['sink'] {
  let commits = 0
  return {
    ...sink,
    async stage(...call) {
      const staged = await sink.stage(...call)
      const commit = () => (++commits > files ? Promise.reject(new Error('stopped')) : staged.commit())
      return { ...staged, commit }
    },
  }
}

describe('what a run that stopped has put in place is removed', () => {
  test.each([0, 20])('after another one that was aborted before it put anything there', async (before) => {
    const sink = memorySink()
    if (before > 0) await run(sink, orderRows(before), { maxRows: 10 })
    await rejection(run(stoppingAfter(sink, 1), orderRows(20, { total: 1 }), { maxRows: 10 }))
    const abort = new AbortController()
    const aborting: Place['sink'] = {
      ...sink,
      async write(...call) {
        const written = await sink.write(...call)
        abort.abort(new Error('aborted'))
        return written
      },
    }
    const aborted = run(aborting, orderRows(20, { total: 2 }), { maxRows: 10 }, { signal: abort.signal })
    expect(await rejection(aborted)).toBe(abort.signal.reason)
    const { files } = await run(sink, orderRows(30, { total: 3 }), { maxRows: 10 })
    expect(keysOf(sink)).toEqual([`${FOLDER}_manifest.json`, ...files.map(({ key }) => key)].sort())
  })

  test('in a copy of the day, and nothing is asked for where it was copied from', async () => {
    const original = memorySink()
    await run(original, orderRows(20), { maxRows: 10 })
    await rejection(run(stoppingAfter(original, 1), orderRows(20, { total: 1 }), { maxRows: 10 }))
    const copy = memorySink({ prefix: 'copy' })
    for (const [key, bytes] of original.objects) copy.objects.set(`copy/${key}`, bytes)
    const keys: string[] = []
    const noting = Object.entries(copy).map(([name, value]: [string, unknown]) => [
      name,
      typeof value !== 'function'
        ? value
        : (...call: [string, ...unknown[]]) => {
            keys.push(call[0])
            return (value as (...call: unknown[]) => unknown)(...call)
          },
    ])
    const sink = Object.fromEntries(noting) as Place['sink']
    const { files, outcome } = await run(sink, orderRows(30, { total: 3 }), { maxRows: 10 })
    expect(outcome).toBe('replaced')
    expect(keys.filter((key) => !key.startsWith('copy/'))).toEqual([])
    expect(keysOf(copy)).toEqual([`copy/${FOLDER}_manifest.json`, ...files.map(({ key }) => key)].sort())
  })
})

test('a clearing up that stopped does not make the next run call the day written', async () => {
  const sink = memorySink()
  await run(sink, orderRows(20), { maxRows: 10 })
  const { signal } = new AbortController()
  await sink.stage(partOf(0, 9), Readable.from([]), { contentType: 'text/csv', signal })
  const stopping: Place['sink'] = { ...sink, unstage: () => Promise.reject(new Error('stopped')) }
  await rejection(run(stopping, orderRows(20), { maxRows: 10 }))
  expect(await run(sink, orderRows(20), { maxRows: 10 })).toMatchObject({ outcome: 'unchanged', revision: 1 })
  expect(await sink.stagings?.('', { signal })).toEqual([])
})
