import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { isObject, oneOf, required, STRING, whole, type OptionTable } from '../../options.js'
import { KEYS_OPTIONS, objectKeys, type ObjectKeys } from '../object-keys.js'
import { ownClient } from './own-client.js'
import { ABILITIES, PROVIDERS, type S3Abilities, type S3Provider } from './providers.js'

/** Which bucket, and how to reach it. */
export interface S3LocationOptions {
  /** The name of a bucket, or the ARN or alias of an access point. */
  readonly bucket: string
  /** A folder in the bucket, nested by `/`, with or without one at its end. */
  readonly prefix?: string | undefined
  /** The template of keys below the prefix; see `ObjectKeysOptions.keys`. */
  readonly keys?: string | undefined
  /**
   * A client of your application, with its own retries and time limits. Given one, `region`, `endpoint` and `credentials` are
   * not looked at, and it is never closed. Without one, a client is made at the first request. Sinks and archives that are
   * made within five seconds with the same `region`, `endpoint` and `credentials` share it. Its connections close after a
   * second without use, and keep no process from ending: there is nothing to close.
   */
  readonly client?: S3Client | undefined
  readonly region?: string | undefined
  /** The URL of an S3-compatible server. Given one, the bucket stands in the path and not in the hostname. */
  readonly endpoint?: string | undefined
  /** Keys or a provider; defaults to the usual chain of the SDK. */
  readonly credentials?: NonNullable<S3ClientConfig['credentials']> | undefined
  /**
   * What the server is, and so what can be relied on. 'generic' when an endpoint is given, here or to the client, and 'aws'
   * otherwise. An endpoint that the environment names is not seen: say the provider with it.
   */
  readonly provider?: S3Provider | undefined
  /** The account that has to own the bucket, by its 12 digits: every request is refused if another one does. */
  readonly expectedBucketOwner?: string | undefined
  /**
   * How long one attempt of a request may take until its answer begins, in milliseconds, beside the time for the bytes that
   * it sends, at 256 KiB a second. Defaults to 10,000 for requests that read (GET, HEAD, LIST), and to 60,000 for the others.
   * A client of your application has its own limit.
   */
  readonly requestTimeoutMs?: number | undefined
  /**
   * How long a request may take with all of its attempts, in milliseconds, beside the time for the bytes that it sends.
   * Defaults to 30,000 for requests that read, and to 300,000 for the others. The bytes of an object may take longer, and
   * are given up when nothing more of them comes for as long.
   */
  readonly deadlineMs?: number | undefined
}

/** The client, the keys and the name of a bucket's folder. */
export interface S3Location {
  /** Its own is made when it is asked for the first time. */
  readonly client: () => Promise<S3Client>
  /** Whether the client is made here. */
  readonly isOwnClient: boolean
  readonly bucket: string
  readonly keys: ObjectKeys
  readonly location: string
  /** The server by its host name; undefined if only a client of the application knows it. */
  readonly endpoint: string | undefined
  readonly provider: S3Provider
  readonly abilities: S3Abilities
  readonly expectedBucketOwner: string | undefined
}

// Only ARNs have slashes. A colon stands in Ceph's names too, after a tenant.
const BUCKET = /^(arn:\S+|[^/\s]+)$/

const DAY_MS = 86_400_000
const MILLISECONDS = whole('a whole number of milliseconds from 1 to a day', 1, DAY_MS)

export const LOCATION_OPTIONS = {
  bucket: required([
    'the name of a bucket alone (folders go into prefix)',
    (value) => typeof value === 'string' && BUCKET.test(value),
  ]),
  ...KEYS_OPTIONS,
  // By what it can do: an application may have another copy of the SDK, or a wrapper.
  client: [
    'an S3Client of @aws-sdk/client-s3',
    (value) => isObject(value) && typeof value.send === 'function',
  ],
  region: STRING,
  endpoint: STRING,
  credentials: [
    'keys or a function that gives them',
    (value) => isObject(value) || typeof value === 'function',
  ],
  expectedBucketOwner: [
    'an account id of 12 digits, as text',
    (value) => typeof value === 'string' && /^\d{12}$/.test(value),
  ],
  provider: oneOf(...PROVIDERS),
  requestTimeoutMs: MILLISECONDS,
  deadlineMs: MILLISECONDS,
} satisfies OptionTable<S3LocationOptions>

/** Takes options that were checked. */
export function s3Location(options: S3LocationOptions): S3Location {
  const { bucket, client, prefix, keys: template, expectedBucketOwner } = options
  const provider = options.provider ?? (hasCustomEndpoint(options) ? 'generic' : 'aws')
  const abilities = ABILITIES[provider]
  if (expectedBucketOwner !== undefined && !abilities.expectedBucketOwner) {
    throw unableTo('expectedBucketOwner', provider, 'does not compare it, and would let every bucket pass')
  }
  const keys = objectKeys({ prefix, keys: template })
  return {
    bucket,
    keys,
    location: `s3://${bucket}/${keys.prefix}`.replace(/\/$/, ''),
    endpoint: client === undefined ? hostOf(options.endpoint) : undefined,
    client: client === undefined ? ownClient(options, abilities) : () => Promise.resolve(client),
    isOwnClient: client === undefined,
    provider,
    abilities,
    expectedBucketOwner,
  }
}

/** A URL may have credentials in it. */
function hostOf(endpoint: string | undefined): string {
  if (endpoint === undefined) return 'amazonaws.com'
  return URL.canParse(endpoint) ? new URL(endpoint).host : endpoint.slice(endpoint.lastIndexOf('@') + 1)
}

/** What is asked for and cannot be had. A server that passes it over would not say so. */
export function unableTo(option: string, provider: S3Provider, reason: string): TypeError {
  return new TypeError(
    `s3 option ${option}: a server of provider '${provider}' ${reason}; leave it out, or set provider to what the server is`,
  )
}

function hasCustomEndpoint({ client, endpoint }: S3LocationOptions): boolean {
  if (client === undefined) return endpoint !== undefined
  const { config } = client as { readonly config?: { readonly isCustomEndpoint?: boolean } }
  return config?.isCustomEndpoint === true
}
