// In: what is to be timed. Out: how long each took, in the same minutes on the same machine.

import { collectGarbage } from './garbage.js'

export interface Timed {
  readonly name: string
  readonly run: () => unknown
}

export interface Timing {
  readonly name: string
  readonly medianMs: number
  readonly fastestMs: number
  readonly slowestMs: number
}

export interface RoundsOptions {
  /** Rounds that count. */
  readonly rounds: number
  /** Rounds before those, in which the compiler learns. 5 unless said. */
  readonly warmUps?: number
}

/**
 * Runs all of them once a round, each round beginning with another one.
 *
 * What slows the machine down for a while slows all of them down: ratios are steadier than speeds.
 */
export async function timeInRounds(
  timed: readonly Timed[],
  { rounds, warmUps = 5 }: RoundsOptions,
): Promise<Timing[]> {
  const durations = timed.map((): number[] => [])
  for (let round = 0; round < warmUps + rounds; round++) {
    for (let turn = 0; turn < timed.length; turn++) {
      const index = (round + turn) % timed.length
      const each = timed[index]
      if (each === undefined) continue
      collectGarbage()
      const startedAt = performance.now()
      await each.run()
      const ms = performance.now() - startedAt
      if (round >= warmUps) durations[index]?.push(ms)
    }
  }
  return timed.map(({ name }, index) => {
    const sorted = (durations[index] ?? []).toSorted((a, b) => a - b)
    return {
      name,
      medianMs: median(sorted),
      fastestMs: sorted[0] ?? NaN,
      slowestMs: sorted.at(-1) ?? NaN,
    }
  })
}

function median(sorted: readonly number[]): number {
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2
}

/** The time of one of them. */
export function medianOf(timings: readonly Timing[], name: string): number {
  const found = timings.find((timing) => timing.name === name)
  if (found === undefined) throw new RangeError(`"${name}" was not timed`)
  return found.medianMs
}
