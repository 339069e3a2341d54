// In compression a block costs five bytes, and what it does not know of the text before it: of 1 MiB each the file is 0.8 %
// larger than in one piece, of 128 KiB 6.7 %.
export const BLOCK_BYTES = 1024 * 1024

/**
 * Copies bytes into blocks of 1 MiB, wherever the chunks are cut; the last one has what is left. Writes over `spent` blocks
 * before it takes new ones.
 */
export async function* blocksOf(
  chunks: AsyncIterable<Uint8Array>,
  spent: Uint8Array[],
): AsyncGenerator<Uint8Array, void, void> {
  let block: Uint8Array | undefined
  let filled = 0
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length;) {
      block ??= spent.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES)
      const piece = chunk.subarray(from, from + BLOCK_BYTES - filled)
      block.set(piece, filled)
      filled += piece.length
      from += piece.length
      if (filled < BLOCK_BYTES) continue
      yield block
      block = undefined
      filled = 0
    }
  }
  if (block !== undefined) yield block.subarray(0, filled)
}
