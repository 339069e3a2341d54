// Where the examples export to: the bucket of S3_BUCKET, or an S3 in this process when none is named.

import type { Archive, Sink } from 'dayfile'
import { s3Archive, s3Sink, type S3SinkOptions } from 'dayfile/s3'

export interface Bucket {
  /** For sinks and archives with settings of their own. */
  readonly options: S3SinkOptions
  readonly sink: Sink
  readonly archive: Archive
  readonly close: () => Promise<void>
}

/**
 * With S3_BUCKET: that bucket, under S3_PREFIX, by the usual AWS variables (AWS_REGION, AWS_ACCESS_KEY_ID, …), at
 * S3_ENDPOINT for an S3-compatible server. Without: a bucket that is gone when the process ends.
 */
export async function openBucket(): Promise<Bucket> {
  const {
    S3_BUCKET: bucket,
    S3_PREFIX: prefix = 'exports',
    S3_ENDPOINT: endpoint,
    AWS_REGION: region,
  } = process.env
  if (bucket !== undefined) {
    const options = {
      bucket,
      prefix,
      ...(endpoint === undefined ? {} : { endpoint }),
      region: region ?? 'us-east-1',
    }
    return openedBucket(options, () => Promise.resolve())
  }
  const { startFakeS3 } = await import('../test/support/fake-s3/index.js')
  const s3 = await startFakeS3({ buckets: ['analytics'] })
  const { region: here, credentials } = s3
  return openedBucket({ bucket: 'analytics', prefix, endpoint: s3.endpoint, region: here, credentials }, () =>
    s3.close(),
  )
}

function openedBucket(options: S3SinkOptions, close: () => Promise<void>): Bucket {
  return { options, sink: s3Sink(options), archive: s3Archive(options), close }
}
