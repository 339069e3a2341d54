// In: SOURCE_ROWS, SOURCE_ROUNDS, and words of the names of databases, if not all are wanted. Out: how fast each way of
// reading them is, and in how much memory; medians of rounds in which the ways take turns.

import assert from 'node:assert/strict'
import { generateEvents } from 'dayfile/testing'
import { clickhouseServer } from './clickhouse-server.js'
import { mysqlServer } from './mysql-server.js'
import { postgresServer } from './postgres-server.js'
import { exportAlone } from './source-process.js'
import type { SourceFigures } from './source-program.js'
import type { SourceServer } from './source-server.js'

const DAY = '2026-03-07'
const count = Number(process.env.SOURCE_ROWS ?? 300_000)
const rounds = Number(process.env.SOURCE_ROUNDS ?? 5)
const words = process.argv.slice(2).map((word) => word.toLowerCase())
const servers: readonly SourceServer[] = [postgresServer, mysqlServer, clickhouseServer]

for (const server of servers) {
  if (words.length > 0 && !words.some((word) => server.name.toLowerCase().includes(word))) continue
  const reason = server.missing()
  console.log(`${server.name}: ${reason ?? `${count} rows, ${rounds} rounds`}`)
  if (reason === undefined) await measure(server)
}

async function measure(server: SourceServer): Promise<void> {
  const table = await server.start()
  try {
    await table.insert(generateEvents({ day: DAY, count }))
    const figures = new Map<string, SourceFigures[]>(server.ways.map((way) => [way, []]))
    for (let round = 0; round < rounds; round++) {
      for (const [way, rows] of figures) rows.push(await exportAlone(server, table, way, DAY))
    }
    const all = [...figures.values()].flat()
    assert.equal(new Set(all.map(({ csvSha256 }) => csvSha256)).size, 1, 'the ways give different files')
    for (const [way, rows] of figures) console.log(`  ${way.padEnd(10)} ${line(rows)}`)
  } finally {
    await table.close()
  }
}

function line(all: readonly SourceFigures[]): string {
  const seconds = median(all.map(({ ms }) => ms)) / 1000
  const mib = median(all.map(({ csvBytes }) => csvBytes)) / 1024 / 1024
  return [
    `${Math.round(count / seconds)} rows/s`,
    `${(mib / seconds).toFixed(1)} MiB/s of CSV`,
    `${(median(all.map(({ cpuMs }) => cpuMs)) / 1000).toFixed(1)} s of CPU`,
    `peak ${Math.max(...all.map(({ peakMib }) => peakMib))} MiB`,
  ].join(', ')
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
