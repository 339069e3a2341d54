// What an analyst does with the file: revenue by event type, from the three columns that it takes.

import type { Archive } from 'dayfile'
import { events, readDay } from 'dayfile/read'

/** Adds up the day's production revenue by event type and prints it as a table. */
export async function printRevenue(archive: Archive, day: string): Promise<void> {
  const totals = new Map<string, { events: number; millionths: bigint }>()
  const columns = ['event_type', 'environment', 'revenue_usd'] as const
  for await (const { event_type, environment, revenue_usd } of readDay(events, archive, day, { columns })) {
    if (environment !== 'Production' || revenue_usd === null) continue
    const total = totals.get(event_type) ?? { events: 0, millionths: 0n }
    total.events++
    total.millionths += millionthsOf(revenue_usd)
    totals.set(event_type, total)
  }

  console.log(`\nRevenue of ${day} in USD, by event type:`)
  const sorted = [...totals].sort(([, a], [, b]) => (a.millionths < b.millionths ? 1 : -1))
  console.log(`  ${'event_type'.padEnd(36)} ${'events'.padStart(7)} ${'revenue'.padStart(14)}`)
  for (const [type, total] of sorted) printLine(type, total.events, total.millionths)
  const all = sorted.reduce((sum, [, total]) => sum + total.millionths, 0n)
  printLine(
    'total',
    sorted.reduce((sum, [, total]) => sum + total.events, 0),
    all,
  )
}

/** Decimals come as text, with every digit: money is added up in whole millionths and never through a float. */
function millionthsOf(decimal: string): bigint {
  const [, sign = '', whole = '0', fraction = ''] = /^([+-]?)(\d*)\.?(\d*)$/.exec(decimal) ?? []
  const magnitude = BigInt(whole + fraction.padEnd(6, '0').slice(0, 6))
  return sign === '-' ? -magnitude : magnitude
}

function printLine(name: string, count: number, millionths: bigint): void {
  const cents = (millionths < 0n ? -millionths : millionths) / 10_000n
  const dollars = `${millionths < 0n ? '-' : ''}${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`
  console.log(`  ${name.padEnd(36)} ${String(count).padStart(7)} ${dollars.padStart(14)}`)
}
