// The composition, top to bottom: source, window, encode, compress, stage, decide, publish, manifest.

import { randomUUID } from 'node:crypto'
import { digest } from '../compress/digest.js'
import { gzip } from '../compress/gzip.js'
import { selectingCsvEncoder } from '../csv/csv-encoder.js'
import { resolveDialect } from '../csv/dialect.js'
import { encodeRows } from '../csv/encode-csv.js'
import type { Dataset } from '../datasets/dataset.js'
import { ExportError } from '../errors.js'
import { decideContent } from '../manifest/decide.js'
import {
  fileKey,
  MANIFEST_VERSION,
  manifestColumns,
  manifestWindow,
  parseManifest,
  serializeManifest,
  type Manifest,
} from '../manifest/manifest.js'
import type { Sink } from '../sinks/sink.js'
import { VERSION } from '../version.js'
import { requirePlan, type ExportWindowOptions } from './plan.js'
import { progressOf } from './progress.js'
import { exportReport, type ExportReport } from './report.js'
import { rowSelection } from './selection.js'
import { openSource, type OpenedSource } from './source.js'

/**
 * Exports one window of a dataset as one file and its manifest.
 *
 * The rows stream from the source into the sink; memory does not grow with their number (the first 1,000 rows wait
 * for the header, then 64 at a time, four blocks of 1 MiB in compression and what the sink holds). Nothing becomes
 * visible before the last row has been stored. Run again with the same rows it changes nothing ('unchanged'); with
 * other rows it replaces the data and then the manifest, as the next revision ('replaced').
 *
 * @throws ExportError `WINDOW_INVALID` for a window that is not over; `SOURCE_FAILED`; `ROW_INVALID`,
 * `CELL_UNENCODABLE` and `COLUMN_UNKNOWN` for rows; `SINK_CONFLICT` when another run published the window meanwhile or
 * `ifExists: 'fail'` finds it; `MANIFEST_INVALID`; the other `SINK_` codes.
 * @throws TypeError when an option has the wrong shape.
 * @example
 * const report = await exportWindow({
 *   dataset: events,
 *   window: dayWindow('2026-03-07'),
 *   source: () => sampleEvents({ day: '2026-03-07', count: 10 }),
 *   sink: memorySink(),
 * })
 * report.outcome // 'written'
 */
export async function exportWindow<const D extends Dataset>(
  options: ExportWindowOptions<D>,
): Promise<ExportReport> {
  const { dataset, sink, signal, now = () => new Date() } = options
  const { startedAt, window, compression, ifExists, csv, eventTypes, outsideWindow } = requirePlan(
    options,
    now,
  )
  signal?.throwIfAborted()

  // Of this run alone: a failure anywhere stops the source and the sink, and the host's signal is only listened to.
  const run = new AbortController()
  const abortRun = (): void => {
    run.abort(signal?.reason)
  }
  signal?.addEventListener('abort', abortRun, { once: true })
  let opened: OpenedSource | undefined
  let body: AsyncGenerator<Uint8Array, void, void> | undefined
  try {
    const manifestKey = sink.keys.manifest(dataset.name, window)
    const dataKey = sink.keys.data(dataset.name, window, compression === 'gzip' ? '.csv.gz' : '.csv')
    const otherKey = sink.keys.data(dataset.name, window, compression === 'gzip' ? '.csv' : '.csv.gz')
    const { leftOut, select } = rowSelection(dataset, window, { eventTypes, outsideWindow })
    // gzip copies what it gets before it asks for more; a sink may hold on to it.
    const encoder = selectingCsvEncoder(dataset, csv, select, { lends: compression === 'gzip' })
    const report = (outcome: ExportReport['outcome'], manifest: Manifest, stagedAt?: Date): ExportReport =>
      exportReport({
        outcome,
        manifest,
        manifestKey,
        window,
        location: sink.location,
        csv: encoder.report,
        leftOut,
        times: { startedAt, stagedAt, finishedAt: now() },
      })

    const stored = await sink.read(manifestKey, { signal: run.signal })
    const etag = stored?.etag ?? null
    const current = stored === null ? null : parseManifest(stored.bytes, manifestKey)
    if (current !== null && ifExists === 'skip') return report('skipped', current)
    if (current !== null && ifExists === 'fail') throw alreadyThere(sink, manifestKey)

    const before = await sink.stat(dataKey, { signal: run.signal })
    // Of another compression. It is removed at the end only if it was there: that takes a permission of its own.
    const leftOver = await sink.stat(otherKey, { signal: run.signal })
    // Dates can be changed: the source gets its own.
    opened = await openSource(dataset.name, options.source, {
      window: { ...window, start: new Date(window.start), end: new Date(window.end) },
      columns: dataset.columns.map(({ name }) => name),
      ...(eventTypes === undefined ? {} : { eventTypes }),
      signal: run.signal,
    })
    const csvDigest = digest()
    // What is not compressed is stored as it is: to hash it once is enough.
    const storedDigest = compression === 'gzip' ? digest() : csvDigest
    const progress = progressOf(options.onProgress, {
      dataset: dataset.name,
      day: window.day,
      startedAt,
      now,
    })
    const csvBytes = csvDigest.through(
      progress.through(encodeRows(encoder, opened.rows), () => encoder.report),
    )
    body = compression === 'gzip' ? storedDigest.through(gzip(csvBytes)) : csvBytes
    const staged = await sink.stage(dataKey, body, {
      contentType: compression === 'gzip' ? 'application/gzip' : 'text/csv; charset=utf-8',
      // Of two runs that began by the same data one comes first; the other is to leave its data alone.
      ifMatch: before?.etag ?? null,
      id: randomUUID(),
      signal: run.signal,
    })
    const stagedAt = now()

    try {
      if (!storedDigest.ended) throw notTaken(sink, dataKey)
      const file = {
        key: dataKey,
        bytes: storedDigest.bytes,
        sha256: storedDigest.sha256(),
        rows: encoder.report.rows,
        csvBytes: csvDigest.bytes,
        csvSha256: csvDigest.sha256(),
      }
      const content = {
        ...manifestWindow(window),
        columns: manifestColumns(dataset.columns, encoder.report.addedColumns),
        dialect: { ...resolveDialect(csv.dialect), formulaGuard: csv.formulaGuard ?? false },
        compression,
        selection: { eventTypes: eventTypes ?? null },
        files: [file],
      }
      const decision = decideContent(current, content, before)
      if (decision.outcome === 'unchanged') {
        await staged.discard()
        if (leftOver !== null) {
          await requireUntouched(sink, manifestKey, etag, run.signal)
          await removeSame(sink, otherKey, leftOver.etag, run.signal)
        }
        return report('unchanged', decision.current, stagedAt)
      }
      const manifest: Manifest = {
        manifestVersion: MANIFEST_VERSION,
        dataset: dataset.name,
        ...content,
        revision: decision.revision,
        totals: { rows: file.rows, bytes: file.bytes, csvBytes: file.csvBytes },
        created: now().toISOString(),
        producer: { name: 'dayfile', version: VERSION },
      }
      // A day whose manifest nobody can read would be lost: said before anything is touched.
      parseManifest(serializeManifest(manifest), manifestKey)
      await requireUntouched(sink, manifestKey, etag, run.signal)
      run.signal.throwIfAborted()
      const committed = await staged.commit()
      // New data under an old manifest is a broken day: a replacement that has begun is finished, even when aborted.
      const publishing = current === null ? run.signal : new AbortController().signal
      const published: Manifest = { ...manifest, files: [{ ...file, etag: committed.etag }] }
      await sink.write(manifestKey, serializeManifest(published), {
        contentType: 'application/json',
        ifMatch: etag,
        signal: publishing,
      })
      // Only now is an old file nobody's: a day that was delivered without gzip had another key. A run that stopped
      // before this line, or before its manifest, has left one that no manifest names.
      if (leftOver !== null) await removeSame(sink, otherKey, leftOver.etag, publishing)
      const old = new Set(current?.files.map((each) => fileKey(manifestKey, each)))
      for (const key of old) {
        if (key !== dataKey && key !== otherKey) await sink.remove(key, { signal: publishing })
      }
      run.signal.throwIfAborted()
      return report(decision.outcome, published, stagedAt)
    } catch (error) {
      // What it was discarded for is what the host has to know.
      await staged.discard().catch(() => undefined)
      throw error
    }
  } catch (error) {
    run.abort(error)
    // A sink that left the body during a pull could not wait for its end. It is near: the abort ends a pull of the source.
    await body?.return().catch(() => undefined)
    await opened?.close().catch(() => undefined)
    if (signal?.aborted === true) throw signal.reason
    throw error
  } finally {
    signal?.removeEventListener('abort', abortRun)
  }
}

/** Another run may have published while this one was reading: its data must not be touched. */
async function requireUntouched(
  sink: Sink,
  key: string,
  etag: string | null,
  signal: AbortSignal,
): Promise<void> {
  const stored = await sink.read(key, { signal })
  if ((stored?.etag ?? null) === etag) return
  throw conflict(sink, key, 'another run published this window meanwhile; run again to compare', true)
}

/** Removes the version that was seen, and none that another run has put there since. */
async function removeSame(sink: Sink, key: string, etag: string, signal: AbortSignal): Promise<void> {
  if ((await sink.stat(key, { signal }))?.etag === etag) await sink.remove(key, { signal })
}

function alreadyThere(sink: Sink, key: string): ExportError {
  return conflict(
    sink,
    key,
    "the window is there already, and `ifExists: 'fail'` asks not to replace it",
    false,
  )
}

function notTaken({ location }: Sink, key: string): ExportError {
  const rule = 'the sink did not take all of the bytes it was given'
  return new ExportError(
    'SINK_CORRUPT',
    `${location}: stage ${key}: ${rule}; mend the sink, see sinkContract`,
    {
      location,
      operation: 'stage',
      key,
      rule,
    },
  )
}

function conflict({ location }: Sink, key: string, reason: string, retryable: boolean): ExportError {
  const details = { location, operation: 'publish', key, reason }
  return new ExportError('SINK_CONFLICT', `${location}: ${key}: ${reason}`, details, { retryable })
}
