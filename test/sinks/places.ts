// The places that publication and reading are tested in: each an empty sink with the archive that reads it.

import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { directoryArchive, directorySink, type Archive, type Sink } from 'dayfile'
import { s3Archive, s3Sink, type S3SinkOptions } from 'dayfile/s3'
import { memorySink, type SinkUnderTest } from 'dayfile/testing'
import { onTestFinished } from 'vitest'
import { startFakeS3, type FakeS3 } from '../support/fake-s3/index.js'

export const BUCKET = 'exports'
export const PREFIX = 'apps/sample'
export const MIB = 1024 * 1024

export interface Place extends SinkUnderTest {
  readonly sink: Sink
  readonly archive: Archive
  readonly residue: () => Promise<readonly string[]>
  /** All keys there are. */
  readonly keys: () => Promise<string[]>
  readonly bytes: (key: string) => Promise<Uint8Array>
  /** Changes a stored object behind everybody's back. */
  readonly tamper: (key: string, change: (bytes: Buffer) => Buffer) => Promise<void>
  readonly close: () => Promise<void>
}

export interface S3Place extends Place {
  readonly s3: FakeS3
  readonly client: S3Client
}

async function keysOf(archive: Archive): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of archive.list(archive.keys.prefix)) keys.push(key)
  return keys
}

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

function place(
  sink: Sink,
  archive: Archive,
  rest: Pick<Place, 'residue' | 'close'> & { put: (key: string, bytes: Buffer) => Promise<void> | void },
): Place {
  const { put, ...others } = rest
  const bytes = (key: string) => gathered(archive.open(key))
  return {
    sink,
    archive,
    ...others,
    keys: () => keysOf(archive),
    bytes,
    async tamper(key, change) {
      await put(key, change(await bytes(key)))
    },
  }
}

export async function memoryPlace(): Promise<Place> {
  const sink = memorySink({ prefix: PREFIX })
  return place(sink, sink, {
    put: (key, bytes) => void sink.objects.set(key, bytes),
    residue: async () => [],
    close: async () => undefined,
  })
}

export async function directoryPlace(): Promise<Place & { readonly root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'dayfile-'))
  const sink = directorySink({ root })
  const files = place(sink, directoryArchive({ root }), {
    put: (key, bytes) => writeFile(join(root, key), bytes),
    async residue() {
      const entries = await readdir(root, { recursive: true, withFileTypes: true })
      return entries
        .filter(({ name }) => name.startsWith('.'))
        .map(({ parentPath, name }) => relative(root, join(parentPath, name)))
    },
    close: () => rm(root, { recursive: true, force: true }),
  })
  return { ...files, root }
}

export function clientOf(s3: FakeS3, config: S3ClientConfig = {}): S3Client {
  return new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    credentials: s3.credentials,
    forcePathStyle: true,
    maxAttempts: 1,
    ...config,
  })
}

export async function s3Place(
  options: Partial<S3SinkOptions> = {},
  config: S3ClientConfig = {},
): Promise<S3Place> {
  const s3 = await startFakeS3({ buckets: [BUCKET] })
  const client = clientOf(s3, config)
  const location = { client, bucket: BUCKET, prefix: PREFIX, provider: 'aws' as const }
  const stored = place(s3Sink({ ...location, partSizeBytes: 5 * MIB, ...options }), s3Archive(location), {
    put(key, bytes) {
      const object = s3.objects(BUCKET).get(key)
      if (object === undefined) throw new Error(`no object ${key}`)
      const etag = `"${createHash('md5').update(bytes).digest('hex')}"`
      s3.objects(BUCKET).set(key, { ...object, body: bytes, etag, checksums: {} })
    },
    residue: async () => s3.uploads(BUCKET).map(({ key }) => key),
    async close() {
      client.destroy()
      await s3.close()
    },
  })
  return { ...stored, s3, client }
}

/** Every place, for laws that hold in each of them. */
export const PLACES: readonly (readonly [string, () => Promise<Place>])[] = [
  ['memory', memoryPlace],
  ['a directory', directoryPlace],
  ['S3', () => s3Place()],
]

/** Opens a place that is closed when the test is over. */
export async function opened<P extends Place>(open: () => Promise<P>): Promise<P> {
  const place = await open()
  onTestFinished(() => place.close())
  return place
}
