// What every check asks of a day in the end.

import assert from 'node:assert/strict'
import {
  events,
  exportWindow,
  dayWindow,
  isDayfileError,
  type DayfileError,
  type ExportReport,
} from 'dayfile'
import { verifyDay } from 'dayfile/read'
import { generateEvents } from 'dayfile/testing'
import type { Place } from '../place.js'

/** Exports sample rows, uncompressed: their bytes are known to come to some 400 a row. */
export function exportSample(
  { sink }: Pick<Place, 'sink'>,
  day: string,
  sample: { readonly count: number; readonly seed?: number },
  betweenRows: (row: number) => Promise<void> | void = () => undefined,
): Promise<ExportReport> {
  return exportWindow({
    onShrink: 'allow',
    dataset: events,
    window: dayWindow(day),
    compression: 'none',
    sink,
    async *source() {
      let row = 0
      for (const event of generateEvents({ day, ...sample })) {
        await betweenRows(row++)
        yield event
      }
    },
  })
}

/** The manifest of a day, of which it says how its bytes are to be found. */
export async function manifestOf(
  { sink }: Pick<Place, 'sink'>,
  day: string,
): Promise<{ readonly files: readonly { readonly sha256: string }[] }> {
  const { signal } = new AbortController()
  const stored = await sink.read(sink.keys.manifest(events.name, { day }), { signal })
  assert.ok(stored !== null, 'there is no manifest')
  return JSON.parse(Buffer.from(stored.bytes).toString()) as Awaited<ReturnType<typeof manifestOf>>
}

/** The manifest describes the bytes that are there, and nothing else is there. */
export async function assertIntact(place: Place, day: string, report?: ExportReport): Promise<void> {
  const verified = await verifyDay(events, place.archive, day)
  if (report !== undefined) {
    const { revision, rows, bytes } = verified
    assert.deepEqual([revision, rows, bytes], [report.revision, report.rows, report.bytes])
  }
  const keys = (await place.keys()).filter((key) => key.includes(day))
  assert.equal(keys.length, 2, `expected the data and its manifest, found ${keys.join(', ')}`)
  const uploads = (await place.uploads()).filter((key) => key.includes(day))
  assert.deepEqual(uploads, [], 'uploads were left behind')
}

export async function failure(promise: Promise<unknown>): Promise<DayfileError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(isDayfileError(error), `expected a DayfileError, received ${String(error)}`)
  return error
}
