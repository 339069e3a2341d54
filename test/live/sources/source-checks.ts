// What holds of the source of an example, with a real server.

import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { dayWindow, events, exportWindow, type EventRow, type ExportReport } from 'dayfile'
import { readDay } from 'dayfile/read'
import { memorySink, sampleEvents, generateEvents } from 'dayfile/testing'
import type { Check } from '../checks/check.js'
import { awkwardEvents } from './awkward-events.js'
import { exportAlone, HEAP_MIB } from './source-process.js'
import type { OpenReader, SourceReader, SourceServer, SourceTable } from './source-server.js'

const DAY = '2026-03-07'
const LARGE_DAY = '2026-03-08'
const OTHER_DAY = '2026-03-09'
const ROWS = 30_000
const TIMES = 4
const window = dayWindow(DAY)
/** Within which a query that was given up has to be gone. */
const LIMIT_MS = 10_000

/** Each starts a database of its own, and exports into no bucket: one time is enough, however many buckets there are. */
export function sourceChecks(server: SourceServer): readonly Check[] {
  const check = (name: string, holds: (table: SourceTable) => Promise<string | undefined>): Check => {
    let isMade = false
    return {
      name: `${server.name} source: ${name}`,
      alone: true,
      skip: () =>
        isMade ? 'a bucket makes no difference, and it was checked with another' : server.missing(),
      async run() {
        isMade = true
        const table = await server.start()
        try {
          return await holds(table)
        } finally {
          await table.close()
        }
      },
    }
  }
  return [
    check('every cell is exported as it went in, in one order', (table) => keepsEveryCell(server, table)),
    check('an abort ends the query on the server, and no connection stays busy', (table) =>
      endsItsQuery(server, table),
    ),
    check(`${TIMES} times as many rows take no more memory`, (table) => keepsMemoryFlat(server, table)),
  ]
}

async function keepsEveryCell(server: SourceServer, table: SourceTable): Promise<string> {
  const sample = sampleEvents({ day: DAY, count: 2000 })
  const rows = [...awkwardEvents(DAY), ...sample]
  await table.insert([...sampleEvents({ day: '2026-03-06', count: 10 }), ...rows])
  await table.insert(sampleEvents({ day: LARGE_DAY, count: 10 }))
  const expected = rows.map(exactCells).sort()
  const digests = new Set<string | undefined>()
  for (const way of server.ways) {
    await withReader(server, table, way, async ({ source, countRows }) => {
      const sink = memorySink()
      const request = { dataset: events, window, source, countRows, sink }
      const { files } = await exportWindow(request)
      digests.add(files[0]?.csvSha256)
      const exported: string[] = []
      for await (const row of readDay(events, sink, DAY, { instants: 'string', integers: 'bigint' })) {
        exported.push(exactCells(row))
      }
      assert.deepEqual(exported.sort(), expected, way)
      assert.equal((await exportWindow(request)).outcome, 'unchanged', way)
    })
  }
  assert.equal(digests.size, 1, 'the ways give different files')
  return `${rows.length} rows by ${server.ways.join(' and by ')}`
}

async function endsItsQuery(server: SourceServer, table: SourceTable): Promise<string> {
  await table.insert(generateEvents({ day: DAY, count: ROWS }))
  const goneAfterMs: number[] = []
  for (const way of server.ways) {
    await withReader(server, table, way, async (reader) => {
      const giveUp = async (exporting: Promise<unknown>, stop: AbortController): Promise<void> => {
        const reason = new Error('given up')
        const startedAt = performance.now()
        stop.abort(reason)
        await assert.rejects(exporting, reason)
        await until(`${way}: the query is over`, async () => (await table.queries()) === 0)
        await until(`${way}: no connection is busy`, () => reader.busy() === 0)
        goneAfterMs.push(performance.now() - startedAt)
      }

      const waiting = new AbortController()
      const letGo = await table.holdUp()
      try {
        const exporting = exportRows(reader, waiting.signal)
        await until(`${way}: the query has begun`, async () => (await table.queries()) === 1)
        await giveUp(exporting, waiting)
      } finally {
        await letGo()
      }
      const reading = new AbortController()
      let reachRow = (): void => undefined
      const reached = new Promise<void>((resolve) => (reachRow = resolve))
      const exporting = exportRows(reader, reading.signal, async () => {
        reachRow()
        await new Promise(() => undefined)
      })
      await reached
      assert.equal(await table.queries(), 1, `${way}: it is not in the middle of its query`)
      await giveUp(exporting, reading)
      // The pool has lost nothing by it.
      const { rows } = await exportRows(reader, new AbortController().signal)
      assert.equal(rows, ROWS, way)
    })
  }
  return `${goneAfterMs.length} queries, each gone after ${Math.round(Math.max(...goneAfterMs))} ms at the most`
}

function exportRows(
  { source, countRows }: SourceReader,
  signal: AbortSignal,
  midway: () => Promise<void> = async () => undefined,
): Promise<ExportReport> {
  const exporting = exportWindow({
    dataset: events,
    window,
    sink: memorySink(),
    countRows,
    signal,
    async *source(request) {
      let row = 0
      for await (const each of await source(request)) {
        if (++row === ROWS / 10) await midway()
        yield each
      }
    },
  })
  // Whoever waits for something else meanwhile hears of it later.
  exporting.catch(() => undefined)
  return exporting
}

async function keepsMemoryFlat(server: SourceServer, table: SourceTable): Promise<string> {
  await table.insert(generateEvents({ day: OTHER_DAY, count: ROWS }))
  await table.insert(generateEvents({ day: LARGE_DAY, count: TIMES * ROWS }))
  const said: string[] = []
  for (const way of server.ways) {
    const small = await exportAlone(server, table, way, OTHER_DAY)
    const large = await exportAlone(server, table, way, LARGE_DAY)
    assert.equal(large.rows, TIMES * ROWS)
    const growth = large.peakMib / small.peakMib
    assert.ok(growth < 1.25, `${way}: the peak was ${small.peakMib} MiB, and then ${large.peakMib} MiB`)
    const speed = Math.round(large.rows / (large.ms / 1000))
    said.push(`${way}: ${small.peakMib} MiB and ${large.peakMib} MiB at the peak, ${speed} rows/s`)
  }
  return `${ROWS} and ${TIMES * ROWS} rows with ${HEAP_MIB} MiB of heap: ${said.join('; ')}`
}

async function withReader(
  { reader }: SourceServer,
  { connection }: SourceTable,
  way: string,
  use: (reader: SourceReader) => Promise<void>,
): Promise<void> {
  const { openReader } = (await import(reader)) as { openReader: OpenReader }
  const opened = await openReader(connection, way)
  try {
    await use(opened)
  } finally {
    await opened.close()
  }
}

/** Asks again and again, and not for ever. */
async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const startedAt = performance.now()
  while (!(await holds())) {
    assert.ok(performance.now() - startedAt < LIMIT_MS, `not within ${LIMIT_MS} ms: ${what}`)
    await setTimeout(5)
  }
}

/** All cells as text, instants to the microsecond; a string is told from null. */
function exactCells(row: EventRow): string {
  return JSON.stringify(
    events.columns.map(({ name, kind }) => {
      const value = row[name] ?? null
      if (value === null) return null
      const text = value instanceof Date ? value.toISOString() : String(value)
      if (kind === 'decimal') return withoutNoughts(text)
      return kind === 'instant' ? withMicroseconds(text) : text
    }),
  )
}

function withMicroseconds(text: string): string {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(text) ?? []
  return `${seconds}.${fraction.padEnd(6, '0')}Z`
}

/** A column of a fixed scale adds them. */
function withoutNoughts(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal
}
