// What the checks know of a server, whoever runs it.

import type { S3SinkOptions } from 'dayfile/s3'

/** A real server with a bucket of its own, or a bucket that the caller has named. */
export interface LiveServer {
  /** As the columns of the table are called. */
  readonly name: string
  readonly provider: NonNullable<S3SinkOptions['provider']>
  readonly bucket: string
  /** How to reach it; what is absent comes from the environment. */
  readonly connection: Pick<S3SinkOptions, 'endpoint' | 'region' | 'credentials'>
  /** The folder in the bucket where everything lies that the checks write. */
  readonly prefix: string
  /** What it cannot do: checks by their names, each with the reason. */
  readonly gaps: Readonly<Record<string, string>>
  /** What can be done to it; absent with a server that is not ours. */
  readonly faults?: Faults
  /** Stops it and removes all that it has written. */
  readonly close: () => Promise<void>
}

export interface Faults {
  /** Stops the process that stores the bytes, without ending it. */
  readonly freeze: () => void
  /** Lets it go on; nothing when it does. */
  readonly goOn: () => void
  /** Keys of a user who may do nothing in the bucket. */
  readonly stranger: Credentials
  /** Makes a bucket that takes no more than so many bytes. */
  readonly limitedBucket: (bytes: number) => Promise<string>
}

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** A server that can be started, if its programs are there or can be installed. */
export interface Startable {
  readonly name: string
  /** Debian packages, and the programs in them by which to see whether they are there. */
  readonly packages: readonly string[]
  readonly programs: readonly string[]
  readonly start: () => Promise<LiveServer>
}
