// The process of one contender: reads its work from the command line, and does as it is asked.

import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Answer, Question, Work, Workload, WorkloadName } from './contender-process.js'
import { peakMB } from './peak-memory.js'

// Loaded when asked for: the libraries of another subject would weigh on the memory that is measured.
const WORKLOADS: Readonly<Record<WorkloadName, () => Promise<Workload>>> = {
  'encode text': async () => (await import('../encode/workload.js')).encodeText,
  'encode dates': async () => (await import('../encode/workload.js')).encodeDates,
  'read typed': async () => (await import('../read/workload.js')).readTyped,
  'read six columns': async () => (await import('../read/workload.js')).readSixColumns,
  'read strings': async () => (await import('../read/workload.js')).readStrings,
  'job to a directory': async () => (await import('../job/workload.js')).jobToDirectory,
  'job to S3': async () => (await import('../job/workload.js')).jobToS3,
  upload: async () => (await import('../upload/workload.js')).upload,
  'shape encode': async () => (await import('../shapes/workload.js')).shapeEncode,
  'shape read': async () => (await import('../shapes/workload.js')).shapeRead,
}

// Each part of a turn goes on for so long at least. The first part does not count: the runs after those of another process
// took up to twice as long as the later ones.
const LEAST_MS = 200

const work = JSON.parse(process.argv[2] ?? '') as Work
const { run, after } = await (await WORKLOADS[work.workload]())(work)

let cpuMsInTurn = NaN

const ANSWERS: Readonly<Record<Question, () => Promise<Answer>>> = {
  once: async () => (await timedRun()).ms,
  async turn() {
    const { settleMs = LEAST_MS } = work
    for (let ms = 0; ms < settleMs;) ms += (await timedRun()).ms
    const total = { ms: 0, cpuMs: 0 }
    let times = 0
    for (; total.ms < LEAST_MS; times++) {
      const { ms, cpuMs } = await timedRun()
      total.ms += ms
      total.cpuMs += cpuMs
    }
    cpuMsInTurn = total.cpuMs / times
    return total.ms / times
  },
  cpu: () => Promise.resolve(cpuMsInTurn),
  peak: () => Promise.resolve(peakMB()),
  allocation,
}

process.on('message', (question) => {
  void ANSWERS[question as Question]().then((answer) => process.send?.(answer))
})
// Some clients keep a process alive.
process.on('disconnect', () => process.exit())
process.send?.(null)

async function timedRun(): Promise<{ ms: number; cpuMs: number }> {
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  await run()
  const ms = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpuBefore)
  await after?.()
  return { ms, cpuMs: (user + system) / 1000 }
}

async function allocation(): Promise<Answer> {
  let lastCollection = 0
  let collections = 0
  const observer = new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntries()) if (startTime >= lastCollection) collections++
  })
  observer.observe({ entryTypes: ['gc'] })
  // The first runs also allocate what the compiler needs.
  for (let warmUp = 0; warmUp < 3; warmUp++) {
    await run()
    await after?.()
  }
  collectGarbage()
  await sleep(50)
  collections = 0
  lastCollection = performance.now()
  const before = process.memoryUsage().heapUsed
  await run()
  const bytes = process.memoryUsage().heapUsed - before
  // Collections are reported a moment later.
  await sleep(50)
  observer.disconnect()
  return collections === 0 ? bytes : null
}

function collectGarbage(): void {
  // As `--expose-gc` would, in the process that needs it alone.
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
}
