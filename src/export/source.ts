// In: what the host's source returns. Out: its rows, stopped and closed whatever happens.

import { EventEmitter } from 'node:events'
import { orAborted, untilAborted } from '../abort.js'
import type { Dataset, RowOf } from '../datasets/dataset.js'
import { ExportError } from '../errors.js'
import type { DayWindow } from '../windows/day-window.js'

/** What a source is asked for. */
export interface SourceRequest {
  /** Half-open: rows with `start <= time < end`. */
  readonly window: DayWindow
  /** The declared columns in file order. */
  readonly columns: readonly string[]
  /** The event types that are wanted, when not all are. A hint: others are left out in any case. */
  readonly eventTypes?: readonly string[]
  /** Aborts when the export fails or is aborted: stop the query. */
  readonly signal: AbortSignal
}

/** Rows, one by one. Node streams in object mode are async iterables. */
export type SourceRows<Row> = Iterable<Row> | AsyncIterable<Row>

/** Gives the rows of a window, or a promise of them. */
export type Source<D extends Dataset = Dataset> = (
  request: SourceRequest,
) => SourceRows<RowOf<D>> | Promise<SourceRows<RowOf<D>>>

/**
 * Asks the source for its rows and gives them with nothing lost of a failure: what the source throws becomes
 * `SOURCE_FAILED` with its cause untouched; an abort passes as the signal's reason.
 *
 * When the rows are left early, an iterator's `return()` and a stream's `destroy()` are called.
 *
 * @throws TypeError when the source returns nothing that can be iterated.
 */
export async function openSource(
  dataset: string,
  source: (request: SourceRequest) => unknown,
  request: SourceRequest,
): Promise<SourceRows<object>> {
  let read = 0
  const failed = (cause: unknown): unknown => {
    if (request.signal.aborted) return request.signal.reason
    return new ExportError(
      'SOURCE_FAILED',
      `${dataset}: the source failed after ${read} rows, so nothing was published; see cause, and run again`,
      { dataset, rows: read },
      { cause, retryable: true },
    )
  }

  let rows: unknown
  try {
    request.signal.throwIfAborted()
    const opening = Promise.resolve(source(request)).then(passOnErrors)
    // The host may abort within its own source, before anybody listens.
    if (request.signal.aborted) void opening.then(destroy, () => undefined)
    // A stream that arrives after the abort has nobody left to read it.
    request.signal.addEventListener('abort', () => void opening.then(destroy, () => undefined), {
      once: true,
    })
    rows = await orAborted(opening, request.signal)
  } catch (error) {
    throw failed(error)
  }

  if (isAsyncIterable(rows)) {
    const iterable = rows
    return (async function* () {
      try {
        for await (const row of untilAborted(iterable, request.signal)) {
          read++
          yield row
        }
      } catch (error) {
        throw failed(error)
      } finally {
        // A stream whose pull is pending is not closed by return(); destroying it is what stops the query.
        destroy(iterable)
      }
    })()
  }
  if (isIterable(rows)) {
    const iterable = rows
    return (function* () {
      try {
        for (const row of iterable) {
          if (request.signal.aborted) throw request.signal.reason
          read++
          yield row
        }
      } catch (error) {
        throw failed(error)
      }
    })()
  }
  throw new TypeError(
    `${dataset}: expected the source to return an iterable of rows, received ${typeof rows}`,
  )
}

function isAsyncIterable(value: unknown): value is AsyncIterable<object> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function isIterable(value: unknown): value is Iterable<object> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

// A stream may fail before it is read and after it was left, and an 'error' that nobody listens to ends the process.
// Whoever reads it is told all the same.
function passOnErrors(rows: unknown): unknown {
  if (rows instanceof EventEmitter) rows.on('error', () => undefined)
  return rows
}

function destroy(rows: unknown): void {
  if (isDestroyable(rows)) rows.destroy()
}

function isDestroyable(value: unknown): value is { destroy: () => void } {
  return (
    typeof value === 'object' && value !== null && 'destroy' in value && typeof value.destroy === 'function'
  )
}
