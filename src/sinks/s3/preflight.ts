// In: a sink. Out: what its credential and its settings can do where it writes, found by doing it.

import { DayfileError } from '../../errors.js'
import { isObject, requireOptions, requireShape, SIGNAL, type OptionTable } from '../../options.js'
import type { Sink } from '../sink.js'
import type { Check } from './preflight-check.js'
import {
  asSinkError,
  stepResultOf,
  isRefusal,
  PREFLIGHT_STEPS,
  skipped,
  type StepResult,
  type PreflightStep,
  type PreflightStepName,
} from './preflight-findings.js'
import { providerHint } from './preflight-hints.js'
import { preflightKeys } from './preflight-place.js'
import { encryption, list, owner, storageClass } from './preflight-s3-steps.js'
import * as ask from './preflight-steps.js'
import { connectionIfS3 } from './s3-connection.js'

/** Options of {@link checkDestination}. */
export interface CheckDestinationOptions {
  /**
   * Names the folder of the check, `_dayfile-preflight/{name}/` below the prefix; 1 to 63 letters, digits, `_` or `-`.
   * Defaults to 'check'. Checks that may run at the same time, as of several machines that start, each need their own.
   */
  readonly name?: string | undefined
  readonly signal?: AbortSignal | undefined
}

const NAME = /^[A-Za-z0-9_-]{1,63}$/
const CHECK_OPTIONS = {
  name: [
    'a string of 1 to 63 letters, digits, "_" or "-"',
    (value) => typeof value === 'string' && NAME.test(value),
    'string',
  ],
  signal: SIGNAL,
} satisfies OptionTable<CheckDestinationOptions>

/** What a check has found. */
export interface CheckDestinationResult {
  /** Whether no step failed: exports can begin. */
  readonly ok: boolean
  readonly location: string
  /** All of the steps, in the order in which they were tried; made for console.table. */
  readonly steps: readonly PreflightStep[]
  /** What is wrong and what to do, in words: of every failed step, and the provider to declare if another one fits. */
  readonly hints: readonly string[]
  /**
   * Throws if a step failed, with all hints as the message: a DayfileError with the code and the cause of the first step that
   * ended in an error, or else `SINK_UNAVAILABLE`.
   */
  assert(): void
}

// Of clearing up after an abort: your application waits for it.
const CLEARING_MS = 10_000

/**
 * Finds out what a sink can do where it writes, with its very settings: put, multipart upload, conditional write,
 * read-back, list, delete and the rest, each passed, failed or skipped, with the IAM action that is missing.
 *
 * A failed step does not end the check, and is not thrown: `assert()` of the result throws. The check uploads 6 MiB, takes no permission beyond `iamPolicy`
 * with access 'write', and removes what it wrote; what a killed check left, the next one of its name removes. A
 * versioned bucket keeps the old versions, a directory the empty folder. Of a sink of another kind than s3Sink the same
 * is checked, without what only S3 knows.
 *
 * @throws TypeError or RangeError when an argument has the wrong shape. An abort rejects with the signal's reason.
 * @example
 * const result = await checkDestination(memorySink())
 * result.assert()
 * result.steps.find(({ step }) => step === 'multipart')?.outcome // 'passed'
 */
export async function checkDestination(
  sink: Sink,
  options: CheckDestinationOptions = {},
): Promise<CheckDestinationResult> {
  requireShape('sink', sink, 'a sink, as s3Sink makes it', isObject(sink) && typeof sink.stage === 'function')
  requireOptions('checkDestination', options, CHECK_OPTIONS)
  const { name = 'check', signal = new AbortController().signal } = options
  signal.throwIfAborted()

  const connection = connectionIfS3(sink)
  const check: Check = {
    sink,
    keys: preflightKeys(sink.keys, name),
    signal,
    connection,
    breaches: [],
  }
  try {
    await ask.clear(check)
    const steps = await stepsOf(check)
    const hint = connection && providerHint(connection.provider.name, check.breaches)
    return resultOf(sink.location, steps, hint)
  } catch (error) {
    await ask.clear({ ...check, signal: AbortSignal.timeout(CLEARING_MS) })
    throw error
  }
}

function resultOf(
  location: string,
  steps: readonly PreflightStep[],
  hint: string | undefined,
): CheckDestinationResult {
  const failures = steps.filter(({ outcome }) => outcome === 'failed')
  const hints = [...hintsOf(failures), ...(hint === undefined ? [] : [hint])]
  const assert = (): void => {
    if (failures.length > 0) throw failureOf(location, failures, hints)
  }
  const result = { ok: failures.length === 0, location, steps, hints, assert }
  // Beside the data, which can be cloned and logged.
  return Object.defineProperty(result, 'assert', { enumerable: false })
}

/** One hint for what several steps say. */
function hintsOf(failures: readonly PreflightStep[]): string[] {
  const stepsByHint = new Map<string, string[]>()
  for (const { step, reason = 'failed', next } of failures) {
    const hint = next === undefined ? reason : `${reason}: ${next}`
    stepsByHint.set(hint, [...(stepsByHint.get(hint) ?? []), step])
  }
  return [...stepsByHint].map(([hint, names]) => `${names.join(', ')}: ${hint}`)
}

function failureOf(
  location: string,
  failures: readonly PreflightStep[],
  hints: readonly string[],
): DayfileError {
  const first = failures.find(({ error }) => error !== undefined)?.error
  return new DayfileError(
    first?.code ?? 'SINK_UNAVAILABLE',
    `${location}: check: ${hints.join('\n')}`,
    { ...first?.details, location, operation: 'check', reason: failures[0]?.reason ?? '' },
    first === undefined ? {} : { cause: first, retryable: first.retryable },
  )
}

async function stepsOf(check: Check): Promise<PreflightStep[]> {
  const runs: Readonly<Record<PreflightStepName, (check: Check) => Promise<StepResult>>> = {
    put: ask.put,
    multipart: ask.multipart,
    'read-back': ask.readBack,
    'look-up': ask.lookUp,
    'conditional write': ask.conditionalWrite,
    list,
    'unfinished uploads': ask.unfinishedUploads,
    encryption,
    'storage class': storageClass,
    owner,
    delete: ask.remove,
  }
  const steps: PreflightStep[] = []
  for (const step of PREFLIGHT_STEPS) {
    const reachable = !steps.some(isHopeless)
    const finding = reachable
      ? await attempt(check, runs[step])
      : skipped('see put: nothing can be done there')
    steps.push({ step, ...finding })
  }
  return steps
}

async function attempt(check: Check, run: (check: Check) => Promise<StepResult>): Promise<StepResult> {
  try {
    return await run(check)
  } catch (error) {
    check.signal.throwIfAborted()
    return stepResultOf(asSinkError(error, check.sink.location))
  } finally {
    check.signal.throwIfAborted()
  }
}

/** Without a server, a bucket or an identity every other step would end in the same way, and take its time. */
function isHopeless({ step, error }: PreflightStep): boolean {
  if (step !== 'put' || error === undefined) return false
  const { code, details } = error
  if (code === 'SINK_UNAVAILABLE') return !('status' in details)
  return code === 'SINK_NOT_FOUND' || (code === 'SINK_DENIED' && !isRefusal(error))
}
