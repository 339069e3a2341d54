// In: the bytes of a day. Out: its files, staged in the sink and described for the manifest.

import { randomUUID } from 'node:crypto'
import { untilAborted } from '../abort.js'
import { digest } from '../compress/digest.js'
import { gzip } from '../compress/gzip.js'
import type { EndOfFile } from '../csv/split-csv.js'
import { DayfileError } from '../errors.js'
import type { ManifestFile } from '../publish/manifest.js'
import type { Sink, StagedObject } from '../sinks/sink.js'
import type { Progress } from './progress.js'
import type { StagedFile } from '../publish/publish.js'
import { openUnnamedFile, type UnnamedFile } from './unnamed-file.js'

/** What is to become files. */
export interface FilesToStage {
  readonly sink: Sink
  readonly compression: 'gzip' | 'none'
  /** The rows whose bytes have been given out so far. */
  readonly rows: () => number
  readonly progress: Progress
  readonly signal: AbortSignal
  /** Ends the source, so that a body which waits for it can be closed. */
  readonly fail: (error: unknown) => void
}

/** A staged file with what the manifest says of it. */
export interface DescribedFile extends StagedFile {
  readonly file: Omit<ManifestFile, 'etag'>
}

/** Stages one file as its bytes come. */
export async function stageFile(
  key: string,
  chunks: AsyncIterable<Uint8Array>,
  toStage: FilesToStage,
): Promise<DescribedFile> {
  const { sink, compression, rows, signal, fail } = toStage
  const before = await sink.stat(key, { signal })
  const csv = digest()
  // What is not compressed is stored as it is: to hash it once is enough.
  const stored = compression === 'gzip' ? digest() : csv
  const csvBytes = csv.through(chunks)
  const body = compression === 'gzip' ? stored.through(gzip(csvBytes)) : csvBytes
  const staged = await stage(toStage, key, body, before?.etag ?? null).catch(async (error: unknown) => {
    fail(error)
    // A sink that left the body during a pull could not wait for its end. It is near: the source has been ended.
    await body.return().catch(() => undefined)
    throw error
  })
  if (!stored.ended) {
    await staged.discard().catch(() => undefined)
    throw notTaken(sink, key)
  }
  return { key, staged, before, file: { key, ...describe(rows(), csv, stored) } }
}

/**
 * Stages the files that the bytes are cut into. What they are called depends on how many there are and what they hold: until
 * that is known they wait on the local disk, compressed, one after another in a file without a name.
 */
export async function stageSplitFiles(
  keysOf: (files: readonly Omit<ManifestFile, 'etag' | 'key'>[]) => readonly string[],
  chunks: AsyncIterable<Uint8Array | EndOfFile>,
  toStage: FilesToStage,
): Promise<DescribedFile[]> {
  const { sink, signal } = toStage
  const disk = await openUnnamedFile()
  const staged: DescribedFile[] = []
  try {
    const written = await writeFiles(disk, untilAborted(chunks, signal), toStage)
    const keys = keysOf(written)
    let start = 0
    for (const [index, file] of written.entries()) {
      const key = keys[index]
      if (key === undefined) throw new Error('each file has a key')
      const before = await sink.stat(key, { signal })
      const body = disk.read(start, start + file.bytes)
      const object = await stage(toStage, key, body, before?.etag ?? null)
      staged.push({ key, staged: object, before, file: { key, ...file } })
      start += file.bytes
    }
    return staged
  } catch (error) {
    await Promise.allSettled(staged.map((file) => file.staged.discard()))
    throw error
  } finally {
    await disk.close()
  }
}

async function writeFiles(
  disk: UnnamedFile,
  chunks: AsyncIterable<Uint8Array | EndOfFile>,
  { compression, fail }: FilesToStage,
): Promise<Omit<ManifestFile, 'etag' | 'key'>[]> {
  const iterator = chunks[Symbol.asyncIterator]()
  const files: Omit<ManifestFile, 'etag' | 'key'>[] = []
  let end: EndOfFile = { rows: 0, isLast: false }
  async function* bytesOfFile(): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      const step = await iterator.next()
      if (step.done === true) return
      if ('isLast' in step.value) {
        end = step.value
        // To the very end, at which your application is told of it.
        if (!end.isLast) return
      } else {
        yield step.value
      }
    }
  }
  try {
    while (!end.isLast) {
      const csv = digest()
      const stored = compression === 'gzip' ? digest() : csv
      const csvBytes = csv.through(bytesOfFile())
      const body = compression === 'gzip' ? stored.through(gzip(csvBytes)) : csvBytes
      if (files.length === MAX_FILES) throw tooManyFiles()
      for await (const chunk of body) {
        await disk.append(chunk).catch((error: unknown) => {
          // Ends the source: the body is closed next, which waits for it.
          fail(error)
          throw error
        })
      }
      files.push(describe(end.rows, csv, stored))
    }
    return files
  } finally {
    await iterator.return?.()
  }
}

// Each name has five digits, so that their order is that of the files.
const MAX_FILES = 99_999

function tooManyFiles(): RangeError {
  return new RangeError(`export option split: more than ${MAX_FILES} files; allow more rows or bytes in each`)
}

async function stage(
  { sink, progress, signal }: FilesToStage,
  key: string,
  body: AsyncIterable<Uint8Array>,
  ifMatch: string | null,
): Promise<StagedObject> {
  // Ends with the staging: what has begun to be published is not for the sink to break off.
  const staging = new AbortController()
  const stop = (): void => {
    staging.abort(signal.reason)
  }
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await sink.stage(key, progress.taken(body), {
      // What the object holds; that it is compressed is said by its name.
      contentType: 'text/csv; charset=utf-8',
      ifMatch,
      id: randomUUID(),
      onPart: progress.onPart,
      signal: staging.signal,
    })
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function describe(
  rows: number,
  csv: ReturnType<typeof digest>,
  stored: ReturnType<typeof digest>,
): Omit<ManifestFile, 'etag' | 'key'> {
  return {
    bytes: stored.bytes,
    sha256: stored.sha256(),
    crc32: stored.crc32(),
    rows,
    csvBytes: csv.bytes,
    csvSha256: csv.sha256(),
  }
}

function notTaken({ location }: Sink, key: string): DayfileError {
  const rule = 'the sink did not take all of the bytes it was given'
  return new DayfileError(
    'SINK_CORRUPT',
    `${location}: stage ${key}: ${rule}; fix the sink; see sinkContract`,
    { location, operation: 'stage', key, rule },
  )
}
