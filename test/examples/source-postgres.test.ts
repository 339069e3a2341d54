// The source of examples/source-postgres over PGlite, and the SQL that it shares with the sources of a server.

import { PGlite } from '@electric-sql/pglite'
import {
  column,
  dayWindow,
  events,
  exportWindow,
  type EventRow,
  type ExportWindowOptions,
  type RowOf,
} from 'dayfile'
import { readDay } from 'dayfile/read'
import { memorySink, sampleEvents } from 'dayfile/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { eventsTable, insertEvents, parametersOf } from '../../examples/source-postgres/events-table.js'
import { pgliteCounter, pgliteSource } from '../../examples/source-postgres/pglite.js'

const DAY = '2026-03-07'
const window = dayWindow(DAY)
let database: PGlite

beforeAll(async () => {
  // An application may have such parsers: numeric, bigint and timestamptz as numbers and Dates.
  const parsers = { 1700: Number, 20: Number, 1184: (text: string) => new Date(text) }
  database = await PGlite.create({ parsers })
  await database.exec(eventsTable)
})

beforeEach(() => database.exec('TRUNCATE events'))

afterAll(() => database.close())

async function insert(rows: Iterable<EventRow>): Promise<void> {
  for (const parameter of parametersOf(rows)) await database.query(insertEvents, [parameter])
}

type Options = Partial<Omit<ExportWindowOptions<typeof events>, 'dataset'>>

function exportTable(sink: ReturnType<typeof memorySink>, options: Options = {}) {
  const source = pgliteSource(database, events)
  const countRows = pgliteCounter(database, events)
  return exportWindow({ dataset: events, window, source, countRows, sink, ...options })
}

async function exported(options: Options = {}): Promise<Partial<RowOf<typeof events>>[]> {
  const sink = memorySink()
  const { reconciliation, filteredOut } = await exportTable(sink, options)
  // What the query leaves out is not left for the export to leave out.
  expect(filteredOut).toEqual({ otherEventTypes: 0, historical: 0, withoutProfile: 0, outsideWindow: 0 })
  expect(reconciliation?.outcome).toBe('equal')
  const rows = []
  for await (const row of readDay(events, sink, DAY, { instants: 'string', integers: 'bigint' }))
    rows.push(row)
  return rows
}

function at(time: string, row: Partial<EventRow> = {}): EventRow {
  return { event_type: 'trial_started', event_datetime: `${DAY}T${time}Z`, ...row }
}

test('amounts keep every digit from the table to the file', async () => {
  const decimal = fc
    .tuple(fc.boolean(), fc.bigInt(0n, 10n ** 24n), fc.integer({ min: 0, max: 18 }))
    .map(([isNegative, digits, scale]) => {
      const text = String(digits).padStart(scale + 1, '0')
      const point = text.length - scale
      const sign = isNegative && digits !== 0n ? '-' : ''
      return `${sign}${text.slice(0, point)}${scale === 0 ? '' : `.${text.slice(point)}`}`
    })
  await fc.assert(
    fc.asyncProperty(fc.array(decimal, { minLength: 1, maxLength: 50 }), async (amounts) => {
      await database.exec('TRUNCATE events')
      const all = ['0.1', '12345678901234567.89', '-0.000001', '10.00', ...amounts]
      await insert(all.map((revenue_usd) => at('12:00:00', { revenue_usd })))
      expect((await exported()).map(({ revenue_usd }) => revenue_usd)).toEqual(all)
    }),
    { numRuns: 20 },
  )
})

test('microseconds, large integers, NULL and the empty string are in the file as in the table', async () => {
  await insert([
    at('00:00:00.000001', { ab_test_revision: '9007199254740993', device: null, store: '' }),
    at('23:59:59.999999', { install_date: '2025-01-01T00:00:00.000010+02:00', device: '\\N', store: '""' }),
  ])
  const [first, last] = await exported()
  expect(first).toMatchObject({
    event_datetime: '2026-03-07T00:00:00.000001Z',
    ab_test_revision: 9007199254740993n,
    device: null,
    store: '',
  })
  expect(last).toMatchObject({
    event_datetime: '2026-03-07T23:59:59.999999Z',
    install_date: '2024-12-31T22:00:00.000010Z',
    device: '\\N',
    store: '""',
  })
})

test('the window has its first microsecond, and not that of the next day', async () => {
  await insert([
    { event_type: 'trial_started', event_datetime: '2026-03-06T23:59:59.999999Z' },
    at('00:00:00.000000', { profile_id: 'first' }),
    at('23:59:59.999999', { profile_id: 'last' }),
    { event_type: 'trial_started', event_datetime: '2026-03-08T00:00:00.000000Z' },
  ])
  expect((await exported()).map(({ profile_id }) => profile_id)).toEqual(['first', 'last'])
})

test('rows of the same time come in the same order, however they lie in the table', async () => {
  await insert(Array.from({ length: 2500 }, (_, row) => at('12:00:00', { profile_id: `p-${row}` })))
  const sink = memorySink()
  expect((await exportTable(sink)).outcome).toBe('published')
  // Moves every second row to the end of the table, and takes the index away, which has them in order.
  await database.exec('UPDATE events SET device = device WHERE id % 2 = 0; DROP INDEX events_in_order')
  try {
    expect((await exportTable(sink)).outcome).toBe('unchanged')
  } finally {
    await database.exec('CREATE INDEX events_in_order ON events (event_datetime, id)')
  }
})

test('the query selects what the export selects, so that the counts agree', async () => {
  const installed = `${DAY}T12:00:00Z`
  await insert([
    at('11:59:59.999', { profile_id: 'historical', install_date: installed }),
    at('12:00:00', { profile_id: 'at once', install_date: installed }),
    at('12:00:01', { profile_id: 'no install' }),
    at('12:00:02', { profile_id: '' }),
    at('12:00:03', { profile_id: null }),
    at('12:00:04', { profile_id: 'other', event_type: "it's" }),
    at('12:00:05', { profile_id: 'upper', event_type: 'Trial_Started' }),
  ])
  const profiles = async (options: Options) => (await exported(options)).map(({ profile_id }) => profile_id)
  expect(await profiles({ excludeHistorical: true })).not.toContain('historical')
  expect(await profiles({ excludeHistorical: true })).toHaveLength(6)
  expect(await profiles({ withoutProfile: 'exclude' })).toEqual([
    'historical',
    'at once',
    'no install',
    'other',
    'upper',
  ])
  expect(await profiles({ eventTypes: ["IT'S"] })).toEqual(['other'])
  expect(await profiles({ eventTypes: ['trial_started'] })).toHaveLength(6)
  expect(await profiles({ eventTypes: [] })).toEqual([])
  expect(
    await profiles({ eventTypes: ['trial_started'], excludeHistorical: true, withoutProfile: 'exclude' }),
  ).toEqual(['at once', 'no install', 'upper'])
})

test('a column of JSON is exported, and a row that comes between the count and the rows is told', async () => {
  await insert(sampleEvents({ day: DAY, count: 20 }))
  await database.exec(`ALTER TABLE events ADD COLUMN attributes json`)
  try {
    await database.exec(`UPDATE events SET attributes = '{"plan": "pro"}' WHERE id % 2 = 0`)
    const extended = events.extend([column.json('attributes', { description: 'Custom attributes.' })])
    const sink = memorySink()
    const source = pgliteSource(database, extended)
    await exportWindow({ dataset: extended, window, source, sink })
    const plans = []
    for await (const { attributes } of readDay(extended, sink, DAY)) plans.push(attributes)
    expect(plans.filter((plan) => plan !== null)).toEqual(Array(10).fill({ plan: 'pro' }))
  } finally {
    await database.exec('ALTER TABLE events DROP COLUMN attributes')
  }
  const count = pgliteCounter(database, events)
  const exporting = exportTable(memorySink(), {
    async countRows(...asked) {
      await insert([at('12:00:00')])
      return count(...asked)
    },
  })
  await expect(exporting).rejects.toMatchObject({ code: 'COUNT_MISMATCH' })
})

test('an export that is aborted, or fails, leaves the database to others', async () => {
  await insert(sampleEvents({ day: DAY, count: 5000 }))
  const stop = new AbortController()
  let asked = 0
  const aborted = exportTable(memorySink(), {
    signal: stop.signal,
    async *source(request) {
      for await (const row of await pgliteSource(database, events)(request)) {
        if (++asked === 1500) stop.abort(new Error('stopped'))
        yield row
      }
    },
  })
  await expect(aborted).rejects.toThrow('stopped')
  // Not in a transaction that reads only, nor behind one.
  await database.exec(`UPDATE events SET event_type = '' WHERE id % 2 = 0`)

  const query = pgliteSource(database, events.extend([column.text('not_there', { description: 'None.' })]))
  await expect(
    exportTable(memorySink(), {
      source: (request) => query({ ...request, columns: [...request.columns, 'not_there'] }),
    }),
  ).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
  expect(await exported()).toHaveLength(5000)
})

test('two windows that are exported at once take turns', async () => {
  await insert([
    ...sampleEvents({ day: DAY, count: 1500 }),
    ...sampleEvents({ day: '2026-03-08', count: 1500 }),
  ])
  const both = await Promise.all(
    [DAY, '2026-03-08'].map((day) => exportTable(memorySink(), { window: dayWindow(day) })),
  )
  expect(both.map(({ rows }) => rows)).toEqual([1500, 1500])
})
