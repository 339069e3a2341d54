// What makes a staged day visible: first what is about to happen (the intent), then the data, then the manifest. At each
// moment readers see the old day or the new one, and whoever runs next can tell what a run that stopped had reached.

import { isDayfileError } from '../errors.js'
import { decideContent, type Content, type StoredData } from './decide.js'
import { parseManifest, serializeIntent, serializeManifest } from './manifest-json.js'
import { fileKey, type Intent, type Manifest } from './manifest.js'
import type { FoundStaging, StagedObject } from '../sinks/sink.js'
import { isDataEnding, mayBeChosen, type DataKeys } from './data-keys.js'
import {
  intentKeyOf,
  JSON_TYPE,
  publishedMeanwhile,
  recover,
  withTags,
  writeManifest,
  type DayPlace,
  type FoundTags,
  type Recovered,
  type StoredVersion,
} from './recover.js'

/** A file whose bytes the sink has taken. */
export interface StagedFile {
  readonly key: string
  readonly staged: StagedObject
  /** What was stored under its key when the run began. */
  readonly before: StoredData | null
}

/** A day that is ready to be published. */
export interface StagedDay extends DayPlace {
  readonly atStart: FoundTags
  readonly files: readonly StagedFile[]
  readonly keyOf: DataKeys['keyOf']
  readonly content: Content
  /** The instant of the manifest. */
  readonly created: string
  /** The manifest of the revision, without tags. */
  readonly manifestOf: (revision: number) => Manifest
  /** Data beside it, as it was when the run began, that no publication names and this one replaces. */
  readonly leftOvers: readonly Required<StoredVersion>[]
}

/** What has become of it. */
export interface Publication {
  readonly outcome: 'published' | 'replaced' | 'unchanged'
  readonly manifest: Manifest
}

/**
 * Publishes a staged day, unless the same is published already.
 *
 * An abort is looked at until the data is about to be put in place. From there on it is finished.
 *
 * @throws DayfileError `SINK_CONFLICT` when another run has published the window since this one began, or has taken over.
 */
export async function publish(day: StagedDay): Promise<Publication> {
  const recovered = await recover(day, day.atStart)
  const stored = await storedData(day, recovered)
  // What came into its place as it was given up is written anew, whatever it is.
  const trusted = recovered.unfinished === 'damaged' ? [] : stored
  const decision = decideContent(recovered.current, day.content, trusted, day.created)
  if (decision.outcome === 'unchanged') return keep(day, recovered, decision.current)
  const manifest = await withGivenUp(day, recovered, day.manifestOf(decision.revision))
  // A day whose manifest nobody can read would be lost: said before anything is touched.
  await parseManifest(serializeManifest(manifest), day.manifestKey)
  return { outcome: decision.outcome, manifest: await replace(day, recovered, manifest, stored) }
}

/**
 * A publication with what the ones before it, and runs that stopped, have under keys that it has not: what is stored it is about
 * to remove, and a run that stops before it has done so leaves nothing that nobody knows. What is gone it remembers, as far
 * as a later revision could take its key again. A run removes nothing that its manifest has not named before.
 */
async function withGivenUp(
  { sink, manifestKey, signal, keyOf, leftOvers }: StagedDay,
  { current, leftBehind }: Recovered,
  { obsolete: _, retired: __, ...publication }: Manifest,
): Promise<Manifest> {
  const kept = new Set(publication.files.map((file) => fileKey(manifestKey, file)))
  const before = [...(current?.obsolete ?? []), ...(current?.files ?? []), ...leftBehind]
  const keys = new Set(before.map((object) => fileKey(manifestKey, object)))
  const retired = new Set((current?.retired ?? []).map((key) => fileKey(manifestKey, { key })))
  const obsolete: NonNullable<Manifest['obsolete']> = []
  for (const key of keys) {
    if (kept.has(key)) continue
    // Whatever its tag: in a copy of the day, or after a new encryption of the bucket, it is another one.
    const stored = await sink.stat(key, { signal })
    if (stored !== null) obsolete.push({ key, etag: stored.etag })
    else if (mayBeChosen(key.replace(keyOf(''), ''), publication.revision)) retired.add(key)
  }
  for (const { key, etag } of leftOvers) {
    if (kept.has(key) || keys.has(key)) continue
    // What another run has put there since is that one's.
    const stored = await sink.stat(key, { signal })
    if (stored?.etag === etag) obsolete.push({ key, etag })
  }
  for (const key of kept) retired.delete(key)
  return {
    ...publication,
    ...(obsolete.length === 0 ? {} : { obsolete }),
    ...(retired.size === 0 ? {} : { retired: [...retired] }),
  }
}

/** What is stored under the key of each file now. It must be what was stored when the run began. */
async function storedData(day: StagedDay, { unfinished }: Recovered): Promise<(StoredData | null)[]> {
  const { sink, files, signal } = day
  const stored: (StoredData | null)[] = []
  for (const { key, before } of files) {
    const now = await sink.stat(key, { signal })
    if (unfinished !== 'damaged' && now?.etag !== before?.etag) throw publishedMeanwhile(day)
    stored.push(now)
  }
  return stored
}

/** The same is there. What runs that were killed have left is cleared, which takes an intent of its own. */
async function keep(day: StagedDay, recovered: Recovered, found: Manifest): Promise<Publication> {
  const others = await stagingsOfOthers(day)
  for (const { staged } of day.files) await staged.discard()
  let current = found
  const named = new Set(found.obsolete?.map((object) => fileKey(day.manifestKey, object)))
  const isNamed = day.leftOvers.every(({ key }) => named.has(key))
  if (recovered.unfinished !== 'none' || others.length > 0 || !isNamed) {
    current = await withGivenUp(day, recovered, found)
    const { etag } = await hold(day, recovered, { manifest: current, files: [] })
    await giveUp(day, others)
    await writeManifest(day, current, etag)
  }
  if (recovered.intentEtag !== null) await removeIntent(day, recovered.intentEtag)
  // The data of a run that stopped before its manifest: the day that it made could not be seen as such until now.
  const published = current.revision === 1 ? 'published' : 'replaced'
  return { outcome: recovered.unfinished === 'landed' ? published : 'unchanged', manifest: current }
}

/** Puts the data in place, and then the manifest. */
async function replace(
  day: StagedDay,
  recovered: Recovered,
  manifest: Manifest,
  stored: readonly (StoredData | null)[],
): Promise<Manifest> {
  const { files, signal } = day
  const intent: Intent = {
    manifest,
    files: files.map(({ key, staged: { token, id } }, index) => ({
      key,
      ...(token === undefined ? {} : { token }),
      ...(id === undefined ? {} : { id }),
      replaces: stored[index]?.etag ?? null,
    })),
  }
  // Whoever stages after this run's intent may take over from it, and is to come through.
  const others = await stagingsOfOthers(day)
  const held = await hold(day, recovered, intent)
  try {
    await giveUp(day, others)
    signal.throwIfAborted()
  } catch (error) {
    await withdraw(day, recovered, held, manifest)
    throw error
  }
  // From here on it is finished, even when aborted: new data and an old manifest, or none, are no day. What fails leaves
  // the intent, as nobody can tell whether the data is still coming: an answer may be lost that the error says nothing of.
  const tags: string[] = []
  for (const [index, { staged }] of files.entries()) {
    const { etag } = await staged.commit({ ifMatch: stored[index]?.etag ?? null })
    tags.push(etag)
  }
  const finishing = { ...day, signal: new AbortController().signal }
  const published = withTags(manifest, tags)
  await writeManifest(finishing, published, held.etag).catch(async (error: unknown) => {
    // Another run has written the manifest of the day. Beside it an intent means nothing.
    const isPublished = isDayfileError(error, 'SINK_CONFLICT')
    if (isPublished && held.intentEtag !== null) await removeIntent(finishing, held.intentEtag)
    throw error
  })
  const intentEtag = held.intentEtag ?? recovered.intentEtag
  if (intentEtag !== null) await removeIntent(finishing, intentEtag)
  return published
}

interface Held {
  /** The tag of the manifest with the intent in it; null on a first publication. */
  readonly etag: string | null
  /** The tag of the intent of a first publication. */
  readonly intentEtag: string | null
}

/**
 * Says what is about to be published, in the place of what was found: of several runs one succeeds, and whatever they have
 * staged, the others touch nothing any more.
 */
async function hold(day: StagedDay, { current, etag, intentEtag }: Recovered, intent: Intent): Promise<Held> {
  const { sink, manifestKey, signal } = day
  if (current !== null && etag !== null) {
    return { etag: await writeManifest(day, { ...current, intent }, etag), intentEtag: null }
  }
  const options = { contentType: JSON_TYPE, ifMatch: intentEtag, signal }
  const held = await sink.write(intentKeyOf(manifestKey), serializeIntent(intent), options)
  // Another run may have published and removed its intent between this one's look and its writing.
  if ((await sink.read(manifestKey, { signal })) === null) return { etag: null, intentEtag: held.etag }
  await removeIntent(day, held.etag)
  throw publishedMeanwhile(day)
}

/** Takes the intent back, before anything is committed. */
async function withdraw(
  day: StagedDay,
  recovered: Recovered,
  { etag, intentEtag }: Held,
  manifest: Manifest,
): Promise<void> {
  const finishing = { ...day, signal: new AbortController().signal }
  const { current } = recovered
  if (intentEtag !== null) {
    // On a first publication nothing else names what a run before has left.
    if (manifest.obsolete === undefined) await removeIntent(finishing, intentEtag)
  } else if (current !== null) {
    // What it was withdrawn for is what your application has to know; an intent that stays is recovered by the next run.
    await withGivenUp(finishing, recovered, current)
      .then((kept) => writeManifest(finishing, kept, etag))
      .catch(() => undefined)
  }
}

/** Housekeeping: an intent beside a manifest means nothing, and a credential may not be allowed to remove it. */
async function removeIntent({ sink, manifestKey, signal }: DayPlace, ifMatch: string): Promise<void> {
  await sink.remove(intentKeyOf(manifestKey), { ifMatch, signal }).catch(() => undefined)
}

/** What other runs of the window, killed or alive, have staged. */
async function stagingsOfOthers({ sink, keyOf, files, signal }: StagedDay): Promise<FoundStaging[]> {
  const own = new Set(files.map(({ staged }) => staged.token))
  const stem = keyOf('')
  const found = new Map<string, FoundStaging>()
  // Those of whatever compression and number of files.
  let listed = (await sink.stagings?.(stem, { signal })) ?? []
  // A storage that finds whole keys alone does not even show this run's own.
  if (!listed.some(({ token }) => own.has(token))) {
    for (const key of new Set([keyOf('.csv'), keyOf('.csv.gz'), ...files.map((file) => file.key)]))
      listed = [...listed, ...((await sink.stagings?.(key, { signal })) ?? [])]
  }
  for (const staging of listed) {
    if (own.has(staging.token) || !isDataEnding(staging.key.slice(stem.length))) continue
    found.set(`${staging.key}\n${staging.token}`, staging)
  }
  return [...found.values()]
}

/**
 * Ends what other runs have staged. Under an intent alone: who holds none can't be putting its data in place, and a storage
 * may lose data that is given up in that very moment.
 */
async function giveUp({ sink, signal }: StagedDay, stagings: readonly FoundStaging[]): Promise<void> {
  const byKey = new Map<string, string[]>()
  for (const { key, token } of stagings) byKey.set(key, [...(byKey.get(key) ?? []), token])
  for (const [key, tokens] of byKey) await sink.unstage?.(key, { tokens, mayBeCommitting: false, signal })
}
