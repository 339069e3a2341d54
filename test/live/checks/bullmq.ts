// What becomes of the jobs of examples/bullmq-repeatable on a real Redis: with two instances, none, and a lost one.

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  scheduledTime,
  startInstance,
  type Instance,
  type InstanceOptions,
} from '../../../examples/bullmq-repeatable/instance.js'
import { openRedis } from '../../../examples/bullmq-repeatable/redis.js'
import { placeIn } from '../place.js'
import type { LiveServer } from '../servers/live-server.js'
import { unavailable } from '../servers/packages.js'
import type { Check } from './check.js'
import type { InstanceOrder } from './bullmq-instance.js'

const PROGRAM = fileURLToPath(new URL('bullmq-instance.ts', import.meta.url))
const EVERY_SECOND = '* * * * * *'

/** They wait for seconds of the clock, for which nothing else can wait. */
export const bullmqChecks: readonly Check[] = [
  check(
    'each planned run is had by one of two instances, and finds nothing due the second time',
    twoInstances,
  ),
  check('a run that comes due while there is no instance is made up for by the next one', noInstance),
  check('the run of an instance that is killed is had by another one, for the same day', lostInstance),
]

/** Starts an instance in the place of the check. */
type Start = (options?: Pick<InstanceOptions, 'worker'>) => Promise<Instance>

interface Stage {
  readonly start: Start
  readonly order: InstanceOrder
}

function check(name: string, run: (stage: Stage) => Promise<string | undefined>): Check {
  return {
    name: `BullMQ: ${name}`,
    alone: true,
    skip: () => unavailable({ name: 'Redis', packages: ['redis-server'], programs: ['redis-server'] }),
    run: (server) => onStage(server, `bullmq/${run.name}`, run),
  }
}

async function onStage(
  server: LiveServer,
  folder: string,
  run: (stage: Stage) => Promise<string | undefined>,
): Promise<string | undefined> {
  const redis = await openRedis({})
  const instances: Instance[] = []
  const shared = { redisUrl: redis.url, pattern: EVERY_SECOND }
  const start: Start = async (options) => {
    const instance = await startInstance({ ...shared, ...options, bucket: placeIn(server, folder) })
    instances.push(instance)
    return instance
  }
  const { name, provider, bucket, connection, prefix } = server
  const plain = { name, provider, bucket, connection, prefix, gaps: {} } as unknown as LiveServer
  try {
    return await run({ start, order: { ...shared, server: plain, folder } })
  } finally {
    for (const instance of instances) await instance.close('the check is over')
    await redis.close()
  }
}

async function twoInstances({ start }: Stage): Promise<string> {
  const [first, ...others] = await completions([await start(), await start()], 4)
  assert.deepEqual(first?.outcomes, ['events published', 'paywall_views published'])
  // The day is there: nothing is due any more.
  for (const { outcomes } of others) assert.deepEqual(outcomes, [])
  const runs = [first, ...others]
  for (const { id, plannedMs, attempts } of runs) {
    assert.deepEqual([id, attempts], [`repeat:export-yesterday:${plannedMs}`, 1])
  }
  assert.equal(new Set(runs.map(({ id }) => id)).size, runs.length, 'a run was had twice')
  return `${runs.length} runs`
}

async function noInstance({ start }: Stage): Promise<undefined> {
  const idle = await start({ worker: { autorun: false } })
  const [due] = await idle.queue.getDelayed()
  assert(due !== undefined, 'nothing is planned')
  const dueMs = scheduledTime(due).getTime()
  await idle.close('no instance is left')
  await wait(dueMs + 1 - Date.now())
  const [next] = await completions([await start()], 1)
  assert.deepEqual([next?.id, next?.plannedMs], [due.id, dueMs])
  return undefined
}

async function lostInstance({ start, order }: Stage): Promise<string> {
  const worker = { lockDuration: 1000, stalledInterval: 500 }
  const child = fork(PROGRAM, {
    execArgv: [...process.execArgv, '--disable-warning=NodeVersionSupportWarning'],
  })
  child.send({ ...order, worker } satisfies InstanceOrder)
  const [taken] = (await once(child, 'message')) as [string]
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited

  const other = await start({ worker })
  for (;;) {
    const [run] = await completions([other], 1)
    if (run?.id !== taken) continue
    assert.equal(`repeat:export-yesterday:${run.plannedMs}`, taken)
    return run.outcomes.join(', ')
  }
}

interface Completion {
  readonly id: string | undefined
  readonly plannedMs: number
  readonly attempts: number
  readonly outcomes: readonly string[]
}

/** The next runs that any of the instances completes. */
function completions(instances: readonly Instance[], count: number): Promise<readonly Completion[]> {
  const runs: Completion[] = []
  return new Promise((resolve) => {
    for (const { worker } of instances) {
      worker.on('completed', (job, outcomes) => {
        const { id, attemptsMade: attempts } = job
        runs.push({ id, plannedMs: scheduledTime(job).getTime(), attempts, outcomes })
        if (runs.length === count) resolve(runs)
      })
    }
  })
}
