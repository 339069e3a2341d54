// The process in which the fake S3 runs while the job is timed, so that its work is not on the client's event loop.

import { startFakeS3 } from '../../support/fake-s3/index.js'

const { endpoint, region, credentials } = await startFakeS3({ buckets: ['exports'] })
console.log(JSON.stringify({ endpoint, region, credentials }))
// Ends with the bench, however that ends.
process.stdin.on('close', () => process.exit()).resume()
