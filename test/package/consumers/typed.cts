// An application in TypeScript on CommonJS. It is compiled by every TypeScript that is supported, and then run.

import assert = require('node:assert/strict')
import dayfile = require('dayfile')
import sql = require('dayfile/sql')
import read = require('dayfile/read')
import s3 = require('dayfile/s3')
import testing = require('dayfile/testing')

async function main(): Promise<void> {
  const root = process.argv[2] ?? ''
  const day = '2026-03-07'

  const sink: dayfile.Sink = dayfile.directorySink({ root })
  const report: dayfile.ExportReport = await dayfile.exportWindow({
    dataset: dayfile.events,
    window: dayfile.dayWindow(day),
    source: ({ window }): dayfile.EventRow[] => testing.sampleEvents({ day: window.day, count: 100 }),
    sink,
  })
  assert.equal(report.outcome, 'published')

  const archive: read.Archive = read.directoryArchive({ root })
  let revenue = 0
  for await (const { event_datetime, revenue_usd, store } of read.readDay(dayfile.events, archive, day, {
    decimals: 'number',
  })) {
    const at: Date = event_datetime
    const usd: number | null = revenue_usd
    const shop: string | null = store
    assert.ok(at instanceof Date && (shop === null || shop.length > 0))
    revenue += usd ?? 0
  }
  assert.ok(Number.isFinite(revenue) && revenue !== 0)

  const longer = dayfile.events.extend([dayfile.column.json('attributes')])
  assert.equal(longer.columns.length, 45)
  const engine: sql.Engine = 'duckdb'
  assert.ok(sql.createTable(longer, engine).startsWith('CREATE TABLE'))

  const bucket = { bucket: 'analytics', region: 'eu-central-1' }
  const remote: readonly [dayfile.Sink, read.Archive] = [s3.s3Sink(bucket), s3.s3Archive(bucket)]
  assert.equal(remote[0].location, 's3://analytics')

  try {
    dayfile.dayWindow('2026-02-30')
  } catch (error) {
    assert.ok(dayfile.isDayfileError(error))
    // Testing the code narrows the details.
    if (error.code === 'WINDOW_INVALID') assert.ok(error.details.reason.length > 0)
  }

  // @ts-expect-error: a column that no event has
  const absent: keyof dayfile.EventRow = 'price_eur'
  assert.ok(absent)
  console.log('ok')
}

void main()
