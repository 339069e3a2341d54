// In: scheduled times. Out: an export for each, one after another, until the process is told to end.

import { openBucket } from '../bucket.js'
import { exportYesterday } from '../export-yesterday.js'

export interface Runs {
  /** Where the files go. */
  readonly location: string
  /** Waits for the run before it. Never rejects: a failure is told, and the schedule goes on. */
  readonly run: (scheduledAt: Date) => Promise<void>
  /** Ends with that job on SIGTERM and SIGINT. A second signal does not wait. */
  readonly endWith: (job: { stop: () => unknown }) => void
  /** Stops the job, aborts the run under way, and waits until that has cleaned up. */
  readonly end: (reason?: string) => Promise<void>
}

export async function openRuns(): Promise<Runs> {
  const bucket = await openBucket()
  const ending = new AbortController()
  let stopJob: () => unknown = () => undefined
  let last = Promise.resolve()

  async function exportOne(scheduledAt: Date): Promise<void> {
    try {
      await exportYesterday(scheduledAt, bucket, ending.signal)
      process.exitCode = 0
    } catch (error) {
      // Tell whoever is on call here. The process ends with what its last run came to.
      console.error(`export failed: ${String(error)}`)
      process.exitCode = 1
    }
  }

  async function end(reason = 'the end'): Promise<void> {
    stopJob()
    ending.abort(new Error(`stopped by ${reason}`))
    await last
    await bucket.close()
  }

  return {
    location: bucket.sink.location,
    run: (scheduledAt) => (last = last.then(() => exportOne(scheduledAt))),
    endWith(job) {
      stopJob = () => job.stop()
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end(signal))
    },
    end,
  }
}
