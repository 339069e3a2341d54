import { setImmediate } from 'node:timers/promises'

/** Rows that may wait in memory for one another: few in a batch, more where the header is being decided. */
export const HEADER_SAMPLE_ROWS = 1000
/** Rows that are encoded at once. */
export const BATCH_ROWS = 64

// Rows that are all there keep the process from everything else, an abort by a timer or a signal among them: after
// about 1,000 of them everything else has its turn.
const BATCHES_A_TURN = 16

/**
 * Gathers rows into batches, each as large as `batchRows` says when it is begun. The source is pulled only when a batch is
 * asked for, and closed when the batches are left early.
 */
export async function* batchesOf<Row>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  batchRows: () => number,
): AsyncGenerator<Row[], void, void> {
  let batch: Row[] = []
  let size = batchRows()
  if (Symbol.asyncIterator in rows) {
    for await (const row of rows) {
      batch.push(row)
      if (batch.length < size) continue
      yield batch
      batch = []
      size = batchRows()
    }
  } else {
    let untilTurn = BATCHES_A_TURN
    // `for await` over a sync iterable waits once a row, and unwraps promises that are rows by mistake.
    for (const row of rows) {
      batch.push(row)
      if (batch.length < size) continue
      yield batch
      if (--untilTurn === 0) {
        untilTurn = BATCHES_A_TURN
        await setImmediate()
      }
      batch = []
      size = batchRows()
    }
  }
  if (batch.length > 0) yield batch
}
