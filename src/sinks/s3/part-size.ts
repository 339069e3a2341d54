// How large the parts of an upload are whose length nobody knows: small at first, so that memory is, and larger and
// larger, so that 10,000 of them hold the largest object there can be.

const MIB = 1024 * 1024

/** What S3 allows of one upload. */
export const MAX_PARTS = 10_000
export const MIN_PART_BYTES = 5 * MIB
export const MAX_PART_BYTES = 5 * 1024 * MIB
export const MAX_OBJECT_BYTES = 5 * 1024 * 1024 * MIB

export const DEFAULT_PART_BYTES = 8 * MIB

// With 800 parts to a step no size that grows from 5 MiB or more passes 1.2 GiB: neither Buffer nor TLS takes any size.
const PARTS_A_STEP = 800

/** The sizes of the parts of one upload. */
export interface PartSizes {
  /** More does not fit. */
  readonly limitBytes: number
  /** The size of a part; the last part may be smaller. Parts are counted from 1. */
  sizeOf(partNumber: number): number
}

/**
 * Sizes that double every 800 parts, until what is missing to 5 TiB fits into the parts that are left.
 *
 * @example
 * const sizes = growingPartSizes(8 * 1024 * 1024)
 * sizes.sizeOf(801) / sizes.sizeOf(800) // 2
 */
export function growingPartSizes(firstBytes: number): PartSizes {
  const steps: number[] = []
  let size = firstBytes
  let sum = 0
  for (let parts = 0; parts < MAX_PARTS; parts += PARTS_A_STEP) {
    const missing = Math.max(0, MAX_OBJECT_BYTES - sum) / (MAX_PARTS - parts)
    const enough = Math.ceil(missing / MIB) * MIB
    if (parts > 0) size = Math.max(size, Math.min(2 * size, enough))
    steps.push(size)
    sum += size * Math.min(PARTS_A_STEP, MAX_PARTS - parts)
  }
  return {
    limitBytes: MAX_OBJECT_BYTES,
    sizeOf: (partNumber) => steps[Math.floor((partNumber - 1) / PARTS_A_STEP)] ?? size,
  }
}

/** One size for all, for servers that take no others: 10,000 of them are the limit. */
export function equalPartSizes(bytes: number): PartSizes {
  return { limitBytes: Math.min(MAX_OBJECT_BYTES, bytes * MAX_PARTS), sizeOf: () => bytes }
}
