// What is said about every object that a sink writes, data and manifest alike, and whether the server has done it.

import type { PutObjectCommandInput } from '@aws-sdk/client-s3'
import type { S3Abilities, S3Provider } from './providers.js'
import { OWN, ownFailure } from './s3-error-meanings.js'
import type { S3Requests } from './s3-requests.js'

/** Encryption by the server: with its own keys, or with one of a key service. */
export type S3Encryption =
  | { readonly type: 'SSE-S3' }
  | {
      readonly type: 'SSE-KMS'
      /** The id, ARN or alias of a key in the region of the bucket; defaults to the account's own key for S3. */
      readonly keyId?: string | undefined
      /** What has to be said again to decrypt, beside what S3 adds. Stands in logs: no secret. */
      readonly context?: Readonly<Record<string, string>> | undefined
      /** One key of the bucket for many objects, which asks the key service less often. */
      readonly bucketKey?: boolean | undefined
    }

/** The canned ACLs that a sink may set. */
export type S3Acl = 'bucket-owner-full-control' | 'private'

/** What the objects of a sink have in common. */
export interface ObjectSettings {
  /** Defaults to what the bucket does by default. */
  readonly encryption?: S3Encryption | undefined
  /** For a bucket of another account that takes ACLs. Defaults to none. */
  readonly acl?: S3Acl | undefined
  /** Defaults to STANDARD, or the bucket's default. Manifests too have to be readable at once. */
  readonly storageClass?: string | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** User metadata, names in lower case, printable ASCII. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /**
   * Adds Content-Encoding: gzip to what is stored as `.gz`. Left out by default, as browsers and proxies then hand out the CSV
   * under a name that ends in `.gz`.
   */
  readonly contentEncoding?: 'gzip' | undefined
}

type ObjectParams = Pick<
  PutObjectCommandInput,
  | 'ServerSideEncryption'
  | 'SSEKMSKeyId'
  | 'SSEKMSEncryptionContext'
  | 'BucketKeyEnabled'
  | 'ACL'
  | 'StorageClass'
  | 'Tagging'
  | 'Metadata'
  | 'ContentEncoding'
>

/** Of PutObject and of CreateMultipartUpload. `metadata` is of this object alone. */
export function objectParams(
  settings: ObjectSettings,
  key: string,
  metadata: Readonly<Record<string, string>> = {},
): ObjectParams {
  const { encryption, acl, storageClass, tags, contentEncoding } = settings
  const all = { ...settings.metadata, ...metadata }
  return {
    ...encryptionParams(encryption),
    ...(acl === undefined ? {} : { ACL: acl }),
    ...(storageClass === undefined
      ? {}
      : { StorageClass: storageClass as NonNullable<ObjectParams['StorageClass']> }),
    ...(tags === undefined ? {} : { Tagging: new URLSearchParams(tags).toString() }),
    ...(Object.keys(all).length === 0 ? {} : { Metadata: all }),
    ...(contentEncoding !== undefined && key.endsWith('.gz') ? { ContentEncoding: contentEncoding } : {}),
  }
}

function encryptionParams(encryption: S3Encryption | undefined): ObjectParams {
  if (encryption === undefined) return {}
  if (encryption.type === 'SSE-S3') return { ServerSideEncryption: 'AES256' }
  const { keyId, context, bucketKey } = encryption
  return {
    ServerSideEncryption: 'aws:kms',
    ...(keyId === undefined ? {} : { SSEKMSKeyId: keyId }),
    ...(context === undefined
      ? {}
      : { SSEKMSEncryptionContext: Buffer.from(JSON.stringify(context)).toString('base64') }),
    ...(bucketKey === undefined ? {} : { BucketKeyEnabled: bucketKey }),
  }
}

/** What an answer says about the encryption of an object or a part. */
export interface EncryptionAnswer {
  readonly ServerSideEncryption?: string | undefined
  readonly SSEKMSKeyId?: string | undefined
}

/** Whether the server says that it does what was asked for. Several take the request and pass it over. */
export function confirmsEncryption(
  encryption: S3Encryption | undefined,
  { ServerSideEncryption: algorithm, SSEKMSKeyId: key }: EncryptionAnswer,
): boolean {
  if (encryption === undefined) return true
  if (encryption.type === 'SSE-S3') return algorithm === 'AES256'
  const { keyId } = encryption
  if (algorithm !== 'aws:kms') return false
  // The answer names the key by its ARN, and nobody here knows what an alias stands for.
  if (keyId === undefined || key === undefined || /(^|:)alias\//.test(keyId)) return true
  return key === keyId || key.endsWith(`/${keyId}`)
}

export function notEncrypted(): Error {
  return ownFailure(
    OWN.notEncrypted,
    'the server did not confirm the encryption, and may have passed it over; use a server that encrypts, or leave `encryption` out',
  )
}

/** Whether an answer tells of keys under which a tag is no MD5. */
export function hidesMd5({ ServerSideEncryption: algorithm }: EncryptionAnswer): boolean {
  return algorithm?.startsWith('aws:kms') === true
}

/**
 * Sets the tags of a finished object where the server does not take them with its upload, and looks whether it has them.
 *
 * The object exists by now: whatever goes wrong, it must not look like one that was not written.
 */
export async function settleTags(
  requests: S3Requests,
  key: string,
  {
    tags,
    provider,
    abilities,
  }: { readonly provider: S3Provider; readonly abilities: S3Abilities } & Pick<ObjectSettings, 'tags'>,
): Promise<void> {
  // S3 itself keeps them or refuses the request.
  if (tags === undefined || provider === 'aws') return
  const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
  const kept = await tagsOf(async () => {
    if (abilities.tags === 'after') await requests.send('PutObjectTagging', { Key: key, Tagging: { TagSet } })
    return requests.send('GetObjectTagging', { Key: key })
  })
  if (TagSet.every(({ Key, Value }) => kept.get(Key) === Value)) return
  throw tagsNotKept('the server took the tags and did not keep them')
}

async function tagsOf(
  ask: () => Promise<{ TagSet?: { Key?: string | undefined; Value?: string | undefined }[] | undefined }>,
): Promise<Map<string | undefined, string | undefined>> {
  try {
    const { TagSet = [] } = await ask()
    return new Map(TagSet.map(({ Key, Value }) => [Key, Value]))
  } catch (error) {
    const reason = 'the tags could not be set or read back (s3:PutObjectTagging, s3:GetObjectTagging)'
    throw tagsNotKept(reason, error)
  }
}

function tagsNotKept(reason: string, cause?: unknown): Error {
  return ownFailure(
    OWN.tagsNotKept,
    `the object is in place, but ${reason}; leave \`tags\` out, or set provider to what the server is`,
    cause,
  )
}
