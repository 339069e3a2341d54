// In: what is to be timed. Out: how long each took, in the same minutes on the same machine.

import { ContenderProcess, type Work } from './contender-process.js'

export interface Timed {
  readonly name: string
  /** Does it once and gives the milliseconds. */
  readonly run: () => Promise<number>
}

export interface Timing {
  readonly name: string
  /** Of each round that counts, in their order. */
  readonly roundsMs: readonly number[]
  readonly medianMs: number
  readonly fastestMs: number
  readonly slowestMs: number
}

export interface RoundsOptions {
  /** Rounds that count. */
  readonly rounds: number
  /** Rounds before those, in which the compiler learns. Defaults to 2. */
  readonly warmUps?: number
}

/**
 * Runs all of them once a round, each round beginning with another one.
 *
 * What slows the machine down for a while slows all of them down: ratios are steadier than speeds.
 */
export async function timeInRounds(
  timed: readonly Timed[],
  { rounds, warmUps = 2 }: RoundsOptions,
): Promise<Timing[]> {
  const durations = timed.map((): number[] => [])
  for (let round = 0; round < warmUps + rounds; round++) {
    for (let turn = 0; turn < timed.length; turn++) {
      const index = (round + turn) % timed.length
      const ms = (await timed[index]?.run()) ?? NaN
      if (round >= warmUps) durations[index]?.push(ms)
    }
  }
  return timed.map(({ name }, index) => {
    const roundsMs = durations[index] ?? []
    return {
      name,
      roundsMs,
      medianMs: median(roundsMs),
      fastestMs: Math.min(...roundsMs),
      slowestMs: Math.max(...roundsMs),
    }
  })
}

/** A contender in a process of its own, and what is known of it after the rounds. */
export interface TimedAlone extends Timing {
  /** The first time, when nothing was compiled. */
  readonly firstMs: number
  /** What all its threads had of the cores: the median of the rounds that count. */
  readonly cpuMs: number
  /** The most memory that its process has had. */
  readonly peakMB: number
}

/**
 * Times each of them in a process of its own. They take turns, so that only one of them works at a time. Where one has
 * fewer rows than the others its times are multiplied, so that they are those of all rows.
 */
export async function timeAlone(works: readonly Work[], options: RoundsOptions): Promise<TimedAlone[]> {
  const contenders: ContenderProcess[] = []
  const allRows = Math.max(...works.map(({ rows }) => rows))
  try {
    // One after the other: making their inputs at once would need the memory of all of them.
    for (const work of works) contenders.push(await ContenderProcess.start(work))
    const factors = works.map(({ rows }) => allRows / rows)
    const firstMs: number[] = []
    for (const [index, contender] of contenders.entries())
      firstMs.push((await contender.once()) * (factors[index] ?? 1))
    const cpuRoundsMs = works.map((): number[] => [])
    const timings = await timeInRounds(
      contenders.map((contender, index) => ({
        name: contender.name,
        async run() {
          const ms = await contender.turn()
          cpuRoundsMs[index]?.push(await contender.cpuMs())
          return ms * (factors[index] ?? 1)
        },
      })),
      options,
    )
    const peaks = await Promise.all(contenders.map((contender) => contender.peakMB()))
    return timings.map((timing, index) => ({
      ...timing,
      firstMs: firstMs[index] ?? NaN,
      cpuMs: median(cpuRoundsMs[index]?.slice(-options.rounds) ?? []) * (factors[index] ?? 1),
      peakMB: peaks[index] ?? NaN,
    }))
  } finally {
    await Promise.all(contenders.map((contender) => contender.stop()))
  }
}

/** The most memory of a process that does this work once, in MB. */
export async function peakAlone(work: Work): Promise<number> {
  const contender = await ContenderProcess.start(work)
  try {
    await contender.once()
    return await contender.peakMB()
  } finally {
    await contender.stop()
  }
}

/** Milliseconds that something takes in this process. */
export async function millisecondsOf(run: () => unknown): Promise<number> {
  const startedAt = performance.now()
  await run()
  return performance.now() - startedAt
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2
}

/** The one of this name. */
export function timingOf(timings: readonly Timing[], name: string): Timing {
  const found = timings.find((timing) => timing.name === name)
  if (found === undefined) throw new RangeError(`"${name}" was not timed`)
  return found
}

/**
 * How many times as long as `own` the other one takes: the median of the ratios within each round, as what slows the machine
 * down for a minute slows both of them down.
 */
export function ratioOf(other: Timing, own: Timing): number {
  return median(other.roundsMs.map((ms, round) => ms / (own.roundsMs[round] ?? NaN)))
}

/** The one that takes the least time. */
export function fastestOf(timings: readonly Timing[]): Timing | undefined {
  return timings.toSorted((a, b) => a.medianMs - b.medianMs)[0]
}
