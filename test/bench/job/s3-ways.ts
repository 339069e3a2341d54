// From rows in memory to an object in S3. The server is the tests' own, in a process of its own on this machine.

import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { stringify } from 'csv-stringify'
import { dayWindow, events, exportWindow } from 'dayfile'
import { s3Sink } from 'dayfile/s3'
import { DAY } from '../encode/rows.js'
import type { S3Access } from '../s3/start-s3.js'
import { stringifierOptions } from './directory-ways.js'
import { unpacked } from './files.js'
import type { Published, JobInput, WayOut } from './way-out.js'

const BUCKET = 'exports'
const MIB = 1024 * 1024
// Those of s3Sink, for both.
const PART_SIZE = 8 * MIB
const PARTS_IN_FLIGHT = 4

export interface S3Ways {
  readonly ways: readonly WayOut[]
  close(): void
}

export function s3Ways(input: JobInput, access: S3Access): S3Ways {
  const client = new S3Client({ ...access, forcePathStyle: true, maxAttempts: 1 })
  return {
    ways: [exportToS3(input, client), userUpload(input, client)],
    close() {
      client.destroy()
    },
  }
}

function exportToS3({ rows }: JobInput, client: S3Client): WayOut {
  return {
    name: 'dayfile exportWindow, S3 gzip',
    package: 'dayfile',
    way: 'exportWindow of an array with s3Sink: digests and manifest are in its time.',
    async publish(round) {
      const sink = s3Sink({ client, bucket: BUCKET, prefix: `dayfile/${round}` })
      const report = await exportWindow({
        dataset: events,
        window: dayWindow(DAY),
        source: () => rows,
        sink,
      })
      return publishedObject(client, report.files[0]?.key ?? '')
    },
  }
}

function userUpload({ rows }: JobInput, client: S3Client): WayOut {
  return {
    name: 'user pipeline, S3 gzip',
    package: '@aws-sdk/lib-storage',
    way: 'Readable.from(rows), stream of csv-stringify, createGzip(), Upload of lib-storage; client and parts the same.',
    async publish(round) {
      const key = `user/${round}/events.csv.gz`
      const body = Readable.from(rows).pipe(stringify(stringifierOptions())).pipe(createGzip())
      const params = { Bucket: BUCKET, Key: key, Body: body }
      await new Upload({ client, params, partSize: PART_SIZE, queueSize: PARTS_IN_FLIGHT }).done()
      return publishedObject(client, key)
    },
  }
}

function publishedObject(client: S3Client, key: string): Published {
  const place = { Bucket: BUCKET, Key: key }
  return {
    async csv() {
      const { Body } = await client.send(new GetObjectCommand(place))
      return unpacked((await Body?.transformToByteArray()) ?? new Uint8Array())
    },
    async storedBytes() {
      const { ContentLength = 0 } = await client.send(new HeadObjectCommand(place))
      return ContentLength
    },
    async remove() {
      await client.send(new DeleteObjectCommand(place))
    },
  }
}
