// In: what a run finds when it wants to publish. Out: the publication in force, whatever an earlier run had begun.

import { DayfileError, isDayfileError } from '../errors.js'
import { parseIntent, parseManifest, serializeManifest } from './manifest-json.js'
import { fileKey, type Intent, type Manifest } from './manifest.js'
import type { KeyWindow } from '../sinks/object-keys.js'
import type { Sink } from '../sinks/sink.js'

/** The tags that a run has found when it began: only what stood then may be taken over, as others may be alive. */
export interface FoundTags {
  /** Of the manifest; null: it did not exist. */
  readonly manifest: string | null
  /** Of the intent of a first publication; null: it did not exist. */
  readonly intent: string | null
}

/** Where a day is stored, and the signal for requests to its sink. */
export interface DayPlace {
  readonly sink: Sink
  readonly dataset: string
  readonly window: KeyWindow
  readonly manifestKey: string
  readonly signal: AbortSignal
}

export const JSON_TYPE = 'application/json'

/** What is in force once nobody else's publishing is under way. */
export interface Recovered {
  readonly current: Manifest | null
  /** The ETag of the manifest; null: it does not exist. */
  readonly etag: string | null
  /** The ETag of the intent of a first publication; null: it does not exist. */
  readonly intentEtag: string | null
  /**
   * 'none': nobody had begun. 'withdrawn': somebody had, and can't go on. 'landed': all of somebody's data was in place, and
   * the publication in force is theirs. 'damaged': it came into its place while it was being given up, and is to be written anew.
   */
  readonly unfinished: 'none' | 'withdrawn' | 'landed' | 'damaged'
  /** Objects of the run that had not finished, and what it was to remove: where the next publication has other keys, nobody's. */
  readonly leftBehind: readonly StoredVersion[]
}

/** A version of an object. */
export interface StoredVersion {
  readonly key: string
  readonly etag?: string
}

const NOTHING_LANDED = { unfinished: 'none', leftBehind: [] } as const

/** The key of the intent of a first publication: beside the manifest that is to come. */
export function intentKeyOf(manifestKey: string): string {
  return manifestKey.slice(0, manifestKey.lastIndexOf('/') + 1) + '_intent.json'
}

/** The intent of a first publication, with its ETag; null: it does not exist. */
export async function findIntent({
  sink,
  dataset,
  window,
  manifestKey,
  signal,
}: DayPlace): Promise<{ readonly intent: Intent; readonly etag: string } | null> {
  const key = intentKeyOf(manifestKey)
  const stored = await sink.read(key, { signal })
  if (stored === null) return null
  return { intent: await parseIntent(stored.bytes, key, { dataset, ...window }), etag: stored.etag }
}

/**
 * Takes over from a run that has said what it is about to publish and has not finished: gives up its uploads, looks
 * whether its data had landed, and takes that as the publication in force. A first publication gets its manifest, so that the run
 * that wakes up finds its own work done.
 *
 * @throws DayfileError `SINK_CONFLICT` when another run has published since, or is about to.
 */
export async function recover(place: DayPlace, atStart: FoundTags): Promise<Recovered> {
  const { sink, manifestKey, signal } = place
  const stored = await sink.read(manifestKey, { signal })
  if ((stored?.etag ?? null) !== atStart.manifest) throw publishedMeanwhile(place)
  if (stored === null) return recoverFirst(place, atStart.intent)
  const { intent, ...current } = await parseManifest(stored.bytes, manifestKey)
  const { etag } = stored
  // Of a first publication that stopped when all but the clearing up was done.
  const intentEtag = (await sink.read(intentKeyOf(manifestKey), { signal }))?.etag ?? null
  if (intent === undefined) return { current, etag, intentEtag, ...NOTHING_LANDED }
  const { unfinished, leftBehind, manifest } = await landingOf(place, intent)
  return {
    current: unfinished === 'withdrawn' ? current : manifest,
    etag,
    intentEtag,
    unfinished,
    leftBehind,
  }
}

async function recoverFirst(place: DayPlace, intentAtStart: string | null): Promise<Recovered> {
  const { sink, manifestKey, signal } = place
  const stored = await findIntent(place)
  if (stored !== null && stored.etag !== intentAtStart) throw publishedMeanwhile(place)
  if (stored === null) return { current: null, etag: null, intentEtag: null, ...NOTHING_LANDED }
  const intentEtag = stored.etag
  const { unfinished, leftBehind, manifest } = await landingOf(place, stored.intent)
  if (unfinished === 'withdrawn') return { current: null, etag: null, intentEtag, unfinished, leftBehind }
  // Whoever has taken over from that run in between has said so before its data came: what was seen may be of that one.
  if ((await sink.read(intentKeyOf(manifestKey), { signal }))?.etag !== intentEtag)
    throw publishedMeanwhile(place)
  // Its run may wake up and write its manifest, over data that is not its own by then. Written now, it is there.
  const etag = await writeManifest(place, manifest, null)
  return { current: manifest, etag, intentEtag, unfinished, leftBehind }
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
      isDayfileError(error, 'SINK_CONFLICT') || (isDayfileError(error, 'SINK_UNAVAILABLE') && error.retryable)
    if (!mayBeThere) throw error
    const found = await sink.read(manifestKey, { signal }).catch(() => null)
    if (found !== null && Buffer.from(found.bytes).equals(bytes)) return found.etag
    throw error
  }
}

interface Landing {
  readonly unfinished: 'withdrawn' | 'landed' | 'damaged'
  readonly leftBehind: readonly StoredVersion[]
  readonly manifest: Manifest
}

async function landingOf(place: DayPlace, intent: Intent): Promise<Landing> {
  const { sink, manifestKey, signal } = place
  const landingBy = (unfinished: Landing['unfinished'], objects: readonly IntendedObject[]): Landing => ({
    unfinished,
    leftBehind: [
      // Of a run before that one, which it has not come to remove.
      ...(intent.manifest.obsolete ?? []),
      // Its own, or what it was to come in the place of: of another run that had stopped.
      ...objects.flatMap(({ key, etag }) => (etag === null ? [] : [{ key, etag }])),
    ],
    manifest: withTags(
      intent.manifest,
      objects.map(({ etag }) => etag),
    ),
  })
  // Of a run that was about to clear up, and to leave the day as it is.
  if (intent.files.length === 0) return landingBy('withdrawn', [])
  const before = await intendedObjects(place, intent)
  if (before.every(({ hasLanded }) => hasLanded)) {
    for (const { key } of before) await sink.confirm?.(key, { signal })
    return landingBy('landed', before)
  }
  for (const [index, { key, token }] of intent.files.entries()) {
    // In a copy of the day the intent is that of a run elsewhere.
    const isElsewhere = fileKey(manifestKey, { key }) !== key
    if (before[index]?.hasLanded === true || token === undefined || isElsewhere) continue
    await sink.unstage?.(key, { tokens: [token], mayBeCommitting: true, signal })
  }
  const after = await intendedObjects(place, intent)
  // All of them after all, in the very moment of their giving up, by which a storage may have lost them. With one that is
  // missing the run will not write its manifest.
  return landingBy(after.every(({ hasLanded }) => hasLanded) ? 'damaged' : 'withdrawn', after)
}

interface IntendedObject {
  readonly key: string
  /** The ETag of what is stored there; null is nothing. */
  readonly etag: string | null
  /** Whether it is what the run was about to put there. */
  readonly hasLanded: boolean
}

async function intendedObjects(
  { sink, manifestKey, signal }: DayPlace,
  { files, manifest }: Intent,
): Promise<IntendedObject[]> {
  const objects: IntendedObject[] = []
  for (const [index, file] of files.entries()) {
    const { replaces, id } = file
    const key = fileKey(manifestKey, file)
    const stored = await sink.stat(key, { signal })
    // Where nothing else is known, another object of the same size passes. Readers find that out by its SHA-256.
    const hasLanded =
      id === undefined || stored?.id === undefined
        ? stored?.etag !== replaces && stored?.bytes === manifest.files[index]?.bytes
        : stored.id === id
    objects.push({ key, etag: stored?.etag ?? null, hasLanded })
  }
  return objects
}

/** The manifest of files that have been put in place. */
export function withTags(manifest: Manifest, tags: readonly (string | null)[]): Manifest {
  const files = manifest.files.map((file, index) => {
    const etag = tags[index] ?? null
    return etag === null ? file : { ...file, etag }
  })
  return { ...manifest, files }
}

export function publishedMeanwhile({ sink: { location }, manifestKey: key }: DayPlace): DayfileError {
  const reason = 'another run published this window meanwhile; run again to compare'
  const details = { location, operation: 'publish', key, reason }
  return new DayfileError('SINK_CONFLICT', `${location}: ${key}: ${reason}`, details, { retryable: true })
}
