import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** Counts and hashes bytes as they pass. */
export interface Digest {
  readonly bytes: number
  /** Whether all of the chunks have passed. */
  readonly ended: boolean
  /** The SHA-256 of all the bytes, in hex. Ends the counting. */
  sha256(): string
  /** The CRC-32 of all the bytes so far, as 8 digits in hex. */
  crc32(): string
  /** Passes the chunks on unchanged. */
  through(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void>
  /** Takes the chunks to their end. */
  take(chunks: AsyncIterable<Uint8Array>): Promise<void>
}

export function digest(): Digest {
  const hash = createHash('sha256')
  let bytes = 0
  let checksum = 0
  let ended = false
  let hex: string | undefined

  function add(chunk: Uint8Array): void {
    hash.update(chunk)
    checksum = crc32(chunk, checksum)
    bytes += chunk.length
  }

  return {
    get bytes() {
      return bytes
    },
    get ended() {
      return ended
    },
    sha256: () => (hex ??= hash.digest('hex')),
    crc32: () => checksum.toString(16).padStart(8, '0'),
    async *through(chunks) {
      for await (const chunk of chunks) {
        add(chunk)
        yield chunk
      }
      ended = true
    },
    async take(chunks) {
      for await (const chunk of chunks) add(chunk)
      ended = true
    },
  }
}
