// What examples/source-clickhouse says of itself.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openClient } from '../../../examples/source-clickhouse/client.js'
import { clickhouseServer } from '../sources/clickhouse-server.js'
import { filterCheck } from '../sources/filter-check.js'
import { sourceChecks } from '../sources/source-checks.js'
import type { Check } from './check.js'

const PROGRAM = fileURLToPath(new URL('../../../examples/source-clickhouse/main.ts', import.meta.url))

const program: Check = {
  name: 'ClickHouse source: the program of the example exports its tables, and changes nothing the second time',
  alone: true,
  skip: clickhouseServer.missing,
  async run() {
    const { connection, close } = await clickhouseServer.start()
    try {
      const client = openClient(String(connection))
      // The program makes its own.
      await client.command({ query: 'DROP TABLE events' })
      await client.close()
      const env = { ...process.env, CLICKHOUSE_URL: String(connection), SAMPLE: '1', S3_BUCKET: undefined }
      const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', PROGRAM], { env })
      const told = stdout.trim().split('\n')
      assert.deepEqual(
        told.map((line) => line.replace(/^(\w+) \S+: (\w+, \d+ rows) in \d+ ms$/, '$1 $2')),
        [
          'events published, 50000 rows',
          'events unchanged, 50000 rows',
          'paywall_views published, 20000 rows',
          'paywall_views unchanged, 20000 rows',
        ],
      )
      return undefined
    } finally {
      await close()
    }
  },
}

export const clickhouseSourceChecks: readonly Check[] = [
  ...sourceChecks(clickhouseServer),
  filterCheck(clickhouseServer),
  program,
]
