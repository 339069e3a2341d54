// In: a client and a query. Out: its rows, one by one; the server stops the query when nobody wants more of them.

import { randomUUID } from 'node:crypto'
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client'
import type { Query } from './rows-query.js'

/** Every digit as text, instants as ISO 8601 in UTC, and errors as errors and not as a row. */
const EXACT: ClickHouseSettings = {
  output_format_json_quote_decimals: 1,
  output_format_json_quote_64bit_integers: 1,
  date_time_output_format: 'iso',
  http_write_exception_in_output_format: 0,
}

/** Reading pauses while nobody takes rows, so that memory does not grow with their number. */
export async function* queryRows<Row extends object>(
  client: ClickHouseClient,
  query: Query,
  signal: AbortSignal,
): AsyncGenerator<Row, void, void> {
  signal.throwIfAborted()
  const query_id = randomUUID()
  const answer = new AbortController()
  let rows: { destroy(error: Error): unknown } | undefined
  let isWhole = false
  let stopped: Promise<void> | undefined
  // The server notices that a client has gone when it has something to send, which may be never.
  const stop = (): Promise<void> => {
    // Until the server answers, and after that.
    answer.abort()
    rows?.destroy(new Error('the query was stopped'))
    return (stopped ??= killQuery(client, query_id))
  }
  const abort = (): void => void stop()
  signal.addEventListener('abort', abort, { once: true })
  try {
    const result = await client.query({
      ...query,
      query_id,
      format: 'JSONEachRow',
      clickhouse_settings: EXACT,
      abort_signal: answer.signal,
    })
    const stream = result.stream<Row>()
    rows = stream
    signal.throwIfAborted()
    for await (const some of stream) for (const row of some) yield row.json()
    isWhole = true
  } finally {
    signal.removeEventListener('abort', abort)
    if (!isWhole) await stop()
  }
}

/** Everyone may end queries of their own. */
async function killQuery(client: ClickHouseClient, id: string): Promise<void> {
  try {
    await client.command({ query: 'KILL QUERY WHERE query_id = {id:String}', query_params: { id } })
  } catch {
    // The server is gone, or refuses: then the query ends when it has something to send.
  }
}
