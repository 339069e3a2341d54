// What AWS Lambda calls at 04:00 UTC: in, the event that EventBridge Scheduler makes of the Input in template.yaml.

import type { Context } from 'aws-lambda'
import type { ExportReport } from 'dayfile'
import { openBucket } from '../bucket.js'
import { exportYesterday } from '../export-yesterday.js'
import { scheduledTime } from './scheduled-time.js'

/** What is left of Lambda's time to end uploads in: one that it kills lies in the bucket until the next run. */
const CLEAN_UP_MS = 20_000

// What is exported into an S3 of this process is gone with it, and would be told as a success.
if (process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined && process.env.S3_BUCKET === undefined) {
  throw new Error('S3_BUCKET is not set: name the bucket in the environment of the function')
}

// Once for each process of Lambda, and not for each event: the connections stay open.
export const bucket = await openBucket()

/** Rejects when a day has failed: Lambda then sends the same event again, with the same scheduled time. */
export async function handler(
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<ExportReport[]> {
  const scheduledAt = scheduledTime(event)
  const limit = new AbortController()
  const timer = setTimeout(() => {
    limit.abort(new Error(`not done ${CLEAN_UP_MS / 1000} s before the function's time limit: raise Timeout`))
  }, context.getRemainingTimeInMillis() - CLEAN_UP_MS)
  try {
    return await exportYesterday(scheduledAt, bucket, limit.signal)
  } finally {
    // Lambda freezes the process, and a timer that is left would fire in another run.
    clearTimeout(timer)
  }
}
