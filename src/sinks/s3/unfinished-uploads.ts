// Uploads under a key that nobody has completed: of runs that were killed, of runs that are still alive, and one's own.

import { setTimeout as wait } from 'node:timers/promises'
import { nextOf } from './answer-checks.js'
import type { FoundStaging } from '../sink.js'
import { isMissingUpload } from './s3-errors.js'
import { OWN, ownFailure } from './s3-error-meanings.js'
import type { S3Requests } from './s3-requests.js'

/** How long a run may need between its last look and what it does then. Waited for where nothing else keeps two apart. */
export const SETTLE_MS = 1000

// A run that gives up is not kept waiting for long.
const CLEAN_UP_MS = 30_000

/** An upload that has begun. */
export interface UnfinishedUpload {
  readonly key: string
  readonly uploadId: string
  readonly initiatedMs: number
}

/** All uploads of this very key. */
async function unfinishedUploadsOf(
  requests: S3Requests,
  key: string,
  signal: AbortSignal,
): Promise<UnfinishedUpload[]> {
  return (await unfinishedUploads(requests, key, signal)).filter((each) => each.key === key)
}

/**
 * All uploads of keys that begin so, in the order in which the server lists them. MinIO takes what is asked for as a whole
 * key, and finds those of that one.
 */
export async function unfinishedUploads(
  requests: S3Requests,
  prefix: string,
  signal?: AbortSignal,
): Promise<UnfinishedUpload[]> {
  const uploads: UnfinishedUpload[] = []
  const seen = new Set<string>()
  let from: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {}
  for (;;) {
    const page = await requests.send('ListMultipartUploads', { Prefix: prefix, ...from }, { signal })
    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page
    // The last page may name markers, too.
    const goesOn = page.IsTruncated === true && KeyMarker !== undefined
    const next = nextOf(page, goesOn ? JSON.stringify([KeyMarker, UploadIdMarker]) : undefined, seen)
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      // A server may pass over the prefix.
      if (Key?.startsWith(prefix) !== true || UploadId === undefined) continue
      uploads.push({ key: Key, uploadId: UploadId, initiatedMs: Initiated?.getTime() ?? 0 })
    }
    if (next === undefined) return uploads
    from = { KeyMarker, UploadIdMarker }
  }
}

/** The uploads, or none where they may not be listed: to look for them is housekeeping. */
export async function foundUploads(
  requests: S3Requests,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly FoundStaging[]> {
  try {
    const uploads = await unfinishedUploads(requests, prefix, signal)
    return uploads.map(({ key, uploadId }) => ({ key, token: uploadId }))
  } catch {
    signal.throwIfAborted()
    return []
  }
}

/**
 * Aborts uploads of other runs. A missing upload is not a failure.
 *
 * One that may be about to be completed has to be over afterwards. Where an abort in the moment of the completion loses the
 * bytes, a run that is alive first gets the time to have completed. The others are housekeeping: what may not be aborted
 * stays.
 */
export async function endUploads(
  requests: S3Requests,
  key: string,
  uploadIds: readonly string[],
  { mayBeCommitting, atomicAbort }: { readonly mayBeCommitting: boolean; readonly atomicAbort: boolean },
  signal: AbortSignal,
): Promise<void> {
  if (mayBeCommitting && !atomicAbort) await wait(SETTLE_MS, undefined, { signal })
  for (const uploadId of uploadIds) {
    await abortUpload(requests, key, uploadId, signal).catch((error: unknown) => {
      if (mayBeCommitting) throw error
      signal.throwIfAborted()
    })
  }
}

/**
 * Of several runs whose server knows no conditions the one that has begun last goes on: it ends the uploads of the others,
 * and they end by themselves when they find its upload.
 *
 * The best there is without conditions, and no more: a run that stops between its look and its completion may still come
 * in the place of a newer one. `sparesOlder` for the moment before a completion, which must not be kept waiting.
 */
export async function electNewest(
  requests: S3Requests,
  key: string,
  uploadId: string,
  { atomicAbort, sparesOlder }: { readonly atomicAbort: boolean; readonly sparesOlder: boolean },
  signal: AbortSignal,
): Promise<void> {
  let uploads: readonly UnfinishedUpload[]
  try {
    uploads = await unfinishedUploadsOf(requests, key, signal)
  } catch {
    signal.throwIfAborted()
    return
  }
  const own = uploads.find((each) => each.uploadId === uploadId)
  if (own === undefined) return
  if (uploads.some((each) => isNewer(each, own))) {
    throw ownFailure(OWN.newerUpload, 'an upload of the same key has begun after this one')
  }
  if (sparesOlder) return
  const older = uploads.filter((each) => each !== own).map((each) => each.uploadId)
  if (older.length === 0) return
  if (!atomicAbort) await wait(SETTLE_MS, undefined, { signal })
  await endUploads(requests, key, older, { mayBeCommitting: false, atomicAbort }, signal)
}

function isNewer(one: UnfinishedUpload, other: UnfinishedUpload): boolean {
  if (one.initiatedMs !== other.initiatedMs) return one.initiatedMs > other.initiatedMs
  return one.uploadId > other.uploadId
}

/** The error of a request that names an upload. Ceph and Swift use other names if it no longer exists. */
export function asUploadError(error: unknown): unknown {
  if (!isMissingUpload(error) || (error as Error).name === OWN.noSuchUpload) return error
  return ownFailure(OWN.noSuchUpload, 'the upload no longer exists', error)
}

/** Aborts an upload of one's own. What cannot be aborted stays for the next run, and must not hide why it was given up. */
export async function giveUpUpload(requests: S3Requests, key: string, uploadId: string): Promise<void> {
  await abortUpload(requests, key, uploadId).catch(() => undefined)
}

async function abortUpload(
  requests: S3Requests,
  key: string,
  uploadId: string,
  signal?: AbortSignal,
): Promise<void> {
  const limits = signal === undefined ? { maxDeadlineMs: CLEAN_UP_MS } : { signal }
  try {
    await requests.send('AbortMultipartUpload', { Key: key, UploadId: uploadId }, limits)
  } catch (error) {
    if (!isMissingUpload(error)) throw error
  }
}
