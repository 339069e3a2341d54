/** The chunks as one. */
export async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const gathered = []
  for await (const chunk of chunks) gathered.push(chunk)
  return Buffer.concat(gathered)
}
