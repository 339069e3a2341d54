// The process in which the fake S3 runs while others are timed, so that its work is not on the client's event loop.

import { startFakeS3 } from '../../support/fake-s3/index.js'

const s3 = await startFakeS3({ buckets: ['exports'] })
// A bucket remembers every upload that was completed, bytes and all, even when the object is gone: an empty one is made anew.
s3.fault({ operation: 'CreateMultipartUpload', times: Infinity }, ({ bucket }) => {
  if (s3.objects(bucket).size === 0 && s3.uploads(bucket).length === 0) s3.createBucket(bucket)
})
const { endpoint, region, credentials } = s3
console.log(JSON.stringify({ endpoint, region, credentials }))
// Ends with the bench, however that ends.
process.stdin.on('close', () => process.exit()).resume()
