// Written for the 46 columns: it counts rows by the plan in `attributes`, and those with ids in `integration_ids`.

import { listDays, readDay, type Archive } from 'dayfile/read'
import { extendedEvents } from './extended-events.js'

/** What the new consumer makes of a day. */
export interface NewSummary {
  readonly day: string
  readonly pro: number
  readonly free: number
  /** Rows without attributes: all of a day from before the column was there. */
  readonly without: number
  readonly integrated: number
}

/** Reads every day there is, also those from before the columns were there. */
export async function consumeExtended(archive: Archive): Promise<NewSummary[]> {
  const summaries: NewSummary[] = []
  const columns = ['attributes', 'integration_ids'] as const
  for await (const { day } of listDays(extendedEvents, archive)) {
    const count = { pro: 0, free: 0, without: 0, integrated: 0 }
    for await (const { attributes, integration_ids } of readDay(extendedEvents, archive, day, { columns })) {
      count[planOf(attributes)]++
      if (integration_ids?.startsWith("{'amplitude_device_id': ")) count.integrated++
    }
    summaries.push({ day, ...count })
  }
  return summaries
}

// A json cell comes parsed and as `unknown`: what is in it is between the producer and its consumers.
function planOf(attributes: unknown): 'pro' | 'free' | 'without' {
  if (attributes === null) return 'without'
  return (attributes as { plan?: string }).plan === 'pro' ? 'pro' : 'free'
}
