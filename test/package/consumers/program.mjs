// An application on ES modules: exports a small day to the directory that it is given, and reads it back.

import { dayWindow, directorySink, events, exportWindow, isDayfileError } from 'dayfile'
import { createTable } from 'dayfile/sql'
import { directoryArchive, readDay, verifyDay } from 'dayfile/read'
import { s3Sink } from 'dayfile/s3'
import { sampleEvents } from 'dayfile/testing'
import { report } from './report.cjs'

const root = process.argv[2]
const day = '2026-03-07'

const { outcome } = await exportWindow({
  dataset: events,
  window: dayWindow(day),
  source: () => sampleEvents({ day, count: 100 }),
  sink: directorySink({ root }),
})

const archive = directoryArchive({ root })
const rows = []
for await (const row of readDay(events, archive, day)) rows.push(row)
const verified = await verifyDay(events, archive, day)

let refusal
try {
  dayWindow('2026-02-30')
} catch (error) {
  refusal = error
}

report({
  outcome,
  rows: rows.length,
  verified: verified.rows,
  refused: isDayfileError(refusal, 'WINDOW_INVALID'),
  location: s3Sink({ bucket: 'analytics', region: 'eu-central-1' }).location,
  table: createTable(events, 'duckdb').startsWith('CREATE TABLE'),
})
