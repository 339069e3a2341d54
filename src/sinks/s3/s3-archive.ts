import { GetObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3'
import type { Archive } from '../../read/archive.js'
import { asS3Error } from './s3-errors.js'
import { s3Location, type S3LocationOptions } from './s3-location.js'

/** Options of {@link s3Archive}. */
export type S3ArchiveOptions = S3LocationOptions

/**
 * Makes an archive that reads a bucket of Amazon S3 or a look-alike.
 *
 * Needs s3:GetObject, and s3:ListBucket to list. Without s3:ListBucket S3 answers 403 for an object that is not
 * there, so that a day that was not exported is `SINK_DENIED` and not `SINK_NOT_FOUND`.
 *
 * @throws ExportError `SINK_NOT_FOUND`, `SINK_DENIED`, `SINK_CORRUPT` or `SINK_UNAVAILABLE` while being read.
 * @example
 * s3Archive({ bucket: 'analytics', prefix: 'exports', region: 'eu-central-1' }).location // 's3://analytics/exports'
 */
export function s3Archive(options: S3ArchiveOptions): Archive {
  const { bucket } = options
  const { client, keys, location } = s3Location(options)

  const failed = (
    operation: string,
    key: string,
    signal: AbortSignal | undefined,
    error: unknown,
  ): unknown => (signal?.aborted === true ? signal.reason : asS3Error(location, operation, key, error))

  return Object.freeze<Archive>({
    location,
    keys,
    async *list(prefix, { signal } = {}) {
      const requests = signal === undefined ? {} : { abortSignal: signal }
      try {
        for await (const page of paginateListObjectsV2(
          { client },
          { Bucket: bucket, Prefix: prefix },
          requests,
        )) {
          for (const { Key, Size } of page.Contents ?? []) {
            if (Key !== undefined) yield { key: Key, bytes: Size ?? 0 }
          }
        }
      } catch (error) {
        throw failed('ListObjectsV2', prefix, signal, error)
      }
    },
    async *open(key, { signal } = {}) {
      try {
        const { Body } = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: key }),
          signal === undefined ? {} : { abortSignal: signal },
        )
        // On Node the body is a Readable; leaving the loop early destroys it and its connection.
        if (Body !== undefined) yield* Body as AsyncIterable<Uint8Array>
      } catch (error) {
        throw failed('GetObject', key, signal, error)
      }
    },
  })
}
