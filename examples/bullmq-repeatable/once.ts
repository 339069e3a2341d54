// Two instances and a run every second, to see now what happens every day: each run is had by one of the two.

import { openBucket } from '../bucket.js'
import { startInstance, type Instance } from './instance.js'
import { openRedis } from './redis.js'

const RUNS = 3

const redis = await openRedis(process.env)
const bucket = await openBucket()
const start = () => startInstance({ redisUrl: redis.url, bucket, pattern: '* * * * * *' })
const instances: readonly Instance[] = [await start(), await start()]

await new Promise<void>((resolve) => {
  let runs = 0
  for (const [index, { worker }] of instances.entries()) {
    worker.on('completed', ({ id = '' }, outcomes) => {
      console.log(`instance ${index + 1} has run ${id}: ${outcomes.join(', ') || 'nothing was due'}\n`)
      if (++runs === RUNS) resolve()
    })
  }
})
for (const instance of instances) await instance.close('the example is over')
await bucket.close()
await redis.close()
