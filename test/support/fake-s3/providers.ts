// What the fake does otherwise when it stands in for a server that is not AWS: as measured of Ceph 16.2 and Swift 2.30.

export type ServerKind = 'aws' | 'ceph' | 'swift'

/** Where servers differ; each of the three has one value for each. */
export interface Traits {
  /** Conditions of PutObject. Ceph compares If-Match without taking the quotes off, and where nothing is, too. */
  readonly putConditions: 'honoured' | 'unquoted' | 'refused'
  /** Conditions of CompleteMultipartUpload. Swift knows no current version there, so that If-Match never holds. */
  readonly completeConditions: 'honoured' | 'ignored' | 'never current'
  readonly deleteConditions: boolean
  /** Ceph answers a completion with an empty ETag, and a repeated one with the right one, unquoted. */
  readonly completeEtag: 'quoted' | 'late'
  /** Until when a completion may be repeated: for ever, or while the object that it made is there. */
  readonly repeatedComplete: 'always' | 'while present'
  /** Completing an upload that was aborted, or never begun, or whose object is gone. */
  readonly completeGone: 'NoSuchUpload' | 'InternalError'
  /** Aborting an upload that was completed. */
  readonly abortCompleted: 'NoSuchUpload' | 'NoSuchKey'
  /** Listing the parts of an upload that is over. */
  readonly listPartsGone: 'NoSuchUpload' | 'NoSuchKey'
  readonly tagging: 'kept' | 'lost on multipart' | 'refused'
  /** Whether a checksum is compared with the body, kept, and given back. Content-MD5 is always compared. */
  readonly checksums: boolean
  /** Bodies in aws-chunked framing. */
  readonly chunkedBodies: 'taken' | 'MissingContentLength' | 'NotImplemented'
  readonly encryption: 'confirmed' | 'AES256 ignored' | 'refused'
  readonly checksOwner: boolean
  readonly acl: boolean
  readonly storageClasses: 'all' | 'STANDARD'
  readonly errorMessages: boolean
}

const aws: Traits = {
  putConditions: 'honoured',
  completeConditions: 'honoured',
  deleteConditions: true,
  completeEtag: 'quoted',
  repeatedComplete: 'always',
  completeGone: 'NoSuchUpload',
  abortCompleted: 'NoSuchUpload',
  listPartsGone: 'NoSuchUpload',
  tagging: 'kept',
  checksums: true,
  chunkedBodies: 'taken',
  encryption: 'confirmed',
  checksOwner: true,
  acl: true,
  storageClasses: 'all',
  errorMessages: true,
}

export const traitsOf: Readonly<Record<ServerKind, Traits>> = {
  aws,
  ceph: {
    ...aws,
    putConditions: 'unquoted',
    completeConditions: 'ignored',
    deleteConditions: false,
    completeEtag: 'late',
    repeatedComplete: 'while present',
    completeGone: 'InternalError',
    listPartsGone: 'NoSuchKey',
    tagging: 'lost on multipart',
    checksums: false,
    chunkedBodies: 'MissingContentLength',
    encryption: 'AES256 ignored',
    checksOwner: false,
    errorMessages: false,
  },
  swift: {
    ...aws,
    putConditions: 'refused',
    completeConditions: 'never current',
    repeatedComplete: 'while present',
    abortCompleted: 'NoSuchKey',
    tagging: 'refused',
    checksums: false,
    chunkedBodies: 'NotImplemented',
    encryption: 'refused',
    checksOwner: false,
    acl: false,
    storageClasses: 'STANDARD',
  },
}
