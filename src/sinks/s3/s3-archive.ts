import { requireOptions } from '../../options.js'
import type { Archive } from '../../read/archive.js'
import { nextOf } from './answer-checks.js'
import { unquoted } from './etags.js'
import { asS3Error } from './s3-errors.js'
import { LOCATION_OPTIONS, s3Location, type S3Location, type S3LocationOptions } from './s3-location.js'
import { s3Requests, type S3Requests } from './s3-requests.js'

/** Options of {@link s3Archive}. */
export type S3ArchiveOptions = S3LocationOptions

/**
 * Makes an archive that reads a bucket of Amazon S3 or an S3-compatible server.
 *
 * Needs s3:GetObject and s3:ListBucket: to list, and to read a day in the middle of being replaced. Without s3:ListBucket
 * S3 answers 403 for a missing object, so that a day that is not published is `SINK_DENIED` and not
 * `SINK_NOT_FOUND`.
 *
 * @throws DayfileError `SINK_NOT_FOUND`, `SINK_DENIED`, `SINK_CONFLICT`, `SINK_CORRUPT` or `SINK_UNAVAILABLE` while being
 * read.
 * @example
 * s3Archive({ bucket: 'analytics', prefix: 'exports', region: 'eu-central-1' }).location // 's3://analytics/exports'
 */
export function s3Archive(options: S3ArchiveOptions): Archive {
  requireOptions('s3Archive', options, LOCATION_OPTIONS)
  const s3 = s3Location(options)
  const { requestTimeoutMs, deadlineMs } = options
  return Object.freeze(archiveOf(s3, s3Requests({ ...s3, requestTimeoutMs, deadlineMs })))
}

/** The archive over requests, as a sink has them too. */
export function archiveOf(
  { keys, location, endpoint, bucket, expectedBucketOwner }: S3Location,
  requests: S3Requests,
): Archive {
  const failed = (
    operation: string,
    key: string,
    signal: AbortSignal | undefined,
    error: unknown,
  ): unknown =>
    signal?.aborted === true
      ? signal.reason
      : asS3Error(location, operation, key, error, { expectedBucketOwner, isReading: true })

  return {
    location,
    endpoint,
    keys,
    url: (key) => `s3://${bucket}/${key}`,
    async *list(prefix, { signal } = {}) {
      let token: string | undefined
      const seen = new Set<string>()
      try {
        do {
          const from = token === undefined ? {} : { ContinuationToken: token }
          const page = await requests.send('ListObjectsV2', { Prefix: prefix, ...from }, { signal })
          token = nextOf(page, page.NextContinuationToken, seen)
          for (const { Key, Size, ETag } of page.Contents ?? []) {
            if (Key === undefined) continue
            yield { key: Key, bytes: Size ?? 0, ...(ETag === undefined ? {} : { etag: unquoted(ETag) }) }
          }
        } while (token !== undefined)
      } catch (error) {
        throw failed('ListObjectsV2', prefix, signal, error)
      }
    },
    async *open(key, { signal, ifMatch } = {}) {
      const conditions = ifMatch === undefined ? {} : { IfMatch: ifMatch }
      try {
        yield* requests.bytes({ Key: key, ...conditions }, { signal })
      } catch (error) {
        throw failed('GetObject', key, signal, error)
      }
    },
  }
}
