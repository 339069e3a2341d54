// @ts-check
// node manual-export.mjs DATASET FIRST_DAY LAST_DAY: into the bucket of S3_BUCKET, by the usual AWS variables.

import { s3Sink } from 'dayfile/s3'
import { runExport } from './run-export.mjs'

const { S3_BUCKET: bucket, S3_PREFIX: prefix, S3_ENDPOINT: endpoint, AWS_REGION: region } = process.env

process.exitCode = await runExport(
  process.argv.slice(2),
  bucket === undefined
    ? undefined
    : s3Sink({
        bucket,
        prefix: prefix ?? 'exports',
        region: region ?? 'us-east-1',
        ...(endpoint === undefined ? {} : { endpoint }),
      }),
)
