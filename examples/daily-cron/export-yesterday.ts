// What runs every day, whatever the scheduler: both datasets for the day before the scheduled time.

import {
  events,
  exportWindow,
  paywallViews,
  previousDay,
  type ExportReport,
  type Sink,
  type SourceRequest,
} from 'dayfile'
import { generateEvents, generatePaywallViews } from 'dayfile/testing'

/** Exports the UTC day that ended before `scheduledAt`. Running it again changes nothing. */
export async function exportYesterday(scheduledAt: Date, sink: Sink): Promise<ExportReport[]> {
  const window = previousDay(scheduledAt)
  return [
    await exportWindow({ dataset: events, window, source: eventsOf, sink }),
    await exportWindow({ dataset: paywallViews, window, source: paywallViewsOf, sink }),
  ]
}

// Your database stands here: SELECT … WHERE event_datetime >= window.start AND event_datetime < window.end
function eventsOf({ window }: SourceRequest) {
  return generateEvents({ day: window.day, count: 5000 })
}

function paywallViewsOf({ window }: SourceRequest) {
  return generatePaywallViews({ day: window.day, count: 2000 })
}
