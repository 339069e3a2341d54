// The clients that sinks and archives make by themselves.

import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { awsSdk } from './aws-sdk.js'
import type { S3Abilities } from './providers.js'

const CONNECTION_TIMEOUT_MS = 10_000
// The SDK's three give up within a second, which a server that restarts or sheds load needs for itself.
const MAX_ATTEMPTS = 8
// The requests of an export follow each other faster. Many destinations with keys of their own would soon have more
// connections open than a process may have files.
const IDLE_CONNECTION_MS = 1000
// For a sink and an archive that are made one after the other. What is remembered for longer would keep clients that are
// not needed any more, and credentials that the environment has replaced.
const SHARED_MS = 5000

interface ClientSettings {
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  readonly credentials?: NonNullable<S3ClientConfig['credentials']> | undefined
}

type GetClient = () => Promise<S3Client>

const recent = new Map<string, GetClient>()

/**
 * The client of a sink or an archive without one of its own. It is made at the first request. Sinks and archives with equal
 * settings share it, if it was made or used within the last five seconds; it lives as long as one of them does. A connection
 * closes when it has been idle for a second, and keeps no process from ending.
 */
export function ownClient(settings: ClientSettings, abilities: S3Abilities): GetClient {
  const key = keyOf(settings, abilities)
  const found = recent.get(key)
  if (found !== undefined) return found

  let made: Promise<S3Client> | undefined
  const forget = setTimeout(() => {
    if (recent.get(key) === client) recent.delete(key)
  }, SHARED_MS).unref()
  const client: GetClient = () => {
    if (!recent.has(key)) recent.set(key, client)
    forget.refresh()
    return (made ??= newClient(settings, abilities))
  }
  recent.set(key, client)
  return client
}

async function newClient(
  { region, endpoint, credentials }: ClientSettings,
  { integrity, pathStyle }: S3Abilities,
): Promise<S3Client> {
  const { S3Client } = await awsSdk()
  // How many are open at once is limited by each sink, and not by what shares the client.
  const connections = { timeout: IDLE_CONNECTION_MS, maxSockets: Infinity }
  return new S3Client({
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      httpAgent: connections,
      httpsAgent: connections,
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      // Each request brings its own limit. Without this one that takes too long is only written about.
      throwOnRequestTimeout: true,
    },
    // R2, B2 and Google refuse some of the checksums that the SDK adds by itself.
    ...(integrity === 'md5' ? { requestChecksumCalculation: 'WHEN_REQUIRED' as const } : {}),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: pathStyle }),
  })
}

function keyOf(
  { region, endpoint, credentials }: ClientSettings,
  { integrity, pathStyle }: S3Abilities,
): string {
  return JSON.stringify([region, endpoint, integrity, pathStyle, identityOf(credentials)])
}

/** Keys by what they are, as they are often written anew; a provider of keys by being the same one. */
function identityOf(credentials: ClientSettings['credentials']): unknown {
  if (credentials === undefined) return null
  if ('accessKeyId' in credentials) {
    const { accessKeyId, secretAccessKey, sessionToken, expiration, accountId } = credentials
    return [accessKeyId, secretAccessKey, sessionToken, expiration, accountId]
  }
  let number = providers.get(credentials)
  if (number === undefined) providers.set(credentials, (number = ++count))
  return number
}

const providers = new WeakMap<object, number>()
let count = 0
