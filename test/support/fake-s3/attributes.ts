import { checksumHeader, checksumAlgorithms, type Checksums, type ChecksumType } from './checksums.js'
import { invalidArgument, S3Error } from './errors.js'
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
  if (storageClass !== undefined && !storageClasses.has(storageClass)) {
    throw new S3Error(400, 'InvalidStorageClass', 'The storage class you specified is not valid')
  }
  const sse = store.encrypts ? encryptionOf(headers) : undefined
  const tagging = headers['x-amz-tagging']
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
  return onlyPresent({
    [sseHeader]: sse?.algorithm ?? 'AES256',
    [`${sseHeader}-aws-kms-key-id`]: sse?.kmsKeyId,
    [`${sseHeader}-bucket-key-enabled`]:
      sse?.bucketKeyEnabled === undefined ? undefined : String(sse.bucketKeyEnabled),
  })
}

function encryptionOf(headers: S3Request['headers']): Encryption | undefined {
  const algorithm = headers[sseHeader]
  const kmsKeyId = headers[`${sseHeader}-aws-kms-key-id`]
  const bucketKey = headers[`${sseHeader}-bucket-key-enabled`]
  if (algorithm === undefined && kmsKeyId === undefined) return undefined
  if (algorithm !== 'AES256' && algorithm !== 'aws:kms' && algorithm !== 'aws:kms:dsse') {
    throw invalidArgument('The encryption method specified is not supported')
  }
  if (algorithm === 'AES256' && kmsKeyId !== undefined) {
    throw invalidArgument(
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
    )
  }
  return {
    algorithm,
    ...(kmsKeyId !== undefined && { kmsKeyId }),
    ...(bucketKey !== undefined && { bucketKeyEnabled: bucketKey === 'true' }),
  }
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
