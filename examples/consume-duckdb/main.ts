// Revenue by paywall over a month, in SQL straight on the files, and once more by other ways to see that it is right.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { createTable, loadCommand } from 'dayfile/sql'
import { directoryArchive, events, auditDays, listDays } from 'dayfile/read'
import { revenueByHand } from './by-hand.js'
import { publishMonth } from './publish.js'
import { countRows, filesAsRelation, revenueByPaywall } from './revenue.js'
import { isEqual, printTable } from './table.js'

const MONTH = { from: '2026-03-01', to: '2026-03-31' }

const root = await mkdtemp(join(tmpdir(), 'dayfile-consume-duckdb-'))
const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()
try {
  await publishMonth(root, MONTH)
  const archive = directoryArchive({ root })

  // By the manifests and not by a pattern such as dt=*/*.csv.gz: a day that is still being published has files too.
  const days = []
  for await (const day of listDays(events, archive, MONTH)) days.push(day)
  for await (const { day, reason } of auditDays(events, archive, MONTH))
    throw new Error(`${day} is ${reason}`)
  const files = days.flatMap((day) => day.files)
  const published = days.reduce((sum, { rows }) => sum + rows, 0)
  console.log(
    `${MONTH.from} to ${MONTH.to}: ${days.length} complete days, ${files.length} files, ${published} rows`,
  )

  // With an s3Archive the urls are s3://…, which DuckDB reads with its extension httpfs and a secret of yours.
  const relation = filesAsRelation(files.map(({ url }) => url ?? ''))
  const start = performance.now()
  const revenue = await revenueByPaywall(connection, relation)
  console.log(
    `\nRevenue in USD by paywall, in SQL on the files, ${Math.round(performance.now() - start)} ms:\n`,
  )
  printTable(revenue)

  // Who asks many questions loads the files into a table with types: the same query, on its name.
  await connection.run(createTable(events, 'duckdb'))
  for (const published of days) await connection.run(loadCommand(events, 'duckdb', { published }))

  console.log()
  check(
    'DuckDB read as many rows as the manifests name',
    (await countRows(connection, relation)) === published,
  )
  check(
    'the table of dayfile/sql has the same result',
    isEqual(await revenueByPaywall(connection, '"events"'), revenue),
  )
  check(
    'the typed reader has the same result, to the last digit',
    isEqual(await revenueByHand(archive, MONTH), revenue),
  )
} finally {
  connection.closeSync()
  instance.closeSync()
  await rm(root, { recursive: true, force: true })
}

function check(what: string, holds: boolean): void {
  console.log(`${holds ? 'yes' : 'NO '}  ${what}`)
  if (!holds) process.exitCode = 1
}
