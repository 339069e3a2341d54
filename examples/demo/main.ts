// Exports yesterday's events and paywall views from a database to S3, and reads them back.

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { events, exportWindow, paywallViews, previousDay, type Archive, type Dataset } from 'dayfile'
import { verifyDay } from 'dayfile/read'
import { s3Archive, s3Sink } from 'dayfile/s3'
import { generateEvents, generatePaywallViews } from 'dayfile/testing'
import { openBucket } from '../bucket.js'
import { fillTable, openDatabase, readTable } from './database.js'
import { printReport, progressLine } from './progress.js'
import { printRevenue } from './revenue.js'

const EVENTS = 100_000
const PAYWALL_VIEWS = 60_000
const OUTPUT = 'demo-output'

const window = previousDay(new Date())
const { day } = window
const bucket = await openBucket()
const sink = s3Sink(bucket.options)
const archive = s3Archive(bucket.options)

console.log(`Filling a PostgreSQL in this process with ${EVENTS + PAYWALL_VIEWS} rows of ${day} …`)
const database = await openDatabase()
await fillTable(database, events, generateEvents({ day, count: EVENTS }))
await fillTable(database, paywallViews, generatePaywallViews({ day, count: PAYWALL_VIEWS }))

console.log(`\nExporting ${day} to ${sink.location} …`)
await exportTable(events)
await exportTable(paywallViews)

console.log('\nWhat is in the bucket:')
const keys = await listKeys(archive)

console.log('\nThe manifest of the events:')
console.log(await manifestText(archive, archive.keys.manifest(events.name, { day })))

console.log('\nReading both back, every byte compared with the manifest:')
await verify(events)
await verify(paywallViews)
await printRevenue(archive, day)

await rm(OUTPUT, { recursive: true, force: true })
for (const key of keys) await copyOut(archive, key)
console.log(`\nThe files are in ./${OUTPUT} (each .csv.gz also unpacked, to open it).`)

await database.close()
await bucket.close()

async function exportTable(dataset: Dataset): Promise<void> {
  const progress = progressLine()
  const report = await exportWindow({
    dataset,
    window,
    source: (request) => readTable(database, dataset, request),
    sink,
    onProgress: progress.show,
  }).finally(progress.end)
  printReport(report)
}

async function verify(dataset: Dataset): Promise<void> {
  const { rows, revision } = await verifyDay(dataset, archive, day)
  console.log(`  ${dataset.name}: ${rows} rows verified, revision ${revision}`)
}

async function listKeys(from: Archive): Promise<string[]> {
  const found: string[] = []
  for await (const { key, bytes } of from.list(from.keys.prefix)) {
    console.log(`  ${String(bytes).padStart(10)}  ${key}`)
    if (key.includes(day)) found.push(key)
  }
  return found
}

async function bytesOf(from: Archive, key: string): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of from.open(key)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The manifest as it lies there, but each of its 44 columns on one line. */
async function manifestText(from: Archive, key: string): Promise<string> {
  const json = (await bytesOf(from, key)).toString().trimEnd()
  // A line break in JSON is never part of a value: only the layout changes.
  const columnsOnOneLine = json.replace(/\{\s+"name": [^{}]*"kind": [^{}]*\}/g, (column) =>
    column.replace(/\n\s*/g, ' '),
  )
  return columnsOnOneLine.replace(/^/gm, '  ')
}

async function copyOut(from: Archive, key: string): Promise<void> {
  const path = join(OUTPUT, key)
  const bytes = await bytesOf(from, key)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, bytes)
  if (path.endsWith('.gz')) await writeFile(path.slice(0, -'.gz'.length), gunzipSync(bytes))
}
