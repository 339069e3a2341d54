// The bucket that the environment names, with the rights that its usual variables give.

import { randomUUID } from 'node:crypto'
import { emptied } from '../place.js'
import type { LiveServer } from './live-server.js'

const PROVIDERS: readonly LiveServer['provider'][] = ['aws', 'r2', 'minio', 'ceph', 'b2', 'gcs', 'generic']

/** Undefined without S3_BUCKET. */
export function givenBucket(env: NodeJS.ProcessEnv): LiveServer | undefined {
  const { S3_BUCKET: bucket, S3_ENDPOINT: endpoint, S3_PROVIDER, AWS_REGION, AWS_DEFAULT_REGION } = env
  if (bucket === undefined || bucket === '') return undefined
  const region = AWS_REGION ?? AWS_DEFAULT_REGION
  const server: LiveServer = {
    name: bucket,
    provider: providerOf(S3_PROVIDER ?? (endpoint === undefined ? 'aws' : 'generic')),
    bucket,
    connection: {
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(region === undefined ? {} : { region }),
    },
    // Of this run alone: what else lies in the bucket is not looked at.
    prefix: `dayfile-live-${randomUUID()}`,
    gaps: {},
    close: () => emptied(server),
  }
  return server
}

function providerOf(name: string): LiveServer['provider'] {
  const found = PROVIDERS.find((provider) => provider === name)
  if (found === undefined) throw new TypeError(`S3_PROVIDER: expected one of ${PROVIDERS.join(', ')}`)
  return found
}
