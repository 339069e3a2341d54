// The end of an upload whose parts are all there: it becomes visible, or is given up. And what became of it when the
// answer did not arrive.

import { createHash } from 'node:crypto'
import type { CompleteMultipartUploadCommandOutput } from '@aws-sdk/client-s3'
import { requireSameCrc32 } from './answer-checks.js'
import { condition, unquoted } from './etags.js'
import { settleTags, type ObjectSettings } from './object-settings.js'
import { compositeCrc32 } from './part-buffer.js'
import type { S3Abilities, S3Provider } from './providers.js'
import {
  attemptsOf,
  isConflictOfRetry,
  isDenied,
  isMissingObject,
  isMissingUpload,
  isUnanswered,
} from './s3-errors.js'
import { notCarriedOut } from './s3-error-meanings.js'
import type { S3Requests } from './s3-requests.js'
import { listedObject, replacedMeanwhile } from './small-objects.js'
import { UPLOAD_ID, type StagedUpload, type UploadedPart } from './staged-upload.js'
import { asUploadError, giveUpUpload } from './unfinished-uploads.js'

// 10,000 parts may take a server some minutes to put together.
const MS_A_PART = 20

/** Options of {@link stagedObject}. */
export interface CompletionOptions {
  readonly requests: S3Requests
  readonly provider: S3Provider
  readonly abilities: S3Abilities
  readonly settings: ObjectSettings
  readonly id: string | undefined
  readonly signal: AbortSignal
  /** The last look before the completion; throws when it must not come. */
  readonly beforeCompletion: () => Promise<void>
  /** Throws when another version is there; null: when any is. */
  readonly requireVersion: (ifMatch: string | null) => Promise<void>
}

/** Ends an upload in one of two ways. */
export interface Completion {
  /** Rejects after clean-up. */
  commit(ifMatch: string | null | undefined): Promise<{ readonly etag: string }>
  discard(): Promise<void>
}

/** The handle of a staged upload. */
export function stagedObject(upload: StagedUpload, options: CompletionOptions): Completion {
  const { requests, abilities, settings, signal, beforeCompletion } = options
  const { key, uploadId } = upload
  let state: 'staged' | 'unknown' | 'over' = 'staged'

  async function discard(): Promise<void> {
    // While a completion may be under way an abort may take the bytes from under it: it is left to the next run, which
    // finds it by its token when it surely is over.
    if (state === 'over' || (state === 'unknown' && !abilities.atomicAbort)) return
    state = 'over'
    await giveUpUpload(requests, key, uploadId)
  }

  async function completed(ifMatch: string | null | undefined): Promise<string> {
    try {
      signal.throwIfAborted()
      await beforeCompletion()
      if (ifMatch !== undefined && !abilities.conditionalComplete) await options.requireVersion(ifMatch)
      const answered = await completeVersion(upload, options, ifMatch).catch((error: unknown) => {
        if (mayHaveHappened(error)) state = 'unknown'
        return etagOfUnanswered(upload, options, error, ifMatch)
      })
      if (answered !== '') return answered
      state = 'unknown'
      return await etagOfUnconfirmed(upload, options, ifMatch)
    } catch (error) {
      await discard()
      throw error
    }
  }

  return {
    discard,
    async commit(ifMatch) {
      const etag = await completed(ifMatch)
      state = 'over'
      await settleTags(requests, key, { ...settings, ...options })
      return { etag }
    },
  }
}

/** Completes it in the place of a version: in one step with comparing it where that can be had. */
async function completeVersion(
  upload: StagedUpload,
  options: CompletionOptions,
  ifMatch: string | null | undefined,
): Promise<string> {
  if (!options.abilities.conditionalComplete) return complete(upload, options)
  try {
    return await complete(upload, options, condition(ifMatch))
  } catch (error) {
    // S3 compares a version only for those who may read it. Who may write alone compares before, by the list.
    if (typeof ifMatch !== 'string' || !isDenied(error) || mayHaveHappened(error)) throw error
    await options.requireVersion(ifMatch)
    return complete(upload, options)
  }
}

/** Completes it, and gives its tag if the answer has one. Never cancelled: what was cancelled may have happened. */
async function complete(
  { key, uploadId, parts }: StagedUpload,
  { requests }: CompletionOptions,
  conditions: ReturnType<typeof condition> = {},
): Promise<string> {
  const Parts = [...parts].sort((a, b) => a.PartNumber - b.PartNumber)
  const answer = await requests.send(
    'CompleteMultipartUpload',
    {
      Key: key,
      UploadId: uploadId,
      MultipartUpload: { Parts },
      ...conditions,
    },
    { extraMs: parts.length * MS_A_PART },
  )
  requireWhole(Parts, answer)
  return unquoted(answer.ETag)
}

function requireWhole(parts: readonly UploadedPart[], answer: CompleteMultipartUploadCommandOutput): void {
  const sums = parts.flatMap(({ ChecksumCRC32: sum }) => sum ?? [])
  const isComposite = answer.ChecksumCRC32?.includes('-') === true
  if (isComposite && sums.length === parts.length) {
    requireSameCrc32('the whole', compositeCrc32(sums), answer)
  }
}

/** The tag of the object if it is the one of this upload all the same, or else what the failure means. */
async function etagOfUnanswered(
  { key, uploadId }: StagedUpload,
  { requests, id }: CompletionOptions,
  error: unknown,
  ifMatch: string | null | undefined,
): Promise<string> {
  // What is not there may be the version, too.
  const ended = typeof ifMatch === 'string' ? error : asUploadError(error)
  if (!mayHaveHappened(error)) throw ended
  const found = await requests.send('HeadObject', { Key: key }).catch(() => undefined)
  if (id !== undefined && found?.Metadata?.[UPLOAD_ID] === id) return unquoted(found.ETag)
  if (!isUnanswered(error)) throw isConflictOfRetry(error) ? error : ended
  // That there is no upload any more says that something has ended it.
  throw (await endOf(requests, key, uploadId)) ?? error
}

/** The failure of an upload that is over; undefined while it is not, or where that cannot be found out. */
async function endOf(requests: S3Requests, key: string, uploadId: string): Promise<unknown> {
  try {
    await requests.send('ListParts', { Key: key, UploadId: uploadId, MaxParts: 1 })
  } catch (error) {
    if (isMissingUpload(error)) return asUploadError(error)
  }
  return undefined
}

/** Whether it may have been carried out: nobody has answered, or not the first attempt, whatever the last one was told. */
function mayHaveHappened(error: unknown): boolean {
  return isUnanswered(error) || attemptsOf(error) > 1
}

/**
 * The tag of an object whose completion was answered by 200 and no tag. Ceph answers so, and so does a proxy that has carried
 * nothing out: only what is stored says which.
 */
async function etagOfUnconfirmed(
  { key, uploadId, parts }: StagedUpload,
  options: CompletionOptions,
  ifMatch: string | null | undefined,
): Promise<string> {
  const { requests, id } = options
  const found = await storedVersion(key, options)
  if (found) {
    // A server may keep no metadata, and who may only list sees none.
    const isById = id !== undefined && found.id !== undefined
    const isOwn = isById ? found.id === id : found.etag === etagOfParts(parts)
    // The version before may have the same bytes.
    if (isOwn && (isById || found.etag !== ifMatch)) return found.etag
    if ((await endOf(requests, key, uploadId)) !== undefined) {
      if (isOwn) return found.etag
      throw replacedMeanwhile()
    }
  }
  throw notCarriedOut(
    found === undefined
      ? 'whether the upload was completed cannot be found out (s3:ListBucket allows it); run again'
      : 'the upload was not completed; run again, and see whether a proxy answers in the place of the server',
  )
}

/** What is stored under a key; null: nothing; undefined: that cannot be found out. */
async function storedVersion(
  key: string,
  { requests, abilities }: CompletionOptions,
): Promise<{ readonly etag: string; readonly id?: string | undefined } | null | undefined> {
  try {
    const { ETag, Metadata } = await requests.send('HeadObject', { Key: key })
    if (unquoted(ETag) !== '') return { etag: unquoted(ETag), id: Metadata?.[UPLOAD_ID] }
  } catch (error) {
    if (isMissingObject(error)) return null
  }
  const found = await listedObject(requests, key).catch(() => undefined)
  return found === null && !abilities.strongListing ? undefined : found
}

function etagOfParts(parts: readonly UploadedPart[]): string | undefined {
  const tags = [...parts].sort((a, b) => a.PartNumber - b.PartNumber).map(({ ETag }) => unquoted(ETag))
  if (!tags.every((tag) => /^[0-9a-f]{32}$/.test(tag))) return undefined
  const joined = Buffer.concat(tags.map((tag) => Buffer.from(tag, 'hex')))
  return `${createHash('md5').update(joined).digest('hex')}-${tags.length}`
}
