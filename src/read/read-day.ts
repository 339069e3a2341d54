// In: a day. Out: its rows, compared with its manifest.

import type { Dataset } from '../datasets/dataset.js'
import { DayfileError } from '../errors.js'
import { isObject, requireOptions, requireShape, type OptionTable } from '../options.js'
import type { KeyWindow } from '../sinks/object-keys.js'
import type { Archive } from './archive.js'
import { calendarDays, isCalendarDay } from '../calendar-day.js'
import type { NoOthers, ReadRow } from './read-csv.js'
import {
  dayOptions,
  openAsked,
  READ_DAY_OPTIONS,
  readPublished,
  type ReadDayOptions,
} from './read-published.js'

/**
 * Reads the rows of a published day (or of a window over several days), and compares size, SHA-256 and number of rows with
 * the manifest as it reads.
 *
 * Rows are yielded as they are read; the last row of a file comes only after the file is verified. So a loop that ends
 * normally has seen all of the day. With `verify: 'before'`, the day is read twice, and no row comes before all of it is
 * verified. Memory: one chunk and its rows.
 *
 * @throws DayfileError `WINDOW_INVALID` if `day` is not a valid day; `SINK_NOT_FOUND` if it is not published; `SINK_CORRUPT` if a
 * file is missing or differs from the manifest (cut, changed, or being replaced right now: read again), with the line that
 * was reached; `MANIFEST_INVALID`; and what {@link readCsv} throws.
 * @example
 * const archive = memorySink()
 * const source = () => sampleEvents({ day: '2026-03-07', count: 10 })
 * await exportWindow({ dataset: events, window: dayWindow('2026-03-07'), source, sink: archive })
 * const rows = []
 * for await (const row of readDay(events, archive, '2026-03-07')) rows.push(row)
 * rows.length // 10
 */
export function readDay<
  const D extends Dataset,
  const O extends ReadDayOptions<D['columns'][number]['name']> & NoOthers<O, ReadDayOptions> = object,
>(
  dataset: D,
  archive: Archive,
  day: string | KeyWindow,
  options?: O,
): AsyncGenerator<ReadRow<D, O>, void, void> {
  return readRowsOfDay(dataset, archive, day, options ?? {}) as AsyncGenerator<ReadRow<D, O>, void, void>
}

/** Days to read: a list, or all from the first to the last, both included. */
export type DaysToRead = readonly (string | KeyWindow)[] | Span

interface Span {
  readonly from: string
  readonly to: string
}

/**
 * Reads the rows of several days, one after the other. A day that is not published is an error, not a gap.
 *
 * @throws DayfileError as {@link readDay} does.
 * @example
 * const archive = memorySink()
 * await exportDays({
 *   dataset: events,
 *   days: eachDay('2026-03-06', '2026-03-07'),
 *   source: ({ window }) => sampleEvents({ day: window.day, count: 10 }),
 *   sink: archive,
 * })
 * let rows = 0
 * for await (const row of readDays(events, archive, { from: '2026-03-06', to: '2026-03-07' })) rows++
 * rows // 20
 */
export async function* readDays<
  const D extends Dataset,
  const O extends ReadDayOptions<D['columns'][number]['name']> & NoOthers<O, ReadDayOptions> = object,
>(dataset: D, archive: Archive, days: DaysToRead, options?: O): AsyncGenerator<ReadRow<D, O>, void, void> {
  requireOptions('readDays', options ?? {}, READ_DAY_OPTIONS)
  requireShape('days', days, 'a list of days, or { from, to }', isObject(days))
  const list = isSpan(days) ? requiredDays(days) : days
  for (const day of list) yield* readDay<D, O>(dataset, archive, day, options)
}

function isSpan(days: DaysToRead): days is Span {
  return !(Symbol.iterator in days)
}

const SPAN = { from: true, to: true } satisfies OptionTable<Span>

function requiredDays(days: Span): Iterable<string> {
  requireOptions('days of readDays', days, SPAN)
  const { from, to }: { readonly from: unknown; readonly to: unknown } = days
  if (!isCalendarDay(from) || !isCalendarDay(to) || to < from) {
    throw new DayfileError(
      'WINDOW_INVALID',
      "days: expected `from` and `to` to be two real dates 'YYYY-MM-DD', and `from` not after `to`",
      { reason: 'from and to are not two dates in order' },
    )
  }
  return calendarDays(from, to)
}

async function* readRowsOfDay(
  dataset: Dataset,
  archive: Archive,
  day: string | KeyWindow,
  options: ReadDayOptions,
): AsyncGenerator<Record<string, unknown>, void, void> {
  requireOptions('readDay', options, READ_DAY_OPTIONS)
  const asked = dayOptions(dataset, options)
  yield* readPublished(dataset, await openAsked(dataset, archive, day, asked), archive, asked)
}
