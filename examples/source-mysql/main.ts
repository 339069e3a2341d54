// Exports yesterday from MySQL or MariaDB: the server of DATABASE_URL, or one that is started here with sample rows.

import { events, exportWindow, paywallViews, previousDay, type Dataset } from 'dayfile'
import { generateEvents, generatePaywallViews } from 'dayfile/testing'
import { openBucket } from '../bucket.js'
import { rowCounter } from './count-rows.js'
import { startMariadb } from './local-mariadb.js'
import { createTable, insertRows } from './sample-table.js'
import { streamSource } from './stream-source.js'

const window = previousDay(new Date())
const { day } = window
const { DATABASE_URL: given } = process.env
const local = given === undefined ? await startMariadb().catch(giveUp) : undefined
const url = given ?? local?.url ?? ''
const bucket = await openBucket()
try {
  if (local !== undefined) {
    await createTable(url, events)
    await createTable(url, paywallViews)
    await insertRows(url, events, generateEvents({ day, count: 50_000 }))
    await insertRows(url, paywallViews, generatePaywallViews({ day, count: 20_000 }))
  }
  for (const dataset of [events, paywallViews]) {
    await exportTable(dataset)
    // The same rows in the same order are the same file.
    await exportTable(dataset)
  }
} finally {
  await local?.close()
  await bucket.close()
}

async function exportTable(dataset: Dataset): Promise<void> {
  const { outcome, rows, timings } = await exportWindow({
    dataset,
    window,
    source: streamSource(url, dataset),
    countRows: rowCounter(url, dataset),
    sink: bucket.sink,
  })
  console.log(`${dataset.name} ${day}: ${outcome}, ${rows} rows in ${Math.round(timings.total)} ms`)
}

function giveUp({ message }: Error): never {
  console.error(message)
  process.exit(1)
}
