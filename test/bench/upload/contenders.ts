// The ways to bring bytes that are there into an object. All get a client of the same settings and the same parts.

import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { S3Client } from '@aws-sdk/client-s3'
import type { Contender } from '../measure/contender.js'
import { bodyChunks, wholeBody } from './body.js'

// The defaults of s3Sink.
const PART_SIZE = 8 * 1024 * 1024
const PARTS_IN_FLIGHT = 4
const CONTENT_TYPE = 'application/octet-stream'

/** Where the object is to be. */
export interface ObjectPlace {
  readonly client: S3Client
  readonly bucket: string
  readonly key: string
}

/** Resolves when the object can be read. */
export type SendBody = (place: ObjectPlace) => Promise<unknown>

export const uploadStream: Contender<SendBody> = {
  name: 'Upload of a stream',
  package: '@aws-sdk/lib-storage',
  way: 'Upload of Readable.from(the chunks), with partSize and queueSize as s3Sink has them.',
  async load() {
    const { Upload } = await import('@aws-sdk/lib-storage')
    return ({ client, bucket, key }) => {
      const params = {
        Bucket: bucket,
        Key: key,
        ContentType: CONTENT_TYPE,
        Body: Readable.from(bodyChunks()),
      }
      return new Upload({ client, params, partSize: PART_SIZE, queueSize: PARTS_IN_FLIGHT }).done()
    }
  },
}

export const uploadContenders: readonly Contender<SendBody>[] = [
  {
    name: 'dayfile',
    package: 'dayfile',
    way: "stage() of the chunks and commit(), as exportWindow calls them, of s3Sink with provider: 'aws'.",
    async load() {
      const { s3Sink } = await import('dayfile/s3')
      return async ({ client, bucket, key }) => {
        const sink = s3Sink({ client, bucket, provider: 'aws' })
        const staged = await sink.stage(key, bodyChunks(), {
          contentType: CONTENT_TYPE,
          ifMatch: null,
          id: randomUUID(),
          signal: new AbortController().signal,
        })
        await staged.commit()
      }
    },
  },
  uploadStream,
  {
    name: 'Upload of a Buffer',
    package: '@aws-sdk/lib-storage',
    way: 'The floor: Upload of the whole file as one Buffer, which is there before the time begins. Nothing is gathered or copied.',
    async load() {
      const { Upload } = await import('@aws-sdk/lib-storage')
      const body = await wholeBody()
      return ({ client, bucket, key }) => {
        const params = { Bucket: bucket, Key: key, ContentType: CONTENT_TYPE, Body: body }
        return new Upload({ client, params, partSize: PART_SIZE, queueSize: PARTS_IN_FLIGHT }).done()
      }
    },
  },
]
