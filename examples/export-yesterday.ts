// What runs every day, whatever the scheduler: what is due of both datasets at the scheduled time.

import {
  describeReport,
  events,
  exportDue,
  paywallViews,
  type ExportReport,
  type SourceRequest,
} from 'dayfile'
import { generateEvents, generatePaywallViews } from 'dayfile/testing'
import type { Bucket } from './bucket.js'

/**
 * Exports the UTC day that ended before `scheduledAt`, and those before it that the bucket lacks since its first one. Running
 * it again changes nothing.
 *
 * Prints a line for each day. Rejects if one failed, after the others are published.
 */
export async function exportYesterday(
  scheduledAt: Date,
  { sink }: Pick<Bucket, 'sink'>,
  signal?: AbortSignal,
): Promise<ExportReport[]> {
  const destinations = await exportDue({
    scheduledAt,
    onFailure: 'report',
    ...(signal === undefined ? {} : { signal }),
    destinations: [
      { dataset: events, source: eventsOf, sink },
      { dataset: paywallViews, source: paywallViewsOf, sink },
    ],
  })
  const errors: Error[] = []
  const done: ExportReport[] = []
  for (const { destination, reports, error } of destinations) {
    if (error !== null) {
      errors.push(error)
      console.error(`${destination}: ${error.message}`)
    } else if (reports.length === 0) console.log(`${destination}: nothing is due`)
    for (const report of reports) {
      if (report.outcome === 'failed') {
        errors.push(report.error)
        console.error(describeReport(report))
      } else {
        done.push(report)
        console.log(describeReport(report))
      }
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} exports failed`)
  return done
}

// Your database stands here: SELECT … WHERE event_datetime >= window.start AND event_datetime < window.end
function eventsOf({ window }: SourceRequest) {
  return generateEvents({ day: window.day, count: 5000 })
}

function paywallViewsOf({ window }: SourceRequest) {
  return generatePaywallViews({ day: window.day, count: 2000 })
}
