// Written when events had 44 columns, and not touched since: it adds up revenue.

import { events, listDays, readDay, type Archive } from 'dayfile/read'

/** What the old consumer makes of a day. */
export interface OldSummary {
  readonly day: string
  readonly rows: number
  readonly cents: bigint
  /** Columns that it was handed and does not know. */
  readonly unknown: readonly string[]
}

/** Reads every day there is. */
export async function consumeAsBefore(archive: Archive): Promise<OldSummary[]> {
  const summaries: OldSummary[] = []
  for await (const { day } of listDays(events, archive)) {
    let rows = 0
    let cents = 0n
    const unknown = new Set<string>()
    for await (const row of readDay(events, archive, day)) {
      rows++
      if (row.revenue_usd !== null) cents += centsOf(row.revenue_usd)
      for (const name of Object.keys(row.added ?? {})) unknown.add(name)
    }
    summaries.push({ day, rows, cents, unknown: [...unknown] })
  }
  return summaries
}

/** Amounts are text with every digit; those in USD have two after the point. */
export function centsOf(amount: string): bigint {
  if (!/^-?\d+\.\d\d$/.test(amount)) throw new Error('an amount is not in cents')
  return BigInt(amount.replace('.', ''))
}
