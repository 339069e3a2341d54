// In: how the calls of a step went. Out: what the check says of the step.

import { DayfileError, isDayfileError, type ErrorCode } from '../../errors.js'

/** What is tried, in this order. */
export const PREFLIGHT_STEPS = [
  'put',
  'multipart',
  'read-back',
  'look-up',
  'conditional write',
  'list',
  'unfinished uploads',
  'encryption',
  'storage class',
  'owner',
  'delete',
] as const

export type PreflightStepName = (typeof PREFLIGHT_STEPS)[number]

/** One step of a check. */
export interface PreflightStep {
  readonly step: PreflightStepName
  /**
   * 'failed': exports do not work, or a setting of the sink is not honoured. 'skipped': not tried, or not allowed and not
   * needed by exports; `reason` says which.
   */
  readonly outcome: 'passed' | 'failed' | 'skipped'
  /** The IAM action that the credential lacks. */
  readonly action?: string
  readonly reason?: string
  /** What to do. */
  readonly next?: string
  readonly error?: DayfileError
}

export type StepResult = Omit<PreflightStep, 'step'>

export const PASSED: StepResult = { outcome: 'passed' }

export function skipped(reason: string): StepResult {
  return { outcome: 'skipped', reason }
}

export function failed(reason: string, next: string, error?: DayfileError): StepResult {
  return { outcome: 'failed', reason, next, ...(error === undefined ? {} : { error }) }
}

/** What a denied request lacks, by the name that the error gives to the request. */
const ACTIONS: Readonly<Record<string, string>> = {
  AbortMultipartUpload: 's3:AbortMultipartUpload',
  CompleteMultipartUpload: 's3:PutObject',
  CreateMultipartUpload: 's3:PutObject',
  DeleteObject: 's3:DeleteObject',
  GetObject: 's3:GetObject',
  GetObjectTagging: 's3:GetObjectTagging',
  HeadBucket: 's3:ListBucket',
  HeadObject: 's3:GetObject',
  ListMultipartUploads: 's3:ListBucketMultipartUploads',
  ListObjectsV2: 's3:ListBucket',
  ListParts: 's3:ListMultipartUploadParts',
  PutObject: 's3:PutObject',
  PutObjectTagging: 's3:PutObjectTagging',
  Upload: 's3:PutObject',
  UploadPart: 's3:PutObject',
}

// What AWS writes to callers of the bucket's own account.
const NAMED_BY_AWS = /not authorized to perform: (\w+:\w+)/

// A HEAD has no body, and so no name; S3-compatible servers leave it out elsewhere too.
const REFUSALS = ['AccessDenied', 'Forbidden', 'Unknown', 'UnknownError', '403']

/** Whether a policy refused, rather than the key or the clock of the caller being wrong. */
export function isRefusal(error: unknown): boolean {
  if (!isDayfileError(error, 'SINK_DENIED')) return false
  const { status, reason = '' } = error.details
  return status === undefined || REFUSALS.includes(reason)
}

/** The IAM action that a refused request lacked: as the server names it, or else what is likely; undefined for other errors. */
export function deniedAction(
  error: SinkError,
  likely = ACTIONS[error.details.operation],
): string | undefined {
  return isRefusal(error) ? (actionNamed(error) ?? likely) : undefined
}

/** The action as AWS names it. */
export function actionNamed({ cause }: SinkError): string | undefined {
  return NAMED_BY_AWS.exec(cause instanceof Error ? cause.message : '')?.[1]
}

/** What a step says that ended by an error. `likely` is what it lacked, where the step knows better than the request does. */
export function stepResultOf(error: SinkError, likely?: string): StepResult {
  const action = deniedAction(error, likely)
  if (action !== undefined) return { ...denial(action, error.details.location), outcome: 'failed', error }
  // A message of this package ends in what to do.
  const next = error.message.slice(error.message.lastIndexOf(': ') + 2)
  return failed(error.details.reason ?? error.code, next, error)
}

/** What a missing action means. */
function denial(action: string, location: string): Omit<StepResult, 'outcome'> {
  return {
    action,
    reason: `the credential may not ${action}`,
    next: `allow ${action} for ${location}; iamPolicy makes the whole policy`,
  }
}

/** An error of a sink, as the sink threw it. */
export type SinkError = DayfileError<Extract<ErrorCode, `SINK_${string}`>>

export function asSinkError(thrown: unknown, location: string): SinkError {
  if (isDayfileError(thrown) && thrown.code.startsWith('SINK_')) return thrown as SinkError
  const reason = 'the sink threw an error without a SINK_ code'
  return new DayfileError(
    'SINK_UNAVAILABLE',
    `${location}: check: ${reason}: fix the sink; see cause`,
    { location, operation: 'check', reason },
    { cause: thrown },
  )
}
