// In: a server and the name of a folder. Out: a sink and an archive there, and what lies there beside days.

import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import type { Archive, Sink } from 'dayfile'
import { s3Archive, s3Sink, type S3SinkOptions } from 'dayfile/s3'
import type { LiveServer } from './servers/live-server.js'

export interface Place {
  readonly sink: Sink
  readonly archive: Archive
  readonly keys: () => Promise<readonly string[]>
  /** Keys of the uploads that nobody has finished. */
  readonly uploads: () => Promise<readonly string[]>
}

const MIB = 1024 * 1024

/** The options of a sink in a folder: parts are small, so that what happens between two of them does happen. */
export function sinkOptions(server: LiveServer, folder: string): S3SinkOptions {
  const { bucket, connection, provider, prefix } = server
  return { bucket, ...connection, provider, prefix: `${prefix}/${folder}`, partSizeBytes: 5 * MIB }
}

export function placeIn(server: LiveServer, folder: string, options: Partial<S3SinkOptions> = {}): Place {
  const all = { ...sinkOptions(server, folder), ...options }
  const { bucket, prefix, endpoint, region, credentials, provider } = all
  const location = { bucket, prefix, endpoint, region, credentials, provider } as typeof all
  const within = `${prefix ?? ''}/`
  return {
    sink: s3Sink(all),
    archive: s3Archive(location),
    keys: async () => (await listing(server, bucket, within)).sort(),
    uploads: async () => (await unfinished(server, bucket, within)).map(({ key }) => key).sort(),
  }
}

/** Removes all that lies in the server's folder, unfinished uploads included. */
export async function emptied(server: LiveServer): Promise<void> {
  const { bucket: Bucket, prefix } = server
  const client = clientOf(server)
  for (const { key: Key, id: UploadId } of await unfinished(server, Bucket, `${prefix}/`)) {
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
  }
  for (const Key of await listing(server, Bucket, `${prefix}/`)) {
    await client.send(new DeleteObjectCommand({ Bucket, Key }))
  }
}

async function listing(server: LiveServer, Bucket: string, Prefix: string): Promise<string[]> {
  const keys: string[] = []
  let ContinuationToken: string | undefined
  do {
    const command = new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken })
    const page = await clientOf(server).send(command)
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key)
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
  return keys
}

async function unfinished(
  server: LiveServer,
  Bucket: string,
  Prefix: string,
): Promise<{ key: string; id: string }[]> {
  const { Uploads = [], IsTruncated } = await clientOf(server).send(
    new ListMultipartUploadsCommand({ Bucket, Prefix }),
  )
  if (IsTruncated === true) throw new Error('more unfinished uploads than a page: something is wrong')
  return Uploads.map(({ Key = '', UploadId = '' }) => ({ key: Key, id: UploadId }))
}

const clients = new WeakMap<LiveServer, S3Client>()

/** The client of the checks themselves; sinks make their own. */
export function clientOf(server: LiveServer): S3Client {
  const { endpoint, region, credentials } = server.connection
  const client =
    clients.get(server) ??
    new S3Client({
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      ...(region === undefined ? {} : { region }),
      ...(credentials === undefined ? {} : { credentials }),
    })
  clients.set(server, client)
  return client
}
