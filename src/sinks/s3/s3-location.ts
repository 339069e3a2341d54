import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { isObject, requireShape, requireShapes, STRING, type Shape } from '../../options.js'
import { objectKeys, type ObjectKeys } from '../object-keys.js'

/** Which bucket, and how to reach it. */
export interface S3LocationOptions {
  /** The name of a bucket, or the ARN or alias of an access point. */
  readonly bucket: string
  /** A folder in the bucket, nested by `/`, with or without one at its end. */
  readonly prefix?: string
  /** The template of keys below the prefix; see `ObjectKeysOptions.keys`. */
  readonly keys?: string
  /** A client of the host's own. Given one, the options below are not looked at. */
  readonly client?: S3Client
  readonly region?: string
  /** The URL of a look-alike. Given one, the bucket stands in the path and not in the host name. */
  readonly endpoint?: string
  /** Keys or a provider; the usual chain of the SDK unless said. */
  readonly credentials?: NonNullable<S3ClientConfig['credentials']>
}

/** The client, the keys and the name of a bucket's folder. */
export interface S3Location {
  readonly client: S3Client
  readonly keys: ObjectKeys
  readonly location: string
}

// Only ARNs have slashes. A colon stands in Ceph's names too, after a tenant.
const BUCKET = /^(arn:\S+|[^/\s]+)$/

const OPTION_SHAPES: Readonly<Record<'client' | 'region' | 'endpoint' | 'credentials', Shape>> = {
  // By what it can do: a host may have another copy of the SDK, or a wrapper.
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
}

export function s3Location(options: S3LocationOptions): S3Location {
  const { bucket, client, region, endpoint, credentials, prefix, keys: template } = options
  const isBucket = typeof bucket === 'string' && BUCKET.test(bucket)
  requireShape('s3 option bucket', bucket, 'the name of a bucket alone (folders go into prefix)', isBucket)
  requireShapes('s3 option ', options, OPTION_SHAPES)
  const keys = objectKeys({
    ...(prefix === undefined ? {} : { prefix }),
    ...(template === undefined ? {} : { keys: template }),
  })
  return {
    keys,
    location: `s3://${bucket}/${keys.prefix}`.replace(/\/$/, ''),
    client:
      client ??
      new S3Client({
        ...(region === undefined ? {} : { region }),
        ...(credentials === undefined ? {} : { credentials }),
        ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      }),
  }
}
