// What lies in the place of a day when a run begins: only that may be taken over or removed, as other runs may be alive.

import { parseIntent, parseManifest, type Manifest } from '../manifest/manifest.js'
import { intentKeyOf, type DayPlace, type FoundTags, type StoredVersion } from './settlement.js'

/** The manifest of a day as a run finds it, with its tag; null when there is none. */
export interface StoredManifest {
  readonly manifest: Manifest
  readonly etag: string
}

/** What a run finds. */
export interface FoundDay {
  readonly atStart: FoundTags
  /** What is in force when the run publishes is one of them, or it does not publish. The one that may come to be is first. */
  readonly deliveries: readonly Manifest[]
  /** Of another compression. */
  readonly leftOvers: readonly StoredVersion[]
}

export async function findManifest({ sink, manifestKey, signal }: DayPlace): Promise<StoredManifest | null> {
  const stored = await sink.read(manifestKey, { signal })
  return stored === null ? null : { manifest: parseManifest(stored.bytes, manifestKey), etag: stored.etag }
}

/** Finds the rest. `otherKey` has the data of another compression. */
export async function findDay(
  { sink, manifestKey, signal }: DayPlace,
  found: StoredManifest | null,
  otherKey: string,
): Promise<FoundDay> {
  const intentKey = intentKeyOf(manifestKey)
  const first = found === null ? await sink.read(intentKey, { signal }) : null
  const intent = first === null ? found?.manifest.intent : parseIntent(first.bytes, intentKey)
  // It is removed at the end only if it was there: that takes a permission of its own.
  const leftOver = await sink.stat(otherKey, { signal })
  return {
    atStart: { manifest: found?.etag ?? null, intent: first?.etag ?? null },
    deliveries: [intent?.manifest, found?.manifest].filter((delivery) => delivery !== undefined),
    leftOvers: leftOver === null ? [] : [{ key: otherKey, etag: leftOver.etag }],
  }
}
