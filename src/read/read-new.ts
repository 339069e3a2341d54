import type { Dataset } from '../datasets/dataset.js'
import { isDayfileError } from '../errors.js'
import type { Manifest } from '../publish/manifest.js'
import { requireOptions, type OptionTable } from '../options.js'
import type { Archive } from './archive.js'
import { DAY_SPAN, type DaySpan } from '../calendar-day.js'
import { publishedDays, foundManifest, readManifests } from './published-days.js'
import { given, givenRevision, requireCursor, type ReadCursor } from './read-cursor.js'
import type { NoOthers, ReadRow } from './read-csv.js'
import {
  closeDay,
  dayOptions,
  openAsked,
  READ_DAY_OPTIONS,
  readPublished,
  type ReadDayOptions,
  type Reading,
} from './read-published.js'

/** Options of {@link readNew}: those of `readDay`, and the days to look at. */
export interface ReadNewOptions<Name extends string = string> extends ReadDayOptions<Name>, DaySpan {}

const READ_NEW_OPTIONS = { ...READ_DAY_OPTIONS, ...DAY_SPAN } satisfies OptionTable<ReadNewOptions>

/** A revision of a day that the consumer has not been given before. */
export interface NewRevision<Row> {
  readonly day: string
  readonly revision: number
  /** Whether the consumer was given another revision of the day before: its rows are to be exchanged for these. */
  readonly replaced: boolean
  /** All rows of the day. They have to be read before the next publication is asked for. */
  readonly rows: AsyncGenerator<Row, void, void>
  /** Where to go on after this publication. Keep it when its rows have been processed, not before. */
  readonly cursor: ReadCursor
  readonly manifest: Manifest
}

/**
 * Yields each revision of each day once: those after the cursor, in the order of their days.
 *
 * Days that were published late, or before the first day that the cursor knows, are new. Replaced days come again with all of
 * their rows and `replaced: true`. If a day has several new revisions, the newest is yielded. Store the cursor of a revision in
 * the same transaction as its rows: then each is processed exactly once, wherever the program stops. If you store it later, a
 * stop in between repeats one revision, so delete the day's rows first.
 *
 * It reads one list and one manifest per day, and the manifest of a new day twice. `from` and `to` limit the days; days outside
 * them stay new. A cursor grows by some 30 bytes for each run of days that are missing or were replaced. Rows that you skip
 * count as read. Windows over several days are not included. A day whose manifest was deleted starts again at revision 1, and a
 * consumer whose cursor has its revision 1 does not get it: read it with `readDay`.
 *
 * @throws DayfileError as `readDay` does, at the day that cannot be read, and again if you ask for the next revision: the days
 * after it stay new until it can be read.
 * @throws TypeError for an invalid cursor, and for rows that are read after the loop went on to the next revision.
 * @example
 * const archive = memorySink()
 * const source = () => sampleEvents({ day: '2026-03-07', count: 10 })
 * await exportWindow({ dataset: events, window: dayWindow('2026-03-07'), source, sink: archive })
 * const seen = []
 * let kept = null
 * for await (const { day, rows, cursor } of readNew(events, archive, kept)) {
 *   let count = 0
 *   for await (const row of rows) count++
 *   seen.push(`${day}: ${count} rows`)
 *   kept = cursor
 * }
 * seen // ['2026-03-07: 10 rows']
 */
export function readNew<
  const D extends Dataset,
  const O extends ReadNewOptions<D['columns'][number]['name']> & NoOthers<O, ReadNewOptions> = object,
>(
  dataset: D,
  archive: Archive,
  cursor?: ReadCursor | null,
  options?: O,
): AsyncGenerator<NewRevision<ReadRow<D, O>>, void, void> {
  return newRevisions(dataset, archive, cursor, options ?? {}) as AsyncGenerator<
    NewRevision<ReadRow<D, O>>,
    void,
    void
  >
}

async function* newRevisions(
  dataset: Dataset,
  archive: Archive,
  cursor: unknown,
  options: ReadNewOptions,
): AsyncGenerator<NewRevision<Record<string, unknown>>, void, void> {
  requireOptions('readNew', options, READ_NEW_OPTIONS)
  const { from, to, ...reading } = options
  const asked = dayOptions(dataset, reading)
  let kept = requireCursor(cursor, dataset.name)
  const days = await publishedDays(dataset, archive, { from, to, signal: asked.signal })
  for await (const published of readManifests(dataset, archive, days, asked.signal)) {
    const { day } = published
    const before = givenRevision(kept, day)
    if (foundManifest(published).manifest.revision === before) continue
    const opened = await openAsked(dataset, archive, day, asked).catch(undefinedIfGone)
    if (opened === undefined) continue
    // It may have been replaced since its manifest was read, or have landed without one.
    const { manifest } = opened.found
    const { revision } = manifest
    if (revision === before) {
      await closeDay(opened)
      continue
    }
    const state: Reading = { isOver: false }
    const rows = readPublished(dataset, opened, archive, asked, state)
    const handed = handedOut(rows, state, day)
    kept = given(kept, { dataset: dataset.name, day, revision })
    try {
      yield { day, revision, replaced: before > 0, rows: handed.rows, cursor: kept, manifest }
    } finally {
      await handed.close()
      await closeDay(opened)
    }
    // Whoever caught it and went on would keep a cursor that is beyond the day.
    if (state.failure !== undefined) throw state.failure.error
  }
}

/** A day that was deleted after it was listed. */
function undefinedIfGone(error: unknown): undefined {
  if (!isDayfileError(error, 'SINK_NOT_FOUND')) throw error
}

/** Rows that, when they are read too late, end with an error: as an empty day they would be lost. */
function handedOut<Row>(
  reading: AsyncGenerator<Row, void, void>,
  state: Reading,
  day: string,
): { rows: AsyncGenerator<Row, void, void>; close: () => Promise<void> } {
  let isCut = false
  const rows = {
    next: () => (isCut ? Promise.reject(tooLate(day)) : reading.next()),
    return: () => reading.return(),
    throw: (error: unknown) => reading.throw(error),
    [Symbol.asyncIterator]: () => rows,
    [Symbol.asyncDispose]: async () => {
      await reading.return()
    },
  }
  const close = async (): Promise<void> => {
    isCut = !state.isOver
    await reading.return()
  }
  return { rows, close }
}

function tooLate(day: string): TypeError {
  return new TypeError(
    `rows of ${day}: they were closed when the loop went on to the next publication; read them before that, or use readDay`,
  )
}
