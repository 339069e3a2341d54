// The composition, top to bottom: source, window, encode, compress, stage, decide, publish, manifest.

import type { AddedColumns } from '../csv/csv-options.js'
import { encodeRows } from '../csv/encode-csv.js'
import { RowEncoder } from '../csv/row-encoder.js'
import { encodeSplit } from '../csv/split-csv.js'
import type { Dataset, RowOf } from '../datasets/dataset.js'
import { columnsKept } from '../datasets/subscription-filter.js'
import { DayfileError, isDayfileError } from '../errors.js'
import { isSameFilter } from '../publish/decide.js'
import { isSameManifest } from '../publish/manifest-json.js'
import { fileKey, manifestFilter, type Manifest } from '../publish/manifest.js'
import { contentOf, manifestOf } from './day-manifest.js'
import { singleKey, splitKeys, type DataKeys } from '../publish/data-keys.js'
import { alreadyThere, findDay, findManifest, isCommitted } from '../publish/stored-day.js'
import { publish } from '../publish/publish.js'
import type { DayPlace } from '../publish/recover.js'
import { traceExport } from './export-trace.js'
import { requirePlan, type ExportPlan, type ExportWindowOptions } from './plan.js'
import { progressOf } from './progress.js'
import { exportReport, type ExportReport } from './report.js'
import { countMismatch, reconcile, type Reconciliation } from './reconciliation.js'
import { rowFilter } from './row-filter.js'
import { openSource, type OnlyDeclared, type OpenedSource, type SourceRequest } from './source.js'
import { stageFile, stageSplitFiles } from './stage-files.js'

/**
 * Exports one window of a dataset as one file and its manifest.
 *
 * The rows stream from the source into the sink; memory does not grow with their number or length (the first 1,000 rows, or
 * 16 MiB of them, wait for the header; then one row at a time, four blocks of 1 MiB in compression and what the sink holds). Nothing becomes
 * visible before the last row has been stored. Run again with the same rows it changes nothing ('unchanged'); with
 * other rows it replaces the data and then the manifest, as the next revision ('replaced').
 *
 * @throws DayfileError `WINDOW_INVALID` for a window that is not over or is in its grace period; `SOURCE_FAILED`; `ROW_INVALID`,
 * `CELL_UNENCODABLE` and `COLUMN_UNKNOWN` for rows; `SINK_CONFLICT` when another run published the window meanwhile or
 * `ifExists: 'fail'` finds it; `COUNT_MISMATCH` when `countRows` gives another number; `MANIFEST_INVALID`; the other
 * `SINK_` codes.
 * @throws TypeError when an option has the wrong shape.
 * @example
 * const report = await exportWindow({
 *   dataset: events,
 *   window: dayWindow('2026-03-07'),
 *   source: () => sampleEvents({ day: '2026-03-07', count: 10 }),
 *   sink: memorySink(),
 * })
 * report.outcome // 'published'
 */
export async function exportWindow<
  const D extends Dataset,
  Row extends RowOf<D> & OnlyDeclared<Row, D, Added> = RowOf<D>,
  Added extends AddedColumns = 'reject',
>(options: ExportWindowOptions<D, Row, Added>): Promise<ExportReport> {
  const plan = requirePlan(options)
  const { dataset, sink, now = () => new Date() } = options
  const about = { dataset: dataset.name, window: plan.window, location: sink.location }
  return traceExport(about, () => exportPlanned(options, plan, now))
}

async function exportPlanned(
  options: ExportWindowOptions,
  plan: ExportPlan,
  now: () => Date,
): Promise<ExportReport> {
  const { sink, signal, countRows } = options
  const { startedAt, window, compression, ifExists, csv, split, filter, outsideWindow } = plan
  const { dataset, ignoredKeys } = columnsKept(options.dataset, filter)
  signal?.throwIfAborted()

  // Of this run alone: a failure anywhere stops the source and the sink, and your application's signal is only listened to.
  const run = new AbortController()
  const abortRun = (): void => {
    run.abort(signal?.reason)
  }
  signal?.addEventListener('abort', abortRun, { once: true })
  let opened: OpenedSource | undefined
  try {
    const manifestKey = sink.keys.manifest(dataset.name, window)
    const keyOf = (ending: string): string => sink.keys.data(dataset.name, window, ending)
    const extension = compression === 'gzip' ? '.csv.gz' : '.csv'
    const keys: DataKeys = { keyOf, extension, manifestKey }
    const { filteredOut, select } = rowFilter(dataset, window, filter, outsideWindow)
    // gzip copies what it gets before it asks for more; a sink may hold on to it.
    const encoder = new RowEncoder(dataset, { ...csv, lends: compression === 'gzip', ignored: ignoredKeys })
    let reconciliation: Reconciliation | null = null
    const report = (
      outcome: ExportReport['outcome'],
      manifest: Manifest,
      {
        stagedAt,
        notRemoved = [],
        before,
      }: { stagedAt?: Date; notRemoved?: readonly string[]; before?: Manifest | undefined } = {},
    ): ExportReport =>
      exportReport({
        outcome,
        manifest,
        notRemoved,
        before,
        manifestKey,
        window,
        location: sink.location,
        csv: encoder.report,
        filteredOut,
        reconciliation,
        times: { startedAt, stagedAt, finishedAt: now() },
      })

    const place = { sink, dataset: dataset.name, window, manifestKey, signal: run.signal }
    const current = await findManifest(place)
    if (current !== null && ifExists === 'skip' && (await isCommitted(place, current.manifest, plan)))
      return report('skipped', current.manifest)
    if (current !== null && ifExists === 'fail') throw alreadyThere(place)
    const otherKey = keyOf(compression === 'gzip' ? '.csv' : '.csv.gz')
    const { atStart, publications, leftOvers } = await findDay(place, current, otherKey)
    // Dates and lists can be changed: your application gets its own.
    const request = (): SourceRequest => ({
      window: { ...window, start: new Date(window.start), end: new Date(window.end) },
      columns: dataset.columns.map(({ name }) => name),
      ...structuredClone(filter),
      signal: run.signal,
    })
    opened = await openSource(dataset.name, options.source, request())
    const fail = (error: unknown): void => {
      run.abort(error)
    }
    const rows = (): number => encoder.report.rows
    const progress = progressOf(options.onProgress, {
      dataset: dataset.name,
      day: window.day,
      startedAt,
      now,
      rows,
      signal: run.signal,
      fail,
    })
    const toStage = {
      sink,
      compression,
      rows,
      progress,
      signal: run.signal,
      fail,
    }
    const content = <File>(files: readonly File[]) =>
      contentOf(dataset, plan, encoder.report.addedColumns, files)
    const files =
      split === undefined
        ? [
            await stageFile(
              singleKey(keys, publications),
              progress.rows(encodeRows(encoder, opened.rows, { select })),
              toStage,
            ),
          ]
        : await stageSplitFiles(
            (all) => splitKeys(keys, content(all), publications),
            progress.rows(encodeSplit(encoder, opened.rows, split, { select })),
            toStage,
          )
    const stagedAt = now()

    try {
      await progress.end()
      if (countRows !== undefined) {
        reconciliation = await reconcile(dataset.name, encoder.report.rows, countRows, request())
        if (reconciliation.outcome === 'different' && options.onCountMismatch !== 'warn')
          throw countMismatch(dataset.name, window.day, reconciliation)
      }
      requireNoShrink(dataset.name, plan, current?.manifest, encoder.report.rows, options.onShrink)
      const made = content(files.map(({ file }) => file))
      const created = now().toISOString()
      const { outcome, manifest } = await publish({
        ...place,
        atStart,
        files,
        keyOf,
        content: made,
        created,
        manifestOf: manifestOf(dataset, made, created),
        leftOvers,
      })
      // New data with old data beside it is no day: what has been published is finished, even when aborted.
      const finishing = outcome === 'unchanged' ? run.signal : new AbortController().signal
      const notRemoved = await removeObsolete({ ...place, signal: finishing }, manifest)
      // What has been published is reported, also to a run that was aborted meanwhile.
      if (outcome === 'unchanged') run.signal.throwIfAborted()
      return report(outcome, manifest, { stagedAt, notRemoved, before: current?.manifest })
    } catch (error) {
      // What it was discarded for is what your application has to know.
      await Promise.allSettled(files.map(({ staged }) => staged.discard()))
      throw error
    }
  } catch (error) {
    run.abort(error)
    await opened?.close().catch(() => undefined)
    if (signal?.aborted === true) throw signal.reason
    throw error
  } finally {
    signal?.removeEventListener('abort', abortRun)
  }
}

/** @throws DayfileError `DAY_SHRANK` when far fewer rows than the published ones would be left of a day. */
function requireNoShrink(
  dataset: string,
  { window: { day }, filter }: ExportPlan,
  current: Manifest | undefined,
  rows: number,
  onShrink: ExportWindowOptions['onShrink'] = 'fail',
): void {
  // With another filter another number of rows is meant.
  if (onShrink === 'allow' || current === undefined || !isSameFilter(current.filter, manifestFilter(filter)))
    return
  const published = current.totals.rows
  const share = onShrink === 'fail' ? 0.5 : onShrink
  if (published === 0 || (rows > 0 && rows >= published * share)) return
  throw new DayfileError(
    'DAY_SHRANK',
    `${dataset} ${day}: the source returned ${rows} rows, and ${published} are published, so nothing was replaced; check its query, or set onShrink to 'allow' or a smaller share`,
    { dataset, day, published, rows },
    { retryable: true },
  )
}

/**
 * Removes what publications before this one have left, and none of what another run has put there since. Only now is it
 * nobody's. Gives the keys that the credential may not remove: the day itself is published.
 */
async function removeObsolete(
  { sink, manifestKey, signal }: DayPlace,
  manifest: Manifest,
): Promise<string[]> {
  const old = new Map(manifest.obsolete?.map((object) => [fileKey(manifestKey, object), object.etag]))
  for (const file of manifest.files) old.delete(fileKey(manifestKey, file))
  const notRemoved: string[] = []
  for (const [key, etag] of old) {
    // The same bytes may have the same ETag: what a newer day names stays.
    const stored = await findManifest({ sink, manifestKey, signal })
    if (stored === null || !isSameManifest(stored.manifest, manifest)) break
    try {
      await sink.remove(key, { ifMatch: etag, signal })
    } catch (error) {
      if (!isDayfileError(error, 'SINK_DENIED')) throw error
      notRemoved.push(key)
    }
  }
  return notRemoved
}
