// A process that exports a day from a database into a folder, and tells how fast and in how much memory.

import { dayWindow, directorySink, events, exportWindow } from 'dayfile'
import type { OpenReader } from './source-server.js'

export interface SourceOrder {
  readonly reader: string
  readonly connection: unknown
  readonly way: string
  readonly day: string
  /** Where the day is exported to. */
  readonly root: string
}

export interface SourceFigures {
  readonly rows: number
  readonly csvBytes: number
  readonly csvSha256: string
  readonly ms: number
  /** Of this process, all threads. */
  readonly cpuMs: number
  readonly peakMib: number
}

if (process.send !== undefined) {
  process.once('message', (order: SourceOrder) => {
    exported(order).then(
      (figures) => process.send?.(figures),
      (error: unknown) => process.send?.(String(error)),
    )
  })
  process.on('disconnect', () => process.exit(1))
}

async function exported({ reader, connection, way, day, root }: SourceOrder): Promise<SourceFigures> {
  const { openReader } = (await import(reader)) as { openReader: OpenReader }
  const { source, countRows, close } = await openReader(connection, way)
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  const report = await exportWindow({
    dataset: events,
    window: dayWindow(day),
    source,
    countRows,
    sink: directorySink({ root }),
  })
  const ms = performance.now() - startedAt
  const cpu = process.cpuUsage(cpuBefore)
  await close()
  return {
    rows: report.rows,
    csvBytes: report.csvBytes,
    csvSha256: report.files[0]?.csvSha256 ?? '',
    ms,
    cpuMs: (cpu.user + cpu.system) / 1000,
    peakMib: Math.round(process.resourceUsage().maxRSS / 1024),
  }
}
