import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { isExportError } from '../../errors.js'
import type { Sink } from '../sink.js'
import { asS3Error, isConflictOfRetry, isMissingObject } from './s3-errors.js'
import { s3Location, type S3LocationOptions } from './s3-location.js'
import { stageUpload, unquoted } from './staged-upload.js'
import { abortUnfinishedUploads } from './unfinished-uploads.js'

/** Options of {@link s3Sink}. */
export interface S3SinkOptions extends S3LocationOptions {
  /** Bytes of one part of a multipart upload, 5 MiB to 5 GiB. 8 MiB unless said, which reaches 78 GiB in 10,000 parts. */
  readonly partSizeBytes?: number
  /** Parts on their way at once. 4 unless said. */
  readonly concurrency?: number
}

const MIN_PART_SIZE = 5 * 1024 * 1024
const MAX_PART_SIZE = 5 * 1024 * 1024 * 1024
const DEFAULT_PART_SIZE = 8 * 1024 * 1024

/**
 * Makes a sink that writes into a bucket of Amazon S3 or a look-alike.
 *
 * Data goes up in parts and becomes visible only when the whole of it has been compared with what is there; the
 * manifest is written with If-None-Match or If-Match. A data object keeps the id of its upload as the metadata
 * `dayfile-upload`, by which a lost answer is told from a conflict. Needs s3:PutObject, s3:GetObject,
 * s3:AbortMultipartUpload, s3:ListBucket (without it S3 answers 403 for an object that is not there), s3:DeleteObject where
 * a replacement has other keys, and s3:ListBucketMultipartUploads to abort what killed runs have left (without it that
 * stays). Memory: `concurrency` + 1 parts.
 *
 * @throws ExportError from its methods: `SINK_DENIED`, `SINK_NOT_FOUND`, `SINK_CONFLICT`, `SINK_CORRUPT` or
 * `SINK_UNAVAILABLE`.
 * @throws TypeError or RangeError when an option has the wrong shape.
 * @example
 * s3Sink({ bucket: 'analytics', prefix: 'exports/', region: 'eu-central-1' }).location // 's3://analytics/exports'
 */
export function s3Sink(options: S3SinkOptions): Sink {
  const { bucket, partSizeBytes = DEFAULT_PART_SIZE, concurrency = 4 } = options
  if (!Number.isInteger(partSizeBytes) || partSizeBytes < MIN_PART_SIZE || partSizeBytes > MAX_PART_SIZE) {
    throw new RangeError('s3 option partSizeBytes: expected a whole number of bytes from 5 MiB to 5 GiB')
  }
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError('s3 option concurrency: expected a whole number, 1 at least')
  }
  const { client, keys, location } = s3Location(options)

  async function attempt<T>(
    operation: string,
    key: string,
    signal: AbortSignal | undefined,
    run: () => Promise<T>,
  ): Promise<T> {
    try {
      return await run()
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason
      throw isExportError(error) ? error : asS3Error(location, operation, key, error)
    }
  }

  async function read(key: string, signal: AbortSignal): Promise<{ bytes: Buffer; etag: string } | null> {
    try {
      const { Body, ETag } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), {
        abortSignal: signal,
      })
      return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), etag: unquoted(ETag) }
    } catch (error) {
      if (isMissingObject(error)) return null
      throw error
    }
  }

  return Object.freeze<Sink>({
    location,
    keys,
    read: (key, { signal }) => attempt('GetObject', key, signal, () => read(key, signal)),
    stat: (key, { signal }) =>
      attempt('HeadObject', key, signal, async () => {
        try {
          const { ContentLength = 0, ETag } = await client.send(
            new HeadObjectCommand({ Bucket: bucket, Key: key }),
            { abortSignal: signal },
          )
          return { bytes: ContentLength, etag: unquoted(ETag) }
        } catch (error) {
          if (isMissingObject(error)) return null
          throw error
        }
      }),
    async stage(key, body, { contentType, ifMatch, id, signal }) {
      const params = { Bucket: bucket, Key: key, ContentType: contentType, ...condition(ifMatch) }
      const failed = (error: unknown): unknown => asS3Error(location, 'Upload', key, error, ifMatch)
      const options = { client, params, id, partSizeBytes, concurrency, signal, failed }
      await abortUnfinishedUploads(client, { bucket, key, signal })
      const staged = await stageUpload(body, options)
      return {
        commit: () => attempt('Upload', key, signal, () => staged.commit()),
        discard: () => staged.discard(),
      }
    },
    write: (key, bytes, { contentType, ifMatch, signal }) =>
      attempt('PutObject', key, signal, async () => {
        const command = new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: bytes,
          ContentType: contentType,
          ...condition(ifMatch),
        })
        try {
          const { ETag } = await client.send(command, { abortSignal: signal })
          return { etag: unquoted(ETag) }
        } catch (error) {
          if (!isConflictOfRetry(error)) throw asS3Error(location, 'PutObject', key, error, ifMatch)
          // The answer to the first attempt may have been lost after it was carried out: then the conflict is with itself.
          const stored = await read(key, signal)
          if (!stored?.bytes.equals(bytes)) throw error
          return { etag: stored.etag }
        }
      }),
    remove: (key, { signal }) =>
      attempt('DeleteObject', key, signal, async () => {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal })
      }),
  })
}

function condition(ifMatch: string | null | undefined): { IfMatch?: string; IfNoneMatch?: string } {
  if (ifMatch === undefined) return {}
  return ifMatch === null ? { IfNoneMatch: '*' } : { IfMatch: ifMatch }
}
