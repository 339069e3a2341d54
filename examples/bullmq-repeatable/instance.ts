// One instance of an application of which several run: it sees to the schedule, and runs the jobs that it gets.

import { Queue, Worker, type Job, type WorkerOptions } from 'bullmq'

import type { Bucket } from '../bucket.js'
import { exportYesterday } from '../export-yesterday.js'

const QUEUE = 'exports'
const SCHEDULER = 'export-yesterday'

export interface InstanceOptions {
  readonly redisUrl: string
  readonly bucket: Pick<Bucket, 'sink' | 'archive'>
  readonly pattern?: string
  /** For trying out what happens to a job that is lost. */
  readonly worker?: Partial<WorkerOptions>
}

export interface Instance {
  readonly queue: Queue
  readonly worker: Worker<unknown, string[]>
  /** Ends the run under way, and its uploads with it: another instance takes the job up. */
  readonly close: (reason: string) => Promise<void>
}

export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { redisUrl, bucket, pattern = '0 4 * * *' } = options
  // null: commands wait for a Redis that is away, as those of a worker must.
  const connection = { url: redisUrl, maxRetriesPerRequest: null }
  const queue = new Queue(QUEUE, { connection }).on('error', report)

  // Of all instances together: the third try for one day and the first for the next one do not meet.
  await queue.setGlobalConcurrency(1)

  // Only when it is not there: an upsert replaces the job that is due by the one of tomorrow, and after a night without
  // instances that would be yesterday's export.
  const known = await queue.getJobScheduler(SCHEDULER)
  if (known?.pattern !== pattern || known.tz !== 'UTC') {
    const retries = { attempts: 8, backoff: { type: 'exponential', delay: 60_000 } }
    const kept = { removeOnComplete: { count: 30 }, removeOnFail: { count: 30 } }
    await queue.upsertJobScheduler(
      SCHEDULER,
      { pattern, tz: 'UTC' },
      { name: SCHEDULER, opts: { ...retries, ...kept } },
    )
  }

  const ending = new AbortController()
  const worker = new Worker<unknown, string[]>(
    QUEUE,
    async (job) => {
      const reports = await exportYesterday(scheduledTime(job), bucket, ending.signal)
      return reports.map(({ dataset, outcome }) => `${dataset} ${outcome}`)
    },
    // The job of a worker that is killed goes to another one after lockDuration; so often may that happen to one job.
    { connection, concurrency: 1, lockDuration: 60_000, maxStalledCount: 5, ...options.worker },
  )
  worker.on('error', report).on('failed', (job, error) => {
    const isLast = job === undefined || job.attemptsMade >= (job.opts.attempts ?? 1)
    // Nobody tries again after the last attempt: tell whoever is on call here.
    console.error(`${job?.id ?? 'a job'}: ${error.message}${isLast ? ' (given up)' : ''}`)
  })

  return {
    queue,
    worker,
    close: async (reason) => {
      ending.abort(new Error(reason))
      await worker.close()
      await queue.close()
    },
  }
}

/** The planned time, and not that of the attempt. A job that was added by hand has none but when that was done. */
export function scheduledTime({ opts, timestamp }: Pick<Job, 'opts' | 'timestamp'>): Date {
  return new Date(opts.prevMillis ?? timestamp)
}

function report(error: Error): void {
  console.error(error.message)
}
