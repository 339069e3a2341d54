// The server that the environment names, or the tests' own; and a bucket for one run of the bench.

import { randomUUID } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import { startS3, type RunningS3, type S3Access } from '../s3/start-s3.js'

const OWN_SERVER =
  'test/support/fake-s3 in a process of its own on the same machine: it checks signatures and checksums, and takes its share of the cores from all'

/** A bucket that was made for this run and goes with it. */
export interface UploadBucket {
  /** In words, for the page. */
  readonly server: string
  /** For the processes of the contenders; undefined where the environment says it, as keys belong on no command line. */
  readonly access: S3Access | undefined
  readonly client: S3Client
  readonly bucket: string
  remove(): Promise<void>
}

export function clientOf(access: S3Access): S3Client {
  return new S3Client({ ...access, forcePathStyle: true })
}

type GivenAccess = S3Access & { readonly endpoint: string }

/** Undefined unless S3_ENDPOINT, S3_ACCESS_KEY and S3_SECRET_KEY are all set. */
export function givenAccess(env: NodeJS.ProcessEnv): GivenAccess | undefined {
  const {
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY: accessKeyId,
    S3_SECRET_KEY: secretAccessKey,
    AWS_REGION,
  } = env
  if (!endpoint || !accessKeyId || !secretAccessKey) return undefined
  return { endpoint, region: AWS_REGION ?? 'us-east-1', credentials: { accessKeyId, secretAccessKey } }
}

export async function uploadBucket(): Promise<UploadBucket> {
  const given = givenAccess(process.env)
  const server: RunningS3 = given === undefined ? await startS3() : { access: given, stop: () => undefined }
  const client = clientOf(server.access)
  const bucket = `dayfile-bench-${randomUUID()}`
  const stop = (): void => {
    client.destroy()
    server.stop()
  }
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
  } catch (error) {
    stop()
    throw error
  }
  return {
    server: given === undefined ? OWN_SERVER : `the one at ${given.endpoint}`,
    access: given === undefined ? server.access : undefined,
    client,
    bucket,
    async remove() {
      try {
        await emptied(client, bucket)
        await client.send(new DeleteBucketCommand({ Bucket: bucket }))
      } finally {
        stop()
      }
    },
  }
}

/** Of what a run that failed has left: less than a page of either. */
async function emptied(client: S3Client, Bucket: string): Promise<void> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }))
  for (const { Key, UploadId } of Uploads) {
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
  }
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }))
  for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket, Key }))
}
