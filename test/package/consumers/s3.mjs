// An application on S3: exports a small day to the server that it is given, and reads it back, strictly.

import { dayWindow, events, exportWindow } from 'dayfile'
import { readDay } from 'dayfile/read'
import { s3Sink } from 'dayfile/s3'
import { sampleEvents } from 'dayfile/testing'

const day = '2026-03-07'
const { access, prefix } = JSON.parse(process.argv[2])
const sink = s3Sink({ bucket: 'exports', prefix, ...access })

const { outcome, rows } = await exportWindow({
  dataset: events,
  window: dayWindow(day),
  source: () => sampleEvents({ day, count: 100 }),
  sink,
})
let read = 0
for await (const { event_datetime } of readDay(events, sink, day, { strict: true }))
  if (event_datetime.toISOString().startsWith(day)) read++
if (outcome !== 'published' || rows !== 100 || read !== 100) throw new Error(`${outcome}, ${rows}, ${read}`)
console.log('ok')
