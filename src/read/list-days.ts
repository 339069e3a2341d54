import type { Dataset } from '../datasets/dataset.js'
import { ExportError } from '../errors.js'
import type { Manifest, ManifestColumn } from '../manifest/manifest.js'
import { isObject, requireShape } from '../options.js'
import type { Archive } from './archive.js'
import { isCalendarDay } from './calendar-day.js'
import { readManifest } from './read-manifest.js'

/** A day that was delivered. */
export interface ListedDay {
  readonly day: string
  readonly revision: number
  readonly rows: number
  /** Bytes of its files as they are stored. */
  readonly bytes: number
  readonly columns: readonly ManifestColumn[]
  readonly created: Date
  readonly manifest: Manifest
}

/** Options of {@link listDays}. */
export interface ListDaysOptions {
  /** The first day, 'YYYY-MM-DD'; the first there is unless said. */
  readonly from?: string
  /** The last day, included; the last there is unless said. */
  readonly to?: string
  readonly signal?: AbortSignal
}

/**
 * Lists the days of a dataset that were delivered, in order: those that have a manifest.
 *
 * @throws ExportError `WINDOW_INVALID` when `from` and `to` are no dates in order, `MANIFEST_INVALID` for a manifest that
 * cannot be read, and the `SINK_` codes.
 * @example
 * const archive = memorySink()
 * const source = () => sampleEvents({ day: '2026-03-07', count: 10 })
 * await exportWindow({ dataset: events, window: dayWindow('2026-03-07'), source, sink: archive })
 * const days = []
 * for await (const { day, rows } of listDays(events, archive)) days.push(`${day}: ${rows} rows`)
 * days // ['2026-03-07: 10 rows']
 */
export async function* listDays(
  dataset: Pick<Dataset, 'name'>,
  archive: Archive,
  { from, to, signal }: ListDaysOptions = {},
): AsyncGenerator<ListedDay, void, void> {
  const isNamed = isObject(dataset) && typeof dataset.name === 'string'
  requireShape('dataset', dataset, 'a dataset such as `events`', isNamed)
  requireDates(from, to)
  signal?.throwIfAborted()
  const days: string[] = []
  for await (const { key } of archive.list(
    archive.keys.dailyPrefix(dataset.name),
    signal === undefined ? {} : { signal },
  )) {
    // An archive may take no notice of the signal; readManifest looks at it for each day.
    signal?.throwIfAborted()
    const day = archive.keys.dayOfManifest(dataset.name, key)
    if (day !== undefined && (from === undefined || day >= from) && (to === undefined || day <= to))
      days.push(day)
  }
  // Templates such as {month}/{year} list in another order.
  for (const day of days.sort()) {
    const { manifest } = await readManifest(dataset, day, archive, signal)
    const { revision, totals, columns, created } = manifest
    yield {
      day,
      revision,
      rows: totals.rows,
      bytes: totals.bytes,
      columns,
      created: new Date(created),
      manifest,
    }
  }
}

function requireDates(from: string | undefined, to: string | undefined): void {
  const isInOrder = from === undefined || to === undefined || from <= to
  if (isInOrder && [from, to].every((day) => day === undefined || isCalendarDay(day))) return
  throw new ExportError(
    'WINDOW_INVALID',
    "days: expected `from` and `to`, where they are given, as real dates 'YYYY-MM-DD', the first one first",
    { reason: 'from and to are not dates in order' },
  )
}
