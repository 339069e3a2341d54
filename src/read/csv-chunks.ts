// In: the bytes of a file as they were given, plain or gzip. Out: the bytes of its CSV.

import { Readable } from 'node:stream'
import { types } from 'node:util'
import { untilAborted } from '../abort.js'
import { gunzip, isGzip } from '../compress/gzip.js'
import { isObject } from '../options.js'

/** The bytes of a file: whole, or in chunks cut anywhere. */
export type CsvBytes = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>

export function isCsvBytes(value: unknown): boolean {
  return isObject(value) && (Symbol.asyncIterator in value || Symbol.iterator in value)
}

async function* chunksOf(bytes: CsvBytes): AsyncGenerator<Uint8Array, void, void> {
  // Not instanceof: bytes of another realm, as in a test runner's sandbox, are bytes.
  if (types.isUint8Array(bytes)) return yield bytes
  for await (const chunk of bytes) {
    requireChunk(chunk)
    yield chunk
  }
}

// Left to Node, the error would quote the text.
function requireChunk(chunk: unknown): void {
  if (types.isUint8Array(chunk)) return
  const rule = `expected chunks of bytes (Uint8Array), received ${typeof chunk}`
  throw new TypeError(`bytes: ${rule}; open streams without an encoding`)
}

/** The bytes of the CSV itself, whether they come plain or as gzip: its first two bytes tell. */
export async function* plainChunks(bytes: CsvBytes): AsyncGenerator<Uint8Array, void, void> {
  const closing = new AbortController()
  // What is all there keeps nobody waiting.
  const isAllThere = types.isUint8Array(bytes) || Array.isArray(bytes)
  const chunks = isAllThere ? chunksOf(bytes) : untilAborted(chunksOf(bytes), closing.signal)
  let head: Uint8Array = new Uint8Array()
  try {
    while (head.length < 2) {
      const next = await chunks.next()
      if (next.done === true) break
      // A copy where more has to come, by when the chunk may have been written over.
      head = next.value.length >= 2 && head.length === 0 ? next.value : Buffer.concat([head, next.value])
    }
    const all = prepend(head, chunks)
    yield* isGzip(head) ? gunzip(all) : all
  } finally {
    // Decompression pulls ahead: whoever stops reading must not wait for a chunk that may never come.
    closing.abort()
    if (bytes instanceof Readable) bytes.destroy()
    await chunks.return()
  }
}

async function* prepend(
  head: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  if (head.length > 0) yield head
  yield* rest
}
