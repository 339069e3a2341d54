import { tracingChannel } from 'node:diagnostics_channel'
import { tracingChannels, type Filled } from '../tracing.js'
import type { DayRange, DayWindow } from '../windows/day-window.js'
import type { ExportReport } from './report.js'

/** One export of a window. Options of the wrong shape and a window that is not over are refused before it begins. */
export interface ExportTrace {
  readonly dataset: string
  readonly window: DayWindow | DayRange
  /** Of the sink, without credentials. */
  readonly location: string
  /** Said at `asyncEnd` of an export that did not fail. */
  readonly report?: ExportReport
  /** What the export rejects with: a DayfileError, the reason of an abort, or what code of your application threw. */
  readonly error?: unknown
}

const exportChannel = tracingChannel<unknown, ExportTrace>(tracingChannels.export)

/** Traces an export. */
export function traceExport(about: ExportTrace, run: () => Promise<ExportReport>): Promise<ExportReport> {
  const trace: Filled<ExportTrace> = about
  return exportChannel.tracePromise(async () => {
    const report = await run()
    trace.report = report
    return report
  }, trace)
}
