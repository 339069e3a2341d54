import { AbortMultipartUploadCommand, CreateMultipartUploadCommand, S3Client } from '@aws-sdk/client-s3'
import type { LiveServer, Startable } from './live-server.js'
import { freePorts, makeBucket, startLocal } from './local-server.js'

const BUCKET = 'dayfile-live'
const OWNER = { accessKeyId: 'live:owner', secretAccessKey: 'dayfile-live-owner-secret' }
const STRANGER = { accessKeyId: 'live:stranger', secretAccessKey: 'dayfile-live-other-secret' }

/** An OpenStack Swift with one of each of its servers. */
export const swift: Startable = {
  name: 'Swift',
  packages: ['swift-proxy', 'swift-account', 'swift-container', 'swift-object', 'curl'],
  programs: [
    'swift-proxy-server',
    'swift-account-server',
    'swift-container-server',
    'swift-object-server',
    'swift-ring-builder',
    'curl',
  ],
  async start(): Promise<LiveServer> {
    const [s3Port = 0, accountPort = 0, containerPort = 0, objectPort = 0] = await freePorts(4)
    const settings = {
      S3_PORT: s3Port,
      ACCOUNT_PORT: accountPort,
      CONTAINER_PORT: containerPort,
      OBJECT_PORT: objectPort,
      ACCESS_KEY: OWNER.accessKeyId,
      SECRET_KEY: OWNER.secretAccessKey,
      STRANGER_KEY: STRANGER.accessKeyId,
      STRANGER_SECRET: STRANGER.secretAccessKey,
    }
    const { freeze, goOn, close } = startLocal('swift.sh', settings, 'object')
    const endpoint = `http://127.0.0.1:${s3Port}`
    await makeBucket(endpoint, OWNER, BUCKET)
    return {
      name: 'Swift',
      provider: 'generic',
      bucket: BUCKET,
      connection: { endpoint, region: 'us-east-1', credentials: OWNER },
      prefix: 'live',
      gaps: {},
      faults: {
        freeze,
        goOn,
        stranger: STRANGER,
        async limitedBucket(bytes) {
          const bucket = 'dayfile-live-limited'
          await makeBucket(endpoint, OWNER, bucket)
          await limitParts(endpoint, bucket, bytes)
          return bucket
        },
      },
      close,
    }
  },
}

/**
 * Limits the container in which the parts of a bucket's uploads lie. It has a name that S3 does not allow, and is made with the
 * headers of the first request for an upload.
 */
async function limitParts(endpoint: string, bucket: string, bytes: number): Promise<void> {
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials: OWNER, forcePathStyle: true })
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> }
      headers['x-container-meta-quota-bytes'] = String(bytes)
      return next(args)
    },
    { step: 'build' },
  )
  const upload = { Bucket: bucket, Key: 'first' }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload))
  await client.send(new AbortMultipartUploadCommand({ ...upload, UploadId }))
  client.destroy()
}
