// How much of a slow law is tried: all of it by `npm run test:models`, some of it by `npm test`. Both run `*.prop.test.ts`.

import { expect } from 'vitest'

const STRIDE = 7

function isSample(): boolean {
  const { testPath = '' } = expect.getState()
  if (!testPath.endsWith('.prop.test.ts')) throw new Error(`${testPath} is not run by test:models: rename it`)
  return process.env.EVERY_CASE !== '1'
}

/** The number of runs of a property: a tenth in `npm test`. */
export function runs(all: number): number {
  return isSample() ? Math.ceil(all / 10) : all
}

/** The cases of a law: the last one and each seventh in `npm test`. */
export function* cases<T>(all: Iterable<T>): Generator<T, void, void> {
  const step = isSample() ? STRIDE : 1
  let index = 0
  let skipped: [T] | undefined
  for (const each of all) {
    skipped = index++ % step === 0 ? undefined : [each]
    if (skipped === undefined) yield each
  }
  if (skipped !== undefined) yield skipped[0]
}
