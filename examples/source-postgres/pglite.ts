// The same for a PostgreSQL in this process, which has one connection: the source and the count take turns.

import type { PGlite, Transaction } from '@electric-sql/pglite'
import type { CountRows, Dataset, RowOf, Source } from 'dayfile'
import { countQuery, rowsQuery } from './rows-query.js'

const BATCH_ROWS = 1000

/** Reads the table of the dataset's name. A query blocks the process: an abort takes effect before the next batch. */
export function pgliteSource<D extends Dataset>(database: PGlite, dataset: D): Source<D> {
  return async function* (request) {
    const { transaction, finish } = await begin(database)
    try {
      await transaction.query(`DECLARE day NO SCROLL CURSOR FOR ${rowsQuery(dataset, request)}`)
      for (;;) {
        request.signal.throwIfAborted()
        const { rows } = await transaction.query<RowOf<D>>(`FETCH ${BATCH_ROWS} FROM day`)
        if (rows.length === 0) return
        yield* rows
      }
    } finally {
      await finish()
    }
  }
}

/** Counts what the source of the same dataset gives for the same request. */
export function pgliteCounter(database: PGlite, dataset: Dataset): CountRows {
  return async (_, request) => {
    const { rows } = await database.query<{ count: string }>(countQuery(dataset, request))
    return rows[0]?.count ?? 0
  }
}

// PGlite's transactions last as long as a function; this one lasts until it is finished.
async function begin(
  database: PGlite,
): Promise<{ readonly transaction: Transaction; readonly finish: () => Promise<void> }> {
  let end = (): void => undefined
  const isOver = new Promise<void>((resolve) => (end = resolve))
  return new Promise((resolve, reject) => {
    const done = database.transaction(async (transaction) => {
      await transaction.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
      const finish = async (): Promise<void> => {
        end()
        await done
      }
      resolve({ transaction, finish })
      await isOver
    })
    done.catch(reject)
  })
}
