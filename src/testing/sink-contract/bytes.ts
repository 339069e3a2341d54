// The bytes that laws write, and how they are compared with what is read.

import assert from 'node:assert/strict'

export const MIB = 1024 * 1024

// deepEqual of large buffers is slow, and its message of 12 MiB is slower.
export function assertSame(actual: Uint8Array | null, expected: Uint8Array): void {
  assert.ok(actual !== null, 'there is no object')
  assert.equal(actual.length, expected.length, 'the object has another length')
  assert.ok(Buffer.compare(actual, expected) === 0, 'the object has other bytes')
}

export function patterned(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  // A period of 251 fits no power of two: a part in the wrong place shows.
  for (let index = 0; index < length; index++) bytes[index] = index % 251
  return bytes
}

export async function* chunksOf(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, void> {
  for (const chunk of chunks) yield await Promise.resolve(chunk)
}

export async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}
