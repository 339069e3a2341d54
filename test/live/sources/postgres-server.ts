// A PostgreSQL server with the table of examples/source-postgres.

import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { encodeCsv, events } from 'dayfile'
import { loadCommand } from 'dayfile/sql'
import { Client } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { eventsTable } from '../../../examples/source-postgres/events-table.js'
import { startLocal } from '../servers/local-server.js'
import { postgresMissing } from '../warehouses/postgres.js'
import { READERS } from './postgres-reader.js'
import type { SourceServer, SourceTable } from './source-server.js'

export const postgresServer: SourceServer = {
  name: 'PostgreSQL',
  missing: postgresMissing,
  ways: ['a cursor', 'COPY'],
  reader: fileURLToPath(new URL('postgres-reader.ts', import.meta.url)),
  start,
}

async function start(): Promise<SourceTable> {
  const server = startLocal('postgres.sh', {}, 'postgres')
  const connection = { host: join(server.folder, 'cluster'), user: 'postgres', database: 'postgres' }
  // Within its transaction the other one would be told the same activity again and again.
  const [client, locker] = [new Client(connection), new Client(connection)]
  try {
    for (const each of [client, locker]) {
      // At the end the server goes first.
      each.on('error', () => undefined)
      await each.connect()
    }
    await client.query(eventsTable)
  } catch (error) {
    await server.close()
    throw error
  }
  return {
    connection,
    async insert(rows) {
      await pipeline(encodeCsv(events, rows), client.query(copyFrom(loadCommand(events, 'postgres'))))
      await client.query('ANALYZE events')
    },
    async queries() {
      const { rows } = await client.query<{ count: number }>(
        // Processes that help with a query are part of it.
        `SELECT count(DISTINCT coalesce(leader_pid, pid))::int AS count FROM pg_stat_activity
          WHERE application_name = $1 AND state <> 'idle'`,
        [READERS],
      )
      return rows[0]?.count ?? NaN
    },
    async holdUp() {
      await locker.query('BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE')
      return async () => {
        await locker.query('ROLLBACK')
      }
    },
    close: server.close,
  }
}
