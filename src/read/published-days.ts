// In: an archive and a span of days. Out: the days that have a manifest, and their manifests.

import { withSharedSignal } from '../abort.js'
import type { Dataset } from '../datasets/dataset.js'
import { isDayfileError } from '../errors.js'
import { isObject, requireShape } from '../options.js'
import { requireArchive, type Archive, type ListedObject } from './archive.js'
import { isCalendarDay, requireDaySpan, type DaySpan } from '../calendar-day.js'
import { readManifest, type FoundManifest } from './read-manifest.js'

/** What tells which files are a dataset's. */
export type NamedDataset = Pick<Dataset, 'name'>

/** Manifests that are asked for at once: one by one, a year of days takes 365 times the way to the archive. */
const AT_ONCE = 16

/**
 * The days of a span that have a manifest, in order. `see` is called with each object in the folder.
 *
 * @throws DayfileError `WINDOW_INVALID` for an invalid span; TypeError for a value that is not a dataset.
 */
export async function publishedDays(
  dataset: NamedDataset,
  archive: Archive,
  { signal, ...span }: DaySpan & { readonly signal?: AbortSignal | undefined },
  see?: (object: ListedObject) => void,
): Promise<string[]> {
  const isNamed = isObject(dataset) && typeof dataset.name === 'string'
  requireShape('dataset', dataset, 'a dataset such as `events`', isNamed)
  requireArchive(archive)
  requireDaySpan(span)
  const { from, to } = span
  signal?.throwIfAborted()
  const days = new Set<string>()
  const prefix = archive.keys.dailyPrefix(dataset.name)
  for await (const object of archive.list(prefix, { signal })) {
    // An archive may take no notice of the signal.
    signal?.throwIfAborted()
    see?.(object)
    const day = archive.keys.dayOfManifest(dataset.name, object.key)
    // Folders of dates that do not exist are not of this package.
    if (!isCalendarDay(day) || (from !== undefined && day < from) || (to !== undefined && day > to)) continue
    // Once: with a template that has the year beside the day, a folder of another year would be the same day again.
    days.add(day)
  }
  // Templates such as {month}/{year} list in another order.
  return [...days].sort()
}

/** A day with its manifest, or with the reason why it has none. */
export interface DayRead {
  readonly day: string
  readonly manifest: PromiseSettledResult<FoundManifest>
}

/** Reads the manifests of days, in their order. A day that no longer exists is skipped. */
export async function* readManifests(
  dataset: NamedDataset,
  archive: Archive,
  days: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<DayRead, void, void> {
  for (let start = 0; start < days.length; start += AT_ONCE) {
    const some = days.slice(start, start + AT_ONCE)
    const manifests = await withSharedSignal(signal, (shared) =>
      Promise.allSettled(some.map((day) => readManifest(dataset, archive, day, shared))),
    )
    for (const [index, day] of some.entries()) {
      signal?.throwIfAborted()
      const manifest = manifests[index]
      if (manifest === undefined || isGone(manifest)) continue
      yield { day, manifest }
    }
  }
}

function isGone(manifest: PromiseSettledResult<FoundManifest>): boolean {
  return manifest.status === 'rejected' && isDayfileError(manifest.reason, 'SINK_NOT_FOUND')
}

/** The manifest of a day, or what was thrown instead of it. */
export function foundManifest({ manifest }: DayRead): FoundManifest {
  if (manifest.status === 'rejected') throw manifest.reason
  return manifest.value
}
