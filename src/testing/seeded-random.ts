/** Draws that depend on the seed alone: the same on every machine, in every version of Node. */
export interface SeededRandom {
  /** A number in [0, 1). */
  fraction(): number
  /** A whole number in [0, limit); `limit` is 2 ** 32 at most. */
  below(limit: number): number
  /** True in `perMille` of 1,000 cases. */
  chance(perMille: number): boolean
  /** One of the items. */
  pick<T>(items: readonly T[]): T
  /** `length` decimal digits, nine at most. */
  digits(length: number): string
  /** 16 hexadecimal digits. */
  hex16(): string
  /** A UUID of version 4 in lower case. */
  uuid(): string
}

const WORDS = 2 ** 32
const HEX = Array.from({ length: 0x10000 }, (_, value) => value.toString(16).padStart(4, '0'))

/**
 * Starts the sequence of a seed and a stream; streams of one seed have nothing in common.
 *
 * The generator is sfc32: integer operations only, so no engine's rounding can change a draw.
 */
export function seededRandom(seed: number, stream: number): SeededRandom {
  let a = seed | 0
  let b = Math.floor(seed / WORDS) | 0
  let c = stream | 0
  let d = 1

  function word(): number {
    const result = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + result) | 0
    return result >>> 0
  }

  // Near seeds have near states; these rounds are what it takes to part them.
  for (let round = 0; round < 15; round++) word()

  const fraction = () => word() / WORDS
  const below = (limit: number) => Math.floor((word() / WORDS) * limit)
  return {
    fraction,
    below,
    chance: (perMille) => below(1000) < perMille,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new RangeError('pick: expected at least one item')
      return items[below(items.length)] as T
    },
    digits: (length) => String(below(10 ** length)).padStart(length, '0'),
    hex16: () => hex8(word()) + hex8(word()),
    uuid() {
      const second = (word() & 0xffff0fff) | 0x4000
      const third = (word() & 0x3fffffff) | 0x80000000
      return `${hex8(word())}-${hex4(second >>> 16)}-${hex4(second)}-${hex4(third >>> 16)}-${hex4(third)}${hex8(word())}`
    },
  }
}

function hex4(value: number): string {
  return HEX[value & 0xffff] ?? ''
}

function hex8(value: number): string {
  return hex4(value >>> 16) + hex4(value)
}
