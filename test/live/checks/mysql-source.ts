// What examples/source-mysql says of itself.

import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { dayWindow, events, exportWindow, type Source } from 'dayfile'
import { generateEvents, memorySink } from 'dayfile/testing'
import { streamSource } from '../../../examples/source-mysql/stream-source.js'
import { mysqlServer, PATIENCE_SECONDS, startMysql, type MysqlTable } from '../sources/mysql-server.js'
import { filterCheck } from '../sources/filter-check.js'
import { sourceChecks } from '../sources/source-checks.js'
import type { Check } from './check.js'

const DAY = '2026-03-07'
const ROWS = 50_000
/** Within which what was given up has to be gone. */
const LIMIT_MS = 10_000

export const mysqlSourceChecks: readonly Check[] = [
  ...sourceChecks(mysqlServer),
  filterCheck(mysqlServer),
  check('what is given up is not sent, and its connection is gone', async (table, source) => {
    for (const how of ['aborted', 'failed'] as const) {
      const before = await table.rowsSent()
      const abort = new AbortController()
      const exporting = exportDay(source, abort.signal, async () => {
        if (how === 'failed') throw new Error('no more')
        abort.abort()
      })
      await assert.rejects(exporting)
      const startedAt = performance.now()
      while ((await table.connections()) > 0) {
        assert.ok(performance.now() - startedAt < LIMIT_MS, `${how}: a connection is still there`)
        await wait(5)
      }
      const sent = (await table.rowsSent()) - before
      assert.ok(sent < ROWS / 2, `${how} after 1000 rows, it has sent ${sent} of ${ROWS}`)
    }
    return undefined
  }),
  check('a connection that is lost fails the export, and is not taken for its end', async (table, source) => {
    await assert.rejects(exportDay(source, undefined, table.drop), { code: 'SOURCE_FAILED' })
    return undefined
  }),
  check('a stall longer than the patience of the server ends no query', async (_, source) => {
    const { rows } = await exportDay(source, undefined, () => wait(PATIENCE_SECONDS * 3000))
    assert.equal(rows, ROWS)
    return `${PATIENCE_SECONDS * 3} s`
  }),
]

function check(
  name: string,
  holds: (table: MysqlTable, source: Source<typeof events>) => Promise<string | undefined>,
): Check {
  return {
    name: `MariaDB source: ${name}`,
    alone: true,
    skip: mysqlServer.missing,
    async run() {
      const table = await startMysql()
      try {
        await table.insert(generateEvents({ day: DAY, count: ROWS }))
        return await holds(table, streamSource(table.connection as string, events))
      } finally {
        await table.close()
      }
    },
  }
}

/** Exports the day, and does something after 1000 rows. */
function exportDay(source: Source<typeof events>, signal: AbortSignal | undefined, act: () => Promise<void>) {
  return exportWindow({
    dataset: events,
    window: dayWindow(DAY),
    sink: memorySink(),
    ...(signal === undefined ? {} : { signal }),
    async *source(request) {
      let row = 0
      for await (const each of await source(request)) {
        if (++row === 1000) await act()
        yield each
      }
    },
  })
}
