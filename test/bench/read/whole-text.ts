/** The file as a string, for libraries that take nothing else. */
export function wholeText(chunks: readonly Uint8Array[]): string {
  return Buffer.concat(chunks).toString()
}

/** Text in pieces, for libraries that take some. */
export function* textPieces(chunks: readonly Uint8Array[]): Generator<string, void, void> {
  const decoder = new TextDecoder()
  for (const chunk of chunks) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}

const CHUNK_BYTES = 64 * 1024

/** As a file or a socket gives them. */
export function chunksOf(bytes: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let from = 0; from < bytes.length; from += CHUNK_BYTES) {
    chunks.push(bytes.subarray(from, from + CHUNK_BYTES))
  }
  return chunks
}
