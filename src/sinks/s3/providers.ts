// What Amazon S3 and S3-compatible servers can do, as far as a sink relies on it. What a server promises and does not keep is
// worse than what it refuses: where in doubt the table says no.

/** Which server it is, or 'generic' for one that is not in the list. */
export type S3Provider = 'aws' | 'r2' | 'minio' | 'ceph' | 'b2' | 'gcs' | 'generic'

/** The abilities of a kind of server. */
export interface S3Abilities {
  /**
   * If-None-Match and If-Match of PutObject, in one step with the writing. 'try': sent, and given up for reading, comparing
   * and reading back where the server answers 501.
   */
  readonly conditionalPut: boolean | 'try'
  /** The same of CompleteMultipartUpload. */
  readonly conditionalComplete: boolean
  /** If-Match of DeleteObject. */
  readonly conditionalDelete: boolean
  /** All parts of an upload but the last have to have one size. */
  readonly equalParts: boolean
  /** What the server compares the bytes of a request with: x-amz-checksum-crc32, or Content-MD5. */
  readonly integrity: 'crc32' | 'md5'
  /** Whether the tag of a part, or of what was put at once, is its MD5 when it looks like one. */
  readonly etagIsMd5: boolean
  /** Encryption with keys of the server (SSE-S3), and of a key service (SSE-KMS). It has to confirm either in its answers. */
  readonly sse: boolean
  readonly kms: boolean
  /** Canned ACLs. */
  readonly acl: boolean
  /** Tags are kept when the upload is created, have to be set after its completion, or are not kept. */
  readonly tags: 'create' | 'after' | 'none'
  /** Whether x-amz-expected-bucket-owner is compared. */
  readonly expectedBucketOwner: boolean
  /** A list shows what was written before it. */
  readonly strongListing: boolean
  /** Of a completion and an abort at the same moment one wins; elsewhere the object may be there without its bytes. */
  readonly atomicAbort: boolean
  /** The bucket stands in the path when an endpoint is given. */
  readonly pathStyle: boolean
  /** The classes that can be read at once. Defaults to any: those of Ceph are named by who runs it. */
  readonly storageClasses?: readonly string[]
}

const AWS_CLASSES = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'EXPRESS_ONEZONE',
  'OUTPOSTS',
]

/**
 * What is assumed of a server that nobody knows. What it is asked for is sent: that encryption and tags are kept is looked
 * at in its answers, and `checkDestination` tells whether it compares the owner.
 */
const GENERIC: S3Abilities = {
  conditionalPut: 'try',
  conditionalComplete: false,
  conditionalDelete: false,
  equalParts: false,
  integrity: 'md5',
  etagIsMd5: true,
  sse: true,
  kms: true,
  acl: true,
  tags: 'after',
  expectedBucketOwner: true,
  strongListing: false,
  atomicAbort: false,
  pathStyle: true,
}

/** The abilities by provider. */
export const ABILITIES: Readonly<Record<S3Provider, S3Abilities>> = {
  // docs.aws.amazon.com/AmazonS3/latest/userguide: conditional-writes, conditional-deletes, bucket-owner-condition,
  // checking-object-integrity-upload. The tag is no MD5 under SSE-KMS and in directory buckets.
  aws: {
    conditionalPut: true,
    conditionalComplete: true,
    conditionalDelete: true,
    equalParts: false,
    integrity: 'crc32',
    etagIsMd5: false,
    sse: true,
    kms: true,
    acl: true,
    tags: 'create',
    expectedBucketOwner: true,
    strongListing: true,
    atomicAbort: true,
    pathStyle: true,
    storageClasses: AWS_CLASSES,
  },
  // developers.cloudflare.com/r2/api/s3/api and /r2/objects/multipart-objects (equal parts). It encrypts all there is by
  // itself, and has neither ACLs nor tags nor owners.
  r2: {
    ...GENERIC,
    conditionalPut: true,
    equalParts: true,
    etagIsMd5: false,
    sse: false,
    kms: false,
    acl: false,
    tags: 'none',
    expectedBucketOwner: false,
    strongListing: true,
    storageClasses: ['STANDARD', 'STANDARD_IA'],
  },
  // min.io/docs: conditional writes, KES; completing and aborting take the same lock. ACLs and owners are passed over.
  minio: {
    ...GENERIC,
    conditionalPut: true,
    conditionalComplete: true,
    integrity: 'crc32',
    etagIsMd5: false,
    acl: false,
    tags: 'create',
    expectedBucketOwner: false,
    strongListing: true,
    atomicAbort: true,
    storageClasses: ['STANDARD', 'REDUCED_REDUNDANCY'],
  },
  // docs.ceph.com/en/latest/radosgw/s3, and measured of 16.2: conditions of completing and deleting, the owner, and tags of
  // an upload are taken without a word and passed over; an abort in the moment of completing loses the bytes.
  ceph: { ...GENERIC, conditionalPut: true, expectedBucketOwner: false, strongListing: true },
  // backblaze.com/docs/cloud-storage-s3-compatible-api: keys of its own for encryption, one ACL for the whole bucket, no tags.
  b2: {
    ...GENERIC,
    conditionalPut: false,
    etagIsMd5: false,
    kms: false,
    acl: false,
    tags: 'none',
    expectedBucketOwner: false,
    strongListing: true,
    storageClasses: ['STANDARD'],
  },
  // cloud.google.com/storage/docs/xml-api: conditions and key services go by headers of its own, which the SDK does not send.
  gcs: {
    ...GENERIC,
    conditionalPut: false,
    etagIsMd5: false,
    sse: false,
    kms: false,
    tags: 'none',
    expectedBucketOwner: false,
    strongListing: true,
    storageClasses: ['STANDARD', 'NEARLINE', 'COLDLINE', 'ARCHIVE'],
  },
  generic: GENERIC,
}

export const PROVIDERS = Object.keys(ABILITIES) as readonly S3Provider[]
