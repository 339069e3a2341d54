// In: what a run finds when it wants to publish. Out: the delivery in force, whatever an earlier run had begun.

import { ExportError, isExportError } from '../errors.js'
import {
  parseIntent,
  parseManifest,
  serializeManifest,
  type Intent,
  type Manifest,
} from '../manifest/manifest.js'
import type { Sink } from '../sinks/sink.js'

/** The tags that a run has found when it began: only what stood then may be taken over, as others may be alive. */
export interface FoundTags {
  /** Of the manifest; null: there was none. */
  readonly manifest: string | null
  /** Of the intent of a first delivery; null: there was none. */
  readonly intent: string | null
}

/** Where a day lies, and by which signal its sink is asked. */
export interface DayPlace {
  readonly sink: Sink
  readonly manifestKey: string
  readonly signal: AbortSignal
}

export const JSON_TYPE = 'application/json'

/** What is in force once nobody else's publishing is under way. */
export interface Settled {
  readonly current: Manifest | null
  /** The tag of the manifest; null: there is none. */
  readonly etag: string | null
  /** The tag of the intent of a first delivery; null: there is none. */
  readonly intentEtag: string | null
  /**
   * 'none': nobody had begun. 'withdrawn': somebody had, and can't go on. 'landed': all of somebody's data was in place, and
   * the delivery in force is theirs. 'damaged': it came into its place while it was being given up, and is to be written anew.
   */
  readonly unfinished: 'none' | 'withdrawn' | 'landed' | 'damaged'
  /** Objects of the run that had not finished, and what it was to remove: where the next delivery has other keys, nobody's. */
  readonly landed: readonly StoredVersion[]
}

/** A version of an object. */
export interface StoredVersion {
  readonly key: string
  readonly etag?: string
}

const NOTHING_LANDED = { unfinished: 'none', landed: [] } as const

/** The key of the intent of a first delivery: beside the manifest that is to come. */
export function intentKeyOf(manifestKey: string): string {
  return manifestKey.slice(0, manifestKey.lastIndexOf('/') + 1) + '_intent.json'
}

/**
 * Takes over from a run that has said what it is about to publish and has not finished: gives up its uploads, looks
 * whether its data had landed, and takes that as the delivery in force. A first delivery gets its manifest, so that the run
 * that wakes up finds its own work done.
 *
 * @throws ExportError `SINK_CONFLICT` when another run has published since, or is about to.
 */
export async function settle(place: DayPlace, atStart: FoundTags): Promise<Settled> {
  const { sink, manifestKey, signal } = place
  const stored = await sink.read(manifestKey, { signal })
  if ((stored?.etag ?? null) !== atStart.manifest) throw publishedMeanwhile(place)
  if (stored === null) return settleFirst(place, atStart.intent)
  const { intent, ...current } = parseManifest(stored.bytes, manifestKey)
  const { etag } = stored
  // Of a first delivery that stopped when all but the clearing up was done.
  const intentEtag = (await sink.read(intentKeyOf(manifestKey), { signal }))?.etag ?? null
  if (intent === undefined) return { current, etag, intentEtag, ...NOTHING_LANDED }
  const { unfinished, landed, manifest } = await landingOf(place, intent)
  return { current: unfinished === 'withdrawn' ? current : manifest, etag, intentEtag, unfinished, landed }
}

async function settleFirst(place: DayPlace, intentAtStart: string | null): Promise<Settled> {
  const { sink, manifestKey, signal } = place
  const intentKey = intentKeyOf(manifestKey)
  const stored = await sink.read(intentKey, { signal })
  if (stored !== null && stored.etag !== intentAtStart) throw publishedMeanwhile(place)
  if (stored === null) return { current: null, etag: null, intentEtag: null, ...NOTHING_LANDED }
  const intentEtag = stored.etag
  const { unfinished, landed, manifest } = await landingOf(place, parseIntent(stored.bytes, intentKey))
  if (unfinished === 'withdrawn') return { current: null, etag: null, intentEtag, unfinished, landed }
  // Its run may wake up and write its manifest, over data that is not its own by then. Written now, it is there.
  const etag = await writeManifest(place, manifest, null)
  return { current: manifest, etag, intentEtag, unfinished, landed }
}

/**
 * Writes a manifest in the place of a version. That the very same bytes are there is as good: somebody else has finished
 * this run's work.
 */
export async function writeManifest(
  { sink, manifestKey, signal }: DayPlace,
  manifest: Manifest,
  ifMatch: string | null,
): Promise<string> {
  const bytes = serializeManifest(manifest)
  try {
    const { etag } = await sink.write(manifestKey, bytes, { contentType: JSON_TYPE, ifMatch, signal })
    return etag
  } catch (error) {
    // Of other failures the bytes are no cure: encryption that was not confirmed, tags that were not kept.
    const mayBeThere =
      isExportError(error, 'SINK_CONFLICT') || (isExportError(error, 'SINK_UNAVAILABLE') && error.retryable)
    if (!mayBeThere) throw error
    const found = await sink.read(manifestKey, { signal }).catch(() => null)
    if (found !== null && Buffer.from(found.bytes).equals(bytes)) return found.etag
    throw error
  }
}

interface Landing {
  readonly unfinished: 'withdrawn' | 'landed' | 'damaged'
  readonly landed: readonly StoredVersion[]
  readonly manifest: Manifest
}

async function landingOf(place: DayPlace, intent: Intent): Promise<Landing> {
  const landingBy = (unfinished: Landing['unfinished'], tags: readonly (string | null)[]): Landing => ({
    unfinished,
    landed: [
      // Of a run before that one, which it has not come to remove.
      ...(intent.manifest.obsolete ?? []),
      ...intent.files.flatMap(({ key }, index) => {
        const etag = tags[index] ?? null
        return etag === null ? [] : [{ key, etag }]
      }),
    ],
    manifest: withTags(intent.manifest, tags),
  })
  const before = await tagsOfLanded(place, intent)
  if (before.every((etag) => etag !== null)) {
    for (const { key } of intent.files) await place.sink.confirm?.(key, { signal: place.signal })
    return landingBy('landed', before)
  }
  for (const [index, { key, token }] of intent.files.entries()) {
    if (before[index] !== null || token === undefined) continue
    await place.sink.unstage?.(key, { tokens: [token], mayBeCommitting: true, signal: place.signal })
  }
  const after = await tagsOfLanded(place, intent)
  // All of them after all, in the very moment of their giving up, by which a storage may have lost them. With one that is
  // missing the run will not write its manifest.
  return landingBy(after.every((etag) => etag !== null) ? 'damaged' : 'withdrawn', after)
}

/** For each file of the intent its tag if it is in place, and null if it is not. */
async function tagsOfLanded(
  { sink, signal }: DayPlace,
  { files, manifest }: Intent,
): Promise<(string | null)[]> {
  const tags: (string | null)[] = []
  for (const [index, { key, replaces, id }] of files.entries()) {
    const stored = await sink.stat(key, { signal })
    // Where nothing else is known, another object of the same size passes. Readers find that out by its SHA-256.
    const isThere =
      id === undefined || stored?.id === undefined
        ? stored?.etag !== replaces && stored?.bytes === manifest.files[index]?.bytes
        : stored.id === id
    tags.push(isThere ? (stored?.etag ?? null) : null)
  }
  return tags
}

/** The manifest of files that have been put in place. */
export function withTags(manifest: Manifest, tags: readonly (string | null)[]): Manifest {
  const files = manifest.files.map((file, index) => {
    const etag = tags[index] ?? null
    return etag === null ? file : { ...file, etag }
  })
  return { ...manifest, files }
}

export function publishedMeanwhile({ sink: { location }, manifestKey: key }: DayPlace): ExportError {
  const reason = 'another run published this window meanwhile; run again to compare'
  const details = { location, operation: 'publish', key, reason }
  return new ExportError('SINK_CONFLICT', `${location}: ${key}: ${reason}`, details, { retryable: true })
}
