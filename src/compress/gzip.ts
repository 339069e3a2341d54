// In: chunks of bytes. Out: a gzip file of blocks that are compressed in libuv's pool while the next one is made.

import { promisify } from 'node:util'
import { constants, crc32, createGunzip, deflateRaw } from 'node:zlib'
import { pipeline, Readable } from 'node:stream'
import { blocksOf } from './blocks.js'

const deflate = promisify(deflateRaw)

// As many as libuv has threads; more would only wait.
const BLOCKS_IN_FLIGHT = 4

/**
 * The default level, by measurement: 9 MB of events on one core, in blocks of 1 MiB, medians of seven rounds.
 *
 *     level       1     2     3     4     5     6     9
 *     MB/s      137   136   141   112    92    72    52
 *     of CSV   27.0  26.2  25.6  24.7  23.5  23.1  22.9 %
 *
 * 5 is a quarter faster than the usual 6 for a file that is 1.5 % larger; 4 is another fifth faster, for 6 %. Most of the
 * work of an export is this, so that it counts.
 */
const LEVEL = 5

// What is compressed is handed out in pieces of so much, and each piece waits for the event loop, which is busy with rows:
// of 16 KiB, as is usual, whole exports took a fifth longer. A MiB of CSV comes in one piece then, and what compresses worse
// in two or three. Pieces of 512 KiB took 4 % longer.
const COMPRESSED_BYTES = 320 * 1024

// RFC 1952: deflated, without time, name or comment, by an unknown system: the same bytes everywhere.
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff)
// RFC 1951: a last block of nothing, in fixed codes.
const LAST_BLOCK = Uint8Array.of(3, 0)

/**
 * Compresses chunks to gzip: one member of blocks that know nothing of each other. The bytes depend on the input alone.
 *
 * One member, as not all readers take more: where a stream cannot say that bytes are ready, Java's GZIPInputStream may
 * stop after the first without an error. Memory: four blocks of 1 MiB and their compressed forms. Pulls ahead by that
 * much and no further.
 */
export async function* gzip(
  chunks: AsyncIterable<Uint8Array>,
  level = LEVEL,
): AsyncGenerator<Uint8Array, void, void> {
  const inFlight: Promise<Uint8Array>[] = [Promise.resolve(HEADER)]
  const options = {
    level,
    memLevel: constants.Z_MAX_MEMLEVEL,
    finishFlush: constants.Z_SYNC_FLUSH,
    chunkSize: COMPRESSED_BYTES,
  }
  const spent: Uint8Array[] = []
  let checksum = 0
  let bytes = 0
  try {
    for await (const block of blocksOf(chunks, spent)) {
      checksum = crc32(block, checksum)
      bytes += block.length
      const compressed = deflate(block, options).then((piece) => {
        spent.push(block)
        return piece
      })
      // Waited for in order below; until then its failure is nobody's.
      compressed.catch(() => undefined)
      inFlight.push(compressed)
      if (inFlight.length >= BLOCKS_IN_FLIGHT) yield await next(inFlight)
    }
    while (inFlight.length > 0) yield await next(inFlight)
  } finally {
    await Promise.allSettled(inFlight)
  }
  yield LAST_BLOCK
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(checksum)
  trailer.writeUInt32LE(bytes % 2 ** 32, 4)
  yield trailer
}

async function next(inFlight: Promise<Uint8Array>[]): Promise<Uint8Array> {
  return (await inFlight.shift()) ?? new Uint8Array()
}

/** Whether the bytes begin a gzip file. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** Decompresses gzip, all members. Errors of zlib have a code that begins with `Z_`. */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const stream = createGunzip()
  const given = { bytes: 0 }
  // The errors of both sides come out of the iteration.
  pipeline(Readable.from(counted(chunks, given)), stream, () => undefined)
  yield* stream as AsyncIterable<Uint8Array>
  // What follows a member and does not begin another one ends zlib's reading without an error, and the members after
  // it would be missing.
  if (stream.bytesWritten < given.bytes) {
    throw Object.assign(new Error('bytes between or after the gzip members'), { code: 'Z_DATA_ERROR' })
  }
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  given: { bytes: number },
): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of chunks) {
    given.bytes += chunk.length
    // A copy: zlib reads it while the next one is asked for, by when it may have been written over.
    yield Buffer.from(chunk)
  }
}
