// The clients that sinks and archives make by themselves.

import type { S3Client } from '@aws-sdk/client-s3'
import { awsSdk } from './aws-sdk.js'
import type { S3Abilities } from './providers.js'
import type { S3LocationOptions } from './s3-location.js'

const CONNECTION_TIMEOUT_MS = 10_000
// The SDK's three give up within a second, which a server that restarts or sheds load needs for itself.
const MAX_ATTEMPTS = 8

/** Makes the client of a sink or an archive that brings none: at its first request, with connections that close when idle. */
export function ownClient(
  { region, endpoint, credentials }: S3LocationOptions,
  { integrity, pathStyle }: S3Abilities,
): () => Promise<S3Client> {
  let made: Promise<S3Client> | undefined
  const config = {
    maxAttempts: MAX_ATTEMPTS,
    // Every request brings its own limit. Without the last option one that takes too long is only written about.
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, throwOnRequestTimeout: true },
    // R2, B2 and Google refuse some of the checksums that the SDK adds by itself.
    ...(integrity === 'md5' ? { requestChecksumCalculation: 'WHEN_REQUIRED' as const } : {}),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: pathStyle }),
  }
  return () => (made ??= awsSdk().then(({ S3Client }) => new S3Client(config)))
}
