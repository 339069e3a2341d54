// A MariaDB with the table of examples/source-mysql, started as the example starts it.

import { fileURLToPath } from 'node:url'
import { events } from 'dayfile'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { startMariadb } from '../../../examples/source-mysql/local-mariadb.js'
import { createTable, insertRows } from '../../../examples/source-mysql/sample-table.js'
import { unavailable } from '../servers/packages.js'
import type { SourceServer, SourceTable } from './source-server.js'

/** How long the server lets a client not read, unless that asks for more. */
export const PATIENCE_SECONDS = 1

export const mysqlServer: SourceServer = {
  name: 'MariaDB',
  missing: () => unavailable({ name: 'MariaDB', packages: ['mariadb-server-core'], programs: ['mariadbd'] }),
  ways: ['a stream'],
  reader: fileURLToPath(new URL('mysql-reader.ts', import.meta.url)),
  start: startMysql,
}

/** What only this server tells. */
export interface MysqlTable extends SourceTable {
  readonly connections: () => Promise<number>
  readonly rowsSent: () => Promise<number>
  /** Ends all connections but its own. */
  readonly drop: () => Promise<void>
}

export async function startMysql(): Promise<MysqlTable> {
  const { url, close } = await startMariadb(`--net-write-timeout=${PATIENCE_SECONDS}`)
  const own = await createConnection({ uri: url })
  const ask = async (sql: string): Promise<number> => {
    const [[row]] = await own.query<RowDataPacket[]>(sql)
    return Number(row?.value)
  }
  const others = 'SELECT COUNT(*) AS value FROM information_schema.processlist WHERE id <> CONNECTION_ID()'
  await createTable(url, events)
  return {
    connection: url,
    insert: (rows) => insertRows(url, events, rows),
    queries: () => ask(`${others} AND info LIKE 'SELECT %'`),
    connections: () => ask(others),
    rowsSent: () =>
      ask(
        `SELECT variable_value AS value FROM information_schema.global_status WHERE variable_name = 'ROWS_SENT'`,
      ),
    async drop() {
      const [rows] = await own.query<RowDataPacket[]>(
        'SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID()',
      )
      for (const { id } of rows) await own.query('KILL ?', [id])
    },
    async holdUp() {
      await own.query('LOCK TABLES events WRITE')
      return async () => {
        await own.query('UNLOCK TABLES')
      }
    },
    async close() {
      own.destroy()
      await close()
    },
  }
}
