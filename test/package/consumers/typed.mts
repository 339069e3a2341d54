// An application in TypeScript on ES modules. It is compiled by every TypeScript that is supported, and then run.

import { ok, equal } from 'node:assert/strict'
import {
  column,
  dayWindow,
  directorySink,
  events,
  exportWindow,
  isDayfileError,
  type EventRow,
  type ExportReport,
  type Sink,
} from 'dayfile'
import { createTable, type Engine } from 'dayfile/sql'
import { directoryArchive, readDay, type Archive } from 'dayfile/read'
import { s3Archive, s3Sink } from 'dayfile/s3'
import { sampleEvents } from 'dayfile/testing'

const root = process.argv[2] ?? ''
const day = '2026-03-07'

const sink: Sink = directorySink({ root })
const report: ExportReport = await exportWindow({
  dataset: events,
  window: dayWindow(day),
  source: ({ window }): EventRow[] => sampleEvents({ day: window.day, count: 100 }),
  sink,
})
equal(report.outcome, 'published')

const archive: Archive = directoryArchive({ root })
let revenue = 0
// In a function: TypeScript 5.5 has no top-level `for await` under `module: preserve`.
async function addUp(): Promise<void> {
  for await (const { event_datetime, revenue_usd, store } of readDay(events, archive, day, {
    decimals: 'number',
  })) {
    const at: Date = event_datetime
    const usd: number | null = revenue_usd
    const shop: string | null = store
    ok(at instanceof Date && (shop === null || shop.length > 0))
    revenue += usd ?? 0
  }
}
await addUp()
ok(Number.isFinite(revenue) && revenue !== 0)

const longer = events.extend([column.json('attributes')])
equal(longer.columns.length, 45)
const engine: Engine = 'duckdb'
ok(createTable(longer, engine).startsWith('CREATE TABLE'))

const bucket = { bucket: 'analytics', region: 'eu-central-1' }
const remote: readonly [Sink, Archive] = [s3Sink(bucket), s3Archive(bucket)]
equal(remote[0].location, 's3://analytics')

try {
  dayWindow('2026-02-30')
} catch (error) {
  ok(isDayfileError(error))
  // Testing the code narrows the details.
  if (error.code === 'WINDOW_INVALID') ok(error.details.reason.length > 0)
}

// @ts-expect-error: a column that no event has
const absent: keyof EventRow = 'price_eur'
ok(absent)
console.log('ok')
