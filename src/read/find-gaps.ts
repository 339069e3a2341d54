import { isExportError, type ExportError } from '../errors.js'
import { fileKey } from '../manifest/manifest.js'
import type { Archive, ListedObject } from './archive.js'
import { calendarDays, type DaySpan } from './calendar-day.js'
import {
  deliveredDays,
  foundManifest,
  readManifests,
  type DeliveredDay,
  type NamedDataset,
} from './delivered-days.js'
import { openDelivery, type OpenedDelivery } from './open-delivery.js'
import { storedFiles } from './read-delivery.js'
import { storedFault } from './read-file.js'
import type { FoundManifest } from './read-manifest.js'

/** A day that cannot be read: not delivered, or other than its manifest says, and then in what. */
export type DayGap =
  | { readonly day: string; readonly reason: 'missing' }
  | { readonly day: string; readonly reason: 'damaged'; readonly error: ExportError }

/** Options of {@link findGaps}. */
export interface FindGapsOptions extends DaySpan {
  readonly signal?: AbortSignal
}

/**
 * Finds the days that are not there and those whose files and manifest disagree, in order. Export them again.
 *
 * Between the first and the last day that were delivered, unless `from` and `to` say more: name them, as a gap at an end
 * is not seen without. Sizes and tags are compared from one list of the dataset's objects; only a day that differs there
 * is read, and is damaged when its bytes are not those of the manifest. Days that were copied have other tags, and are
 * read. `verifyDay` reads every byte. Memory: the list.
 *
 * @throws ExportError `WINDOW_INVALID` when `from` and `to` are no dates in order, and `SINK_DENIED` or `SINK_UNAVAILABLE`.
 * @example
 * const archive = memorySink()
 * const source = () => sampleEvents({ day: '2026-03-07', count: 10 })
 * await exportWindow({ dataset: events, window: dayWindow('2026-03-07'), source, sink: archive })
 * const gaps = []
 * for await (const { day, reason } of findGaps(events, archive, { to: '2026-03-08' })) gaps.push(`${day}: ${reason}`)
 * gaps // ['2026-03-08: missing']
 */
export async function* findGaps(
  dataset: NamedDataset,
  archive: Archive,
  { signal, ...span }: FindGapsOptions = {},
): AsyncGenerator<DayGap, void, void> {
  const objects = new Map<string, ListedObject>()
  const days = await deliveredDays(dataset, archive, { ...span, signal }, (object) =>
    objects.set(object.key, object),
  )
  const { from = days[0], to = days.at(-1) } = span
  if (from === undefined || to === undefined) return
  const manifests = readManifests(dataset, days, archive, signal)
  let delivered = await manifests.next()
  for (const day of calendarDays(from, to)) {
    if (delivered.done === true || delivered.value.day !== day) {
      yield { day, reason: 'missing' }
      continue
    }
    const gap = await gapAt(dataset, delivered.value, objects, archive, signal)
    if (gap !== undefined) yield gap
    delivered = await manifests.next()
  }
}

async function gapAt(
  dataset: NamedDataset,
  delivered: DeliveredDay,
  objects: ReadonlyMap<string, ListedObject>,
  archive: Archive,
  signal: AbortSignal | undefined,
): Promise<DayGap | undefined> {
  const { day } = delivered
  try {
    if (isAsListed(foundManifest(delivered), objects)) return undefined
    // What differs may have been replaced since the list, or copied: its bytes tell.
    const error = await faultOf(await openDelivery(dataset, day, archive, signal), archive, signal)
    return error === undefined ? undefined : { day, reason: 'damaged', error }
  } catch (error) {
    if (isExportError(error, 'SINK_NOT_FOUND')) return { day, reason: 'missing' }
    if (isExportError(error, 'SINK_CORRUPT') || isExportError(error, 'MANIFEST_INVALID'))
      return { day, reason: 'damaged', error }
    throw error
  }
}

function isAsListed({ key, manifest }: FoundManifest, objects: ReadonlyMap<string, ListedObject>): boolean {
  return manifest.files.every((file) => {
    const listed = objects.get(fileKey(key, file))
    const isSameVersion = listed?.etag === undefined || file.etag === undefined || listed.etag === file.etag
    return listed?.bytes === file.bytes && isSameVersion
  })
}

async function faultOf(
  { found, pinned, first }: OpenedDelivery,
  archive: Archive,
  signal: AbortSignal | undefined,
): Promise<ExportError | undefined> {
  const waiting = [first]
  for (const stored of storedFiles(found, pinned, archive, signal)) {
    const open = (): AsyncIterable<Uint8Array> => waiting.pop() ?? stored.open()
    const error = await storedFault({ ...stored, open }, archive, signal)
    if (error !== undefined) return error
  }
  return undefined
}
