// The engines that run here, each held to the law of `warehouse.ts`. A PostgreSQL server and ClickHouse are held to it by
// test:live.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { directoryArchive, directorySink } from 'dayfile'
import fc from 'fast-check'
import { afterAll, describe, test } from 'vitest'
import { anyDay, publications, replacedDay, unusual } from './published-days.js'
import { deletionOf } from './documented.js'
import { duckdb, duckdbAtOnce, pglite, sqlite, sqliteMissing } from './engines-here.js'
import { keepsEveryCell, replacesDay, type Place } from './warehouse.js'

// One for the file, as it takes seconds to start.
let database: PGlite | undefined

afterAll(() => database?.close())

const postgres = pglite(async () => (database ??= await PGlite.create()))

async function inFolder(work: (place: Place) => Promise<void>, keys?: string): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "dayfile-it's-"))
  const options = keys === undefined ? { root } : { root, keys }
  try {
    await work({ sink: directorySink(options), archive: directoryArchive(options), location: root })
  } finally {
    rmSync(root, { recursive: true })
  }
}

if (sqliteMissing.length > 0) console.warn(`sqlite: skipped, not installed here: ${sqliteMissing.join(', ')}`)
const warehouses = [duckdb, duckdbAtOnce, postgres, ...(sqliteMissing.length > 0 ? [] : [sqlite])]

// Loads by the default layout, which is no part of a manifest.
const byName = warehouses.filter((warehouse) => warehouse !== duckdbAtOnce)

describe.each(byName.map((warehouse) => [warehouse.name, warehouse] as const))('%s', (_, warehouse) => {
  test.each(Object.entries(publications))(
    'has every cell of days of %s in several files, not compressed, under other keys and with other quotes',
    (_, publication) =>
      inFolder(
        (place) => keepsEveryCell(warehouse, { ...publication, how: unusual }, place),
        '{dataset}/{year}/{month}/{dayOfMonth}/{dataset}',
      ),
  )
})

describe.each(warehouses.map((warehouse) => [warehouse.name, warehouse] as const))('%s', (_, warehouse) => {
  test.each(Object.entries(publications))(
    'has every cell of two days of %s, the second with added columns, in one table',
    (_, publication) => inFolder((place) => keepsEveryCell(warehouse, publication, place)),
  )

  test('has every cell of days of any rows', async () => {
    const law = fc.asyncProperty(anyDay, (publication) =>
      inFolder((place) => keepsEveryCell(warehouse, publication, place)),
    )
    await fc.assert(law, { numRuns: 10 })
  })
})

test.each([
  ['DuckDB', duckdb],
  ['PostgreSQL', postgres],
  ...(sqliteMissing.length > 0 ? [] : [['SQLite', sqlite] as const]),
] as const)('a replaced day is deleted in %s as the guide says, and loaded again', (name, warehouse) =>
  inFolder((place) => replacesDay(warehouse, replacedDay, deletionOf(name), place)),
)
