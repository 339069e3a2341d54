// In: DATABASE_URL, or nothing. Out: a source of events, and their count, by a server or by a PostgreSQL in this process.

import { PGlite } from '@electric-sql/pglite'
import { events, type CountRows, type Source } from 'dayfile'
import { generateEvents } from 'dayfile/testing'
import { Pool } from 'pg'
import { copySource } from './copy-source.js'
import { rowCounter } from './count-rows.js'
import { cursorSource } from './cursor-source.js'
import { eventsTable, insertEvents, parametersOf } from './events-table.js'
import { pgliteCounter, pgliteSource } from './pglite.js'

export interface Database {
  readonly source: Source<typeof events>
  readonly countRows: CountRows
  readonly close: () => Promise<void>
}

const SAMPLE_ROWS = 20_000

/** With a URL, SOURCE=copy reads by COPY. A table that is not there is made, with sample rows of the day. */
export async function openDatabase(url: string | undefined, day: string): Promise<Database> {
  const rows = parametersOf(generateEvents({ day, count: SAMPLE_ROWS }))
  if (url === undefined) {
    const database = await PGlite.create()
    await database.exec(eventsTable)
    for (const parameter of rows) await database.query(insertEvents, [parameter])
    return {
      source: pgliteSource(database, events),
      countRows: pgliteCounter(database, events),
      close: () => database.close(),
    }
  }
  const pool = new Pool({ connectionString: url })
  // A connection that breaks while nobody uses it is no error of an export.
  pool.on('error', () => undefined)
  const found = await pool.query<{ found: boolean }>(`SELECT to_regclass('events') IS NOT NULL AS found`)
  if (found.rows[0]?.found !== true) {
    await pool.query(eventsTable)
    for (const parameter of rows) await pool.query(insertEvents, [parameter])
  }
  return {
    source: process.env.SOURCE === 'copy' ? copySource(pool, events) : cursorSource(pool, events),
    countRows: rowCounter(pool, events),
    close: () => pool.end(),
  }
}
