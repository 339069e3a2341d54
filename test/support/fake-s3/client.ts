// A server and a client for one test, and how a call was refused.

import { S3Client, S3ServiceException, type S3ClientConfig } from '@aws-sdk/client-s3'
import { startFakeS3, type FakeS3, type FakeS3Options } from './server.js'

export const BUCKET = 'exports'

export interface ConnectedFake {
  readonly s3: FakeS3
  readonly client: S3Client
  readonly close: () => Promise<void>
}

/** Starts a fake with one bucket and connects to it, without retries. */
export async function connectedFake(
  options: FakeS3Options = {},
  config: S3ClientConfig = {},
): Promise<ConnectedFake> {
  const s3 = await startFakeS3({ buckets: [BUCKET], ...options })
  const { endpoint, region, credentials } = s3
  const client = new S3Client({
    endpoint,
    region,
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
    ...config,
  })
  const close = async () => {
    client.destroy()
    await s3.close()
  }
  return { s3, client, close }
}

/** The status and name of the refusal that a call must end in. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof S3ServiceException)) throw new Error('expected S3 to refuse', { cause: error })
  return `${error.$metadata.httpStatusCode ?? 0} ${error.name}`
}
