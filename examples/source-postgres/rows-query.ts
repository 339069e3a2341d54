// In: what an export asks its source for. Out: the SQL of its rows, and of their number.

import type { Dataset, SourceRequest } from 'dayfile'
import { escapeIdentifier, escapeLiteral } from 'pg'

/** Primary key of the tables; it orders rows of the same time. */
const KEY = 'id'

/**
 * The rows of the window, in one order only.
 *
 * Rows of the same time would come in any order, and the same rows in another order are another file: the run after it
 * would not be 'unchanged', but a new revision of the day. An index over both columns gives the order without sorting.
 */
export function rowsQuery(dataset: Dataset, request: SourceRequest): string {
  const cells = request.columns.map((name) => cellOf(dataset, name)).join(', ')
  const order = [dataset.timeColumn, KEY].map(escapeIdentifier).join(', ')
  return `SELECT ${cells} ${fromWhere(dataset, request)} ORDER BY ${order}`
}

/** How many rows {@link rowsQuery} has: the same table, the same conditions. */
export function countQuery(dataset: Dataset, request: SourceRequest): string {
  return `SELECT count(*)::text AS count ${fromWhere(dataset, request)}`
}

// Text arrives as it was sent, whatever parsers the application has registered: a float or a Date would lose digits, and
// a Date of the process's zone the day.
function cellOf({ columns }: Dataset, name: string): string {
  const cell = escapeIdentifier(name)
  const kind = columns.find((column) => column.name === name)?.kind
  if (kind === 'decimal' || kind === 'integer' || kind === 'date') return `${cell}::text AS ${cell}`
  // All microseconds. It makes NULL of 'infinity', by which some say that something never expires.
  if (kind === 'instant') {
    return `to_char(${cell} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS ${cell}`
  }
  return cell
}

function fromWhere(dataset: Dataset, request: SourceRequest): string {
  const { window, eventTypes, excludeHistorical, withoutProfile } = request
  const time = escapeIdentifier(dataset.timeColumn)
  const conditions = [`${time} >= ${instant(window.start)}`, `${time} < ${instant(window.end)}`]
  if (eventTypes !== undefined) {
    conditions.push(`lower(event_type) = ANY (ARRAY[${eventTypes.map(escapeLiteral).join(', ')}]::text[])`)
  }
  // Not `>=`: a row without install_date stays.
  if (excludeHistorical === true) conditions.push(`(${time} < install_date) IS NOT TRUE`)
  // NULL is left out too: it is neither equal nor different.
  if (withoutProfile === 'exclude') conditions.push(`profile_id <> ''`)
  return `FROM ${escapeIdentifier(dataset.name)} WHERE ${conditions.join(' AND ')}`
}

// No parameters: COPY takes none.
function instant(time: Date): string {
  return `${escapeLiteral(time.toISOString())}::timestamptz`
}
