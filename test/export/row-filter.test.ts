import { column, defineDataset, exportWindow, type ExportWindowOptions, type SourceRequest } from 'dayfile'
import { readDay } from 'dayfile/read'
import { memorySink } from 'dayfile/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY, orders, rejection, window } from './orders.js'

const views = defineDataset({
  name: 'views',
  timeColumn: 'at',
  columns: [
    column.instant('at', { nullable: false }),
    column.text('event_type'),
    column.text('profile_id'),
    column.instant('install_date'),
  ],
})

type Options = Partial<ExportWindowOptions>

async function exported(rows: readonly object[], options: Options = {}) {
  const sink = memorySink()
  const asked: SourceRequest[] = []
  const source = (request: SourceRequest) => {
    asked.push(request)
    return rows
  }
  const report = await exportWindow({
    dataset: views,
    window,
    source: source as never,
    sink,
    outsideWindow: 'exclude',
    ...options,
  })
  const read = []
  for await (const row of readDay(views, sink, DAY)) read.push(row)
  const manifest = JSON.parse(String(sink.objects.get(report.manifestKey))) as { filter: object }
  return { report, read, manifest, asked }
}

const NOON = '2026-03-07T12:00:00Z'

test('rows from before their install date are left out, in whatever form either stands', async () => {
  const rows = [
    { at: NOON, install_date: '2026-03-07T12:00:00.001Z' },
    { at: new Date(NOON), install_date: new Date('2026-03-08T00:00:00Z') },
    { at: NOON, install_date: '2026-03-08' },
    { at: NOON, install_date: NOON },
    { at: NOON, install_date: '2026-03-07' },
    { at: NOON, install_date: new Date('2020-01-01') },
    { at: NOON, install_date: null },
    { at: NOON },
  ]
  const { report, read, manifest, asked } = await exported(rows, { excludeHistorical: true })
  expect(read.length).toBe(5)
  expect(report.filteredOut).toEqual({
    otherEventTypes: 0,
    historical: 3,
    withoutProfile: 0,
    outsideWindow: 0,
  })
  expect(manifest.filter).toEqual({ eventTypes: null, excludeHistorical: true })
  expect(report.filter).toEqual(manifest.filter)
  expect(asked[0]).toMatchObject({ excludeHistorical: true })
})

test('rows without a profile are left out, whatever says that there is none', async () => {
  const rows = [null, undefined, '', 'p1', 0].map((profile_id) => ({ at: NOON, profile_id }))
  const all = await exported(rows, { withoutProfile: 'include' })
  expect(all.report.rows).toBe(5)
  expect(all.manifest.filter).toEqual({ eventTypes: null })
  const some = await exported(rows, { withoutProfile: 'exclude' })
  expect(some.read.map(({ profile_id }) => profile_id)).toEqual(['p1', '0'])
  expect(some.report.filteredOut.withoutProfile).toBe(3)
  expect(some.manifest.filter).toEqual({ eventTypes: null, withoutProfile: 'exclude' })
  expect(some.asked[0]?.withoutProfile).toBe('exclude')
})

test('attributes are a column of JSON where they are on, and nowhere where they are off', async () => {
  const rows = [
    { at: NOON, attributes: { plan: 'a' } },
    { at: NOON, other: 1, attributes: { plan: 'b' } },
  ]
  const extended = views.extend([column.json('attributes')])
  const own = ['at', 'event_type', 'profile_id', 'install_date']
  for (const dataset of [views, extended]) {
    const on = await exported(rows, { dataset, attributes: true })
    expect(on.report.columns).toEqual([...own, 'attributes', 'other'])
    expect(on.manifest).toMatchObject({ columns: { 4: { name: 'attributes', kind: 'json' } } })
    expect(on.asked[0]?.columns).toEqual([...own, 'attributes'])
    const off = await exported(rows, { dataset, attributes: false })
    expect(off.report).toMatchObject({ columns: [...own, 'other'], droppedColumns: [] })
    expect(off.asked[0]).toMatchObject({ columns: own, attributes: false })
    const strict = { dataset, attributes: false, csv: { addedColumns: 'reject' } } as const
    expect((await exported([{ at: NOON, attributes: {} }], strict)).report.columns).toEqual(own)
  }
  // A column that appears without rows too.
  expect((await exported([], { attributes: true })).report.columns).toEqual([...own, 'attributes'])
  expect((await exported(rows)).report.columns).toEqual([...own, 'attributes', 'other'])
})

test('another filter is another revision, and the same one is not', async () => {
  const sink = memorySink()
  const runWith = async (filter: Options) => {
    const source = (() => [{ at: NOON, profile_id: 'p', event_type: 'sale' }]) as never
    return (await exportWindow({ dataset: views, window, source, sink, ...filter })).outcome
  }
  const outcomes = []
  for (const filter of [
    {},
    { excludeHistorical: false, withoutProfile: 'include' },
    { excludeHistorical: true },
    { excludeHistorical: true },
    { withoutProfile: 'exclude' },
    { attributes: false },
    { eventTypes: ['SALE'] },
    { eventTypes: ['sale', 'Sale'] },
    { eventTypes: ['sale', 'trial'] },
    { eventTypes: ['trial', 'sale'] },
  ] as const)
    outcomes.push(await runWith(filter))
  expect(outcomes.join()).toBe(
    'published,unchanged,replaced,unchanged,replaced,replaced,replaced,unchanged,replaced,unchanged',
  )
})

test('what the source does to its request changes nothing of the filter', async () => {
  const sink = memorySink()
  const source = ({ eventTypes }: SourceRequest) => {
    ;(eventTypes as string[]).push('refund')
    return [{ at: NOON, event_type: 'refund' }]
  }
  const options = { dataset: views, window, source: source as never, sink, eventTypes: ['sale'] }
  expect(await exportWindow(options)).toMatchObject({ rows: 0, filter: { eventTypes: ['sale'] } })
})

test('a row whose type cannot be read is no row of another type, but one that cannot be written', async () => {
  const rows = [{ at: NOON, event_type: {} }]
  const error = await rejection(exported(rows, { eventTypes: ['sale'] }))
  expect(error).toMatchObject({ code: 'CELL_UNENCODABLE', details: { column: 'event_type' } })
})

test('whatever the source gives, the file has the rows that a filter of the same rules keeps', async () => {
  const row = fc.record({
    at: fc.constantFrom(NOON, '2026-03-06T23:59:59.999Z', '2026-03-07T00:00:00Z', '2026-03-08T00:00:00Z'),
    event_type: fc.constantFrom('Sale', 'sale', 'refund', null),
    profile_id: fc.constantFrom('', null, 'p'),
    install_date: fc.constantFrom(null, '2026-03-07T11:00:00Z', '2026-03-07T13:00:00Z'),
  })
  const filter = fc.record(
    {
      eventTypes: fc.constantFrom(['SALE'], ['refund', 'sale'], []),
      excludeHistorical: fc.boolean(),
      withoutProfile: fc.constantFrom('include' as const, 'exclude' as const),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(row), filter, async (rows, chosen) => {
      const { report, read } = await exported(rows, chosen)
      const wanted = chosen.eventTypes?.map((type) => type.toLowerCase())
      const kept = rows.filter(({ at, event_type, profile_id, install_date }) => {
        if (at < '2026-03-07T00:00:00Z' || at >= '2026-03-08T00:00:00Z') return false
        if (wanted !== undefined && event_type !== null && !wanted.includes(event_type.toLowerCase()))
          return false
        if (wanted !== undefined && event_type === null) return false
        if (chosen.excludeHistorical === true && install_date !== null && at < install_date) return false
        return chosen.withoutProfile !== 'exclude' || (profile_id ?? '') !== ''
      })
      expect(read.map(({ event_type, profile_id }) => [event_type, profile_id])).toEqual(
        kept.map(({ event_type, profile_id }) => [event_type, profile_id]),
      )
      const filteredOut = Object.values(report.filteredOut).reduce((sum, each) => sum + each, 0)
      expect(filteredOut + report.rows).toBe(rows.length)
    }),
    { numRuns: 200 },
  )
})

test('a filter for which the dataset has no column is refused, and one of another shape', async () => {
  const source = () => []
  const refused = async (options: object) =>
    rejection(exportWindow({ dataset: orders, window, source, sink: memorySink(), ...options }))
  for (const [options, message] of [
    [{ excludeHistorical: true }, /excludeHistorical: dataset orders has no column "install_date"/],
    [{ withoutProfile: 'exclude' }, /withoutProfile: dataset orders has no column "profile_id"/],
    [{ attributes: 'on' }, /attributes: expected a boolean/],
    [{ dataset: views, excludeHistorical: 'yes' }, /excludeHistorical: expected a boolean/],
    [{ dataset: views, withoutProfile: 'no' }, /withoutProfile: expected one of "include", "exclude"/],
  ] as const) {
    const error = await refused(options)
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toMatch(message)
  }
})
