// In: a pool of connections, and a signal. Out: one of them, in a transaction that sees the tables as they are now.

import type { Pool, PoolClient } from 'pg'

/** A connection that reads one state of the tables. */
export interface Snapshot {
  readonly client: PoolClient
  /** Ends the transaction and gives the connection back, when all has been read. */
  finish(): Promise<void>
  /** Closes the connection, whatever it is at; nothing once it was given back. */
  abandon(): void
}

/**
 * Opens a snapshot on a server, PostgreSQL 14 or newer. It is abandoned when the signal aborts.
 *
 * Closing the connection would not end a query that sorts or waits: a server notices that nobody is there when it has
 * something to send. So it is told to look every second, which also ends the query of a process that was killed.
 */
export async function openSnapshot(pool: Pool, signal: AbortSignal): Promise<Snapshot> {
  const client = await pool.connect()
  let isOurs = true
  const release = (destroy: boolean): void => {
    if (!isOurs) return
    isOurs = false
    signal.removeEventListener('abort', abandon)
    client.release(destroy)
    client.off('error', ignore)
  }
  const abandon = (): void => {
    release(true)
  }
  // A connection that breaks between two queries says so by an event, and one that nobody hears ends the process. The next
  // query rejects.
  const ignore = (): void => undefined
  client.on('error', ignore)
  signal.addEventListener('abort', abandon, { once: true })
  try {
    signal.throwIfAborted()
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    await client.query(`SET LOCAL client_connection_check_interval = '1s'`)
  } catch (error) {
    abandon()
    throw error
  }
  return {
    client,
    async finish() {
      await client.query('COMMIT')
      release(false)
    },
    abandon,
  }
}
