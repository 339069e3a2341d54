// The same as main.ts, by node-cron.

import { nextRunAt } from 'dayfile'
import { schedule } from 'node-cron'
import { openRuns } from './runs.js'

const DAY_MS = 24 * 60 * 60 * 1000

const runs = await openRuns()

const task = schedule(
  process.env.SCHEDULE ?? '0 4 * * *',
  async ({ date: scheduledAt }) => {
    // The scheduled time chooses the day, not `triggeredAt`: a run that starts late still exports the day it is for.
    await runs.run(scheduledAt)
    if (process.env.RUN_ONCE === '1') await runs.end()
  },
  {
    timezone: 'UTC',
    // A run that is still going when the next one is due is not joined by it.
    noOverlap: true,
    // Unless told otherwise, node-cron leaves out a run that is more than a second late: a busy process loses its day.
    missedExecutionTolerance: DAY_MS,
  },
)
runs.endWith(task)
console.log(`next run: ${task.getNextRun()?.toISOString() ?? 'never'}, into ${runs.location}`)

// node-cron remembers nothing: what was due while this process was down is made up for when it starts.
await runs.run(nextRunAt(new Date(Date.now() - DAY_MS)))
