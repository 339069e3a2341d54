// What a sink that s3Sink made writes through. The sink itself shows none of it: it is frozen, and may be printed.

import type { S3Client } from '@aws-sdk/client-s3'
import type { ObjectKeys } from '../object-keys.js'
import type { Sink } from '../sink.js'
import type { ObjectSettings } from './object-settings.js'
import type { S3Provider } from './providers.js'

/** The client, the place and the settings behind a sink. */
export interface S3Connection {
  /** Sends with the time limits of the sink. */
  readonly client: Pick<S3Client, 'send'>
  readonly bucket: string
  readonly keys: ObjectKeys
  readonly location: string
  /** What every request has to carry beside the bucket. */
  readonly expectedBucketOwner?: string | undefined
  /** What the server is declared to be, and to do. */
  readonly provider: {
    readonly name: S3Provider
    readonly conditionalPut: boolean
    readonly conditionalComplete: boolean
  }
  readonly settings: ObjectSettings
}

const connections = new WeakMap<Sink, S3Connection>()

/** Called by s3Sink alone, once for each sink that it makes. */
export function rememberConnection(sink: Sink, connection: S3Connection): void {
  connections.set(sink, connection)
}

/** The connection of a sink, or undefined when s3Sink has not made it. */
export function connectionIfS3(sink: Sink): S3Connection | undefined {
  return connections.get(sink)
}

/** @throws TypeError when s3Sink has not made the sink. */
export function connectionOf(sink: Sink): S3Connection {
  const connection = connections.get(sink)
  if (connection === undefined) throw new TypeError('sink: expected one that s3Sink made')
  return connection
}
