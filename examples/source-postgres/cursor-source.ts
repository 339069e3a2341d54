// In: a pool of connections. Out: a source that reads a window of a dataset's table by a cursor on the server.

import type { Dataset, RowOf, Source } from 'dayfile'
import type { Pool } from 'pg'
import Cursor from 'pg-cursor'
import { rowsQuery } from './rows-query.js'
import { openSnapshot } from './snapshot.js'

// 100 to 1000 rows take the same CPU time; 5000 take a quarter more, as they outlive what young garbage may.
const BATCH_ROWS = 1000

/** Reads the table of the dataset's name. In memory are the rows of one batch. */
export function cursorSource<D extends Dataset>(pool: Pool, dataset: D): Source<D> {
  return async function* (request) {
    const snapshot = await openSnapshot(pool, request.signal)
    try {
      const cursor = snapshot.client.query(new Cursor<RowOf<D>>(rowsQuery(dataset, request)))
      for (;;) {
        const rows = await cursor.read(BATCH_ROWS)
        if (rows.length === 0) break
        yield* rows
      }
      await snapshot.finish()
    } finally {
      // After an error, and when the export leaves early.
      snapshot.abandon()
    }
  }
}
