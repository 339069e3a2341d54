import { ExportError, type ErrorCode } from '../../errors.js'

type SinkCode = Extract<ErrorCode, `SINK_${string}`>

interface Meaning {
  readonly code: SinkCode
  readonly retryable?: boolean
  readonly next: string
}

const DENIED: Meaning = {
  code: 'SINK_DENIED',
  next: 'check the credentials and the policies of bucket and role',
}
const CONFLICT: Meaning = {
  code: 'SINK_CONFLICT',
  retryable: true,
  next: 'another run has written it meanwhile; run again to compare',
}
const CORRUPT: Meaning = {
  code: 'SINK_CORRUPT',
  retryable: true,
  next: 'the bytes changed on the way to the server; run again',
}
const ELSEWHERE: Meaning = {
  code: 'SINK_NOT_FOUND',
  next: 'the bucket lies in another region; set `region` to it',
}
const BUSY: Meaning = {
  code: 'SINK_UNAVAILABLE',
  retryable: true,
  next: 'the server did not answer; run again later',
}

// Names as S3 and its look-alikes give them. A server without names is told by the status below.
const BY_NAME: Record<string, Meaning> = {
  AccessDenied: DENIED,
  AccountProblem: DENIED,
  AllAccessDisabled: DENIED,
  CredentialsProviderError: {
    ...DENIED,
    next: 'no credentials were found; pass them or set the usual variables',
  },
  ExpiredToken: { ...DENIED, next: 'the session token has expired; get fresh credentials and run again' },
  InvalidAccessKeyId: DENIED,
  InvalidToken: DENIED,
  QuotaExceeded: {
    ...DENIED,
    next: 'the quota of the bucket or its owner is used up; raise it or make room',
  },
  RequestTimeTooSkewed: { ...DENIED, next: "the machine's clock is wrong; set it and run again" },
  SignatureDoesNotMatch: { ...DENIED, next: 'the secret key does not belong to the access key' },
  NoSuchBucket: { code: 'SINK_NOT_FOUND', next: 'there is no such bucket; create it or correct its name' },
  NoSuchKey: { code: 'SINK_NOT_FOUND', next: 'there is no such object; check prefix and day' },
  NotFound: {
    code: 'SINK_NOT_FOUND',
    next: 'there is no such bucket or object; check bucket, prefix and day',
  },
  PermanentRedirect: ELSEWHERE,
  AuthorizationHeaderMalformed: ELSEWHERE,
  ConditionalRequestConflict: CONFLICT,
  PreconditionFailed: CONFLICT,
  // A newer run aborts the uploads of an older one.
  NoSuchUpload: {
    ...CONFLICT,
    next: 'another run has taken over and ended this upload; run again to compare',
  },
  BadDigest: CORRUPT,
  InvalidDigest: CORRUPT,
  XAmzContentChecksumMismatch: CORRUPT,
  XAmzContentSHA256Mismatch: CORRUPT,
}

/**
 * An error of the SDK as the one this package throws. The original is its `cause`, untouched. `ifMatch` is the version
 * that the request asked for, if it did.
 */
export function asS3Error(
  location: string,
  operation: string,
  key: string,
  error: unknown,
  ifMatch?: string | null,
): ExportError {
  const { name, status } = describe(error)
  // S3 answers 404 when a version is asked for and there is no object at all.
  const gone = typeof ifMatch === 'string' && isMissingObject(error)
  const { code, retryable = false, next } = gone ? CONFLICT : (BY_NAME[name] ?? byStatus(name, status))
  const reason = status === undefined ? name : `${name} (${status})`
  return new ExportError(
    code,
    `${location}: ${operation} ${key}: ${reason}: ${next}`,
    { location, operation, key, reason: name, rule: name, ...(status === undefined ? {} : { status }) },
    { cause: error, retryable },
  )
}

/** Whether the error says that there is no such object (and not that there is no such bucket). */
export function isMissingObject(error: unknown): boolean {
  const { name, status } = describe(error)
  return name === 'NoSuchKey' || (status === 404 && name !== 'NoSuchBucket')
}

/** Whether a condition did not hold, and the client had sent the request before without getting an answer to keep. */
export function isConflictOfRetry(error: unknown): boolean {
  const { name, status } = describe(error)
  const attempts = (error as { $metadata?: { attempts?: number } }).$metadata?.attempts ?? 1
  return attempts > 1 && (BY_NAME[name] ?? byStatus(name, status)) === CONFLICT
}

function byStatus(name: string, status: number | undefined): Meaning {
  switch (status) {
    case 301:
      return ELSEWHERE
    case 401:
    case 403:
      return DENIED
    case 404:
      return {
        code: 'SINK_NOT_FOUND',
        next: 'there is no such bucket or object; check bucket, prefix and day',
      }
    case 409:
    case 412:
      return CONFLICT
    case undefined:
      // No answer came: a reset, a time-out, a name that does not resolve.
      return BUSY
    default: {
      const retryable = status >= 500 || status === 429 || status === 408
      return retryable
        ? BUSY
        : { code: 'SINK_UNAVAILABLE', next: `the server refused the request as ${name}; see cause` }
    }
  }
}

function describe(error: unknown): { name: string; status: number | undefined } {
  if (!(error instanceof Error)) return { name: 'UnknownError', status: undefined }
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
  const errno = (error as { code?: unknown }).code
  // Addresses that all refuse come as one AggregateError.
  const unnamed = error.name === 'Error' || error.name === 'AggregateError'
  const name = unnamed && typeof errno === 'string' ? errno : error.name
  return { name, status }
}
