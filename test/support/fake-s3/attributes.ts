import { checksumHeader, checksumAlgorithms, type Checksums, type ChecksumType } from './checksums.js'
import { invalidArgument, notImplemented, S3Error } from './errors.js'
import type { Traits } from './providers.js'
import type { S3Request } from './request.js'
import type { Encryption, ObjectAttributes, Store, StoredObject } from './store.js'
import { tagsOfHeader } from './tagging.js'

const storageClasses = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
])

const standardAlone = new Set(['STANDARD'])

const cannedAcls = new Set([
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
])

const metadataPrefix = 'x-amz-meta-'
const maxMetadataBytes = 2048
const sseHeader = 'x-amz-server-side-encryption'

/** Reads what a PutObject, CopyObject or CreateMultipartUpload says about the object to be. */
export function attributesOf({ headers }: S3Request, store: Store): ObjectAttributes {
  // aws-chunked only describes the journey, so unlike gzip it is not kept.
  const encodings = (headers['content-encoding'] ?? '').split(',').map((encoding) => encoding.trim())
  const contentEncoding = encodings
    .filter((encoding) => encoding !== '' && encoding !== 'aws-chunked')
    .join(',')
  const storageClass = headers['x-amz-storage-class']
  const known = store.traits.storageClasses === 'all' ? storageClasses : standardAlone
  if (storageClass !== undefined && !known.has(storageClass)) {
    throw new S3Error(400, 'InvalidStorageClass', 'The storage class you specified is not valid')
  }
  const sse = store.encrypts ? encryptionOf(headers, store.traits) : undefined
  const tagging = headers['x-amz-tagging']
  if (tagging !== undefined && store.traits.tagging === 'refused') {
    throw notImplemented('Object tagging is not supported.')
  }
  const acl = aclOf(headers, store)
  return {
    contentType: headers['content-type'] ?? 'binary/octet-stream',
    metadata: metadataOf(headers),
    ...(contentEncoding !== '' && { contentEncoding }),
    ...(headers['cache-control'] !== undefined && { cacheControl: headers['cache-control'] }),
    ...(headers['content-disposition'] !== undefined && {
      contentDisposition: headers['content-disposition'],
    }),
    ...(headers['content-language'] !== undefined && { contentLanguage: headers['content-language'] }),
    ...(headers.expires !== undefined && { expires: headers.expires }),
    ...(tagging !== undefined && { tags: tagsOfHeader(tagging) }),
    ...(storageClass !== undefined && { storageClass }),
    ...(sse !== undefined && { sse }),
    ...(acl !== undefined && { acl }),
  }
}

/** The headers with which GetObject and HeadObject describe an object. */
export function describingHeaders(object: StoredObject, store: Store): Record<string, string> {
  const headers: Record<string, string | undefined> = {
    ETag: object.etag,
    'Last-Modified': object.lastModified.toUTCString(),
    'Accept-Ranges': 'bytes',
    'Content-Type': object.contentType,
    'Content-Encoding': object.contentEncoding,
    'Cache-Control': object.cacheControl,
    'Content-Disposition': object.contentDisposition,
    'Content-Language': object.contentLanguage,
    Expires: object.expires,
    'x-amz-storage-class': object.storageClass === 'STANDARD' ? undefined : object.storageClass,
  }
  const tagCount = Object.keys(object.tags ?? {}).length
  if (tagCount > 0) headers['x-amz-tagging-count'] = String(tagCount)
  for (const [name, value] of Object.entries(object.metadata)) {
    headers[metadataPrefix + name] = headerSafe(value)
  }
  return { ...onlyPresent(headers), ...encryptionHeaders(object.sse, store) }
}

export function checksumHeaders(checksums: Checksums, type?: ChecksumType): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const algorithm of checksumAlgorithms) {
    const value = checksums[algorithm]
    if (value !== undefined) headers[checksumHeader(algorithm)] = value
  }
  if (type !== undefined && Object.keys(headers).length > 0) headers['x-amz-checksum-type'] = type
  return headers
}

/** S3 encrypts everything, and says AES256 of an object whose writer asked for nothing. */
export function encryptionHeaders(sse: Encryption | undefined, store: Store): Record<string, string> {
  if (!store.encrypts) return {}
  const unasked = store.traits.encryption === 'confirmed' ? 'AES256' : undefined
  return onlyPresent({
    [sseHeader]: sse?.algorithm ?? unasked,
    [`${sseHeader}-aws-kms-key-id`]: sse?.kmsKeyId,
    [`${sseHeader}-bucket-key-enabled`]:
      sse?.bucketKeyEnabled === undefined ? undefined : String(sse.bucketKeyEnabled),
  })
}

/** The answers to what began an object confirm its encryption context; later ones keep it to themselves. */
export function contextHeader(sse: Encryption | undefined): Record<string, string> {
  if (sse?.context === undefined) return {}
  return { [`${sseHeader}-context`]: Buffer.from(JSON.stringify(sse.context)).toString('base64') }
}

function encryptionOf(headers: S3Request['headers'], { encryption }: Traits): Encryption | undefined {
  const algorithm = headers[sseHeader]
  const kmsKeyId = headers[`${sseHeader}-aws-kms-key-id`]
  const bucketKey = headers[`${sseHeader}-bucket-key-enabled`]
  const context = headers[`${sseHeader}-context`]
  if (algorithm === undefined && kmsKeyId === undefined) return undefined
  if (algorithm !== 'AES256' && algorithm !== 'aws:kms' && algorithm !== 'aws:kms:dsse') {
    throw invalidArgument('The encryption method specified is not supported')
  }
  if (encryption === 'refused') throw notImplemented('Server-side encryption is not supported.')
  if (algorithm === 'AES256' && encryption === 'AES256 ignored') return undefined
  if (algorithm === 'AES256' && (kmsKeyId ?? context) !== undefined) {
    throw invalidArgument(
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
    )
  }
  return {
    algorithm,
    ...(kmsKeyId !== undefined && { kmsKeyId }),
    ...(bucketKey !== undefined && { bucketKeyEnabled: bucketKey === 'true' }),
    ...(context !== undefined && { context: contextOf(context) }),
  }
}

function contextOf(header: string): Record<string, string> {
  try {
    const context: unknown = JSON.parse(Buffer.from(header, 'base64').toString())
    if (typeof context === 'object' && context !== null) {
      const texts = Object.values(context).every((value) => typeof value === 'string')
      if (texts && !Array.isArray(context)) return context as Record<string, string>
    }
  } catch {
    // No JSON: refused below like JSON of another shape.
  }
  throw invalidArgument('The header x-amz-server-side-encryption-context shall be Base64-encoded UTF-8 JSON')
}

/** With ACLs off S3 still takes the one that says what is so anyway: everything is the owner's. */
function aclOf(headers: S3Request['headers'], { acls, traits }: Store): string | undefined {
  const acl = headers['x-amz-acl']
  if (acl === undefined) return undefined
  if (!cannedAcls.has(acl)) throw invalidArgument('The canned ACL is not valid')
  if (!acls && acl !== 'bucket-owner-full-control') {
    throw new S3Error(400, 'AccessControlListNotSupported', 'The bucket does not allow ACLs')
  }
  return traits.acl ? acl : undefined
}

function metadataOf(headers: S3Request['headers']): Record<string, string> {
  const metadata: Record<string, string> = {}
  let bytes = 0
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(metadataPrefix)) continue
    const key = name.slice(metadataPrefix.length)
    bytes += key.length + value.length
    // node:http hands header bytes over as latin1; a client that sends UTF-8 means UTF-8.
    metadata[key] = Buffer.from(value, 'latin1').toString('utf8')
  }
  if (bytes > maxMetadataBytes) {
    throw new S3Error(
      400,
      'MetadataTooLarge',
      'Your metadata headers exceed the maximum allowed metadata size',
    )
  }
  return metadata
}

/** Non-ASCII metadata comes back as an RFC 2047 word, because a header has no declared charset. */
function headerSafe(value: string): string {
  return /^[\x20-\x7e\t]*$/.test(value) ? value : `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`
}

function onlyPresent(headers: Record<string, string | undefined>): Record<string, string> {
  const present: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) present[name] = value
  return present
}
