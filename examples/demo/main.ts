// Exports yesterday's events and paywall views from a database to S3, and reads them back.

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { PGlite } from '@electric-sql/pglite'
import {
  events,
  exportWindow,
  paywallViews,
  previousDay,
  type Archive,
  type Dataset,
  type ExportProgress,
  type ExportReport,
} from 'dayfile'
import { verifyDay } from 'dayfile/read'
import { s3Archive, s3Sink } from 'dayfile/s3'
import { generateEvents, generatePaywallViews } from 'dayfile/testing'
import { openBucket } from '../bucket.js'
import { fillTable, readTable } from './database.js'
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
const database = await PGlite.create()
await fillTable(database, events, generateEvents({ day, count: EVENTS }))
await fillTable(database, paywallViews, generatePaywallViews({ day, count: PAYWALL_VIEWS }))

console.log(`\nExporting ${day} to ${sink.location} …`)
await exportTable(events)
await exportTable(paywallViews)

console.log('\nWhat lies in the bucket:')
const keys = await listKeys(archive)

console.log('\nThe manifest of the events:')
console.log(await text(archive, archive.keys.manifest(events.name, { day })))

console.log('\nReading the events back, every byte compared with the manifest:')
const verified = await verifyDay(events, day, archive)
console.log(`  ${verified.rows} rows verified, revision ${verified.revision}`)
await printRevenue(archive, day)

await rm(OUTPUT, { recursive: true, force: true })
for (const key of keys) await copyOut(archive, key)
console.log(`\nThe files are in ./${OUTPUT} (each .csv.gz also unpacked, to open it).`)

await database.close()
await bucket.close()

async function exportTable(dataset: Dataset): Promise<void> {
  const report = await exportWindow({
    dataset,
    window,
    source: (request) => readTable(database, dataset, request),
    sink,
    onProgress: printProgress,
  })
  printReport(report)
}

function printProgress({ dataset, rows, csvBytes, elapsedMs }: ExportProgress): void {
  if (!process.stdout.isTTY) return
  const rate = Math.round(rows / (elapsedMs / 1000))
  process.stdout.write(`\r  ${dataset}: ${rows} rows, ${megabytes(csvBytes)} of CSV, ${rate} rows/s\u001b[K`)
}

function printReport({ dataset, outcome, rows, csvBytes, bytes, timings }: ExportReport): void {
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K')
  const seconds = (timings.total / 1000).toFixed(1)
  console.log(
    `  ${dataset}: ${outcome}, ${rows} rows, ${megabytes(csvBytes)} of CSV in ${megabytes(bytes)} of gzip, ${seconds} s`,
  )
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
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

/** The manifest without its list of 44 columns, which is long. */
async function text(from: Archive, key: string): Promise<string> {
  const manifest = JSON.parse((await bytesOf(from, key)).toString()) as { columns: unknown[] }
  const columns = `${manifest.columns.length} columns`
  return JSON.stringify({ ...manifest, columns }, null, 2).replace(/^/gm, '  ')
}

async function copyOut(from: Archive, key: string): Promise<void> {
  const path = join(OUTPUT, key)
  const bytes = await bytesOf(from, key)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, bytes)
  if (path.endsWith('.gz')) await writeFile(path.slice(0, -'.gz'.length), gunzipSync(bytes))
}
