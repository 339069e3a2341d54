import { dayWindow, DayfileError, exportWindow, type Archive } from 'dayfile'
import { coverage, auditDays, type CoverageState } from 'dayfile/read'
import { memorySink } from 'dayfile/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { orders, rejection } from '../export/orders.js'
import { memoryPlace, opened, PLACES, type Place } from '../sinks/places.js'

async function publish(place: Pick<Place, 'sink'>, day: string, count: number): Promise<void> {
  const source = () => Array.from({ length: count }, (_, total) => ({ at: `${day}T12:00:00.000Z`, total }))
  await exportWindow({ onShrink: 'allow', dataset: orders, window: dayWindow(day), source, sink: place.sink })
}

const dataKey = ({ sink }: Place, day: string) => sink.keys.data(orders.name, { day }, '.csv.gz')
const manifestKey = ({ sink }: Place, day: string) => sink.keys.manifest(orders.name, { day })

/** Takes note of the requests that are made. */
function watched(archive: Archive): { archive: Archive; requests: string[] } {
  const requests: string[] = []
  const open: Archive['open'] = (key, options) => {
    requests.push(`open ${key}`)
    return archive.open(key, options)
  }
  const list: Archive['list'] = (prefix, options) => {
    requests.push(`list ${prefix}`)
    return archive.list(prefix, options)
  }
  return { archive: { ...archive, open, list }, requests }
}

describe.each(PLACES)('the coverage of %s', (_, open) => {
  test('tells the state of every day, with what its manifest says, and is the same as JSON', async () => {
    const place = await opened(open)
    await publish(place, '2026-02-27', 3)
    await publish(place, '2026-02-28', 0)
    await publish(place, '2026-03-02', 1)
    await publish(place, '2026-03-02', 2)
    await publish(place, '2026-03-03', 1)
    await publish(place, '2026-03-03', 0)
    await publish(place, '2026-03-04', 5)
    await place.tamper(dataKey(place, '2026-03-04'), (bytes) => bytes.subarray(1))
    await publish(place, '2026-03-05', 5)
    await place.tamper(manifestKey(place, '2026-03-05'), () => Buffer.from('{'))
    await publish(place, '2026-03-06', 4)
    const extra = dataKey(place, '2026-03-06').replace(/[^/]*$/, 'left.csv')
    const { signal } = new AbortController()
    await place.sink.write(extra, Buffer.from('x'), { contentType: 'text/csv', ifMatch: null, signal })

    const found = await coverage(orders, place.archive, { to: '2026-03-07' })
    const bytesOf = async (day: string) => (await place.bytes(dataKey(place, day))).length
    const whole = (day: string, state: CoverageState, revision: number, rows: number, extraFiles = 0) =>
      bytesOf(day).then((bytes) => ({ day, state, revision, rows, bytes, extraFiles, problem: null }))
    const nothing = { revision: null, rows: null, bytes: null, extraFiles: 0, problem: null }
    const cut = await bytesOf('2026-03-04')
    expect(found.days).toEqual([
      await whole('2026-02-27', 'published', 1, 3),
      await whole('2026-02-28', 'empty', 1, 0),
      { day: '2026-03-01', state: 'missing', ...nothing },
      await whole('2026-03-02', 'replaced', 2, 2),
      await whole('2026-03-03', 'empty', 2, 0),
      {
        ...{ day: '2026-03-04', state: 'damaged', revision: 1, rows: 5, bytes: cut + 1, extraFiles: 0 },
        problem: {
          code: 'SINK_CORRUPT',
          key: dataKey(place, '2026-03-04'),
          rule: `has ${cut} bytes, but the manifest says ${cut + 1}`,
        },
      },
      {
        ...{ day: '2026-03-05', state: 'damaged', ...nothing },
        problem: { code: 'MANIFEST_INVALID', key: manifestKey(place, '2026-03-05'), rule: 'is not JSON' },
      },
      await whole('2026-03-06', 'published', 1, 4, 1),
      { day: '2026-03-07', state: 'missing', ...nothing },
    ])
    const { days, ...rest } = found
    const bytes = days.reduce((sum, day) => sum + (day.state === 'damaged' ? 0 : (day.bytes ?? 0)), 0)
    expect(rest).toEqual({
      dataset: 'orders',
      location: place.archive.location,
      from: '2026-02-27',
      to: '2026-03-07',
      totals: {
        days: 9,
        published: 2,
        replaced: 1,
        empty: 2,
        missing: 2,
        damaged: 2,
        rows: 9,
        bytes,
        extraFiles: 1,
      },
    })
    expect(JSON.parse(JSON.stringify(found))).toEqual(found)
  })

  test('takes one list, and one read of each manifest where all is as it should be', async () => {
    const place = await opened(open)
    const days = ['2026-03-01', '2026-03-02', '2026-03-04']
    for (const day of days) await publish(place, day, 1)
    const { archive, requests } = watched(place.archive)
    await coverage(orders, archive)
    expect(requests).toEqual([
      `list ${archive.keys.dailyPrefix(orders.name)}`,
      ...days.map((day) => `open ${manifestKey(place, day)}`),
    ])
  })
})

test('the days that are missing or damaged, or have extra files, are those of auditDays', async () => {
  const kinds = fc.constantFrom('left out', 'whole', 'cut', 'without a manifest', 'with a file more')
  await fc.assert(
    fc.asyncProperty(fc.array(kinds, { maxLength: 12 }), fc.boolean(), async (wanted, isOpen) => {
      const place = await memoryPlace()
      const dayAt = (index: number) => `2026-03-${String(index + 1).padStart(2, '0')}`
      for (const [index, kind] of wanted.entries()) {
        const day = dayAt(index)
        if (kind === 'left out') continue
        await publish(place, day, index)
        const key = kind === 'without a manifest' ? manifestKey(place, day) : dataKey(place, day)
        if (kind === 'cut') await place.tamper(key, (bytes) => bytes.subarray(1))
        const { signal } = new AbortController()
        if (kind === 'without a manifest') await place.sink.remove(key, { signal })
        const more = key.replace(/[^/]*$/, 'left.csv')
        if (kind === 'with a file more')
          await place.sink.write(more, Buffer.from('x'), { contentType: 'text/csv', ifMatch: null, signal })
      }
      const span = isOpen ? {} : { from: '2026-02-27', to: dayAt(wanted.length) }
      const gaps: string[] = []
      for await (const gap of auditDays(orders, place.archive, span)) gaps.push(`${gap.day} ${gap.reason}`)
      const { days, from, to } = await coverage(orders, place.archive, span)
      const found = days.flatMap(({ day, state, extraFiles }) => {
        if (state === 'missing' || state === 'damaged') return [`${day} ${state}`]
        return extraFiles > 0 ? [`${day} extra`] : []
      })
      expect(found).toEqual(gaps)
      expect([days[0]?.day ?? null, days.at(-1)?.day ?? null]).toEqual([from, to])
    }),
    { numRuns: 40 },
  )
})

describe('where nothing was published', () => {
  test('there are no days, and where a span is named all are missing', async () => {
    const nothing = await coverage(orders, memorySink())
    expect(nothing).toMatchObject({ from: null, to: null, days: [], totals: { days: 0, rows: 0 } })
    const named = await coverage(orders, memorySink(), { from: '2026-02-28', to: '2026-03-01' })
    expect(named.days.map(({ day, state }) => `${day} ${state}`)).toEqual([
      '2026-02-28 missing',
      '2026-03-01 missing',
    ])
    expect(await coverage(orders, memorySink(), { from: '2026-02-28' })).toMatchObject({
      from: '2026-02-28',
      to: null,
      days: [],
    })
  })
})

test('a day that is replaced between the list and its manifest is told as it is then', async () => {
  const place = await opened(memoryPlace)
  await publish(place, '2026-03-01', 1)
  const list: Archive['list'] = async function* (prefix, options) {
    yield* place.archive.list(prefix, options)
    await publish(place, '2026-03-01', 7)
  }
  expect((await coverage(orders, { ...place.archive, list })).days).toMatchObject([
    { day: '2026-03-01', state: 'replaced', revision: 2, rows: 7 },
  ])
})

test('a manifest that is an old one by then is not believed: the day is told as it is read', async () => {
  const place = await opened(memoryPlace)
  await publish(place, '2026-03-01', 1)
  const key = manifestKey(place, '2026-03-01')
  const stale = [await place.bytes(key)]
  await publish(place, '2026-03-01', 7)
  const open: Archive['open'] = async function* (asked, options) {
    const old = asked === key ? stale.pop() : undefined
    if (old === undefined) yield* place.archive.open(asked, options)
    else yield old
  }
  expect((await coverage(orders, { ...place.archive, open })).days).toMatchObject([
    { day: '2026-03-01', state: 'replaced', revision: 2, rows: 7 },
  ])
})

test('what fails comes through: the archive, an abort, dates out of order, and what is no dataset', async () => {
  const place = await opened(memoryPlace)
  await publish(place, '2026-03-01', 1)
  const denied = new DayfileError('SINK_DENIED', 'no', { location: 'memory:', operation: 'open' })
  const open: Archive['open'] = async function* () {
    throw denied
    yield Buffer.alloc(0)
  }
  expect(await rejection(coverage(orders, { ...place.archive, open }))).toBe(denied)
  const reason = new Error('shutting down')
  const signal = AbortSignal.abort(reason)
  expect(await rejection(coverage(orders, place.archive, { signal }))).toBe(reason)
  const backwards = { from: '2026-03-02', to: '2026-03-01' }
  expect(await rejection(coverage(orders, place.archive, backwards))).toMatchObject({
    code: 'WINDOW_INVALID',
  })
  expect(await rejection(coverage(undefined as never, place.archive))).toBeInstanceOf(TypeError)
  expect(await rejection(coverage(orders, place.archive, null as never))).toBeInstanceOf(TypeError)
})
