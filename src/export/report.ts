import type { CsvReport } from '../csv/csv-options.js'
import type { Manifest, ManifestFile } from '../publish/manifest.js'
import type { DayRange, DayWindow } from '../windows/day-window.js'
import type { UnreadableDay } from './due-days.js'
import type { FailedDay } from './failed-day.js'
import type { Reconciliation } from './reconciliation.js'
import { warningsOf } from './report-warnings.js'
import type { FilteredOut } from './row-filter.js'

/** What an export did. Plain data: JSON.stringify keeps all of it. */
export interface ExportReport extends Pick<
  CsvReport,
  'addedColumns' | 'droppedColumns' | 'rejectedRows' | 'rejections'
> {
  /**
   * 'published': the first publication of the window. 'replaced': it was published with other content. 'unchanged': it was
   * published with the same content, and stays. 'skipped': it was published, and `ifExists: 'skip'` left it.
   */
  readonly outcome: 'published' | 'replaced' | 'unchanged' | 'skipped'
  readonly dataset: string
  readonly window: DayWindow | DayRange
  /** Where it is stored, without credentials. */
  readonly location: string
  readonly manifestKey: string
  /** 1 for the first publication of the window, one more with every replacement. */
  readonly revision: number
  readonly rows: number
  /** Bytes of all files as they are stored. */
  readonly bytes: number
  /** Bytes of the CSV before compression. */
  readonly csvBytes: number
  readonly files: readonly ManifestFile[]
  /**
   * Keys of earlier revisions that the credentials may not remove. Readers ignore them; anyone listing the prefix sees them.
   */
  readonly notRemoved: readonly string[]
  /** The columns of the files in order. */
  readonly columns: readonly string[]
  /** Rows that the source gave and the filter left out. */
  readonly filteredOut: Readonly<FilteredOut>
  /** As the manifest has it. */
  readonly filter: Manifest['filter']
  /** Your application's count beside what was written; null without `countRows`, and where nothing was read. */
  readonly reconciliation: Reconciliation | null
  /** What is odd but may be meant, such as rows filtered out and added columns, in words. Empty if nothing is. */
  readonly warnings: readonly string[]
  readonly startedAt: Date
  readonly finishedAt: Date
  /** Milliseconds. `stage` is reading, encoding and storing; `publish` what makes it visible. */
  readonly timings: { readonly total: number; readonly stage: number; readonly publish: number }
}

/** Puts the parts of a report together. */
export function exportReport(parts: {
  readonly outcome: ExportReport['outcome']
  readonly manifest: Manifest
  readonly manifestKey: string
  readonly notRemoved: readonly string[]
  /** What was published before a replacement. */
  readonly before: Manifest | undefined
  readonly window: DayWindow
  readonly location: string
  readonly csv: CsvReport
  readonly filteredOut: Readonly<FilteredOut>
  readonly reconciliation: Reconciliation | null
  readonly times: { readonly startedAt: Date; readonly stagedAt: Date | undefined; readonly finishedAt: Date }
}): ExportReport {
  const {
    outcome,
    manifest,
    manifestKey,
    notRemoved,
    before,
    window,
    location,
    csv,
    filteredOut,
    reconciliation,
    times,
  } = parts
  const { startedAt, finishedAt, stagedAt = finishedAt } = times
  const { addedColumns, droppedColumns, rejectedRows, rejections } = csv
  return {
    outcome,
    dataset: manifest.dataset,
    window,
    location,
    manifestKey,
    revision: manifest.revision,
    rows: manifest.totals.rows,
    bytes: manifest.totals.bytes,
    csvBytes: manifest.totals.csvBytes,
    files: manifest.files,
    notRemoved,
    columns: manifest.columns.map(({ name }) => name),
    addedColumns,
    droppedColumns,
    rejectedRows,
    rejections,
    filteredOut,
    filter: manifest.filter,
    reconciliation,
    warnings: warningsOf({
      ...{ manifest, csv, filteredOut, reconciliation, notRemoved },
      replaced: outcome === 'replaced' ? before : undefined,
      wasRead: outcome !== 'skipped',
    }),
    startedAt,
    finishedAt,
    timings: {
      total: elapsed(startedAt, finishedAt),
      stage: elapsed(startedAt, stagedAt),
      publish: elapsed(stagedAt, finishedAt),
    },
  }
}

/** A clock may be set back meanwhile. */
function elapsed(from: Date, to: Date): number {
  return Math.max(0, to.getTime() - from.getTime())
}

/** What became of a destination. */
export interface DestinationReport {
  /** Its `name`; the name of its dataset, or its place in the list, where it has none. */
  readonly destination: string
  /** null where the destination has no dataset. */
  readonly dataset: string | null
  /** Where it is stored, without credentials; null where the destination has no sink. */
  readonly location: string | null
  /** One for each day that was due, oldest first; where `error` is set, those that were over by then. */
  readonly reports: readonly (ExportReport | FailedDay)[]
  /**
   * Days that are published but whose manifest cannot be read. Exporting does not repair them, so they are not due:
   * `auditDays` says what to delete.
   */
  readonly unreadableDays: readonly UnreadableDay[]
  /** Why the destination failed as a whole: wrong options, due days that cannot be read, what `onReport` threw; else null. */
  readonly error: Error | null
}
