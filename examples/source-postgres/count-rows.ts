// In: a pool of connections. Out: the count that an export compares with the rows that it has written.

import type { CountRows, Dataset } from 'dayfile'
import type { Pool } from 'pg'
import { countQuery } from './rows-query.js'
import { openSnapshot } from './snapshot.js'

/** Counts what the sources of the same dataset give for the same request, without reading it. */
export function rowCounter(pool: Pool, dataset: Dataset): CountRows {
  return async (_, request) => {
    const snapshot = await openSnapshot(pool, request.signal)
    try {
      const { rows } = await snapshot.client.query<{ count: string }>(countQuery(dataset, request))
      await snapshot.finish()
      return rows[0]?.count ?? 0
    } finally {
      snapshot.abandon()
    }
  }
}
