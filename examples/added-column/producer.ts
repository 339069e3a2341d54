// What publishes: a day with the columns of events, and the next day with two more.

import { dayWindow, directorySink, events, exportWindow, type RowOf } from 'dayfile'
import { sampleEvents } from 'dayfile/testing'
import { extendedEvents } from './extended-events.js'

const FIRST_DAY = '2026-03-07'
const SECOND_DAY = '2026-03-08'

/** What there is to publish of the first day. */
export const firstRows = sampleEvents({ day: FIRST_DAY, count: 1000 })

/** And of the second: each third profile is on the plan 'pro', and three of four are known elsewhere. */
export const secondRows: RowOf<typeof extendedEvents>[] = sampleEvents({ day: SECOND_DAY, count: 1200 }).map(
  (row, index) => ({
    ...row,
    attributes: { plan: index % 3 === 0 ? 'pro' : 'free', level: index % 50, tags: ['a,b', 'say "hi"'] },
    integration_ids: index % 4 === 0 ? null : `{'amplitude_device_id': 'd-${index}', 'idfm': None}`,
  }),
)

/** Publishes both days into the folder. */
export async function publish(root: string): Promise<void> {
  const sink = directorySink({ root })
  await exportWindow({ dataset: events, window: dayWindow(FIRST_DAY), source: () => firstRows, sink })
  await exportWindow({
    dataset: extendedEvents,
    window: dayWindow(SECOND_DAY),
    source: () => secondRows,
    sink,
  })
}
