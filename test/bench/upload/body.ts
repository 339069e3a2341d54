// The bytes that are uploaded, ready in memory. They are the same in every process, and 16 MB of them stand for all.

import { createCipheriv } from 'node:crypto'

const MIB = 1024 * 1024

// As the gzip stage hands them out.
export const CHUNK_BYTES = 320 * 1024
export const BODY_BYTES = 512 * MIB
export const CHUNKS = Math.ceil(BODY_BYTES / CHUNK_BYTES)

// With so many no two of the first 255 parts of 8 MiB are the same: one in the place of another would be seen.
const CHUNKS_MADE = 51

const CHUNKS_THERE = chunksMade()

/** The body, chunk by chunk. */
export async function* bodyChunks(): AsyncGenerator<Buffer, void, void> {
  for (let at = 0, index = 0; at < BODY_BYTES; at += CHUNK_BYTES, index++) {
    const chunk = CHUNKS_THERE[index % CHUNKS_MADE] ?? Buffer.alloc(0)
    yield chunk.subarray(0, BODY_BYTES - at)
  }
}

/** The body in one piece. */
export async function wholeBody(): Promise<Buffer> {
  const whole = Buffer.allocUnsafeSlow(BODY_BYTES)
  let at = 0
  for await (const chunk of bodyChunks()) at += chunk.copy(whole, at)
  return whole
}

/** Noise, as compressed bytes are: the key stream of a cipher. */
function chunksMade(): Buffer[] {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16))
  return Array.from({ length: CHUNKS_MADE }, () => cipher.update(Buffer.alloc(CHUNK_BYTES)))
}
