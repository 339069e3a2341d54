// In: the rows that were written, and your application's own count of them. Out: whether the two agree.

import { orAborted } from '../abort.js'
import { DayfileError } from '../errors.js'
import type { DayWindow } from '../windows/day-window.js'
import type { SourceRequest } from './source.js'

/**
 * Counts the rows of a window where they come from. The request, which has the window too, is that of the source: its
 * filter and its signal. Text is taken as databases give large counts.
 */
export type CountRows = (window: DayWindow, request: SourceRequest) => Count | Promise<Count>

type Count = number | bigint | string

/** Your application's count beside what was written. */
export interface Reconciliation {
  readonly outcome: 'equal' | 'different'
  readonly counted: number
  readonly written: number
  /** `written` less `counted`: negative where rows are missing from the file. */
  readonly difference: number
}

/**
 * Asks for the count and compares it.
 *
 * @throws DayfileError `SOURCE_FAILED` with what the count threw; the signal's reason after an abort.
 * @throws TypeError for what is no count.
 */
export async function reconcile(
  dataset: string,
  written: number,
  countRows: CountRows,
  request: SourceRequest,
): Promise<Reconciliation> {
  const { signal } = request
  let answer: unknown
  try {
    answer = await orAborted((async () => countRows(request.window, request))(), signal)
  } catch (cause) {
    if (signal.aborted) throw signal.reason
    throw new DayfileError(
      'SOURCE_FAILED',
      `${dataset}: countRows failed after ${written} rows were stored, so nothing was published; see cause, and run again`,
      { dataset, rows: written },
      { cause, retryable: true },
    )
  }
  const counted = countOf(answer)
  const difference = written - counted
  return { outcome: difference === 0 ? 'equal' : 'different', counted, written, difference }
}

/** The error of a count that differs where that is not to be published. */
export function countMismatch(
  dataset: string,
  day: string,
  { counted, written }: Reconciliation,
): DayfileError {
  return new DayfileError(
    'COUNT_MISMATCH',
    `${dataset} ${day}: the source counts ${counted} rows, and ${written} were written, so nothing was published; check that both use the same bounds and filter, and run again`,
    { dataset, day, counted, written },
    { retryable: true },
  )
}

function countOf(answer: unknown): number {
  const count = typeof answer === 'string' && !/^\d+$/.test(answer) ? Number.NaN : Number(answer)
  const isCount = ['number', 'bigint', 'string'].includes(typeof answer) && Number.isSafeInteger(count)
  if (isCount && count >= 0) return count
  throw new TypeError('export option countRows: expected it to return a whole number, 0 or more')
}
