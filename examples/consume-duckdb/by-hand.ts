// The same question, answered by the typed reader, which compares every file with its manifest: to check the SQL by.

import type { Archive } from 'dayfile/read'
import { events, readDays } from 'dayfile/read'
import type { PaywallRevenue } from './revenue.js'

/** Adds up by paywall what the files hold, in whole billionths: exact, like the DECIMAL(38, 9) of the SQL. */
export async function revenueByHand(
  archive: Archive,
  month: { from: string; to: string },
): Promise<PaywallRevenue[]> {
  const sums = new Map<string | null, { transactions: number; revenue: bigint; net: bigint }>()
  const columns = ['paywall_name', 'environment', 'revenue_usd', 'net_revenue_usd'] as const
  for await (const row of readDays(events, archive, month, { columns })) {
    if (row.environment !== 'Production' || row.revenue_usd === null) continue
    const sum = sums.get(row.paywall_name) ?? { transactions: 0, revenue: 0n, net: 0n }
    sum.transactions++
    sum.revenue += billionths(row.revenue_usd)
    sum.net += billionths(row.net_revenue_usd ?? '0')
    sums.set(row.paywall_name, sum)
  }
  return [...sums].map(([paywall, { transactions, revenue, net }]) => ({
    paywall,
    transactions,
    revenue: decimal(revenue),
    net: decimal(net),
  }))
}

function billionths(text: string): bigint {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)\.?(\d{0,9})$/.exec(text) ?? []
  if (whole === '') throw new Error('an amount is no decimal with up to nine digits after the point')
  return BigInt(`${sign}${whole}${fraction.padEnd(9, '0')}`)
}

function decimal(billionths: bigint): string {
  const digits = String(billionths < 0n ? -billionths : billionths).padStart(10, '0')
  return `${billionths < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`
}
