// Objects that are read and written at once: manifests, and whatever lies beside them. A writer names the version that it
// replaces; where the server knows no conditions, the sink compares before and reads back after.

import { setTimeout as wait } from 'node:timers/promises'
import type { ObjectStat, StoredBytes } from '../sink.js'
import { requireList, requireSameBytes } from './answer-checks.js'
import { condition, unquoted } from './etags.js'
import {
  confirmsEncryption,
  notEncrypted,
  objectParams,
  settleTags,
  type ObjectSettings,
} from './object-settings.js'
import { integrityOf } from './part-buffer.js'
import type { S3Abilities, S3Provider } from './providers.js'
import {
  isConflictOfRetry,
  isDenied,
  isMissingObject,
  isNotImplemented,
  isOtherVersion,
} from './s3-errors.js'
import { UPLOAD_ID } from './staged-upload.js'
import { notCarriedOut, OWN, ownFailure } from './s3-error-meanings.js'
import type { S3Requests } from './s3-requests.js'
import { transferMs } from './time-limits.js'
import { SETTLE_MS } from './unfinished-uploads.js'

/** What all of the functions below work with. */
export interface ObjectPlace {
  readonly requests: S3Requests
  readonly provider: S3Provider
  readonly abilities: S3Abilities
  readonly settings: ObjectSettings
  /** What has been found out about the conditions of PutObject, for as long as the sink lives. */
  readonly conditions: { put: S3Abilities['conditionalPut'] }
}

/** What a writer says. */
export interface WriteOptions {
  readonly contentType: string
  readonly ifMatch: string | null
  readonly signal: AbortSignal
}

export async function readObject(
  { requests }: Pick<ObjectPlace, 'requests'>,
  key: string,
  signal: AbortSignal,
): Promise<(StoredBytes & { readonly bytes: Buffer }) | null> {
  try {
    return await requests.object({ Key: key }, { signal })
  } catch (error) {
    if (isMissingObject(error)) return null
    throw error
  }
}

export async function statObject(
  { requests, abilities }: Pick<ObjectPlace, 'requests' | 'abilities'>,
  key: string,
  signal: AbortSignal,
): Promise<ObjectStat | null> {
  try {
    const { ContentLength = 0, ETag, Metadata } = await requests.send('HeadObject', { Key: key }, { signal })
    const id = Metadata?.[UPLOAD_ID]
    return { bytes: ContentLength, etag: unquoted(ETag), ...(id === undefined ? {} : { id }) }
  } catch (error) {
    if (isMissingObject(error)) return null
    // Who may write and not read may still list.
    if (!isDenied(error) || !abilities.strongListing || signal.aborted) throw error
    return listedObject(requests, key, signal).catch((failure: unknown) => {
      throw isDenied(failure) ? error : failure
    })
  }
}

/** An object as the list has it, for those who may list and not read. */
export async function listedObject(
  requests: S3Requests,
  key: string,
  signal?: AbortSignal,
): Promise<ObjectStat | null> {
  const page = await requests.send('ListObjectsV2', { Prefix: key, MaxKeys: 1 }, { signal })
  requireList(page)
  // Of all keys with this beginning it is the first.
  const found = page.Contents?.find(({ Key }) => Key === key)
  return found === undefined ? null : { bytes: found.Size ?? 0, etag: unquoted(found.ETag) }
}

/** Writes in the place of one version; rejects as a conflict when another is there. */
export async function writeObject(
  place: ObjectPlace,
  key: string,
  bytes: Uint8Array,
  options: WriteOptions,
): Promise<{ readonly etag: string }> {
  if (place.conditions.put === false) return writeCompared(place, key, bytes, options)
  try {
    const etag = await put(place, key, bytes, options, condition(options.ifMatch))
    return { etag: etag || (await etagOfWritten(place, key, bytes, options)) }
  } catch (error) {
    if (place.abilities.conditionalPut === 'try' && isNotImplemented(error)) {
      place.conditions.put = false
      return writeCompared(place, key, bytes, options)
    }
    if (!isConflictOfRetry(error)) throw error
    // The answer to the first attempt may have been lost after it was carried out: then the conflict is with itself.
    const stored = await readObject(place, key, options.signal)
    if (!stored?.bytes.equals(bytes)) throw error
    return { etag: stored.etag }
  }
}

/**
 * The same on a server without conditions. Of writers at once the last one stays, and the others find its bytes when they
 * have waited a moment: the best there is, unless one of them stops for longer than that between looking and writing.
 */
async function writeCompared(
  place: ObjectPlace,
  key: string,
  bytes: Uint8Array,
  options: WriteOptions,
): Promise<{ readonly etag: string }> {
  const { ifMatch, signal } = options
  if (((await readObject(place, key, signal))?.etag ?? null) !== ifMatch) throw replacedMeanwhile()
  await put(place, key, bytes, options, {})
  await wait(SETTLE_MS, undefined, { signal })
  return { etag: await etagOfWritten(place, key, bytes, options) }
}

async function etagOfWritten(
  place: ObjectPlace,
  key: string,
  bytes: Uint8Array,
  { ifMatch, signal }: WriteOptions,
): Promise<string> {
  const stored = await readObject(place, key, signal)
  const etag = stored?.etag ?? ''
  if (etag !== '' && stored?.bytes.equals(bytes) === true) return etag
  if (etag !== '' && etag !== ifMatch) throw replacedMeanwhile()
  throw notCarriedOut('the object was not written; run again')
}

async function put(
  { requests, provider, abilities, settings }: ObjectPlace,
  key: string,
  bytes: Uint8Array,
  { contentType, signal }: WriteOptions,
  conditions: ReturnType<typeof condition>,
): Promise<string> {
  const { md5, crc32 } = integrityOf(bytes, abilities.integrity)
  const answer = await requests.send(
    'PutObject',
    {
      Key: key,
      Body: bytes,
      ContentLength: bytes.byteLength,
      ContentType: contentType,
      ...objectParams(settings, key),
      ...(md5 === undefined ? {} : { ContentMD5: md5 }),
      ...(crc32 === undefined ? {} : { ChecksumCRC32: crc32 }),
      ...conditions,
    },
    { signal, extraMs: transferMs(bytes.byteLength) },
  )
  requireSameBytes('the object', { ...(md5 && { md5 }), ...(crc32 && { crc32 }) }, answer, abilities)
  if (!confirmsEncryption(settings.encryption, answer)) throw notEncrypted()
  await settleTags(requests, key, { ...settings, provider, abilities })
  return unquoted(answer.ETag)
}

/** Removes an object, or only one version of it; another one stays. */
export async function removeObject(
  place: Pick<ObjectPlace, 'requests' | 'abilities'>,
  key: string,
  { ifMatch, signal }: { readonly ifMatch?: string | undefined; readonly signal: AbortSignal },
): Promise<void> {
  const { requests, abilities } = place
  if (ifMatch !== undefined && abilities.conditionalDelete) {
    try {
      await requests.send('DeleteObject', { Key: key, IfMatch: ifMatch }, { signal })
      return
    } catch (error) {
      if (isMissingObject(error) || isOtherVersion(error)) return
      // S3 compares a version only for those who may read it.
      if (!isDenied(error)) throw error
    }
  }
  if (ifMatch !== undefined && (await statObject(place, key, signal))?.etag !== ifMatch) return
  await requests.send('DeleteObject', { Key: key }, { signal })
}

export function replacedMeanwhile(): Error {
  return ownFailure(OWN.replaced, 'another version is there')
}
