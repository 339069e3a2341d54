// One object on its way into S3 by lib-storage's Upload, held back before its end: everything is sent but the last
// part and the completion, so that nobody sees the object until `commit`. Up to one part nothing is sent before.
//
// Upload's own abort() is not used. It rejects while parts are still flying, and sends its clean-up later, and it takes
// the `onabort` of the signal for itself. Here the body ends with an error instead: Upload then waits for its workers,
// sends AbortMultipartUpload, and only then rejects.

import { Readable } from 'node:stream'
import {
  HeadObjectCommand,
  UploadPartCommand,
  type HeadObjectCommandOutput,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { orAborted, untilAborted } from '../../abort.js'
import type { StagedObject } from '../sink.js'
import { isConflictOfRetry, TOO_MANY_PARTS } from './s3-errors.js'

/** Options of {@link stageUpload}. */
export interface StageUploadOptions {
  readonly client: S3Client
  readonly params: Omit<PutObjectCommandInput, 'Body' | 'Metadata'>
  /** Of this upload alone. The object keeps it, and so can be told from one that another writer put there. */
  readonly id: string | undefined
  readonly partSizeBytes: number
  readonly concurrency: number
  readonly signal: AbortSignal
  /** Makes the sink's error of one that a request ended in. What the body throws, and the signal's reason, pass as they are. */
  readonly failed: (error: unknown) => unknown
}

const MAX_PARTS = 10_000
const UPLOAD_ID = 'dayfile-upload'

/**
 * Uploads a body up to its end, and waits there.
 *
 * Memory: `concurrency` + 1 parts, and one chunk of the body. Rejects with the first failure, of the body or of a
 * request, after the body has been closed, the multipart upload aborted and every request answered or cancelled.
 */
export async function stageUpload(
  body: AsyncIterable<Uint8Array>,
  { client, params, id, partSizeBytes, concurrency, signal, failed }: StageUploadOptions,
): Promise<StagedObject> {
  const stop = new AbortController()
  const stopWithHost = (): void => {
    stop.abort(signal.reason)
  }
  if (signal.aborted) stopWithHost()
  signal.addEventListener('abort', stopWithHost, { once: true })

  const taken = signalled()
  const committed = signalled()
  const closed = signalled()
  async function* heldBack(): AsyncGenerator<Uint8Array, void, void> {
    try {
      let bytes = 0
      for await (const chunk of untilAborted(body, stop.signal)) {
        bytes += chunk.byteLength
        // Upload would notice after it has sent one more, which S3 refuses as an InvalidArgument.
        if (bytes > MAX_PARTS * partSizeBytes) throw failed(tooManyParts())
        yield chunk
      }
      taken.resolve()
      await orAborted(committed.promise, stop.signal)
    } catch (error) {
      // Parts under way are of no use any more.
      if (!stop.signal.aborted) stop.abort(error)
      throw error
    } finally {
      closed.resolve()
    }
  }

  // Without the mark 16 chunks would be read ahead, of whatever size.
  const stream = Readable.from(heldBack(), { highWaterMark: 1 })
  const upload = new Upload({
    client: stoppingClient(client, stop, failed, () => ownObject(client, params, id)),
    params: { ...params, ...(id === undefined ? {} : { Metadata: { [UPLOAD_ID]: id } }), Body: stream },
    partSize: partSizeBytes,
    queueSize: concurrency,
  })
  const done = upload
    .done()
    .catch(async (error: unknown) => {
      if (!stop.signal.aborted) stop.abort(failed(error))
      // Upload begins to read before it can fail, so that `heldBack` is running and comes to its end.
      stream.destroy()
      await closed.promise
      // What made everything stop is the failure; what Upload reports may be a consequence of it.
      throw stop.signal.reason
    })
    .finally(() => {
      signal.removeEventListener('abort', stopWithHost)
    })
  // Between here and `commit` a failed part is nobody's yet.
  done.catch(() => undefined)
  await Promise.race([taken.promise, done])

  return {
    async commit() {
      committed.resolve()
      const { ETag } = await done
      return { etag: unquoted(ETag) || (await etagOfOwn(client, params, id)) }
    },
    async discard() {
      stop.abort(new Error('the staged upload was discarded'))
      await done.catch(() => undefined)
    },
  }
}

/**
 * The client with three changes: a failed request stops the whole upload (Upload's other workers would go on to read
 * and send all of the body), a stop cancels the parts under way, and the object of this very upload is no conflict
 * (the first attempt was carried out and its answer lost). Creating and completing are never cancelled: an upload
 * whose id never arrived could not be aborted, and a cancelled completion may have happened.
 */
function stoppingClient(
  client: S3Client,
  stop: AbortController,
  failed: (error: unknown) => unknown,
  own: () => Promise<HeadObjectCommandOutput | undefined>,
): S3Client {
  const send = async (command: Parameters<S3Client['send']>[0]): Promise<unknown> => {
    try {
      return await (command instanceof UploadPartCommand
        ? client.send(command, { abortSignal: stop.signal })
        : client.send(command))
    } catch (error) {
      const written = isConflictOfRetry(error) ? await own() : undefined
      if (written !== undefined) return written
      if (!stop.signal.aborted) stop.abort(failed(error))
      throw error
    }
  }
  return Object.create(client, { send: { value: send } }) as S3Client
}

/** The tag of what was completed, of servers that tell it by HeadObject alone: by then another may have replaced it. */
async function etagOfOwn(
  client: S3Client,
  { Bucket, Key }: StageUploadOptions['params'],
  id: string | undefined,
): Promise<string> {
  const { ETag, Metadata } = await client.send(new HeadObjectCommand({ Bucket, Key }))
  // A server may keep no metadata at all: only another's id tells that it is another's.
  const { [UPLOAD_ID]: owner = id } = Metadata ?? {}
  if (owner !== id) throw replacedMeanwhile()
  return unquoted(ETag)
}

/** The object that is there, if it is the one of this upload; undefined also when nobody can tell. */
async function ownObject(
  client: S3Client,
  { Bucket, Key }: StageUploadOptions['params'],
  id: string | undefined,
): Promise<HeadObjectCommandOutput | undefined> {
  if (id === undefined) return undefined
  const found = await client.send(new HeadObjectCommand({ Bucket, Key })).catch(() => undefined)
  return found?.Metadata?.[UPLOAD_ID] === id ? found : undefined
}

function replacedMeanwhile(): Error {
  return Object.assign(new Error('another upload has replaced this one'), { name: 'PreconditionFailed' })
}

function tooManyParts(): Error {
  return Object.assign(new Error(`the body has more bytes than ${MAX_PARTS} parts`), { name: TOO_MANY_PARTS })
}

/**
 * A tag without its quotes, nor the mark that proxies which compress put before them. S3 takes either form in If-Match;
 * Ceph compares without taking the quotes off.
 */
export function unquoted(etag = ''): string {
  return etag.replace(/^(?:W\/)?"(.*)"$/, '$1')
}

function signalled(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
