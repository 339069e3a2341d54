// ClickHouse with the table of examples/source-clickhouse, behind a bridge: its engine, and HTTP to the official client.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { events } from 'dayfile'
import { openClient } from '../../../examples/source-clickhouse/client.js'
import { createTable, insertRows } from '../../../examples/source-clickhouse/sample-table.js'
import { clickhouseMissing, clickhousePackages } from '../warehouses/clickhouse.js'
import type { SourceServer } from './source-server.js'

const BRIDGE = fileURLToPath(new URL('clickhouse-bridge.mjs', import.meta.url))

export const clickhouseServer: SourceServer = {
  name: 'ClickHouse',
  missing: clickhouseMissing,
  ways: ['a stream'],
  reader: fileURLToPath(new URL('clickhouse-reader.ts', import.meta.url)),
  async start() {
    const folder = await mkdtemp(join(tmpdir(), 'dayfile-live-clickhouse-source-'))
    // It ends with the end of its input: when this process does.
    const bridge = spawn(process.execPath, [BRIDGE, clickhousePackages(), folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const exited = once(bridge, 'exit')
    const [port] = (await Promise.race([
      once(bridge.stdout, 'data'),
      exited.then(() => Promise.reject(new Error('the bridge has ended'))),
    ])) as [Buffer]
    const url = `http://127.0.0.1:${String(port).trim()}`
    const client = openClient(url)
    await createTable(client, events)
    return {
      connection: url,
      insert: (rows) => insertRows(client, events, rows),
      async queries() {
        const answer = await client.query({
          query: `SELECT count() AS value FROM system.processes
            WHERE query LIKE '%FROM%events%' AND query NOT LIKE '%system.processes%'`,
          format: 'JSONEachRow',
        })
        const [row] = await answer.json<{ value: string }>()
        return Number(row?.value)
      },
      async holdUp() {
        await client.command({ query: 'RENAME TABLE events TO held' })
        await client.command({
          query: `CREATE VIEW events AS SELECT held.* FROM held CROSS JOIN numbers(1000) AS n
            WHERE sleepEachRow(0.00003) = 0`,
        })
        return async () => {
          await client.command({ query: 'DROP VIEW events' })
          await client.command({ query: 'RENAME TABLE held TO events' })
        }
      },
      async close() {
        await client.close()
        bridge.kill('SIGKILL')
        await exited
        await rm(folder, { recursive: true, force: true })
      },
    }
  },
}
