// In: the URL of a server. Out: a client of it, with the patience that an export needs.

import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client'

/** An upload that stalls leaves the connection without a byte for longer than the 30 seconds that are usual. */
const PATIENCE_MS = 3_600_000

export function openClient(url: string): ClickHouseClient {
  // It would print the text of a query that is aborted; whoever waits for the rows is told.
  return createClient({ url, request_timeout: PATIENCE_MS, log: { level: ClickHouseLogLevel.OFF } })
}
