import type { Attributes, Meter } from '@opentelemetry/api'
import type { ExportTrace } from 'dayfile'
import type { ReadTrace } from 'dayfile/read'

// Days of a few rows take less than a second, and those of many millions some minutes.
const SECONDS = [0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600]

/** The instruments, and what is counted at the end of an export, a part and a read. */
export function dayfileMetrics(meter: Meter) {
  const duration = (name: string) =>
    meter.createHistogram(`dayfile.${name}.duration`, {
      unit: 's',
      advice: { explicitBucketBoundaries: SECONDS },
    })
  const counters = (name: string) => ({
    rows: meter.createCounter(`dayfile.${name}.rows`, { unit: '{row}' }),
    bytes: meter.createCounter(`dayfile.${name}.bytes`, { unit: 'By' }),
  })
  const exported = { ...counters('export'), duration: duration('export') }
  const uploadPart = duration('upload_part')
  const read = { ...counters('read'), duration: duration('read') }

  return {
    export({ dataset, report }: ExportTrace, seconds: number, failed: Attributes): void {
      const about = { 'dayfile.dataset': dataset }
      const outcome = report?.outcome ?? 'failed'
      exported.duration.record(seconds, { ...about, 'dayfile.outcome': outcome, ...failed })
      // What was there already has been counted by the run that wrote it.
      if (report === undefined || (outcome !== 'published' && outcome !== 'replaced')) return
      exported.rows.add(report.rows, about)
      exported.bytes.add(report.bytes, about)
    },
    uploadPart: (seconds: number, failed: Attributes): void => {
      uploadPart.record(seconds, failed)
    },
    read({ dataset, rows, bytes, ended = 'failed' }: ReadTrace, seconds: number, failed: Attributes): void {
      const about = { 'dayfile.dataset': dataset }
      read.duration.record(seconds, { ...about, 'dayfile.ended': ended, ...failed })
      read.rows.add(rows, about)
      read.bytes.add(bytes, about)
    },
  }
}
