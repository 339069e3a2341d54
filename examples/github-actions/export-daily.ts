// What the workflow runs: exports the day of the newest run at 04:00 UTC before `--created`, or each day from `--from` to
// `--to`. A day that fails does not stop the next one; the exit code is 1 then.

import { parseArgs } from 'node:util'
import { eachDay, nextRunAt } from 'dayfile'
import { openBucket } from '../bucket.js'
import { exportYesterday } from '../export-yesterday.js'

const DAY_MS = 24 * 60 * 60 * 1000

const { values } = parseArgs({
  options: { created: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' } },
})
// An input that was not given is empty.
const from = values.from === '' ? undefined : values.from
const to = values.to === '' ? undefined : values.to
const created = values.created === undefined ? new Date() : new Date(values.created)
const scheduled =
  from === undefined
    ? [nextRunAt(new Date(created.getTime() - DAY_MS))]
    : eachDay(from, to ?? from).map(({ end }) => nextRunAt(end))

// A run that is cancelled gets SIGINT, and seven and a half seconds before it is killed.
const ending = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    ending.abort(new Error(`stopped by ${signal}`))
  })
}

const bucket = await openBucket()
for (const scheduledAt of scheduled) {
  try {
    await exportYesterday(scheduledAt, bucket, ending.signal)
  } catch (error) {
    console.error(`export of the run at ${scheduledAt.toISOString()}: ${String(error)}`)
    process.exitCode = 1
  }
}
await bucket.close()
