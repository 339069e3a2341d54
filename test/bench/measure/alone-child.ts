// The process that alone.ts starts: reads its job from the command line and prints what it measured as JSON.

import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AloneAnswer, AloneJob, Workload } from './alone.js'
import { collectGarbage } from './garbage.js'
import { timeInRounds } from './rounds.js'

// Loaded when asked for: the libraries of another subject would weigh on the memory that is measured.
const WORKLOADS: Readonly<Record<AloneJob['workload'], () => Promise<Workload>>> = {
  'encode text': async () => (await import('../encode/workload.js')).encodeText,
  'encode dates': async () => (await import('../encode/workload.js')).encodeDates,
  read: async () => (await import('../read/workload.js')).readTyped,
}

const job = JSON.parse(process.argv[2] ?? '') as AloneJob
console.log(JSON.stringify(await answer(job)))

async function answer({ workload, contenders, measure, rounds = 5 }: AloneJob): Promise<AloneAnswer> {
  const load = await (await WORKLOADS[workload]())(job)
  const runs = await Promise.all(contenders.map(async (name) => ({ name, run: await load(name) })))
  if (measure === 'speed') return { timings: await timeInRounds(runs, { rounds }) }
  const run = runs[0]?.run ?? (() => undefined)
  if (measure === 'allocation') return allocation(run, job.rows)
  await run()
  return { peakMB: (process.resourceUsage().maxRSS * 1024) / 1e6 }
}

async function allocation(run: () => unknown, rows: number): Promise<AloneAnswer> {
  let lastCollection = 0
  let collections = 0
  const observer = new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntries()) if (startTime >= lastCollection) collections++
  })
  observer.observe({ entryTypes: ['gc'] })
  // The first runs also allocate what the compiler needs.
  for (let warmUp = 0; warmUp < 3; warmUp++) await run()
  collectGarbage()
  await sleep(50)
  collections = 0
  lastCollection = performance.now()
  const before = process.memoryUsage().heapUsed
  await run()
  const after = process.memoryUsage().heapUsed
  // Collections are reported a moment later.
  await sleep(50)
  observer.disconnect()
  return { bytesPerRow: (after - before) / rows, collections }
}
