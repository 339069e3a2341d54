import { ExportError, type ErrorCode } from '../../errors.js'

/** The name of the error of a body that S3 cannot take in as many parts as it allows. */
export const TOO_MANY_PARTS = 'TooManyParts'

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
const NEVER_MADE: Meaning = {
  code: 'SINK_UNAVAILABLE',
  next: 'the request could not be made; see cause',
}

// Names as S3 and its look-alikes give them, and the client. A server without names is told by the status below.
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
  // A newer run of the window, a lifecycle rule or another tool has aborted it, or the first attempt of this very request
  // was carried out.
  NoSuchUpload: {
    ...CONFLICT,
    next: 'something else ended the upload (a newer run of the window, a lifecycle rule, another tool); run again',
  },
  BadDigest: CORRUPT,
  InvalidDigest: CORRUPT,
  XAmzContentChecksumMismatch: CORRUPT,
  XAmzContentSHA256Mismatch: CORRUPT,
  ChecksumMismatch: {
    ...CORRUPT,
    next: 'the bytes read have another checksum than the server keeps; read again, or else export again',
  },
  // S3 says so with status 400 when a body comes too slowly.
  RequestTimeout: BUSY,
  TimeoutError: BUSY,
  NetworkingError: BUSY,
  // The sink reports the host's own abort by its reason, so that this one came from below.
  AbortError: BUSY,
  [TOO_MANY_PARTS]: {
    code: 'SINK_UNAVAILABLE',
    next: 'the file needs more than 10,000 parts; set a larger `partSizeBytes`',
  },
}

// The errnos of node; neither its own ERR_ codes, nor EPROTO, by which every TLS handshake with that server fails.
const TRANSIENT_CODE = /^(E(?!RR_|PROTO$)[A-Z]|ERR_STREAM_PREMATURE_CLOSE$)/

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
  const { code, retryable = false, next } = gone ? CONFLICT : meaningOf(error)
  const reason = status === undefined ? name : `${name} (${status})`
  return new ExportError(
    code,
    `${location}: ${operation} ${key}: ${reason}: ${next}`,
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

/** Whether the error says that there is no such object (and not that there is no such bucket or upload). */
export function isMissingObject(error: unknown): boolean {
  const { name, status } = describe(error)
  return name === 'NoSuchKey' || (status === 404 && name !== 'NoSuchBucket' && name !== 'NoSuchUpload')
}

/**
 * Whether a condition did not hold or the upload had ended, and the client had sent the request before without
 * getting an answer to keep.
 */
export function isConflictOfRetry(error: unknown): boolean {
  const attempts = (error as { $metadata?: { attempts?: number } }).$metadata?.attempts ?? 1
  return attempts > 1 && meaningOf(error).code === 'SINK_CONFLICT'
}

function meaningOf(error: unknown): Meaning {
  const { name, status, transient } = describe(error)
  const named = BY_NAME[name]
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
      return {
        code: 'SINK_NOT_FOUND',
        next: 'there is no such bucket or object; check bucket, prefix and day',
      }
    case 409:
    case 412:
      return CONFLICT
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
