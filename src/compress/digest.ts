import { createHash } from 'node:crypto'

/** Counts and hashes bytes as they pass. */
export interface Digest {
  readonly bytes: number
  /** Whether all of the chunks have passed. */
  readonly ended: boolean
  /** The SHA-256 of all the bytes, in hex. Ends the counting. */
  sha256(): string
  /** Passes the chunks on unchanged. */
  through(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void>
  /** Takes the chunks to their end. */
  take(chunks: AsyncIterable<Uint8Array>): Promise<void>
}

export function digest(): Digest {
  const hash = createHash('sha256')
  let bytes = 0
  let ended = false
  let hex: string | undefined

  function add(chunk: Uint8Array): void {
    hash.update(chunk)
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
