// What a timer or cron starts: exports the day of the newest run that has come, or of the one `--at` names.
// It ends with 0 when all is there, 75 (EX_TEMPFAIL) when the same run may succeed later, 1 when someone has to look.

import { parseArgs } from 'node:util'
import { isDayfileError, nextRunAt } from 'dayfile'
import { openBucket } from '../bucket.js'
import { exportYesterday } from '../export-yesterday.js'

const EX_TEMPFAIL = 75
const MINUTE_MS = 60 * 1000
const DAY_MS = 24 * 60 * MINUTE_MS

const { values } = parseArgs({ options: { at: { type: 'string' } } })
const scheduledAt = values.at === undefined ? newestRun(new Date()) : new Date(values.at)

// `systemctl stop`, a timeout or a shutdown: the export cleans up, and the process ends when it has.
const ending = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    ending.abort(new Error(`stopped by ${signal}`))
  })
}

const bucket = await openBucket()
try {
  await exportYesterday(scheduledAt, bucket, ending.signal)
} catch (error) {
  console.error(`export of the run at ${values.at ?? scheduledAt.toISOString()}: ${String(error)}`)
  process.exitCode = ending.signal.aborted || mayPass(error) ? EX_TEMPFAIL : 1
} finally {
  await bucket.close()
}

/** However late it is asked: the run at 04:00 UTC that came last. A clock that is a minute behind does not matter. */
function newestRun(now: Date): Date {
  return nextRunAt(new Date(now.getTime() - DAY_MS + MINUTE_MS))
}

function mayPass(error: unknown): boolean {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error]
  return errors.every((each) => isDayfileError(each) && each.retryable)
}
