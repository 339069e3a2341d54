// The table of events that the example reads: its SQL, and sample rows for it.

import { events, type EventRow } from 'dayfile'
import { createTable } from 'dayfile/sql'

/** Amounts are numeric and times timestamptz: a double or a Date on the way would not keep every digit. */
export const eventsTable = [
  createTable(events, 'postgres'),
  'ALTER TABLE events ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;',
  'CREATE INDEX events_in_order ON events (event_datetime, id);',
].join('\n')

/** Inserts the rows of its one parameter, a JSON array. */
export const insertEvents = insertStatement()

/** Cuts rows into parameters of {@link insertEvents}. */
export function* parametersOf(rows: Iterable<EventRow>): Generator<string, void, void> {
  let batch: EventRow[] = []
  for (const row of rows) {
    if (batch.push(row) < 1000) continue
    yield JSON.stringify(batch)
    batch = []
  }
  if (batch.length > 0) yield JSON.stringify(batch)
}

function insertStatement(): string {
  const columns = events.columns.map(({ name }) => `"${name}"`).join(', ')
  return `INSERT INTO events (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::events, $1)`
}
