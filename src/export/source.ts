// In: what your application's source returns. Out: its rows, stopped and closed whatever happens.

import { EventEmitter } from 'node:events'
import { orAborted, untilAborted } from '../abort.js'
import type { Dataset, RowOf, UndeclaredKeys } from '../datasets/dataset.js'
import type { RowFilter } from '../datasets/subscription-filter.js'
import { DayfileError } from '../errors.js'
import type { DayWindow } from '../windows/day-window.js'

/**
 * What a source is asked for. The filter is a hint, there where it is not all rows: what a source gives beyond it is left
 * out in any case.
 */
export interface SourceRequest extends RowFilter {
  /** Half-open: rows with `start <= time < end`. */
  readonly window: DayWindow
  /** The declared columns in file order. */
  readonly columns: readonly string[]
  /** Aborts when the export fails or is aborted: stop the query. */
  readonly signal: AbortSignal
}

/**
 * Rows, one by one. Node streams in object mode are async iterables. An array is an iterable too; named first, it lets the
 * compiler name the wrong cell and its row.
 */
export type SourceRows<Row> = Row[] | Iterable<Row> | AsyncIterable<Row>

/** Gives the rows of a window, or a promise of them. */
export type Source<D extends Dataset = Dataset, Row = RowOf<D>> = (
  request: SourceRequest,
) => SourceRows<Row> | Promise<SourceRows<Row>>

/** The undeclared keys of a row, unless `csv.addedColumns` says what becomes of them. */
export type UnexpectedKeys<Row, D extends Dataset, Added> = [Added] extends ['reject']
  ? UndeclaredKeys<Row, D>
  : never

/** What a row has to be beside `RowOf`: without a key that is unexpected, such as a misspelt one. */
export type OnlyDeclared<Row, D extends Dataset, Added> = [UnexpectedKeys<Row, D, Added>] extends [never]
  ? unknown
  : {
      readonly [
        Key in UnexpectedKeys<Row, D, Added>
      ]?: 'not a column of the dataset: correct the key, extend the dataset, or set csv.addedColumns'
    }

/** The rows of a source, and how to give them up. */
export interface OpenedSource {
  readonly rows: SourceRows<object>
  /** Closes what the source gave. Reading `rows` does so too, but nobody may have begun to. */
  close(): Promise<void>
}

/**
 * Asks the source for its rows and gives them with nothing lost of a failure: what the source throws becomes
 * `SOURCE_FAILED` with its cause untouched; an abort passes as the signal's reason.
 *
 * When the rows are left early, or closed before the first, an iterator's `return()` and a stream's `destroy()` are
 * called.
 *
 * @throws TypeError when the source returns nothing that can be iterated.
 */
export async function openSource(
  dataset: string,
  source: (request: SourceRequest) => unknown,
  request: SourceRequest,
): Promise<OpenedSource> {
  const { signal } = request
  let read = 0
  let begun = false
  let closed: Promise<void> | undefined

  function failed(cause: unknown): unknown {
    if (signal.aborted) return signal.reason
    return new DayfileError(
      'SOURCE_FAILED',
      `${dataset}: the source failed after ${read} rows, so nothing was published; see cause, and run again`,
      { dataset, rows: read },
      { cause, retryable: true },
    )
  }

  async function close(opened: unknown): Promise<void> {
    destroy(opened)
    // Once begun, the reading is what calls return().
    if (!begun) closed ??= endIterator(opened)
    await closed
  }

  async function* readAsync(rows: AsyncIterable<object>): AsyncGenerator<object, void, void> {
    begun = true
    try {
      for await (const row of untilAborted(rows, signal)) {
        read++
        yield row
      }
    } catch (error) {
      throw failed(error)
    } finally {
      // A stream whose pull is pending is not closed by return(); destroying it is what stops the query.
      destroy(rows)
    }
  }

  function* readSync(rows: Iterable<object>): Generator<object, void, void> {
    begun = true
    try {
      for (const row of rows) {
        if (signal.aborted) throw signal.reason
        read++
        yield row
      }
    } catch (error) {
      throw failed(error)
    }
  }

  let opened: unknown
  try {
    signal.throwIfAborted()
    const opening = Promise.resolve(source(request)).then(passOnErrors)
    // What arrives after an abort has nobody left to read it. Your application may also abort within its own source.
    const closeArrival = (): void => void opening.then(close).catch(() => undefined)
    if (signal.aborted) closeArrival()
    else signal.addEventListener('abort', closeArrival, { once: true })
    opened = await orAborted(opening, signal)
  } catch (error) {
    throw failed(error)
  }
  if (isAsyncIterable(opened)) return { rows: readAsync(opened), close: () => close(opened) }
  if (isIterable(opened)) return { rows: readSync(opened), close: () => close(opened) }
  throw new TypeError(
    `${dataset}: expected the source to return an iterable of rows, received ${typeof opened}`,
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

/** Ends an iterator that was never pulled: a cursor may hold its connection since before. */
async function endIterator(rows: unknown): Promise<void> {
  if (isReturnable(rows)) await rows.return()
}

function isReturnable(value: unknown): value is { return: () => unknown } {
  return (
    typeof value === 'object' && value !== null && 'return' in value && typeof value.return === 'function'
  )
}

function isDestroyable(value: unknown): value is { destroy: () => void } {
  return (
    typeof value === 'object' && value !== null && 'destroy' in value && typeof value.destroy === 'function'
  )
}
