// In: what an export asks its source for. Out: the SQL of its rows, and of their number.

import type { Dataset, SourceRequest } from 'dayfile'
import { escapeId } from 'mysql2'

export interface Query {
  readonly sql: string
  readonly values: readonly unknown[]
}

/** Primary key of the tables; it orders rows of the same time. */
const KEY = 'id'

/**
 * The rows of the window, in one order only.
 *
 * Rows of the same time would come in any order, and the same rows in another order are another file: the run after it
 * would not be 'unchanged', but a new revision of the day. An index over both columns gives the order without sorting.
 */
export function rowsQuery(dataset: Dataset, request: SourceRequest): Query {
  const cells = request.columns.map((name) => cellOf(dataset, name)).join(', ')
  const { sql, values } = fromWhere(dataset, request)
  // The columns of the table: an alias would be the text of the same name, which no index has.
  const order = [dataset.timeColumn, KEY].map(columnOf).join(', ')
  return { sql: `SELECT ${cells} ${sql} ORDER BY ${order}`, values }
}

/** How many rows {@link rowsQuery} has: the same table, the same conditions. */
export function countQuery(dataset: Dataset, request: SourceRequest): Query {
  const { sql, values } = fromWhere(dataset, request)
  return { sql: `SELECT COUNT(*) AS counted ${sql}`, values }
}

// Instants as ISO 8601 in UTC, with all microseconds. The others arrive as the driver's settings say.
function cellOf({ columns }: Dataset, name: string): string {
  const column = columnOf(name)
  const { kind } = columns.find((each) => each.name === name) ?? {}
  return kind === 'instant' ? `DATE_FORMAT(${column}, '%Y-%m-%dT%H:%i:%s.%fZ') AS ${quoted(name)}` : column
}

// What the export leaves out need not travel; none of these may leave out more than it does.
function fromWhere(dataset: Dataset, request: SourceRequest): Query {
  const { window, eventTypes, excludeHistorical, withoutProfile } = request
  const time = columnOf(dataset.timeColumn)
  const conditions = [`${time} >= ?`, `${time} < ?`]
  const values: unknown[] = [window.start, window.end]
  if (eventTypes !== undefined) {
    // The list of no types is no SQL.
    conditions.push(eventTypes.length === 0 ? 'FALSE' : `LOWER(${columnOf('event_type')}) IN (?)`)
    if (eventTypes.length > 0) values.push(eventTypes)
  }
  // Not `>=`: a row without install_date stays.
  if (excludeHistorical === true) conditions.push(`(${time} < ${columnOf('install_date')}) IS NOT TRUE`)
  // NULL is left out too. Not `<> ''`: blanks would be equal to that.
  if (withoutProfile === 'exclude') conditions.push(`LENGTH(${columnOf('profile_id')}) > 0`)
  return { sql: `FROM ${quoted(dataset.name)} AS day WHERE ${conditions.join(' AND ')}`, values }
}

const columnOf = (name: string) => `day.${quoted(name)}`
// A dot is part of a name, and not between two.
const quoted = (name: string) => escapeId(name, true)
