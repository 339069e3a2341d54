// In compression a block costs five bytes, and what it does not know of the text before it: of 1 MiB each the file is 0.8 %
// larger than in one piece, of 128 KiB 6.7 %. Written plain, each is a call that is waited for.
const BLOCK_BYTES = 1024 * 1024

/** Gathers chunks into blocks of at least 1 MiB; the last one has what is left. */
export async function* blocksOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let gathered: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    gathered.push(chunk)
    bytes += chunk.length
    if (bytes < BLOCK_BYTES) continue
    yield Buffer.concat(gathered, bytes)
    gathered = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(gathered, bytes)
}
