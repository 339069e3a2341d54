// In: what an export asks its source for. Out: the SQL of its rows, and of their number.

import type { Dataset, SourceRequest } from 'dayfile'

export interface Query {
  readonly query: string
  readonly query_params: Readonly<Record<string, unknown>>
}

/** Makes rows of the same time different; the table is sorted by time and this. */
const KEY = 'id'

/**
 * The rows of the window, in one order only.
 *
 * Rows of the same time would come in any order, and the same rows in another order are another file: the run after it
 * would not be 'unchanged', but a new revision of the day. A table that is sorted by both columns is read in that order;
 * any other is sorted first, in the memory of the server.
 */
export function rowsQuery(dataset: Dataset, request: SourceRequest): Query {
  const { from, query_params } = fromWhere(dataset, request)
  const order = [dataset.timeColumn, KEY].map(quoted).join(', ')
  return { query: `SELECT ${request.columns.map(quoted).join(', ')} ${from} ORDER BY ${order}`, query_params }
}

/** How many rows {@link rowsQuery} has: the same table, the same conditions. */
export function countQuery(dataset: Dataset, request: SourceRequest): Query {
  const { from, query_params } = fromWhere(dataset, request)
  return { query: `SELECT count() AS counted ${from}`, query_params }
}

// What the export leaves out need not travel; none of these may leave out more than it does.
function fromWhere(dataset: Dataset, request: SourceRequest) {
  const { window, eventTypes, excludeHistorical, withoutProfile } = request
  const time = quoted(dataset.timeColumn)
  const instant = "DateTime64(3, 'UTC')"
  const conditions = [`${time} >= {start:${instant}}`, `${time} < {end:${instant}}`]
  if (eventTypes !== undefined) conditions.push('has({eventTypes:Array(String)}, lower(event_type))')
  // Not `>=`: a row without install_date stays.
  if (excludeHistorical === true) conditions.push(`NOT ifNull(${time} < install_date, false)`)
  // NULL is left out too: it is neither equal nor different.
  if (withoutProfile === 'exclude') conditions.push(`profile_id != ''`)
  return {
    from: `FROM ${quoted(dataset.name)} WHERE ${conditions.join(' AND ')}`,
    query_params: {
      start: window.start,
      end: window.end,
      ...(eventTypes === undefined ? {} : { eventTypes }),
    },
  }
}

function quoted(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``
}
