import type { ChecksumAlgorithm, Checksums, ChecksumType } from './checksums.js'
import { S3Error } from './errors.js'
import type { Traits } from './providers.js'
import type { Reply } from './operations.js'

export interface Encryption {
  algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse'
  kmsKeyId?: string
  bucketKeyEnabled?: boolean
  /** The encryption context, which travels as base64 of JSON. */
  context?: Record<string, string>
}

/** What a writer says about an object beside its bytes. */
export interface ObjectAttributes {
  contentType: string
  contentEncoding?: string
  cacheControl?: string
  contentDisposition?: string
  contentLanguage?: string
  expires?: string
  /** Values of x-amz-meta-*, names in lower case and without the prefix. */
  metadata: Record<string, string>
  tags?: Record<string, string>
  storageClass?: string
  /** Absent when the writer asked for nothing; the answers then say AES256, the default at AWS. */
  sse?: Encryption
  /** The canned ACL its writer asked for. */
  acl?: string
}

export interface StoredObject extends ObjectAttributes {
  body: Buffer
  /** In quotes, as S3 sends it. */
  etag: string
  checksums: Checksums
  checksumType: ChecksumType
  lastModified: Date
}

export interface UploadedPart {
  partNumber: number
  body: Buffer
  etag: string
  checksums: Checksums
  lastModified: Date
}

export interface MultipartUpload {
  uploadId: string
  key: string
  initiated: Date
  attributes: ObjectAttributes
  /** Absent when the client named none: parts may then carry any, and the object gets a CRC64NVME. */
  checksumAlgorithm?: ChecksumAlgorithm
  checksumType: ChecksumType
  parts: Map<number, UploadedPart>
}

export interface CompletedUpload {
  key: string
  object: StoredObject
  /** The answer to whoever asks again. */
  reply: Reply
}

export interface Bucket {
  name: string
  created: Date
  objects: Map<string, StoredObject>
  uploads: Map<string, MultipartUpload>
  /** By their ids: a completion may be repeated by who lost the answer. */
  completed: Map<string, CompletedUpload>
}

export interface Store {
  region: string
  accountId: string
  encrypts: boolean
  /** False stands for Object Ownership "bucket owner enforced", the default of new buckets. */
  acls: boolean
  traits: Traits
  now: () => Date
  buckets: Map<string, Bucket>
}

export function addBucket(store: Store, name: string): void {
  store.buckets.set(name, {
    name,
    created: store.now(),
    objects: new Map(),
    uploads: new Map(),
    completed: new Map(),
  })
}

export function bucketNamed(store: Store, name: string): Bucket {
  const bucket = store.buckets.get(name)
  if (bucket === undefined) {
    throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist', {
      elements: { BucketName: name },
    })
  }
  return bucket
}

/** Orders names as S3 lists them: by UTF-8 bytes, which differs from JavaScript's order above U+FFFF. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
