// In: a server and a query. Out: its rows, one by one; the server stops the query when nobody wants more of them.

import type { Readable } from 'node:stream'
import { createConnection, type Connection, type ConnectionOptions } from 'mysql2'
import type { Query } from './rows-query.js'

/** Every digit as text, and no instant through a Date, which has no microseconds. */
const EXACT: ConnectionOptions = {
  decimalNumbers: false,
  supportBigNumbers: true,
  bigNumberStrings: true,
  dateStrings: true,
  // How the bounds of the window are written into the query.
  timezone: 'Z',
  charset: 'UTF8MB4_UNICODE_CI',
}

const BEGIN = [
  // The first two change what cells look like. The server drops a client that does not read for net_write_timeout
  // seconds, which defaults to 60: an upload that stalls would end the query.
  "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES', net_write_timeout = 3600",
  'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ',
  'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
]

/**
 * Streams the rows of a query, over a connection of its own: the pool of an application has other settings, and may have
 * no connection left to stop the query with.
 *
 * Reading pauses while nobody takes rows, so that memory does not grow with their number.
 */
export async function* queryRows<Row extends object>(
  url: string,
  { sql, values }: Query,
  signal: AbortSignal,
): AsyncGenerator<Row, void, void> {
  signal.throwIfAborted()
  const connection = createConnection({ uri: url, ...EXACT })
  let rows: Readable | undefined
  let isWhole = false
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => (stopped ??= stopQuery(url, connection, () => rows))
  const abort = (): void => void stop()
  // Of a connection that is lost a stream is not told, and would wait for rows for ever.
  connection.on('error', (error: Error) => rows?.destroy(error))
  try {
    for (const statement of BEGIN) await connection.promise().query(statement)
    signal.throwIfAborted()
    signal.addEventListener('abort', abort, { once: true })
    rows = connection.query({ sql, values: [...values] }).stream()
    for await (const row of rows) yield row as Row
    isWhole = true
  } finally {
    signal.removeEventListener('abort', abort)
    if (isWhole) connection.end()
    else await stop()
  }
}

/**
 * Ends the query and its connection on the server, and then the stream of its rows.
 *
 * Destroying the stream alone reads all rows that are left. Destroying the connection, or KILL QUERY, leaves the query to
 * wait for its client to read. KILL ends it at once, whatever it does.
 */
async function stopQuery(
  url: string,
  connection: Connection,
  rows: () => Readable | undefined,
): Promise<void> {
  const other = createConnection({ uri: url })
  other.on('error', () => undefined)
  try {
    await other.promise().query('KILL ?', [connection.threadId])
  } catch {
    // It has ended by itself, or the server is gone: there is no query any more.
  } finally {
    other.destroy()
    connection.destroy()
    rows()?.destroy(new Error('the query was stopped'))
  }
}
