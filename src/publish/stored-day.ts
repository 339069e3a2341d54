// What is stored for a day when a run begins: only that may be taken over or removed, as other runs may be alive.

import { DayfileError } from '../errors.js'
import { isIntact, isSameFilter } from './decide.js'
import { parseManifest } from './manifest-json.js'
import type { NormalFilter } from '../datasets/subscription-filter.js'
import { fileKey, isWholeWindow, manifestFilter, type Manifest } from './manifest.js'
import type { DayWindow } from '../windows/day-window.js'
import { findIntent, type DayPlace, type FoundTags, type StoredVersion } from './recover.js'

/** The manifest of a day as a run finds it, with its ETag; null if it does not exist. */
export interface StoredManifest {
  readonly manifest: Manifest
  readonly etag: string
}

/** What a run finds. */
export interface FoundDay {
  readonly atStart: FoundTags
  /** What is in force when the run publishes is one of them, or it does not publish. The one that may come to be is first. */
  readonly publications: readonly Manifest[]
  /** Of another compression. */
  readonly leftOvers: readonly Required<StoredVersion>[]
}

export async function findManifest({
  sink,
  manifestKey,
  signal,
}: Pick<DayPlace, 'sink' | 'manifestKey' | 'signal'>): Promise<StoredManifest | null> {
  const stored = await sink.read(manifestKey, { signal })
  return stored === null
    ? null
    : { manifest: await parseManifest(stored.bytes, manifestKey), etag: stored.etag }
}

/** Finds the rest. `otherKey` has the data of another compression. */
export async function findDay(
  place: DayPlace,
  found: StoredManifest | null,
  otherKey: string,
): Promise<FoundDay> {
  const { sink, signal } = place
  const first = found === null ? await findIntent(place) : null
  const intent = first === null ? found?.manifest.intent : first.intent
  // It is removed at the end only if it was there: that takes a permission of its own.
  const leftOver = await sink.stat(otherKey, { signal })
  return {
    atStart: { manifest: found?.etag ?? null, intent: first?.etag ?? null },
    publications: [intent?.manifest, found?.manifest].filter((publication) => publication !== undefined),
    leftOvers: leftOver === null ? [] : [{ key: otherKey, etag: leftOver.etag }],
  }
}

/**
 * Whether a window is there as it is asked for: its manifest is of these very bounds, made after their end, and of the same
 * filter, and its files are those that the manifest names. Of a copy of the day the tags are others, and it is not taken
 * for committed. Another compression, dialect or column makes no difference: days of before an option was changed stay.
 */
export async function isCommitted(
  { sink, manifestKey, signal }: DayPlace,
  manifest: Manifest,
  { window, filter }: { readonly window: DayWindow; readonly filter: NormalFilter },
): Promise<boolean> {
  if (!isWholeWindow(manifest, window)) return false
  if (!isSameFilter(manifest.filter, manifestFilter(filter))) return false
  const stored = []
  for (const file of manifest.files) stored.push(await sink.stat(fileKey(manifestKey, file), { signal }))
  return isIntact(manifest, stored)
}

/** The error of a window that is there and is not to be replaced. */
export function alreadyThere({ sink: { location }, manifestKey: key }: DayPlace): DayfileError {
  const reason = "the window is published already, and `ifExists: 'fail'` does not replace it"
  const details = { location, operation: 'publish', key, reason }
  return new DayfileError('SINK_CONFLICT', `${location}: ${key}: ${reason}`, details)
}
