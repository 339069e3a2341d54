// Every day at 04:00 UTC, in this process. RUN_ONCE=1 ends after the first run; SCHEDULE moves it, for trying it out.

import { Cron } from 'croner'
import { DAILY_AT_0400_UTC } from 'dayfile'
import { openBucket } from '../bucket.js'
import { exportYesterday } from '../export-yesterday.js'

const bucket = await openBucket()

const job = new Cron(process.env.SCHEDULE ?? DAILY_AT_0400_UTC, {
  timezone: 'UTC',
  // A run that is still going when the next one is due is not joined by it.
  protect: true,
  // Without this an error would end as an unhandled rejection; tell whoever is on call here.
  catch: (error) => {
    console.error('export failed:', error)
    process.exitCode = 1
  },
})

job.schedule(async (self) => {
  try {
    // The scheduled time chooses the day, not the clock: a run that starts late still exports the day it is for.
    // croner tells the second in which its timer fired, and the runs strictly before an instant. Without the one
    // millisecond a timer that is on time would get the run before its own, and export the wrong day.
    const firedAt = self.currentRun() ?? new Date()
    const [scheduledAt] = self.previousRuns(1, new Date(firedAt.getTime() + 1))
    await exportYesterday(scheduledAt ?? firedAt, bucket)
  } finally {
    if (process.env.RUN_ONCE === '1') {
      self.stop()
      await bucket.close()
    }
  }
})
console.log(`next run: ${job.nextRun()?.toISOString() ?? 'never'}, into ${bucket.sink.location}`)
