// Exports yesterday from the ClickHouse of CLICKHOUSE_URL. SAMPLE=1 creates the tables there first, with sample rows.

import { events, exportWindow, paywallViews, previousDay, type Dataset } from 'dayfile'
import { generateEvents, generatePaywallViews } from 'dayfile/testing'
import { openBucket } from '../bucket.js'
import { openClient } from './client.js'
import { rowCounter } from './count-rows.js'
import { createTable, insertRows } from './sample-table.js'
import { streamSource } from './stream-source.js'

const window = previousDay(new Date())
const { day } = window
const { CLICKHOUSE_URL: url, SAMPLE } = process.env
if (url === undefined) {
  console.error('CLICKHOUSE_URL is not set: http://user:password@host:8123/database')
  process.exit(1)
}
const client = openClient(url)
const bucket = await openBucket()
try {
  if (SAMPLE === '1') {
    await createTable(client, events)
    await createTable(client, paywallViews)
    await insertRows(client, events, generateEvents({ day, count: 50_000 }))
    await insertRows(client, paywallViews, generatePaywallViews({ day, count: 20_000 }))
  }
  for (const dataset of [events, paywallViews]) {
    await exportTable(dataset)
    // The same rows in the same order are the same file.
    await exportTable(dataset)
  }
} finally {
  await client.close()
  await bucket.close()
}

async function exportTable(dataset: Dataset): Promise<void> {
  const { outcome, rows, timings } = await exportWindow({
    dataset,
    window,
    source: streamSource(client, dataset),
    countRows: rowCounter(client, dataset),
    sink: bucket.sink,
  })
  console.log(`${dataset.name} ${day}: ${outcome}, ${rows} rows in ${Math.round(timings.total)} ms`)
}
