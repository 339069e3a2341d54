// In: the options of an export. Out: the same with defaults, checked before anything is touched.

import { types } from 'node:util'
import { csvEncoder } from '../csv/encode-csv.js'
import { CSV_OPTIONS, type AddedColumns, type CsvOptions } from '../csv/csv-options.js'
import { SPLIT_OPTIONS, type SplitOptions } from '../csv/split-csv.js'
import { requireDataset, type Dataset, type RowOf } from '../datasets/dataset.js'
import {
  normalizeFilter,
  requireFilter,
  ROW_FILTER_OPTIONS,
  type NormalFilter,
  type RowFilter,
} from '../datasets/subscription-filter.js'
import { DayfileError } from '../errors.js'
import {
  BOOLEAN,
  FUNCTION,
  isObject,
  oneOf,
  required,
  requireOptions,
  requireShape,
  SIGNAL,
  type OptionTable,
  type Shape,
} from '../options.js'
import type { Sink } from '../sinks/sink.js'
import { requireWholeDays, requireWindow, type DayWindow } from '../windows/day-window.js'
import type { ExportProgress } from './progress.js'
import type { CountRows } from './reconciliation.js'
import type { Source } from './source.js'

/** Options of {@link exportWindow}. */
export interface ExportWindowOptions<
  D extends Dataset = Dataset,
  Row = RowOf<D>,
  Added extends AddedColumns = AddedColumns,
> extends RowFilter {
  readonly dataset: D
  /** From `dayWindow`, `previousDay` or `dayRange`: half-open. */
  readonly window: DayWindow
  /** Gives the rows of the window. */
  readonly source: Source<D, Row>
  readonly sink: Sink
  readonly csv?: CsvOptions<Added> | undefined
  /** Defaults to 'gzip'. */
  readonly compression?: 'gzip' | 'none' | undefined
  /**
   * Splits the day into files of a limited size, `…_part-00000-of-00016.csv.gz`: each with the header, all in the manifest.
   * Defaults to one file. The files wait in the folder for temporary files until all are made. If a day of several files is
   * replaced, a reader in the middle of it must read again (`SINK_CORRUPT`, retryable).
   */
  readonly split?: SplitOptions | undefined
  /**
   * What happens if the window is published already. 'replace' (the default) publishes a new revision if the content differs.
   * 'skip' leaves it, and does not call the source, if its manifest has the same window and filter and was written after the
   * window's end, and its files are stored as the manifest says; otherwise it exports as with 'replace'. 'fail' throws
   * `SINK_CONFLICT`.
   */
  readonly ifExists?: 'replace' | 'skip' | 'fail' | undefined
  /**
   * What happens when the source returns a row from outside the window. 'fail' (the default) publishes nothing: it is a wrong
   * WHERE or a wrong zone. 'exclude' filters such rows out and counts them in the report. 'include' is for windows over
   * another time than `timeColumn`, such as the time of arrival.
   */
  readonly outsideWindow?: 'exclude' | 'include' | 'fail' | undefined
  /**
   * Milliseconds after the end of a window during which it is refused, for databases that lag. Defaults to 0. For rows that
   * come even later, use `lateRows` of `exportDays`.
   */
  readonly gracePeriodMs?: number | undefined
  /**
   * What happens when a replacement would have far fewer rows than are published, by the same filter. 'fail' (the default)
   * publishes nothing if it would have no rows, or fewer than half of them: `DAY_SHRANK`. A number from 0 to 1 is another
   * share than half. 'allow' publishes it.
   */
  readonly onShrink?: 'fail' | 'allow' | number | undefined
  /** Whether a window may have other bounds than whole days of its zone. Defaults to false: it is `WINDOW_INVALID`. */
  readonly allowPartialWindow?: boolean | undefined
  /** Whether a window that is not over yet, or is in its grace period, may be exported. Its file is incomplete. Defaults to false. */
  readonly allowOpenWindow?: boolean | undefined
  /**
   * Counts the rows of the window at the source, with the bounds and the filter of the request. Called after the last row
   * was stored; the report compares the count with the rows that were written.
   */
  readonly countRows?: CountRows | undefined
  /**
   * What happens if the count differs. 'fail' (the default) publishes nothing: `COUNT_MISMATCH`, retryable. 'warn' publishes,
   * and the report's `reconciliation` has the difference.
   */
  readonly onCountMismatch?: 'fail' | 'warn' | undefined
  /**
   * Called at most ten times a second, one call at a time, and once more, `done`, when everything is stored. The export waits
   * for a promise that it returns; if it throws, the export fails.
   */
  readonly onProgress?: ((progress: ExportProgress) => unknown) | undefined
  /**
   * Aborts the export: the promise rejects with the signal's reason after the clean-up. Once the data of a day is being put in
   * place, the export finishes publishing, and the promise resolves with its report.
   */
  readonly signal?: AbortSignal | undefined
  /** The clock; defaults to the machine's. */
  readonly now?: (() => Date) | undefined
}

const SINK_METHODS = ['read', 'stat', 'stage', 'write', 'remove']
const SINK: Shape = [
  'a sink such as s3Sink makes',
  (value) => isObject(value) && SINK_METHODS.every((name) => typeof value[name] === 'function'),
]

/** The options that are the same for every window. */
export const EXPORT_OPTIONS = {
  dataset: true,
  source: required(FUNCTION),
  sink: required(SINK),
  csv: { options: CSV_OPTIONS },
  compression: oneOf('gzip', 'none'),
  split: { options: SPLIT_OPTIONS },
  ifExists: oneOf('replace', 'skip', 'fail'),
  outsideWindow: oneOf('exclude', 'include', 'fail'),
  gracePeriodMs: ['milliseconds, 0 or more', (value) => Number.isSafeInteger(value) && Number(value) >= 0],
  allowOpenWindow: BOOLEAN,
  allowPartialWindow: BOOLEAN,
  onShrink: [
    "'fail', 'allow' or a share from 0 to 1",
    (value) =>
      value === 'fail' || value === 'allow' || (typeof value === 'number' && value >= 0 && value <= 1),
    'number',
  ],
  countRows: FUNCTION,
  onCountMismatch: oneOf('fail', 'warn'),
  onProgress: FUNCTION,
  signal: SIGNAL,
  now: ['a function that returns a Date', FUNCTION[1]],
  ...ROW_FILTER_OPTIONS,
} satisfies OptionTable<Omit<ExportWindowOptions, 'window'>>

const WINDOW_OPTIONS = { ...EXPORT_OPTIONS, window: true } satisfies OptionTable<ExportWindowOptions>

/** The options with their defaults. */
export interface ExportPlan {
  readonly startedAt: Date
  readonly window: DayWindow
  readonly csv: CsvOptions
  readonly compression: 'gzip' | 'none'
  readonly split: SplitOptions | undefined
  readonly ifExists: 'replace' | 'skip' | 'fail'
  readonly outsideWindow: 'exclude' | 'include' | 'fail'
  /** Normalized: the same filter is always the same manifest. */
  readonly filter: NormalFilter
}

/**
 * Checks the options of an export and fills in the defaults.
 *
 * @throws TypeError or RangeError for a wrong shape; DayfileError `WINDOW_INVALID` for a window that is not over, or is in
 * its grace period, by the clock.
 */
export function requirePlan<D extends Dataset>(options: ExportWindowOptions<D>): ExportPlan {
  requireOptions('exportWindow', options, WINDOW_OPTIONS)
  requireExport('exportWindow', options)
  const { csv = {}, compression = 'gzip', ifExists = 'replace', outsideWindow = 'fail' } = options
  const { now = () => new Date() } = options
  const window = requireWindow(options.window)
  if (options.allowPartialWindow !== true) requireWholeDays(window)
  const startedAt = now()
  const isTime = isValidDate(startedAt)
  requireShape('exportWindow: option now', startedAt, 'a function that returns a valid Date', isTime)
  if (options.allowOpenWindow !== true) requireClosed(window, startedAt, options.gracePeriodMs)
  return {
    startedAt,
    window,
    csv,
    compression,
    split: options.split,
    ifExists,
    outsideWindow,
    filter: normalizeFilter(options),
  }
}

/** Throws `WINDOW_INVALID` for a window that is not over, or ended less than `gracePeriodMs` milliseconds ago. */
export function requireClosed({ day, zone, end }: DayWindow, now: Date, gracePeriodMs = 0): void {
  if (now.getTime() >= end.getTime() + gracePeriodMs) return
  const readyAt = new Date(end.getTime() + gracePeriodMs).toISOString()
  const isOver = now >= end
  const reason = isOver ? 'the window is still in its grace period' : 'the window is not over yet'
  throw new DayfileError(
    'WINDOW_INVALID',
    isOver
      ? `window ${day}: it ended at ${end.toISOString()}, and its grace period ends at ${readyAt}; run again then`
      : `window ${day}: it ends at ${end.toISOString()} and is not over yet; wait, or set allowOpenWindow`,
    { day, zone, reason, readyAt },
    { retryable: true },
  )
}

/**
 * Checks what a table of options cannot: the dataset, and what has to fit together.
 *
 * @throws TypeError or RangeError for a wrong shape.
 */
export function requireExport<D extends Dataset>(
  place: string,
  options: Omit<ExportWindowOptions<D>, 'window'>,
): void {
  const { dataset, csv = {}, split } = options
  requireDataset(dataset)
  requireFilter(place, dataset, options)
  if (split !== undefined && split.maxRows === undefined && split.maxCsvBytes === undefined) {
    throw new TypeError(`${place}: option split: expected maxRows, maxCsvBytes or both`)
  }
  // Making one is what checks the rest of its options.
  csvEncoder(dataset, csv)
}

function isValidDate(value: unknown): boolean {
  return types.isDate(value) && !Number.isNaN(value.getTime())
}
