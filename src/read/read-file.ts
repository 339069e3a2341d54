// In: one file of a publication, and what its manifest says of it. Out: its rows, or in what the two differ.

import { digest, type Digest } from '../compress/digest.js'
import type { Dataset } from '../datasets/dataset.js'
import { DayfileError, isDayfileError, type ErrorCode } from '../errors.js'
import type { ManifestFile } from '../publish/manifest.js'
import type { Archive } from './archive.js'
import type { TracedRead } from '../tracing.js'
import { readRows, type CsvObserver, type ReadCsvOptions } from './read-csv.js'

/** A file as it is stored, beside its entry in the manifest. */
export interface StoredFile {
  readonly key: string
  readonly file: ManifestFile
  readonly open: () => AsyncIterable<Uint8Array>
}

// What a file may be although it is the right one: not what the reader's dataset, or its schema, expects.
const UNFIT: readonly ErrorCode[] = ['CSV_HEADER_MISMATCH', 'CELL_UNDECODABLE', 'CSV_INVALID']

/** The rows of a file, the last one only after size, digests and number of rows proved to be those of the manifest. */
export async function* readFile(
  dataset: Dataset,
  storedFile: StoredFile,
  archive: Archive,
  options: ReadCsvOptions,
  signal: AbortSignal | undefined,
  traced?: TracedRead,
): AsyncGenerator<Record<string, unknown>, void, void> {
  const { key, file } = storedFile
  const corrupt = (rule: string, line?: number, cause?: DayfileError): DayfileError =>
    corruptFile(archive, key, rule, line, cause)

  const stored = digest()
  const csv = digest()
  const bytes = stored.through(namedByManifest(storedFile, archive, signal, traced))
  const observer: CsvObserver = { through: (chunks) => csv.through(chunks), line: 1 }
  let rows = 0
  let last: Record<string, unknown> | undefined
  const handOut = (row: Record<string, unknown>): Record<string, unknown> => {
    if (traced !== undefined) traced.trace.rows++
    return row
  }
  try {
    for await (const row of readRows(dataset, bytes, options, observer)) {
      signal?.throwIfAborted()
      rows++
      // The row before is the last one that was published: it waits for the proof too.
      if (rows > file.rows)
        throw corrupt(`has more rows than the ${file.rows} in the manifest`, observer.line)
      if (last !== undefined) yield handOut(last)
      last = row
    }
  } catch (error) {
    // The manifest vouched for the bytes: what cannot be parsed is not what was written.
    if (isDayfileError(error, 'CSV_MALFORMED')) throw corrupt(error.details.rule, error.details.line, error)
    if (!isDayfileError(error) || !UNFIT.includes(error.code)) throw error
    // What the reader's dataset does not fit may be right; a day that is being replaced is not. The bytes tell.
    const rule = await storedRule(storedFile, archive, signal)
    throw rule === undefined ? error : corrupt(rule, observer.line, error)
  }
  const rule = difference(file, { stored, csv, rows })
  if (rule !== undefined) throw corrupt(rule, observer.line)
  if (last !== undefined) yield handOut(last)
}

/** In what the stored bytes of a file differ from its entry in the manifest; none of its rows is read. */
export async function storedFault(
  stored: StoredFile,
  archive: Archive,
  signal: AbortSignal | undefined,
): Promise<DayfileError | undefined> {
  const rule = await storedRule(stored, archive, signal)
  return rule === undefined ? undefined : corruptFile(archive, stored.key, rule)
}

async function storedRule(
  stored: StoredFile,
  archive: Archive,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const read = digest()
  await read.take(namedByManifest(stored, archive, signal))
  return storedDifference(stored.file, read)
}

/** The bytes of a file. It is the manifest that says whether a day is there: without the file it is damaged. */
async function* namedByManifest(
  { key, open }: StoredFile,
  archive: Archive,
  signal: AbortSignal | undefined,
  traced?: TracedRead,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    for await (const chunk of traced === undefined ? open() : followed(traced, open)) {
      // An archive may take no notice of the signal, and strict reading hands out no rows to look at it between.
      signal?.throwIfAborted()
      yield chunk
    }
  } catch (error) {
    if (isDayfileError(error, 'SINK_NOT_FOUND'))
      throw corruptFile(archive, key, 'is missing, though the manifest names it', undefined, error)
    if (isDayfileError(error, 'SINK_CONFLICT'))
      throw corruptFile(archive, key, 'was replaced while the day was read', undefined, error)
    throw error
  }
}

/** The same bytes, counted; what the archive does for them belongs to the read, whatever code consumes the rows. */
function followed(traced: TracedRead, open: () => AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const iterator = traced.inContext(() => open()[Symbol.asyncIterator]())
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const step = await traced.inContext(() => iterator.next())
        if (step.done !== true) traced.trace.bytes += step.value.byteLength
        return step
      },
      return: async () =>
        (await traced.inContext(() => iterator.return?.())) ?? { done: true, value: undefined },
    }),
  }
}

/** The first thing in which a file that was read differs from its entry in the manifest. */
function difference(
  file: ManifestFile,
  read: { readonly stored: Digest; readonly csv: Digest; readonly rows: number },
): string | undefined {
  const { stored, csv, rows } = read
  const rule = storedDifference(file, stored)
  if (rule !== undefined) return rule
  if (csv.sha256() !== file.csvSha256) return 'contains CSV with another SHA-256 than the manifest'
  if (rows !== file.rows) return `has ${rows} rows, but the manifest says ${file.rows}`
  return undefined
}

function storedDifference(file: ManifestFile, stored: Digest): string | undefined {
  if (stored.bytes !== file.bytes) return `has ${stored.bytes} bytes, but the manifest says ${file.bytes}`
  if (stored.sha256() !== file.sha256) return 'has another SHA-256 than the manifest'
  if (file.crc32 !== undefined && stored.crc32() !== file.crc32) return 'has another CRC-32 than the manifest'
  return undefined
}

function corruptFile(
  { location }: Archive,
  key: string,
  rule: string,
  line?: number,
  cause?: DayfileError,
): DayfileError {
  const place = line === undefined ? '' : ` (read up to line ${line})`
  return new DayfileError(
    'SINK_CORRUPT',
    `${location}: ${key}: ${rule}${place}; read again if the day is being replaced; otherwise export it again`,
    { location, operation: 'read', key, rule, ...(line === undefined ? {} : { line }) },
    { retryable: true, ...(cause === undefined ? {} : { cause }) },
  )
}
