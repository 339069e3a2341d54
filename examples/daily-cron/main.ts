// Every day at 04:00 UTC, in this process, by croner. RUN_ONCE=1 ends after the first run of the schedule; SCHEDULE
// moves it, for trying it out.

import { Cron } from 'croner'

import { openRuns } from './runs.js'

const runs = await openRuns()

const job = new Cron(
  process.env.SCHEDULE ?? '0 4 * * *',
  {
    timezone: 'UTC',
    // A run that is still going when the next one is due is not joined by it.
    protect: () => {
      console.warn('skipped: the run before is still going')
    },
  },
  async (self) => {
    // The scheduled time chooses the day, not the clock: a run that starts late still exports the day it is for.
    // croner tells when its timer fired, and the runs strictly before an instant. Without the one millisecond a timer
    // that is on time would get the run before its own, and export the wrong day.
    const firedAt = self.currentRun() ?? new Date()
    const [scheduledAt] = self.previousRuns(1, new Date(firedAt.getTime() + 1))
    await runs.run(scheduledAt ?? firedAt)
    if (process.env.RUN_ONCE === '1') await runs.end()
  },
)
runs.endWith(job)
console.log(`next run: ${job.nextRun()?.toISOString() ?? 'never'}, into ${runs.location}`)

// croner remembers nothing: what was due while this process was down is made up for when it starts.
const [due] = job.previousRuns(1)
if (due !== undefined) await runs.run(due)
