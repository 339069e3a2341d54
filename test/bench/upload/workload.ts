import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { named } from '../measure/contender.js'
import type { Workload } from '../measure/contender-process.js'
import type { S3Access } from '../s3/start-s3.js'
import { clientOf, givenAccess } from './bucket.js'
import { uploadContenders } from './contenders.js'

/** `input.bucket` is there, and `input.access` says where unless the environment does. */
export const upload: Workload = async ({ contender, input = {} }) => {
  if (contender === null) return { run: () => undefined }
  const client = clientOf(givenAccess(process.env) ?? (input.access as S3Access))
  const send = await named(uploadContenders, contender).load()
  const bucket = String(input.bucket)
  let round = 0
  let key = ''
  return {
    run() {
      key = `${contender}/${++round}`
      return send({ client, bucket, key })
    },
    // The tests' server keeps what it has in memory.
    after: () => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })),
  }
}
