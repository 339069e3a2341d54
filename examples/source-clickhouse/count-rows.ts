// In: a client. Out: the count that an export compares with the rows that it has written.

import type { ClickHouseClient } from '@clickhouse/client'
import type { CountRows, Dataset } from 'dayfile'
import { queryRows } from './query-rows.js'
import { countQuery } from './rows-query.js'

/** Counts what the source of the same dataset gives for the same request, without reading it. */
export function rowCounter(client: ClickHouseClient, dataset: Dataset): CountRows {
  return async (_, request) => {
    const query = countQuery(dataset, request)
    let count = '0'
    // It is one row, read to the end: a query that is left is stopped.
    for await (const { counted } of queryRows<{ counted: string }>(client, query, request.signal))
      count = counted
    return count
  }
}
