// What a sink that s3Sink made writes through. The sink itself shows none of it: it is frozen, and may be printed.

import type { ObjectKeys } from '../object-keys.js'
import type { Sink } from '../sink.js'
import type { ObjectSettings } from './object-settings.js'
import type { S3Provider } from './providers.js'
import type { S3Requests } from './s3-requests.js'

/** The requests, the place and the settings behind a sink. */
export interface S3Connection {
  /** To the bucket, with the time limits of the sink. */
  readonly requests: S3Requests
  readonly keys: ObjectKeys
  readonly location: string
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
