// What runs every day, whatever the scheduler: both datasets for the day before the scheduled time.

import { events, exportDays, paywallViews, previousDay, type ExportReport, type SourceRequest } from 'dayfile'
import { generateEvents, generatePaywallViews } from 'dayfile/testing'
import type { Bucket } from './bucket.js'

/**
 * Exports the UTC day that ended before `scheduledAt`. Running it again changes nothing.
 *
 * Each day is told in a line. Rejects when one has failed, after the others are there.
 */
export async function exportYesterday(
  scheduledAt: Date,
  { sink }: Pick<Bucket, 'sink' | 'archive'>,
  signal?: AbortSignal,
): Promise<ExportReport[]> {
  const each = { days: [previousDay(scheduledAt)], sink, ...(signal === undefined ? {} : { signal }) }
  const reports = [
    ...(await exportDays({ ...each, dataset: events, source: eventsOf })),
    ...(await exportDays({ ...each, dataset: paywallViews, source: paywallViewsOf })),
  ]
  const done: ExportReport[] = []
  const errors: Error[] = []
  for (const report of reports) {
    const subject = `${report.dataset} ${report.window.day}: ${report.outcome}`
    if (report.outcome === 'failed') {
      console.error(`${subject}: ${report.error.message}`)
      errors.push(report.error)
    } else {
      console.log(`${subject}, ${report.rows} rows`)
      done.push(report)
    }
  }
  if (errors.length > 0)
    throw new AggregateError(errors, `${errors.length} of ${reports.length} exports failed`)
  return done
}

// Your database stands here: SELECT … WHERE event_datetime >= window.start AND event_datetime < window.end
function eventsOf({ window }: SourceRequest) {
  return generateEvents({ day: window.day, count: 5000 })
}

function paywallViewsOf({ window }: SourceRequest) {
  return generatePaywallViews({ day: window.day, count: 2000 })
}
