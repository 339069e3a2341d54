import { isDayfileError, type DayfileError } from '../errors.js'
import { fileKey, type Manifest } from '../publish/manifest.js'
import { requireOptions, SIGNAL, type OptionTable } from '../options.js'
import type { Archive, ListedObject } from './archive.js'
import { calendarDays, DAY_SPAN, type DaySpan } from '../calendar-day.js'
import {
  publishedDays,
  foundManifest,
  readManifests,
  type DayRead,
  type NamedDataset,
} from './published-days.js'
import { openDay, type OpenedDay } from './open-day.js'
import { storedFiles } from './read-published.js'
import { storedFault } from './read-file.js'
import { readManifest, type FoundManifest } from './read-manifest.js'

/**
 * A day that is not as it should be:
 *
 * - `missing`: it has no manifest.
 * - `damaged`: its manifest cannot be read, or its files differ from it; the error names the file and the difference.
 * - `extra`: it is intact, and its folder has other files that look like data, which glob-based readers pick up too.
 */
export type DayProblem =
  | { readonly day: string; readonly reason: 'missing' }
  | {
      readonly day: string
      readonly reason: 'damaged'
      readonly error: DayfileError
      /** Keys to delete, so that the day is due and can be exported again. Empty where exporting it again is enough. */
      readonly remove: readonly string[]
    }
  | { readonly day: string; readonly reason: 'extra'; readonly keys: readonly string[] }

/** Options of {@link auditDays}. */
export interface AuditDaysOptions extends DaySpan {
  readonly signal?: AbortSignal | undefined
}

export const FIND_GAPS_OPTIONS = { ...DAY_SPAN, signal: SIGNAL } satisfies OptionTable<AuditDaysOptions>

/**
 * Yields missing days, and days whose files and manifest disagree, in order. Export missing and damaged days again; delete
 * extra files.
 *
 * `from` and `to` default to the first and the last published day. Set them: without them, a gap at either end is not found.
 * Sizes and ETags are compared with one list of the dataset's objects. A day that differs is read, and is damaged if its bytes
 * are not those of the manifest. Days that were copied have other ETags, and are read. To check every byte of a day, use
 * `verifyDay`. Memory: the list. Windows over several days are not checked.
 *
 * @throws DayfileError `WINDOW_INVALID` if `from` and `to` are not dates in order, and `SINK_DENIED` or `SINK_UNAVAILABLE`.
 * @example
 * const archive = memorySink()
 * const source = () => sampleEvents({ day: '2026-03-07', count: 10 })
 * await exportWindow({ dataset: events, window: dayWindow('2026-03-07'), source, sink: archive })
 * const gaps = []
 * for await (const { day, reason } of auditDays(events, archive, { to: '2026-03-08' })) gaps.push(`${day}: ${reason}`)
 * gaps // ['2026-03-08: missing']
 */
export async function* auditDays(
  dataset: NamedDataset,
  archive: Archive,
  options: AuditDaysOptions = {},
): AsyncGenerator<DayProblem, void, void> {
  requireOptions('auditDays', options, FIND_GAPS_OPTIONS)
  for await (const { gap } of checkedDays(dataset, archive, options)) if (gap !== undefined) yield gap
}

/** A day of a span: its manifest where one can be read, and what is wrong with it, if anything. */
export interface CheckedDay {
  readonly day: string
  readonly manifest?: Manifest | undefined
  readonly gap?: DayProblem | undefined
}

/** Every day of the span of {@link auditDays}, in order. */
export async function* checkedDays(
  dataset: NamedDataset,
  archive: Archive,
  { signal, ...span }: AuditDaysOptions,
): AsyncGenerator<CheckedDay, void, void> {
  const listed: FolderList = new Map()
  const days = await publishedDays(dataset, archive, { ...span, signal }, (object) => {
    noteObject(listed, object)
  })
  const { from = days[0], to = days.at(-1) } = span
  if (from === undefined || to === undefined) return
  const manifests = readManifests(dataset, archive, days, signal)
  let published = await manifests.next()
  for (const day of calendarDays(from, to)) {
    if (published.done === true || published.value.day !== day) {
      yield { day, gap: { day, reason: 'missing' } }
      continue
    }
    yield await checkedDay(dataset, published.value, listed, archive, signal)
    published = await manifests.next()
  }
}

/** The objects by their folders, and there by their keys. */
type FolderList = Map<string, Map<string, ListedObject>>

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1)
}

function noteObject(listed: FolderList, object: ListedObject): void {
  const folder = folderOf(object.key)
  const objects = listed.get(folder) ?? new Map<string, ListedObject>()
  listed.set(folder, objects.set(object.key, object))
}

async function checkedDay(
  dataset: NamedDataset,
  published: DayRead,
  listed: FolderList,
  archive: Archive,
  signal: AbortSignal | undefined,
): Promise<CheckedDay> {
  const { day } = published
  try {
    const found = foundManifest(published)
    let { manifest } = found
    const objects = listed.get(folderOf(found.key)) ?? new Map<string, ListedObject>()
    if (!isAsListed(found, objects)) {
      // What differs may have been replaced since the list, or copied: its bytes tell.
      const opened = await openDay(dataset, archive, day, signal)
      manifest = opened.found.manifest
      const error = await faultOf(opened, archive, signal)
      if (error !== undefined) return { day, manifest, gap: { day, reason: 'damaged', error, remove: [] } }
    }
    if (extraKeys(found, objects).length === 0) return { day, manifest }
    // A publication may have come since, or be coming: the day that it replaces is asked for another time.
    const keys = extraKeys(found, await listFolder(found, archive, signal))
    const again = await readManifest(dataset, archive, day, signal)
    const isSame = JSON.stringify(again.manifest) === JSON.stringify(found.manifest)
    return { day, manifest, gap: isSame && keys.length > 0 ? { day, reason: 'extra', keys } : undefined }
  } catch (error) {
    if (isDayfileError(error, 'SINK_NOT_FOUND')) return { day, gap: { day, reason: 'missing' } }
    if (isDayfileError(error, 'SINK_CORRUPT'))
      return { day, gap: { day, reason: 'damaged', error, remove: [] } }
    // Beside a manifest that cannot be read nothing says which data is in use: the day begins anew.
    if (isDayfileError(error, 'MANIFEST_INVALID')) {
      const manifestKey = archive.keys.manifest(dataset.name, { day })
      const keys = [...(listed.get(folderOf(manifestKey))?.keys() ?? [])]
      const remove = keys.filter(
        (key) => key === manifestKey || key.endsWith('/_intent.json') || DATA.test(key),
      )
      return { day, gap: { day, reason: 'damaged', error, remove } }
    }
    throw error
  }
}

async function listFolder(
  { key }: FoundManifest,
  archive: Archive,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, ListedObject>> {
  const listed: FolderList = new Map()
  const prefix = folderOf(key)
  for await (const object of archive.list(prefix, { signal })) noteObject(listed, object)
  return listed.get(prefix) ?? new Map<string, ListedObject>()
}

// What engines take for data: not the names that they pass over, nor lists of files and the like.
const DATA = /\/[^/_.][^/]*\.csv(\.gz)?$/

/** Data that neither the manifest names nor the publication that is being published. */
function extraKeys({ key, manifest }: FoundManifest, objects: ReadonlyMap<string, ListedObject>): string[] {
  const { files, intent } = manifest
  const named = new Set([...files, ...(intent?.files ?? [])].map((file) => fileKey(key, file)))
  return [...objects.keys()].filter((each) => DATA.test(each) && !named.has(each))
}

function isAsListed({ key, manifest }: FoundManifest, objects: ReadonlyMap<string, ListedObject>): boolean {
  return manifest.files.every((file) => {
    const listed = objects.get(fileKey(key, file))
    const isSameVersion = listed?.etag === undefined || file.etag === undefined || listed.etag === file.etag
    return listed?.bytes === file.bytes && isSameVersion
  })
}

async function faultOf(
  opened: OpenedDay,
  archive: Archive,
  signal: AbortSignal | undefined,
): Promise<DayfileError | undefined> {
  for (const stored of storedFiles(opened, archive, signal)) {
    const error = await storedFault(stored, archive, signal)
    if (error !== undefined) return error
  }
  return undefined
}
