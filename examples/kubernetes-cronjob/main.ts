// One run, in a pod. Exit codes: 0 done, 1 to be tried again, 78 trying again is of no use, 143 ended by SIGTERM.

import { isDayfileError } from 'dayfile'
import { openBucket } from '../bucket.js'
import { exportYesterday } from '../export-yesterday.js'
import { scheduledTime } from './scheduled-time.js'

// A node that is drained, or activeDeadlineSeconds: uploads are ended before the pod is.
const terminated = new AbortController()
process.once('SIGTERM', () => {
  terminated.abort(new Error('ended by SIGTERM'))
})

try {
  const scheduledAt = scheduledTime(process.env)
  // What is exported into an S3 of this process is gone with the pod, and would be told as a success.
  if (process.env.S3_BUCKET === undefined) throw new RangeError('S3_BUCKET is not set')
  await exportYesterday(scheduledAt, await openBucket(), terminated.signal)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = terminated.signal.aborted ? 143 : isFinal(error) ? 78 : 1
}

/** No bucket, no permission, a name that is no time: what a person has to put right. */
function isFinal(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isFinal)
  if (isDayfileError(error)) return !error.retryable
  return error instanceof RangeError || error instanceof TypeError
}
