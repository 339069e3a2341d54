// What the names of errors mean, and what to do: as S3 and S3-compatible servers give them, the client, and this sink.

import type { ErrorCode } from '../../errors.js'
import { DEADLINE_EXCEEDED } from './time-limits.js'

export type SinkCode = Extract<ErrorCode, `SINK_${string}`>

export interface Meaning {
  readonly code: SinkCode
  readonly retryable?: boolean
  /** What to do; undefined: the error's own message says it, as this sink wrote it. */
  readonly next: string | undefined
}

/** What this sink finds out by itself. */
export const OWN = {
  tooManyParts: 'TooManyParts',
  objectTooLarge: 'ObjectTooLarge',
  corruptAnswer: 'AnswerMismatch',
  notEncrypted: 'EncryptionNotConfirmed',
  tagsNotKept: 'TagsNotKept',
  notCarriedOut: 'NotCarriedOut',
  unreadable: 'UnreadableAnswer',
  cutList: 'CutList',
  replaced: 'PreconditionFailed',
  newerUpload: 'NewerUpload',
  noSuchUpload: 'NoSuchUpload',
  sdkNotLoaded: 'SdkNotLoaded',
} as const

/** An error of this sink's own, whose message follows what failed. */
export function ownFailure(name: (typeof OWN)[keyof typeof OWN], message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { name })
}

/** Of a request that was answered by 200, without what the server says of what it has written. */
export function notCarriedOut(what: string): Error {
  return ownFailure(OWN.notCarriedOut, `the answer is 200 without an ETag, and ${what}`)
}

export const DENIED: Meaning = {
  code: 'SINK_DENIED',
  next: 'check the credentials and the policies of bucket and role',
}
export const KMS_DENIED: Meaning = {
  code: 'SINK_DENIED',
  next: 'the credentials may not use the key of the encryption; allow kms:GenerateDataKey and kms:Decrypt for it',
}
export const CONFLICT: Meaning = {
  code: 'SINK_CONFLICT',
  retryable: true,
  next: 'another run has written it meanwhile; run again to compare',
}
export const READ_AGAIN: Meaning = { ...CONFLICT, next: 'another version is there by now; read again' }
export const ELSEWHERE: Meaning = {
  code: 'SINK_NOT_FOUND',
  next: 'the bucket is in another region; set `region` to it',
}
export const BUSY: Meaning = {
  code: 'SINK_UNAVAILABLE',
  retryable: true,
  next: 'the server did not answer; run again later',
}
export const NEVER_MADE: Meaning = {
  code: 'SINK_UNAVAILABLE',
  next: 'the request could not be made; see cause',
}
export const NOT_THERE: Meaning = {
  code: 'SINK_NOT_FOUND',
  next: 'there is no such bucket or object; check bucket, prefix and day',
}
export const CANNOT: Meaning = {
  code: 'SINK_UNAVAILABLE',
  next: 'the server cannot do this; set `provider` to what the server is, and leave out the option that it does not know',
}
const CORRUPT: Meaning = {
  code: 'SINK_CORRUPT',
  retryable: true,
  next: 'the bytes changed on the way to the server; run again',
}
const EXPIRED: Meaning = {
  ...DENIED,
  next: 'the session token has expired; get fresh credentials and run again',
}
const FULL: Meaning = {
  ...DENIED,
  next: 'the quota of the bucket or its owner is used up; raise it or make room',
}
const CLOCK: Meaning = { ...DENIED, next: "the machine's clock is wrong; set it and run again" }
const KEY_UNUSABLE: Meaning = {
  ...DENIED,
  next: 'the key of the encryption cannot be used; check that `keyId` exists in the region of the bucket and is enabled',
}
const UNREADABLE: Meaning = {
  code: 'SINK_UNAVAILABLE',
  retryable: true,
  next: 'the answer is not one that S3 sends; run again, and see whether a proxy answers in the place of the server',
}
const PART_LOST: Meaning = {
  code: 'SINK_UNAVAILABLE',
  retryable: true,
  next: 'the server does not have the parts as they were sent; run again',
}

const UNKNOWN_HOST: Meaning = {
  ...BUSY,
  next: 'the name of the host is not known; correct `endpoint` or `region`, or run again later',
}

function refused(next: string): Meaning {
  return { code: 'SINK_UNAVAILABLE', next }
}

function ownMessage(code: SinkCode, retryable = false): Meaning {
  return { code, retryable, next: undefined }
}

/** By name. A server without names is recognized by the status. */
export const BY_NAME: Readonly<Record<string, Meaning>> = {
  AccessDenied: DENIED,
  AccountProblem: DENIED,
  AllAccessDisabled: DENIED,
  CredentialsProviderError: {
    ...DENIED,
    next: 'no credentials were found; pass them or set the usual variables',
  },
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  TokenRefreshRequired: EXPIRED,
  InvalidAccessKeyId: DENIED,
  InvalidToken: DENIED,
  RequestExpired: CLOCK,
  RequestInTheFuture: CLOCK,
  RequestTimeTooSkewed: CLOCK,
  SignatureDoesNotMatch: { ...DENIED, next: 'the secret key does not belong to the access key' },
  AccessControlListNotSupported: {
    ...DENIED,
    next: 'the bucket takes no ACLs, as its owner owns all that is written; leave `acl` out',
  },
  InvalidBucketOwnerAWSAccountID: {
    ...DENIED,
    next: 'correct `expectedBucketOwner`: an account id has 12 digits',
  },
  InvalidObjectState: {
    ...DENIED,
    next: 'the object is archived; restore it, and keep archiving rules off manifests',
  },
  // Ceph, MinIO, and Google.
  QuotaExceeded: FULL,
  XMinioAdminBucketQuotaExceeded: FULL,
  XMinioStorageFull: FULL,
  InsufficientStorage: FULL,
  'KMS.NotFoundException': KEY_UNUSABLE,
  'KMS.DisabledException': KEY_UNUSABLE,
  'KMS.KMSInvalidStateException': KEY_UNUSABLE,
  'KMS.InvalidStateException': KEY_UNUSABLE,
  'KMS.InvalidKeyUsageException': KEY_UNUSABLE,
  'KMS.AccessDeniedException': KMS_DENIED,
  'KMS.ThrottlingException': BUSY,
  NoSuchBucket: { code: 'SINK_NOT_FOUND', next: 'there is no such bucket; create it or correct its name' },
  NoSuchKey: { code: 'SINK_NOT_FOUND', next: 'there is no such object; check prefix and day' },
  NotFound: NOT_THERE,
  PermanentRedirect: ELSEWHERE,
  AuthorizationHeaderMalformed: ELSEWHERE,
  IllegalLocationConstraintException: ELSEWHERE,
  // A bucket that has just been made.
  TemporaryRedirect: BUSY,
  ConditionalRequestConflict: CONFLICT,
  PreconditionFailed: CONFLICT,
  // A newer run of the window, a lifecycle rule or another tool has aborted it, or the first attempt of this very request
  // was carried out.
  [OWN.noSuchUpload]: {
    ...CONFLICT,
    next: 'something else ended the upload (a newer run of the window, a lifecycle rule, another tool); run again',
  },
  [OWN.newerUpload]: {
    ...CONFLICT,
    next: 'a newer run of the window has taken over; run again to compare',
  },
  BadDigest: CORRUPT,
  InvalidDigest: CORRUPT,
  XAmzContentChecksumMismatch: CORRUPT,
  XAmzContentSHA256Mismatch: CORRUPT,
  [OWN.corruptAnswer]: {
    ...CORRUPT,
    next: 'the server has other bytes than were sent; run again, and see whether a proxy changes them',
  },
  ChecksumMismatch: {
    ...CORRUPT,
    next: 'the bytes read have another checksum than the server keeps; read again, or else export again',
  },
  // S3 says so with status 400 when a body comes too slowly.
  RequestTimeout: BUSY,
  TimeoutError: BUSY,
  NetworkingError: BUSY,
  ENOTFOUND: UNKNOWN_HOST,
  EAI_AGAIN: UNKNOWN_HOST,
  ECONNREFUSED: {
    ...BUSY,
    next: 'nothing listens at the endpoint; correct `endpoint`, or run again later',
  },
  // The sink reports your application's own abort by its reason, so that this one came from below.
  AbortError: BUSY,
  [DEADLINE_EXCEEDED]: ownMessage('SINK_UNAVAILABLE', true),
  [OWN.notCarriedOut]: ownMessage('SINK_UNAVAILABLE', true),
  [OWN.cutList]: ownMessage('SINK_UNAVAILABLE', true),
  [OWN.unreadable]: UNREADABLE,
  [OWN.tooManyParts]: ownMessage('SINK_UNAVAILABLE'),
  [OWN.objectTooLarge]: ownMessage('SINK_UNAVAILABLE'),
  [OWN.notEncrypted]: ownMessage('SINK_UNAVAILABLE'),
  [OWN.tagsNotKept]: ownMessage('SINK_UNAVAILABLE'),
  [OWN.sdkNotLoaded]: ownMessage('SINK_UNAVAILABLE'),
  NotImplemented: CANNOT,
  MethodNotAllowed: CANNOT,
  InvalidStorageClass: refused('the server has no such storage class; correct `storageClass`'),
  InvalidEncryptionAlgorithmError: refused('the server has no such encryption; correct `encryption`'),
  InvalidTag: refused('correct `tags`: names have up to 128 and values up to 256 characters, 10 at most'),
  MetadataTooLarge: refused('make `metadata` smaller: names and values have 2,048 bytes together'),
  KeyTooLongError: refused('the key is longer than 1,024 bytes; shorten prefix or keys'),
  EntityTooLarge: refused(
    'the server takes no object or part so large, or a quota is full (Swift says both so); set a smaller `partSizeBytes`, or raise the quota',
  ),
  EntityTooSmall: refused('the server wants larger parts; set a larger `partSizeBytes`'),
  InvalidPart: PART_LOST,
  InvalidPartOrder: PART_LOST,
}
