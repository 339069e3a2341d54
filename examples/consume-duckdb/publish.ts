// The producer, so that there is something to read: a month of sample events in a folder.

import { directorySink, eachDay, events, exportDays } from 'dayfile'
import { generateEvents } from 'dayfile/testing'

const EVENTS_A_DAY = 2000

/** Publishes every day of the month into the folder, one file a day. */
export async function publishMonth(root: string, { from, to }: { from: string; to: string }): Promise<void> {
  await exportDays({
    dataset: events,
    days: eachDay(from, to),
    source: ({ window }) => generateEvents({ day: window.day, count: EVENTS_A_DAY }),
    sink: directorySink({ root }),
  })
}
