// In: a relation with the columns of events. Out: its revenue by paywall. The sums are DECIMAL, never a float.

import type { DuckDBConnection } from '@duckdb/node-api'

/** What one paywall has sold. Amounts are decimals as text, with nine digits after the point. */
export interface PaywallRevenue {
  /** Null for sales that no paywall led to. */
  readonly paywall: string | null
  readonly transactions: number
  readonly revenue: string
  readonly net: string
}

/**
 * The files as they lie there, as a relation. All is text, and nothing is guessed from a sample, not even that a row with
 * # is a comment, which DuckDB would leave out; columns are found by name, so that a file may have more of them; an empty
 * field is NULL, and `""` the empty string.
 */
export function filesAsRelation(urls: readonly string[]): string {
  const list = urls.map((url) => `'${url.replaceAll("'", "''")}'`).join(', ')
  return `read_csv([${list}], auto_detect = false, comment = '', skip = 0, header = true, delim = ',',
    quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, all_varchar = true,
    union_by_name = true, hive_partitioning = false)`
}

/** Revenue in production by paywall, the highest first. */
export async function revenueByPaywall(
  connection: DuckDBConnection,
  relation: string,
): Promise<PaywallRevenue[]> {
  const reader = await connection.runAndReadAll(`
    SELECT
      paywall_name AS paywall,
      count(*)::INTEGER AS transactions,
      sum(revenue_usd::DECIMAL(38, 9))::VARCHAR AS revenue,
      sum(net_revenue_usd::DECIMAL(38, 9))::VARCHAR AS net
    FROM ${relation}
    WHERE environment = 'Production' AND revenue_usd IS NOT NULL
    GROUP BY paywall_name
    ORDER BY sum(revenue_usd::DECIMAL(38, 9)) DESC, paywall_name`)
  return reader.getRowObjects() as unknown as PaywallRevenue[]
}

/** How many rows the relation has. */
export async function countRows(connection: DuckDBConnection, relation: string): Promise<number> {
  const reader = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM ${relation}`)
  return Number(reader.getRows()[0]?.[0])
}
