// An application on CommonJS: exports a small day to the directory that it is given, and reads it back.

const { dayWindow, directorySink, events, exportWindow, isDayfileError } = require('dayfile')
const { createTable } = require('dayfile/sql')
const { directoryArchive, readDay, verifyDay } = require('dayfile/read')
const { s3Sink } = require('dayfile/s3')
const { sampleEvents } = require('dayfile/testing')
const { report } = require('./report.cjs')

async function main() {
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
}

void main()
