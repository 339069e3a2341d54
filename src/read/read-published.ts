// In: a publication that has been opened. Out: its rows, compared with its manifest as they are read.

import { resolveDialect, type Dialect } from '../csv/dialect.js'
import { selectColumns } from '../csv/row-decoder.js'
import { requireDataset, type Dataset } from '../datasets/dataset.js'
import { DayfileError } from '../errors.js'
import { fileKey } from '../publish/manifest.js'
import { oneOf, SIGNAL, type OptionTable } from '../options.js'
import type { KeyWindow } from '../sinks/object-keys.js'
import { traceRead, type TracedRead } from '../tracing.js'
import { requireArchive, type Archive } from './archive.js'
import { ATTEMPTS, openDay, dayReplaced, type OpenedDay } from './open-day.js'
import { READ_CSV_OPTIONS, type ReadCsvOptions } from './read-csv.js'
import { readFile, type StoredFile } from './read-file.js'
import { requireKeyWindow, type FoundManifest } from './read-manifest.js'

/** Options of `readDay`. Dialect and formula guard come from the manifest. */
export interface ReadDayOptions<Name extends string = string> extends Omit<
  ReadCsvOptions<Name>,
  'dialect' | 'formulaGuard'
> {
  /**
   * 'while-reading' (the default) compares each file with the manifest as its rows are handed out, and fails before its
   * last row. 'before' reads the whole day first, so that no row of a wrong day is ever handed out: twice the time and
   * the requests, and no more memory.
   */
  readonly verify?: 'while-reading' | 'before' | undefined
  readonly signal?: AbortSignal | undefined
}

const { dialect: DIALECT, formulaGuard: GUARD, ...OF_ROWS } = READ_CSV_OPTIONS
export const READ_DAY_OPTIONS = {
  ...OF_ROWS,
  verify: oneOf('while-reading', 'before'),
  signal: SIGNAL,
} satisfies OptionTable<ReadDayOptions>

/** {@link ReadDayOptions} with what belongs to the rows apart from the rest. */
export interface DayOptions {
  readonly rows: ReadCsvOptions
  readonly verifyFirst: boolean
  readonly signal: AbortSignal | undefined
}

/** Takes options that were checked. */
export function dayOptions(dataset: Dataset, options: ReadDayOptions): DayOptions {
  requireDataset(dataset)
  const { verify, signal, ...rows } = options
  // Said now, and not with the first day that comes.
  selectColumns(dataset, rows.columns)
  return { rows, verifyFirst: verify === 'before', signal }
}

/** A publication to be read, or closed: its tracing ends with either. */
export interface DayToRead extends OpenedDay {
  readonly traced?: TracedRead | undefined
}

/** Opens a day, after it was verified where that was asked for: the very publication that was verified. */
export async function openAsked(
  dataset: Dataset,
  archive: Archive,
  day: string | KeyWindow,
  options: DayOptions,
): Promise<DayToRead> {
  requireArchive(archive)
  options.signal?.throwIfAborted()
  const { location } = archive
  const traced = traceRead({ dataset: dataset.name, ...requireKeyWindow(day), location })
  if (traced === undefined) return openVerified(dataset, archive, day, options)
  try {
    const opened = await traced.inContext(() => openVerified(dataset, archive, day, options))
    traced.trace.revision = opened.found.manifest.revision
    return { ...opened, traced }
  } catch (error) {
    traced.fail(error)
    throw error
  }
}

async function openVerified(
  dataset: Dataset,
  archive: Archive,
  day: string | KeyWindow,
  options: DayOptions,
): Promise<OpenedDay> {
  const { verifyFirst, signal } = options
  let opened = await openDay(dataset, archive, day, signal)
  if (!verifyFirst) return opened
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const verified = JSON.stringify(opened.found.manifest)
    const rows = readPublished(dataset, opened, archive, options)
    while ((await rows.next()).done !== true);
    opened = await openDay(dataset, archive, day, signal)
    // If it was replaced since, it is another one that has to be verified.
    if (JSON.stringify(opened.found.manifest) === verified) return opened
  }
  await closeDay(opened)
  throw dayReplaced(archive, opened.found.key)
}

/** Closes a publication, even if nothing was read of it, or all. */
export async function closeDay({ first, traced }: DayToRead): Promise<void> {
  await first[Symbol.asyncIterator]().return?.()
  traced?.end('left')
}

/** What has become of a publication that is being read. */
export interface Reading {
  /** Whether it came to its end, in one way or another. */
  isOver: boolean
  /** What it ended with instead of its last row. */
  failure?: { readonly error: unknown }
}

/** The rows of all files of a publication, compared with its manifest. */
export async function* readPublished(
  dataset: Dataset,
  opened: DayToRead,
  archive: Archive,
  { rows: options, signal }: Pick<DayOptions, 'rows' | 'signal'>,
  reading: Reading = { isOver: false },
): AsyncGenerator<Record<string, unknown>, void, void> {
  const { found, traced } = opened
  const { formulaGuard } = found.manifest.dialect
  try {
    signal?.throwIfAborted()
    const dialect = dialectOf(found)
    for (const stored of storedFiles(opened, archive, signal)) {
      yield* readFile(dataset, stored, archive, { ...options, dialect, formulaGuard }, signal, traced)
    }
    traced?.end('complete')
  } catch (error) {
    reading.failure = { error }
    traced?.fail(error)
    throw error
  } finally {
    reading.isOver = true
    await closeDay(opened)
  }
}

/**
 * The files of a publication; where it is pinned, in the versions that its manifest names. The first one has been opened: what
 * reads it first goes on with that.
 */
export function storedFiles(
  { found, pinned, first }: OpenedDay,
  archive: Archive,
  signal: AbortSignal | undefined,
): StoredFile[] {
  const waiting = [first]
  return found.manifest.files.map((file, index) => {
    const key = fileKey(found.key, file)
    const options = {
      ifMatch: pinned ? file.etag : undefined,
      signal,
    }
    const open = (): AsyncIterable<Uint8Array> =>
      (index === 0 ? waiting.pop() : undefined) ?? archive.open(key, options)
    return { key, file, open }
  })
}

function dialectOf({ key, manifest }: FoundManifest): Dialect {
  try {
    return resolveDialect(manifest.dialect as Dialect)
  } catch (cause) {
    const rule = 'its dialect is not valid'
    const message = `manifest ${key}: ${rule} (see cause); delete it and export the day again`
    throw new DayfileError('MANIFEST_INVALID', message, { key, rule }, { cause })
  }
}
