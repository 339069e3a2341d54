// In: a day. Out: its rows, compared with its manifest as they are read.

import { digest, type Digest } from '../compress/digest.js'
import type { Dataset } from '../datasets/dataset.js'
import { resolveDialect, type Dialect } from '../csv/dialect.js'
import { ExportError, isExportError } from '../errors.js'
import { fileKey, type ManifestFile } from '../manifest/manifest.js'
import type { KeyWindow } from '../sinks/object-keys.js'
import type { Archive } from './archive.js'
import { isCalendarDay } from './calendar-day.js'
import { readRows, type CsvObserver, type ReadCsvOptions, type ReadRow } from './read-csv.js'
import { openDelivery, type OpenedDelivery } from './open-delivery.js'
import type { FoundManifest } from './read-manifest.js'

/** Options of {@link readDay}. Dialect and formula guard come from the manifest. */
export interface ReadDayOptions<Name extends string = string> extends Omit<
  ReadCsvOptions<Name>,
  'dialect' | 'formulaGuard'
> {
  readonly signal?: AbortSignal
}

/**
 * Reads the rows of a day (or of a window over several days) that was exported, and compares size, SHA-256 and number
 * of rows with its manifest on the way.
 *
 * Rows are handed out as they are read; the last row of a file only after the file has proved right, so who has seen
 * the end has seen the whole day. Memory: one chunk and its rows.
 *
 * @throws ExportError `SINK_NOT_FOUND` when the day was not exported, `SINK_CORRUPT` when a file is missing or is not the
 * one that the manifest describes (cut, changed, or being replaced right now: read again), with the line that was
 * reached, `MANIFEST_INVALID`, and what {@link readCsv} throws.
 * @example
 * const archive = memorySink()
 * const source = () => sampleEvents({ day: '2026-03-07', count: 10 })
 * await exportWindow({ dataset: events, window: dayWindow('2026-03-07'), source, sink: archive })
 * const rows = []
 * for await (const row of readDay(events, '2026-03-07', archive)) rows.push(row)
 * rows.length // 10
 */
export function readDay<
  const D extends Dataset,
  const O extends ReadDayOptions<D['columns'][number]['name']> = object,
>(
  dataset: D,
  day: string | KeyWindow,
  archive: Archive,
  options?: O,
): AsyncGenerator<ReadRow<D, O>, void, void> {
  return readRowsOfDay(dataset, day, archive, options ?? {}) as AsyncGenerator<ReadRow<D, O>, void, void>
}

/** Days to read: a list, or all from the first to the last, both included. */
export type DaySelection = readonly (string | KeyWindow)[] | { readonly from: string; readonly to: string }

/**
 * Reads the rows of several days, one after the other. A day that was not exported is an error, not a gap.
 *
 * @throws ExportError as {@link readDay} does.
 * @example
 * const archive = memorySink()
 * await exportDays({
 *   dataset: events,
 *   days: eachDay('2026-03-06', '2026-03-07'),
 *   source: ({ window }) => sampleEvents({ day: window.day, count: 10 }),
 *   sink: archive,
 * })
 * let rows = 0
 * for await (const row of readDays(events, { from: '2026-03-06', to: '2026-03-07' }, archive)) rows++
 * rows // 20
 */
export async function* readDays<
  const D extends Dataset,
  const O extends ReadDayOptions<D['columns'][number]['name']> = object,
>(dataset: D, days: DaySelection, archive: Archive, options?: O): AsyncGenerator<ReadRow<D, O>, void, void> {
  const list = 'from' in days ? calendarDays(days.from, days.to) : days
  for (const day of list) yield* readDay<D, O>(dataset, day, archive, options)
}

function calendarDays(from: string, to: string): string[] {
  if (!isCalendarDay(from) || !isCalendarDay(to) || to < from) {
    throw new ExportError(
      'WINDOW_INVALID',
      "days: expected `from` and `to` as two real dates 'YYYY-MM-DD', the first one first",
      { reason: 'from and to are not two dates in order' },
    )
  }
  const days: string[] = []
  const last = new Date(to)
  for (const day = new Date(from); day <= last; day.setUTCDate(day.getUTCDate() + 1)) {
    days.push(day.toISOString().slice(0, 10))
  }
  return days
}

async function* readRowsOfDay(
  dataset: Dataset,
  day: string | KeyWindow,
  archive: Archive,
  { signal, ...options }: ReadDayOptions,
): AsyncGenerator<Record<string, unknown>, void, void> {
  yield* readDelivery(dataset, await openDelivery(dataset, day, archive, signal), archive, options, signal)
}

/** The rows of all files of a delivery, compared with its manifest. */
export async function* readDelivery(
  dataset: Dataset,
  { found, pinned, first }: OpenedDelivery,
  archive: Archive,
  options: ReadCsvOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<Record<string, unknown>, void, void> {
  const { formulaGuard } = found.manifest.dialect
  const waiting = [first]
  try {
    signal?.throwIfAborted()
    const dialect = dialectOf(found)
    for (const file of found.manifest.files) {
      const key = fileKey(found.key, file)
      const open = (): AsyncIterable<Uint8Array> =>
        waiting.pop() ?? archive.open(key, openOptions(pinned ? file.etag : undefined, signal))
      const stored = { key, file, open }
      yield* readFile(dataset, stored, archive, { ...options, dialect, formulaGuard }, signal)
    }
  } finally {
    for (const chunks of waiting) await chunks[Symbol.asyncIterator]().return?.()
  }
}

function openOptions(
  ifMatch: string | undefined,
  signal: AbortSignal | undefined,
): { readonly ifMatch?: string; readonly signal?: AbortSignal } {
  return { ...(ifMatch === undefined ? {} : { ifMatch }), ...(signal === undefined ? {} : { signal }) }
}

function dialectOf({ key, manifest }: FoundManifest): Dialect {
  try {
    return resolveDialect(manifest.dialect as Dialect)
  } catch (cause) {
    const rule = 'its dialect is none'
    const message = `manifest ${key}: ${rule} (see cause); delete it and export the day again`
    throw new ExportError('MANIFEST_INVALID', message, { key, rule }, { cause })
  }
}

async function* readFile(
  dataset: Dataset,
  {
    key,
    file,
    open: openStored,
  }: {
    readonly key: string
    readonly file: ManifestFile
    readonly open: () => AsyncIterable<Uint8Array>
  },
  archive: Archive,
  options: ReadCsvOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<Record<string, unknown>, void, void> {
  const corrupt = (rule: string, line?: number, cause?: ExportError): ExportError =>
    corruptFile(archive, key, rule, line, cause)

  async function* open(): AsyncGenerator<Uint8Array, void, void> {
    try {
      yield* openStored()
    } catch (error) {
      // It is the manifest that says whether a day is there.
      if (isExportError(error, 'SINK_NOT_FOUND'))
        throw corrupt('is missing, and the manifest names it', undefined, error)
      if (isExportError(error, 'SINK_CONFLICT'))
        throw corrupt('was replaced while the day was read', undefined, error)
      throw error
    }
  }

  const stored = digest()
  const csv = digest()
  const observer: CsvObserver = { through: (chunks) => csv.through(chunks), line: 1 }
  let rows = 0
  let last: Record<string, unknown> | undefined
  try {
    for await (const row of readRows(dataset, stored.through(open()), options, observer)) {
      signal?.throwIfAborted()
      rows++
      // The row before is the last one that was delivered: it waits for the proof too.
      if (rows > file.rows) throw corrupt(`has more than ${file.rows} rows as in the manifest`, observer.line)
      if (last !== undefined) yield last
      last = row
    }
  } catch (error) {
    // The manifest vouched for the bytes: what cannot be parsed is not what was written.
    if (isExportError(error, 'CSV_MALFORMED')) throw corrupt(error.details.rule, error.details.line, error)
    if (!isExportError(error, 'CSV_HEADER_MISMATCH') && !isExportError(error, 'CELL_UNDECODABLE')) throw error
    // What the reader's dataset does not fit may be right; a day that is being replaced is not. The bytes tell.
    const again = digest()
    await again.take(open())
    const rule = storedDifference(file, again)
    throw rule === undefined ? error : corrupt(rule, observer.line, error)
  }
  const rule = difference(file, { stored, csv, rows })
  if (rule !== undefined) throw corrupt(rule, observer.line)
  if (last !== undefined) yield last
}

/** The first thing in which a file that was read differs from its entry in the manifest. */
function difference(
  file: ManifestFile,
  read: { readonly stored: Digest; readonly csv: Digest; readonly rows: number },
): string | undefined {
  const { stored, csv, rows } = read
  const rule = storedDifference(file, stored)
  if (rule !== undefined) return rule
  if (csv.sha256() !== file.csvSha256) return 'holds CSV with another SHA-256 than in the manifest'
  if (rows !== file.rows) return `has ${rows} rows and not ${file.rows} as in the manifest`
  return undefined
}

function storedDifference(file: ManifestFile, stored: Digest): string | undefined {
  if (stored.bytes !== file.bytes) return `has ${stored.bytes} bytes and not ${file.bytes} as in the manifest`
  if (stored.sha256() !== file.sha256) return 'has another SHA-256 than in the manifest'
  if (file.crc32 !== undefined && stored.crc32() !== file.crc32)
    return 'has another CRC-32 than in the manifest'
  return undefined
}

function corruptFile(
  { location }: Archive,
  key: string,
  rule: string,
  line: number | undefined,
  cause: ExportError | undefined,
): ExportError {
  const place = line === undefined ? '' : ` (read up to line ${line})`
  return new ExportError(
    'SINK_CORRUPT',
    `${location}: ${key}: ${rule}${place}; read again if the day is being replaced, or else export it again`,
    { location, operation: 'read', key, rule, ...(line === undefined ? {} : { line }) },
    { retryable: true, ...(cause === undefined ? {} : { cause }) },
  )
}
