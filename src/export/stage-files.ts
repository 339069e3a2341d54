// In: the bytes of a day. Out: its files, staged in the sink and described for the manifest.

import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { untilAborted } from '../abort.js'
import { digest } from '../compress/digest.js'
import { gzip } from '../compress/gzip.js'
import type { EndOfFile } from '../csv/split-csv.js'
import { ExportError } from '../errors.js'
import type { ManifestFile } from '../manifest/manifest.js'
import type { Sink, StagedObject } from '../sinks/sink.js'
import type { StagedFile } from './publication.js'

/** What is to become files. */
export interface FilesToStage {
  readonly sink: Sink
  readonly compression: 'gzip' | 'none'
  /** The rows whose bytes have been given out so far. */
  readonly rows: () => number
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
  return { key, staged, before, file: describe(key, rows(), csv, stored) }
}

/**
 * Stages the files that the bytes are cut into. How many there are stands in their names, and is known at the end: until
 * then they lie in the folder for temporary files, compressed, which needs as much room.
 */
export async function stageSplitFiles(
  keyOf: (index: number, count: number) => string,
  chunks: AsyncIterable<Uint8Array | EndOfFile>,
  toStage: FilesToStage,
): Promise<DescribedFile[]> {
  const { sink, signal } = toStage
  const folder = await mkdtemp(join(tmpdir(), 'dayfile-'))
  const pathOf = (index: number): string => join(folder, String(index))
  const staged: DescribedFile[] = []
  try {
    const written = await writeFiles(pathOf, untilAborted(chunks, signal), toStage)
    for (const [index, file] of written.entries()) {
      const key = keyOf(index, written.length)
      const before = await sink.stat(key, { signal })
      const body = createReadStream(pathOf(index), { highWaterMark: 256 * 1024 })
      const object = await stage(toStage, key, body, before?.etag ?? null)
      staged.push({ key, staged: object, before, file: { ...file, key } })
    }
    return staged
  } catch (error) {
    for (const file of staged) await file.staged.discard().catch(() => undefined)
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeFiles(
  pathOf: (index: number) => string,
  chunks: AsyncIterable<Uint8Array | EndOfFile>,
  { compression }: FilesToStage,
): Promise<Omit<ManifestFile, 'etag'>[]> {
  const iterator = chunks[Symbol.asyncIterator]()
  const files: Omit<ManifestFile, 'etag'>[] = []
  let end: EndOfFile = { rows: 0, isLast: false }
  async function* bytesOfFile(): AsyncGenerator<Uint8Array, void, void> {
    for (let step = await iterator.next(); step.done !== true; step = await iterator.next()) {
      if ('isLast' in step.value) {
        end = step.value
        return
      }
      yield step.value
    }
  }
  try {
    while (!end.isLast) {
      const csv = digest()
      const stored = compression === 'gzip' ? digest() : csv
      const csvBytes = csv.through(bytesOfFile())
      const body = compression === 'gzip' ? stored.through(gzip(csvBytes)) : csvBytes
      await pipeline(Readable.from(body), createWriteStream(pathOf(files.length)))
      files.push(describe('', end.rows, csv, stored))
    }
    return files
  } finally {
    await iterator.return?.()
  }
}

async function stage(
  { sink, signal }: FilesToStage,
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
    return await sink.stage(key, body, {
      // What the object holds; that it is compressed is said by its name.
      contentType: 'text/csv; charset=utf-8',
      ifMatch,
      id: randomUUID(),
      signal: staging.signal,
    })
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function describe(
  key: string,
  rows: number,
  csv: ReturnType<typeof digest>,
  stored: ReturnType<typeof digest>,
): Omit<ManifestFile, 'etag'> {
  return {
    key,
    bytes: stored.bytes,
    sha256: stored.sha256(),
    crc32: stored.crc32(),
    rows,
    csvBytes: csv.bytes,
    csvSha256: csv.sha256(),
  }
}

function notTaken({ location }: Sink, key: string): ExportError {
  const rule = 'the sink did not take all of the bytes it was given'
  return new ExportError(
    'SINK_CORRUPT',
    `${location}: stage ${key}: ${rule}; mend the sink, see sinkContract`,
    { location, operation: 'stage', key, rule },
  )
}
