// Measures contenders in a process of their own, where nobody else's memory or compiled code is in the way.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Timing } from './rounds.js'

/** What the child is to do. */
export interface AloneJob {
  readonly workload: WorkloadName
  /** Names of contenders; none of them is the floor. */
  readonly contenders: readonly string[]
  readonly rows: number
  /** A file that the workload reads. */
  readonly file?: string
  readonly measure: 'peak' | 'allocation' | 'speed'
  readonly rounds?: number
}

export type WorkloadName = 'encode text' | 'encode dates' | 'read'

/** Makes its input once, and then gives what runs a contender over it. */
export type Workload = (job: AloneJob) => Promise<(contender: string) => Promise<() => unknown>>

export type AloneAnswer =
  | { readonly peakMB: number }
  | { readonly bytesPerRow: number; readonly collections: number }
  | { readonly timings: readonly Timing[] }

const run = promisify(execFile)
const CHILD = fileURLToPath(new URL('alone-child.ts', import.meta.url))
const TSCONFIG = fileURLToPath(new URL('../tsconfig.json', import.meta.url))

/** Starts a program of the bench under Node with these flags, and gives what it prints. */
export async function outputOf(
  program: string,
  flags: readonly string[],
  argument: unknown,
): Promise<string> {
  const { stdout } = await run(
    process.execPath,
    [...flags, '--import', 'tsx', program, JSON.stringify(argument)],
    { env: { ...process.env, TSX_TSCONFIG_PATH: TSCONFIG }, maxBuffer: 64 * 1024 * 1024 },
  )
  return stdout
}

async function answerOf(job: AloneJob, flags: readonly string[] = []): Promise<AloneAnswer> {
  return JSON.parse(await outputOf(CHILD, flags, job)) as AloneAnswer
}

/** The peak of resident memory in MB of a process that runs one contender once. */
export async function peakAlone(job: Omit<AloneJob, 'measure'>): Promise<number> {
  const answer = await answerOf({ ...job, measure: 'peak' })
  return 'peakMB' in answer ? answer.peakMB : NaN
}

// Both, so that the young generation has its full size from the beginning and no garbage is collected meanwhile.
const BIG_YOUNG_GENERATION = ['--min-semi-space-size=256', '--max-semi-space-size=256']

/** Bytes that one contender allocates on the heap for a row, garbage included; NaN when that could not be seen. */
export async function allocationAlone(job: Omit<AloneJob, 'measure'>): Promise<number> {
  // Fewer rows where one run fills even that young generation.
  for (let rows = job.rows; rows >= 50; rows = Math.floor(rows / 4)) {
    const answer = await answerOf({ ...job, rows, measure: 'allocation' }, BIG_YOUNG_GENERATION)
    if ('bytesPerRow' in answer && answer.collections === 0) return answer.bytesPerRow
  }
  return NaN
}

/** The speed of contenders where code generation from strings is forbidden. */
export async function speedWithoutCodeGeneration(job: Omit<AloneJob, 'measure'>): Promise<readonly Timing[]> {
  const answer = await answerOf({ ...job, measure: 'speed' }, ['--disallow-code-generation-from-strings'])
  return 'timings' in answer ? answer.timings : []
}
