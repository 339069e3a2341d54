// In: a client. Out: a source that reads a window of a dataset's table as the server sends it.

import type { ClickHouseClient } from '@clickhouse/client'
import type { Dataset, RowOf, Source } from 'dayfile'
import { queryRows } from './query-rows.js'
import { rowsQuery } from './rows-query.js'

/** Reads the table of the dataset's name. In memory are the rows of one read of the socket. */
export function streamSource<D extends Dataset>(client: ClickHouseClient, dataset: D): Source<D> {
  const kinds = new Map(dataset.columns.map(({ name, kind }) => [name, kind]))
  return (request) => {
    const rows = queryRows<RowOf<D>>(client, rowsQuery(dataset, request), request.signal)
    // What the dataset does not declare is what the export adds: `attributes`.
    const json = request.columns.filter((name) => (kinds.get(name) ?? 'json') === 'json')
    return json.length === 0 ? rows : withJson(rows, json)
  }
}

/** JSON is kept in columns of text. */
async function* withJson<Row extends object>(
  rows: AsyncIterable<Row>,
  names: readonly string[],
): AsyncGenerator<Row, void, void> {
  for await (const row of rows) {
    const cells = row as Record<string, unknown>
    for (const name of names) if (typeof cells[name] === 'string') cells[name] = JSON.parse(cells[name])
    yield row
  }
}
