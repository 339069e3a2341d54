// One object on its way into S3 by a multipart upload, whatever its size: all of its parts are sent while it is staged, so
// that its completion alone is missing, and nobody sees it before.
//
// Upload of @aws-sdk/lib-storage is not used. Its parts have one size, which ends at 10,000 of them; what fits into one part
// it puts at once, so that nothing could be held back; and its abort() rejects while parts are still flying, sends the
// clean-up later, and takes the `onabort` of your application's signal for itself.

import { setMaxListeners } from 'node:events'
import { traceUploadPart } from '../../tracing.js'
import { requireSameBytes } from './answer-checks.js'
import { confirmsEncryption, notEncrypted, objectParams, type ObjectSettings } from './object-settings.js'
import { partsOf, type Part } from './part-buffer.js'
import { equalPartSizes, growingPartSizes, MAX_PARTS } from './part-size.js'
import type { S3Abilities } from './providers.js'
import { OWN, ownFailure } from './s3-error-meanings.js'
import type { S3Requests } from './s3-requests.js'
import type { UploadNumbers } from './s3-sink-options.js'
import type { StageOptions } from '../sink.js'
import { transferMs } from './time-limits.js'
import { asUploadError, giveUpUpload } from './unfinished-uploads.js'

/** The metadata by which an object is known to be of this very upload. */
export const UPLOAD_ID = 'dayfile-upload'

/** An upload all of whose parts the server has. */
export interface StagedUpload {
  readonly key: string
  readonly uploadId: string
  readonly parts: readonly UploadedPart[]
}

/** A part as the completion names it. */
export interface UploadedPart {
  readonly PartNumber: number
  readonly ETag: string
  readonly ChecksumCRC32?: string
}

/** Options of {@link stageUpload}. */
export interface StageUploadOptions extends UploadNumbers {
  readonly requests: S3Requests
  readonly abilities: S3Abilities
  readonly settings: ObjectSettings
  /** Of the sink, for who follows its parts. */
  readonly location: string
  readonly key: string
  readonly contentType: string
  /** Of this upload alone. The object keeps it, and so can be told from one that another writer put there. */
  readonly id: string | undefined
  readonly onPart: StageOptions['onPart'] | undefined
  readonly signal: AbortSignal
  /** Makes the sink's error of one that a request ended in. What the body throws, and the signal's reason, pass as they are. */
  readonly failed: (operation: string, error: unknown) => unknown
}

/**
 * Uploads a body to its end.
 *
 * Memory: `concurrency` + 1 parts, and one chunk of the body. Rejects with the first failure, of the body or of a
 * request, after the body has been closed, every part answered or cancelled, and the upload aborted. Creating is not
 * cancelled, as an upload whose id never arrived could not be aborted; one whose answer was lost stays for the next run.
 */
export async function stageUpload(
  body: AsyncIterable<Uint8Array>,
  options: StageUploadOptions,
): Promise<StagedUpload> {
  const { requests, abilities, location, key, concurrency, partSizeBytes, onPart, signal, failed } = options
  const stop = new AbortController()
  // Every part on its way listens.
  setMaxListeners(0, stop.signal)
  const stopWithSignal = (): void => {
    stop.abort(signal.reason)
  }
  if (signal.aborted) stopWithSignal()
  signal.addEventListener('abort', stopWithSignal, { once: true })

  const sizes = abilities.equalParts ? equalPartSizes(partSizeBytes) : growingPartSizes(partSizeBytes)
  const tooLarge = (): unknown => failed('UploadPart', tooManyBytes(abilities, partSizeBytes))
  const flights = new Set<Promise<void>>()
  const spent: Buffer[] = []
  let upload: Upload | undefined
  try {
    for await (const part of partsOf(body, sizes, abilities.integrity, stop.signal, tooLarge, spent)) {
      upload ??= await createUpload(options)
      while (flights.size >= concurrency) await Promise.race(flights)
      stop.signal.throwIfAborted()
      const { partNumber, bytes, memory } = part
      const sent = sendPart.bind(undefined, upload, part, options, stop.signal)
      const flight = traceUploadPart({ location, key, partNumber, bytes: bytes.length }, () =>
        sent().catch((error: unknown) => {
          // Parts under way are of no use any more, nor is what the body still has.
          if (!stop.signal.aborted) stop.abort(failed('UploadPart', asUploadError(error)))
          throw stop.signal.reason
        }),
      )
        .then((attempts) => {
          // Of an attempt before, bytes may still be on their way: a server may answer before it has taken all of them.
          if (attempts === 1) spent.push(memory)
          onPart?.({ number: partNumber, bytes: bytes.length })
        })
        // Said by the reason of the signal.
        .catch(() => undefined)
        .finally(() => flights.delete(flight))
      flights.add(flight)
    }
    await Promise.all(flights)
    stop.signal.throwIfAborted()
    if (upload === undefined) throw new Error('a body has one part at least')
    return { key, uploadId: upload.uploadId, parts: upload.parts }
  } catch (error) {
    if (!stop.signal.aborted) stop.abort(error)
    await Promise.all(flights)
    if (upload !== undefined) await giveUpUpload(requests, key, upload.uploadId)
    // What made everything stop is the failure; what was caught may be a consequence of it.
    throw stop.signal.reason
  } finally {
    signal.removeEventListener('abort', stopWithSignal)
  }
}

interface Upload {
  readonly uploadId: string
  readonly parts: UploadedPart[]
  /** Whether an answer has said so; a server may wait for the first part. */
  isEncrypted: boolean
}

async function createUpload({
  requests,
  abilities,
  settings,
  key,
  contentType,
  id,
  failed,
}: StageUploadOptions): Promise<Upload> {
  const metadata = id === undefined ? {} : { [UPLOAD_ID]: id }
  // Where an upload loses its tags they are set after its completion.
  const { Tagging, ...params } = objectParams(settings, key, metadata)
  try {
    const answer = await requests.send('CreateMultipartUpload', {
      Key: key,
      ContentType: contentType,
      ...params,
      ...(Tagging !== undefined && abilities.tags === 'create' ? { Tagging } : {}),
      ...(abilities.integrity === 'crc32' ? { ChecksumAlgorithm: 'CRC32' as const } : {}),
    })
    const { UploadId: uploadId = '' } = answer
    if (uploadId === '') throw ownFailure(OWN.unreadable, 'the answer names no upload')
    return {
      uploadId,
      parts: [],
      isEncrypted: confirmsEncryption(settings.encryption, answer),
    }
  } catch (error) {
    throw failed('CreateMultipartUpload', error)
  }
}

/** Gives the number of attempts that it took. */
async function sendPart(
  upload: Upload,
  { partNumber, bytes, md5, crc32 }: Part,
  { requests, abilities, settings, key }: StageUploadOptions,
  signal: AbortSignal,
): Promise<number | undefined> {
  const answer = await requests.send(
    'UploadPart',
    {
      Key: key,
      UploadId: upload.uploadId,
      PartNumber: partNumber,
      Body: bytes,
      ContentLength: bytes.length,
      ...(md5 === undefined ? {} : { ContentMD5: md5 }),
      ...(crc32 === undefined ? {} : { ChecksumCRC32: crc32 }),
    },
    { signal, extraMs: transferMs(bytes.length) },
  )
  upload.isEncrypted ||= confirmsEncryption(settings.encryption, answer)
  // Said before anything can be seen: neither the creation nor a part has been confirmed.
  if (!upload.isEncrypted) throw notEncrypted()
  requireSameBytes(`part ${partNumber}`, { ...(md5 && { md5 }), ...(crc32 && { crc32 }) }, answer, abilities)
  upload.parts.push({
    PartNumber: partNumber,
    ETag: answer.ETag ?? '',
    ...(crc32 === undefined ? {} : { ChecksumCRC32: crc32 }),
  })
  return answer.$metadata.attempts
}

function tooManyBytes({ equalParts }: S3Abilities, partSizeBytes: number): Error {
  return equalParts
    ? ownFailure(
        OWN.tooManyParts,
        `the file needs more than ${MAX_PARTS.toLocaleString('en')} parts of ${partSizeBytes} bytes; set a larger \`partSizeBytes\``,
      )
    : ownFailure(OWN.objectTooLarge, 'the file is larger than 5 TiB, the most that S3 takes; split it')
}
