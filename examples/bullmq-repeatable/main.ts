// One instance, until it is told to end. As many of them as you like may run: Redis gives each job to one.

import { openBucket } from '../bucket.js'
import { startInstance } from './instance.js'
import { openRedis } from './redis.js'

const redis = await openRedis(process.env)
const bucket = await openBucket()
const instance = await startInstance({ redisUrl: redis.url, bucket })
const [scheduler] = await instance.queue.getJobSchedulers()
console.log(
  `next run: ${new Date(scheduler?.next ?? Number.NaN).toISOString()}, into ${bucket.sink.location}`,
)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void end(signal))
}

async function end(reason: string): Promise<void> {
  await instance.close(reason)
  await bucket.close()
  await redis.close()
}
