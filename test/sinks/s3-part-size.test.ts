import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  DEFAULT_PART_BYTES,
  equalPartSizes,
  growingPartSizes,
  MAX_OBJECT_BYTES,
  MAX_PART_BYTES,
  MAX_PARTS,
  MIN_PART_BYTES,
  type PartSizes,
} from '../../src/sinks/s3/part-size.js'
import { partsOf, type Part } from '../../src/sinks/s3/part-buffer.js'
import { MIB } from './places.js'

const TIB = 1024 * 1024 * MIB

/** The upload of so many bytes, on paper: part after part until all have one. */
function uploadOnPaper(sizes: PartSizes, bytes: number): { parts: number; sum: number; largest: number } {
  let sum = 0
  let parts = 0
  let largest = 0
  while (sum < bytes) {
    const size = Math.min(sizes.sizeOf(++parts), bytes - sum)
    largest = Math.max(largest, size)
    sum += size
  }
  return { parts, sum, largest }
}

describe('parts that grow', () => {
  test('hold 5 TB and 5 TiB in fewer than 10,000 parts, of about 1 GiB at most', () => {
    const sizes = growingPartSizes(DEFAULT_PART_BYTES)
    const decimal = uploadOnPaper(sizes, 5e12)
    expect(decimal).toEqual({ parts: 9529, sum: 5e12, largest: 1007 * MIB })
    const binary = uploadOnPaper(sizes, 5 * TIB)
    expect(binary.parts).toBeLessThanOrEqual(MAX_PARTS)
    expect(binary.largest).toBe(1007 * MIB)
  })

  test('stay small for usual files', () => {
    const sizes = growingPartSizes(DEFAULT_PART_BYTES)
    const largest = (gib: number) => uploadOnPaper(sizes, gib * 1024 * MIB).largest / MIB
    expect([1, 6, 10, 50, 100].map(largest)).toEqual([8, 8, 16, 64, 128])
  })

  test('hold 5 TiB whatever their first size is, each of 5 MiB to 5 GiB, none smaller than the one before', () => {
    fc.assert(
      fc.property(fc.integer({ min: MIN_PART_BYTES, max: MAX_PART_BYTES }), (first) => {
        const sizes = growingPartSizes(first)
        let sum = 0
        let before = first
        for (let part = 1; part <= MAX_PARTS; part++) {
          const size = sizes.sizeOf(part)
          if (size < before || size > MAX_PART_BYTES || size > 2 * before) return false
          before = size
          sum += size
        }
        return sizes.sizeOf(1) === first && sum >= MAX_OBJECT_BYTES && sizes.limitBytes === MAX_OBJECT_BYTES
      }),
      { numRuns: 50 },
    )
  })
})

test('equal parts end at 10,000 of them, or at 5 TiB', () => {
  const sizes = equalPartSizes(8 * MIB)
  expect(sizes.sizeOf(1)).toBe(sizes.sizeOf(MAX_PARTS))
  expect(sizes.limitBytes).toBe(80_000 * MIB)
  expect(equalPartSizes(MAX_PART_BYTES).limitBytes).toBe(MAX_OBJECT_BYTES)
})

describe('a body cut into parts', () => {
  async function cut(chunks: readonly number[], sizes: PartSizes): Promise<Part[]> {
    async function* body() {
      for (const [index, length] of chunks.entries()) yield Buffer.alloc(length, index + 1)
    }
    const parts: Part[] = []
    const { signal } = new AbortController()
    const tooLarge = () => new Error('too large')
    for await (const part of partsOf(body(), sizes, 'crc32', signal, tooLarge)) parts.push(part)
    return parts
  }
  /** Sizes of 1, 2, 3 bytes and so on, which no server would take. */
  const tiny: PartSizes = { limitBytes: 1000, sizeOf: (partNumber) => partNumber }

  test('has the same bytes, wherever its chunks end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 20 }), { maxLength: 30 }), async (chunks) => {
        const parts = await cut(chunks, tiny)
        const whole = Buffer.concat(chunks.map((length, index) => Buffer.alloc(length, index + 1)))
        expect(Buffer.concat(parts.map(({ bytes }) => bytes))).toEqual(whole)
        for (const [index, { partNumber, bytes }] of parts.entries()) {
          expect(partNumber).toBe(index + 1)
          if (index < parts.length - 1) expect(bytes).toHaveLength(tiny.sizeOf(partNumber))
          else expect(bytes.length).toBeLessThanOrEqual(tiny.sizeOf(partNumber))
        }
      }),
    )
  })

  test.each([[[]], [[0]], [[0, 0]]])('of the chunks %j is one empty part', async (chunks) => {
    expect((await cut(chunks, tiny)).map(({ bytes }) => bytes.length)).toEqual([0])
  })

  test('with the last byte that fits is whole, and with one more is refused before that is sent', async () => {
    expect((await cut([999, 1], tiny)).reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(1000)
    await expect(cut([999, 1, 1], tiny)).rejects.toThrow('too large')
  })

  test('is not changed by who uses the memory of a chunk again', async () => {
    const memory = Buffer.alloc(2)
    async function* body() {
      for (const letter of 'abc') {
        memory.fill(letter)
        yield memory
      }
    }
    const parts: string[] = []
    const { signal } = new AbortController()
    for await (const { bytes } of partsOf(body(), tiny, 'md5', signal, () => new Error('no'))) {
      parts.push(bytes.toString())
    }
    expect(parts).toEqual(['a', 'ab', 'bcc'])
  })

  test('is in the memory of one before it only once that is spent, and of its size', async () => {
    async function* body() {
      yield Buffer.from('abcdefghijklmnop')
    }
    const { signal } = new AbortController()
    const sizeOf = (partNumber: number): number => (partNumber <= 3 ? 2 : 4)
    const spent: Buffer[] = []
    const held: [Buffer, string][] = []
    const memories: Buffer[] = []
    const tooLarge = () => new Error('no')
    for await (const part of partsOf(
      body(),
      { sizeOf, limitBytes: 1000 },
      'crc32',
      signal,
      tooLarge,
      spent,
    )) {
      memories.push(part.memory)
      // The first one, and those of four bytes.
      if (part.partNumber === 1 || part.partNumber > 3) spent.push(part.memory)
      else held.push([part.bytes, String(part.bytes)])
      if (part.partNumber === 5) expect(String(part.bytes)).toBe('klmn')
    }
    expect(held.map(([bytes]) => String(bytes))).toEqual(held.map(([, text]) => text))
    expect(held.map(([, text]) => text)).toEqual(['cd', 'ef'])
    expect(memories.map((memory) => memories.indexOf(memory))).toEqual([0, 0, 2, 3, 3, 3])
  })
})
