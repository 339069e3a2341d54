// The producer, so that there is something to consume: sample events, in a folder.

import { dayWindow, directorySink, events, exportWindow } from 'dayfile'
import { sampleEvents } from 'dayfile/testing'

const EVENTS_A_DAY = 5000

/** Publishes a day. With late events it is another day than before, and comes as the next revision. */
export async function publishDay(root: string, day: string, lateEvents = 0): Promise<void> {
  const { outcome, rows, revision } = await exportWindow({
    dataset: events,
    window: dayWindow(day),
    source: () => [
      ...sampleEvents({ day, count: EVENTS_A_DAY }),
      ...sampleEvents({ day, count: lateEvents, seed: 2 }),
    ],
    sink: directorySink({ root }),
  })
  console.log(`  ${day}: ${outcome}, ${rows} rows, revision ${revision}`)
}
