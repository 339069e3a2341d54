// A process that exports many rows, and tells how long it took and how much memory.

import { dayWindow, events, exportWindow } from 'dayfile'
import { verifyDay } from 'dayfile/read'
import { sampleEvents } from 'dayfile/testing'
import { placeIn } from '../place.js'
import type { LiveServer } from '../servers/live-server.js'

export interface LargeOrder {
  readonly server: LiveServer
  /** How many at least. */
  readonly bytes: number
}

export interface LargeFigures {
  readonly rows: number
  readonly bytes: number
  readonly exportMs: number
  readonly verifyMs: number
  readonly exportPeakMib: number
}

const DAY = '2026-03-07'
const MIB = 1024 * 1024
const FOLDER = 'large'

if (process.send !== undefined) {
  process.once('message', (order: LargeOrder) => {
    measured(order).then(
      (figures) => process.send?.(figures),
      (error: unknown) => process.send?.(String(error)),
    )
  })
  process.on('disconnect', () => process.exit(1))
}

async function measured({ server, bytes: wanted }: LargeOrder): Promise<LargeFigures> {
  const { sink, archive } = placeIn(server, FOLDER, { partSizeBytes: 8 * MIB })
  // Made once: what is measured is the way of rows into the bucket.
  const sample = sampleEvents({ day: DAY, count: 10_000 })
  let csvBytes = 0
  const startedAt = performance.now()
  const report = await exportWindow({
    dataset: events,
    window: dayWindow(DAY),
    compression: 'none',
    sink,
    onProgress: (progress) => {
      csvBytes = progress.csvBytes
    },
    *source() {
      while (csvBytes < wanted) yield* sample
    },
  })
  const exportedAt = performance.now()
  const exportPeakMib = Math.round(process.resourceUsage().maxRSS / 1024)
  await verifyDay(events, archive, DAY)
  const { rows, bytes } = report
  return {
    rows,
    bytes,
    exportMs: exportedAt - startedAt,
    verifyMs: performance.now() - exportedAt,
    exportPeakMib,
  }
}
