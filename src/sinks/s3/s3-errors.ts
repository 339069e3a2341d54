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
  OWN,
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

/** An error of the SDK as the one this package throws. Its `cause` is the original without what may be secret. */
export function asS3Error(
  location: string,
  operation: string,
  key: string,
  error: unknown,
  context: RequestContext = {},
): DayfileError {
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
    { cause: withoutSecrets(error), retryable },
  )
}

// All that is shown of an error of the SDK. What else a server sends back may hold the session token.
const SHOWN = ['name', 'Code', '$fault', '$metadata', 'RequestId', 'HostId']
// Of an error that node made, as no server can write these.
const SHOWN_OF_NODE = ['code', 'errno', 'syscall', 'address', 'port', 'hostname', 'errors']
const SAFE_NAME = /^[\w.]{1,64}$/
// A shorter one, such as a region, may stand in a message.
const SECRET_CHARACTERS = 16

/**
 * An error of the SDK as it may be logged: a copy with what says how a request went, as `$response`, which holds the request
 * too, can't be removed. `sent` are the secrets of the request, which a server may write into any text. Other errors are
 * returned as they are.
 */
export function withoutSecrets(error: unknown, sent: Iterable<string> = []): unknown {
  if (!(error instanceof Error) || !('$metadata' in error || '$response' in error)) return error
  const shown = new Set('$fault' in error ? SHOWN : [...SHOWN, ...SHOWN_OF_NODE])
  const fields = Object.entries(Object.getOwnPropertyDescriptors(error))
  const secrets = [...sent]
  for (const [field, { value }] of fields) {
    if (shown.has(field) || field === 'stack' || field === 'message' || typeof value !== 'string') continue
    if (value.length >= SECRET_CHARACTERS) secrets.push(value)
  }
  const cleaned = (value: unknown): unknown =>
    typeof value === 'string'
      ? secrets.reduce((text, secret) => text.replaceAll(secret, '[hidden]'), value)
      : value

  const copy = Object.setPrototypeOf(new Error(), Object.getPrototypeOf(error) as object) as Error
  const define = (field: string, value: unknown, enumerable: boolean): void => {
    Object.defineProperty(copy, field, { value, enumerable, writable: true, configurable: true })
  }
  for (const [field, { value, enumerable = false }] of fields) {
    if (!shown.has(field)) continue
    if (field === 'name' || field === 'Code') define(field, safeName(cleaned(value)), enumerable)
    else if (field === '$metadata' && value instanceof Object) {
      const entries = Object.entries(value as Record<string, unknown>)
      define(field, Object.fromEntries(entries.map(([key, each]) => [key, cleaned(each)])), enumerable)
    } else define(field, cleaned(value), enumerable)
  }
  define('message', cleaned(error.message), false)
  define('stack', cleaned(error.stack), false)
  return copy
}

/** Whatever a server calls an error. */
function safeName(name: unknown): string {
  return typeof name === 'string' && SAFE_NAME.test(name) ? name : 'UnknownError'
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

/** Whether the credentials may not do this; S3 also answers this for a missing object that may not be listed. */
export function isDenied(error: unknown): boolean {
  return describe(error).status === 403
}

/** Whether the server does not know what was asked of it. */
export function isNotImplemented(error: unknown): boolean {
  return describe(error).status === 501
}

/** Whether the requested version does not exist. By status: Swift has another name for it. */
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
  const name = nameOf(error, code)
  // The client has its own words for an answer that it cannot read. What was asked for may have happened.
  const isUnreadable = status !== undefined && status >= 200 && status < 300 && BY_NAME[name] === undefined
  return {
    name: isUnreadable ? OWN.unreadable : name,
    status,
    transient: typeof code === 'string' && TRANSIENT_CODE.test(code),
  }
}

function nameOf({ name, message }: Error, code: unknown): string {
  // Addresses that all refuse come as one AggregateError.
  if (name !== 'Error' && name !== 'AggregateError') return safeName(name)
  if (typeof code === 'string') return safeName(code)
  // What the client throws when a body that it reads has another checksum than the answer says.
  return message.startsWith('Checksum mismatch') ? 'ChecksumMismatch' : name
}
