// The table of events: a day of it is replaced as a whole, in one transaction.

import { createTable } from 'dayfile/sql'
import { column, events } from 'dayfile/read'
import type { Database } from './database.js'

/** The columns of the files, and the day of the file that a row came from: what is replaced together. */
const tableEvents = events.extend([column.text('dt', { nullable: false, description: 'Day of the file.' })])

const ROWS_A_STATEMENT = 500

/** Makes the table unless it is there. */
export async function prepareTable(database: Database): Promise<void> {
  const { rows } = await database.query(`SELECT to_regclass('events') IS NOT NULL AS found`)
  if (rows[0]?.found !== true) await database.query(createTable(tableEvents, 'postgres'))
  await database.query('CREATE INDEX IF NOT EXISTS events_dt ON events (dt)')
}

/** Puts the rows in the place of all rows of that day. Returns how many there are. */
export async function replaceDay(
  database: Database,
  day: string,
  rows: AsyncIterable<object>,
  onProgress: (rows: number) => void,
): Promise<number> {
  await database.query('BEGIN')
  try {
    // A server may still be committing for a consumer that was killed a moment ago: this waits for it. Others can read.
    await database.query('LOCK TABLE events IN EXCLUSIVE MODE')
    await database.query('DELETE FROM events WHERE dt = $1', [day])
    let count = 0
    for await (const batch of batches(rows)) {
      await insert(database, day, batch)
      count += batch.length
      onProgress(count)
    }
    // The last row came only after the files had proved to be what the manifest says.
    await database.query('COMMIT')
    return count
  } catch (error) {
    // Where this fails the connection is gone, and the transaction with it.
    await database.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/**
 * One parameter for any number of rows. Amounts are strings in the JSON and become numeric: no float on the way. Columns
 * are found by name, and what the table has no column for is left out. So are characters U+0000 in a text: a file may
 * have them, and PostgreSQL has no text for them.
 */
async function insert(database: Database, day: string, rows: readonly object[]): Promise<void> {
  await database.query('INSERT INTO events SELECT * FROM json_populate_recordset(NULL::events, $1)', [
    JSON.stringify(
      rows.map((row) => ({ ...row, dt: day })),
      (_, value: unknown) => (typeof value === 'string' ? value.replaceAll('\0', '') : value),
    ),
  ])
}

async function* batches<T>(rows: AsyncIterable<T>): AsyncGenerator<T[], void, void> {
  let batch: T[] = []
  for await (const row of rows) {
    batch.push(row)
    if (batch.length < ROWS_A_STATEMENT) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
