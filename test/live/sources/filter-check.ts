// A source leaves out by its SQL what is not selected: as much as the export would, and no row more.

import assert from 'node:assert/strict'
import { dayWindow, events, exportWindow } from 'dayfile'
import { memorySink, sampleEvents } from 'dayfile/testing'
import type { Check } from '../checks/check.js'
import type { OpenReader, SourceServer } from './source-server.js'

const DAY = '2026-03-07'

const SELECTIONS = [
  { eventTypes: ['Trial_Started', 'subscription_renewed'] },
  { eventTypes: [] },
  { excludeHistorical: true },
  { withoutProfile: 'exclude' },
] as const

export function filterCheck(server: SourceServer): Check {
  return {
    name: `${server.name} source: the database leaves out what is not selected, and nothing else`,
    alone: true,
    skip: server.missing,
    async run() {
      const table = await server.start()
      const { openReader } = (await import(server.reader)) as { openReader: OpenReader }
      const { source, countRows, close } = await openReader(table.connection, server.ways[0] ?? '')
      try {
        const sample = sampleEvents({ day: DAY, count: 500 })
        const first = { event_datetime: `${DAY}T00:00:00Z`, event_type: 'trial_started' }
        const historical = { ...first, profile_id: 'a', install_date: `${DAY}T23:00:00.000Z` }
        const blank = { ...first, profile_id: ' ' }
        const without = [null, ''].map((profile_id) => ({ ...first, profile_id }))
        await table.insert([historical, blank, ...without, ...sample])
        const all = { dataset: events, window: dayWindow(DAY) }
        for (const filter of SELECTIONS) {
          const what = JSON.stringify(filter)
          const told = await exportWindow({ ...all, ...filter, source, countRows, sink: memorySink() })
          assert.deepEqual(Object.values(told.filteredOut), [0, 0, 0, 0], `${what}: the export left rows out`)
          const untold = await exportWindow({
            ...all,
            ...filter,
            source: ({ window, columns, signal }) => source({ window, columns, signal }),
            sink: memorySink(),
          })
          assert.ok(Object.values(untold.filteredOut).some(Boolean), `${what}: there is nothing to leave out`)
          assert.equal(told.files[0]?.csvSha256, untold.files[0]?.csvSha256, `${what}: other rows`)
        }
      } finally {
        await close()
        await table.close()
      }
      return undefined
    },
  }
}
