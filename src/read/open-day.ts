// In: a day that may be replaced at any moment. Out: one whole publication of it, the old one or the new one.

import type { Dataset } from '../datasets/dataset.js'
import { DayfileError, isDayfileError } from '../errors.js'
import { fileKey, type Intent, type Manifest } from '../publish/manifest.js'
import type { KeyWindow } from '../sinks/object-keys.js'
import type { Archive } from './archive.js'
import { readManifest, type FoundManifest } from './read-manifest.js'

/** A publication whose first file has been opened. */
export interface OpenedDay {
  readonly found: FoundManifest
  /** Whether its files are asked for by their tags. Those of a copy elsewhere have others. */
  readonly pinned: boolean
  readonly first: AsyncIterable<Uint8Array>
}

// Each further one takes a run that publishes the day in between.
export const ATTEMPTS = 10

/**
 * Reads the manifest of a day and opens the first file that it names, in the very version that it names. A file that has
 * been replaced since sends it back to the manifest; where a run stopped after the data, its intent has the manifest.
 *
 * @throws DayfileError `SINK_NOT_FOUND` when the day does not exist, `SINK_CORRUPT` when its file is missing,
 * `MANIFEST_INVALID`.
 */
export async function openDay(
  dataset: Pick<Dataset, 'name'>,
  archive: Archive,
  day: string | KeyWindow,
  signal: AbortSignal | undefined,
): Promise<OpenedDay> {
  let found = await readManifest(dataset, archive, day, signal)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const opened = (await openInForce(archive, found, signal)) ?? (await openLanded(archive, found, signal))
    if (opened?.certain === true) return opened.publication
    const again = await readManifest(dataset, archive, day, signal).catch(async (error: unknown) => {
      await closed(opened)
      throw error
    })
    const isSame = JSON.stringify(again.manifest) === JSON.stringify(found.manifest)
    if (opened !== undefined && isSame) return opened.publication
    await closed(opened)
    if (isSame) return openUnpinned(archive, found, signal)
    found = again
  }
  throw dayReplaced(archive, found.key)
}

interface Candidate {
  readonly publication: OpenedDay
  /** Whether it is what it seems, also when the manifest has changed since. */
  readonly certain: boolean
}

async function closed(opened: Candidate | undefined): Promise<void> {
  await opened?.publication.first[Symbol.asyncIterator]().return?.()
}

async function openInForce(
  archive: Archive,
  { key, manifest: { intent, ...manifest } }: FoundManifest,
  signal: AbortSignal | undefined,
): Promise<Candidate | undefined> {
  const publication = await openFirst(archive, { key, manifest }, signal)
  return publication === undefined ? undefined : { publication, certain: true }
}

/**
 * The replacement whose data is in place and whose manifest is not. It is its data if the manifest has not changed after
 * the look at it: nobody else may touch the data as long as the intent stands.
 */
async function openLanded(
  archive: Archive,
  { key, manifest: { intent } }: FoundManifest,
  signal: AbortSignal | undefined,
): Promise<Candidate | undefined> {
  const manifest = intent === undefined ? undefined : await landedManifest(archive, key, intent, signal)
  if (manifest === undefined) return undefined
  const publication = await openFirst(archive, { key, manifest }, signal)
  return publication === undefined ? undefined : { publication, certain: false }
}

async function landedManifest(
  archive: Archive,
  manifestKey: string,
  { manifest, files }: Intent,
  signal: AbortSignal | undefined,
): Promise<Manifest | undefined> {
  if (files.length === 0) return undefined
  const landed: Manifest['files'] = []
  for (const [index, file] of manifest.files.entries()) {
    const key = fileKey(manifestKey, file)
    let etag: string | undefined
    for await (const entry of archive.list(key, { signal })) {
      if (entry.key === key && entry.bytes === file.bytes) etag = entry.etag
    }
    if (etag === undefined || etag === files[index]?.replaces) return undefined
    landed.push({ ...file, etag })
  }
  return { ...manifest, files: landed }
}

/** Undefined if the file does not exist, or not in this version. */
async function openFirst(
  archive: Archive,
  found: FoundManifest,
  signal: AbortSignal | undefined,
): Promise<OpenedDay | undefined> {
  const [file] = found.manifest.files
  if (file === undefined) return undefined
  const { etag } = file
  const options = {
    signal,
    ifMatch: etag,
  }
  try {
    const first = await started(archive.open(fileKey(found.key, file), options))
    return { found, pinned: true, first }
  } catch (error) {
    if (isDayfileError(error, 'SINK_CONFLICT') || isDayfileError(error, 'SINK_NOT_FOUND')) return undefined
    throw error
  }
}

/** A day that was copied here, or whose file is another one than its manifest says: reading it tells which. */
function openUnpinned(
  archive: Archive,
  { key, manifest: { intent, ...manifest } }: FoundManifest,
  signal: AbortSignal | undefined,
): OpenedDay {
  const [file] = manifest.files
  const first = archive.open(file === undefined ? key : fileKey(key, file), { signal })
  return { found: { key, manifest }, pinned: false, first }
}

/** Waits for the first chunk, so that a missing file is known. */
async function started(chunks: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = chunks[Symbol.asyncIterator]()
  let first: IteratorResult<Uint8Array> | undefined = await iterator.next()
  const rest: AsyncIterator<Uint8Array> = {
    next() {
      const step = first
      first = undefined
      return step === undefined ? iterator.next() : Promise.resolve(step)
    },
    // Also when nothing has been taken: a generator around it would not have begun, and leave it open.
    return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
  }
  return { [Symbol.asyncIterator]: () => rest }
}

export function dayReplaced({ location }: Archive, key: string): DayfileError {
  const rule = 'is being replaced again and again'
  return new DayfileError(
    'SINK_CORRUPT',
    `${location}: ${key}: ${rule}; read again later`,
    { location, operation: 'read', key, rule },
    { retryable: true },
  )
}
