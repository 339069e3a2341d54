// In: what a request of the SDK ended in. Out: the error of this package, or what the sink has to know of it.

import { DayfileError } from '../../errors.js'
import {
  BUSY,
  BY_NAME,
  CANNOT,
  CONFLICT,
  DENIED,
  ELSEWHERE,
  KMS_DENIED,
  NEVER_MADE,
  NOT_THERE,
  READ_AGAIN,
  type Meaning,
} from './s3-error-meanings.js'

// The errnos of node; neither its own ERR_ codes, nor EPROTO, by which every TLS handshake with that server fails.
const TRANSIENT_CODE = /^(E(?!RR_|PROTO$)[A-Z]|ERR_STREAM_PREMATURE_CLOSE$)/

/** What a request said that an error may be about. */
export interface RequestContext {
  /** The version that it asked for, if it did. */
  readonly ifMatch?: string | null | undefined
  readonly expectedBucketOwner?: string | undefined
  /** Whether it only reads: another version then is nobody's fault. */
  readonly isReading?: boolean
}

/** An error of the SDK as the one this package throws. The original is its `cause`, untouched. */
export function asS3Error(
  location: string,
  operation: string,
  key: string,
  error: unknown,
  context: RequestContext = {},
): DayfileError {
  hideSignature(error)
  const { name, status } = describe(error)
  const { code, retryable = false, next } = meaningIn(error, context)
  const reason = status === undefined ? name : `${name} (${status})`
  const told = next ?? (error instanceof Error ? error.message : '')
  return new DayfileError(
    code,
    `${location}: ${operation} ${key}: ${reason}: ${told}`,
    {
      location,
      operation,
      key,
      reason: name,
      ...(code === 'SINK_CORRUPT' ? { rule: name } : {}),
      ...(status === undefined ? {} : { status }),
    },
    { cause: error, retryable },
  )
}

// What S3 sends back of a request that it could not verify: the session token is among the headers.
const SIGNATURE_FIELDS = [
  'AWSAccessKeyId',
  'CanonicalRequest',
  'CanonicalRequestBytes',
  'SignatureProvided',
  'StringToSign',
  'StringToSignBytes',
]

/** Keeps what a log must not have out of `util.inspect`, and leaves it on the error for who asks for it by name. */
function hideSignature(error: unknown): void {
  if (typeof error !== 'object' || error === null) return
  for (const field of SIGNATURE_FIELDS) {
    if (Object.hasOwn(error, field)) Object.defineProperty(error, field, { enumerable: false })
  }
}

/** Whether the error says that there is no such object (and not that there is no such bucket or upload). */
export function isMissingObject(error: unknown): boolean {
  const { name, status } = describe(error)
  return name === 'NoSuchKey' || (status === 404 && name !== 'NoSuchBucket' && name !== 'NoSuchUpload')
}

/** Whether the error says that there is no such upload (any more). Ceph names the key. */
export function isMissingUpload(error: unknown): boolean {
  const { name, status } = describe(error)
  return name === 'NoSuchUpload' || (status === 404 && name !== 'NoSuchBucket')
}

/** Whether the credentials may not do this; S3 answers so too for an object that is not there and may not be listed. */
export function isDenied(error: unknown): boolean {
  return describe(error).status === 403
}

/** Whether the server does not know what was asked of it. */
export function isNotImplemented(error: unknown): boolean {
  return describe(error).status === 501
}

/** Whether the version that was asked for is not there. By status: Swift has another name for it. */
export function isOtherVersion(error: unknown): boolean {
  const { name, status } = describe(error)
  return name === 'PreconditionFailed' || status === 412
}

/**
 * Whether a condition did not hold or the upload had ended, and the client had sent the request before without
 * getting an answer to keep.
 */
export function isConflictOfRetry(error: unknown): boolean {
  return attemptsOf(error) > 1 && meaningOf(error).code === 'SINK_CONFLICT'
}

/** How often the client has sent the request. */
export function attemptsOf(error: unknown): number {
  return (error as { $metadata?: { attempts?: number } } | undefined)?.$metadata?.attempts ?? 1
}

/** Whether the request may have been carried out although nobody said so. */
export function isUnanswered(error: unknown): boolean {
  const { code, retryable } = meaningOf(error)
  return code === 'SINK_UNAVAILABLE' && retryable === true
}

function meaningIn(
  error: unknown,
  { ifMatch, expectedBucketOwner, isReading = false }: RequestContext,
): Meaning {
  if (isReading && isOtherVersion(error)) return READ_AGAIN
  // S3 answers 404 when a version is asked for and there is no object at all.
  if (typeof ifMatch === 'string' && isMissingObject(error)) return CONFLICT
  const meaning = meaningOf(error)
  if (meaning === DENIED && expectedBucketOwner !== undefined) {
    return {
      ...DENIED,
      next: `${DENIED.next ?? ''}, and that the bucket belongs to the account of \`expectedBucketOwner\``,
    }
  }
  return meaning
}

function meaningOf(error: unknown): Meaning {
  const { name, status, transient } = describe(error)
  const named = BY_NAME[name]
  if (named === DENIED && error instanceof Error && /\bkms:/i.test(error.message)) return KMS_DENIED
  if (named !== undefined) return named
  if (status !== undefined) return byStatus(name, status)
  return transient ? BUSY : NEVER_MADE
}

function byStatus(name: string, status: number): Meaning {
  switch (status) {
    case 301:
      return ELSEWHERE
    case 401:
    case 403:
      return DENIED
    case 404:
      return NOT_THERE
    case 409:
    case 412:
      return CONFLICT
    case 501:
      return CANNOT
    default: {
      const retryable = status >= 500 || status === 429 || status === 408
      return retryable
        ? BUSY
        : { code: 'SINK_UNAVAILABLE', next: `the server refused the request as ${name}; see cause` }
    }
  }
}

function describe(error: unknown): { name: string; status: number | undefined; transient: boolean } {
  if (!(error instanceof Error)) return { name: 'UnknownError', status: undefined, transient: false }
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
  const { code } = error as { code?: unknown }
  return {
    name: nameOf(error, code),
    status,
    transient: typeof code === 'string' && TRANSIENT_CODE.test(code),
  }
}

function nameOf({ name, message }: Error, code: unknown): string {
  // Addresses that all refuse come as one AggregateError.
  if (name !== 'Error' && name !== 'AggregateError') return name
  if (typeof code === 'string') return code
  // What the client throws when a body that it reads has another checksum than the answer says.
  return message.startsWith('Checksum mismatch') ? 'ChecksumMismatch' : name
}
