import { createHash } from 'node:crypto'

/** Counts and hashes bytes as they pass. */
export interface Digest {
  readonly bytes: number
  /** The SHA-256 of all the bytes, in hex. Ends the counting. */
  sha256(): string
  /** Passes the chunks on unchanged. */
  through(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void>
}

export function digest(): Digest {
  const hash = createHash('sha256')
  let bytes = 0
  let hex: string | undefined
  return {
    get bytes() {
      return bytes
    },
    sha256: () => (hex ??= hash.digest('hex')),
    async *through(chunks) {
      for await (const chunk of chunks) {
        hash.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    },
  }
}
