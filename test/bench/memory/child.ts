// The process whose memory is looked at: exports a day to a directory, or reads it back.

import { createReadStream } from 'node:fs'
import { dayWindow, directorySink, events, exportWindow } from 'dayfile'
import { readCsv } from 'dayfile/read'
import { generateEvents } from 'dayfile/testing'
import { DAY } from '../encode/rows.js'
import { peakMB } from '../measure/peak-memory.js'
import type { MemoryAnswer, MemoryJob } from '../memory.js'

const job = JSON.parse(process.argv[2] ?? '') as MemoryJob
const startedAt = performance.now()
const done = job.does === 'export' ? await exported(job) : { rows: await rowsIn(job.file), file: job.file }
const answer: MemoryAnswer = {
  ...done,
  seconds: (performance.now() - startedAt) / 1000,
  peakMB: peakMB(),
}
console.log(JSON.stringify(answer))

async function exported({ root, rows: count }: { readonly root: string; readonly rows: number }) {
  const { rows, files } = await exportWindow({
    dataset: events,
    window: dayWindow(DAY),
    source: () => generateEvents({ day: DAY, count }),
    sink: directorySink({ root }),
  })
  return { rows, file: `${root}/${files[0]?.key ?? ''}` }
}

async function rowsIn(file: string): Promise<number> {
  let rows = 0
  const reader = readCsv(events, createReadStream(file))
  while ((await reader.next()).done !== true) rows++
  return rows
}
