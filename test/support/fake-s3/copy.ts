import { createHash } from 'node:crypto'
import { attributesOf, encryptionHeaders } from './attributes.js'
import { checksumOf, type Checksums, checksumAlgorithm } from './checksums.js'
import { checkWriteConditions, matches, preconditionFailed } from './conditions.js'
import { accessDenied, invalidArgument, invalidRequest, noSuchKey } from './errors.js'
import { checkKey } from './objects.js'
import type { Call, Reply } from './operations.js'
import { decodePath } from './request.js'
import { bucketNamed, type ObjectAttributes, type StoredObject } from './store.js'
import { tagsOfHeader } from './tagging.js'
import { document, leaf } from './xml.js'

export function copyObject({ store, request }: Call): Reply {
  const { headers } = request
  const target = bucketNamed(store, request.bucket)
  checkKey(request.key)
  const owner = headers['x-amz-source-expected-bucket-owner']
  if (owner !== undefined && owner !== store.accountId) throw accessDenied()

  const sourcePath = decodePath(headers['x-amz-copy-source'] ?? '').replace(/^\//, '')
  const slash = sourcePath.indexOf('/')
  if (slash < 1)
    throw invalidArgument('Copy Source must mention the source bucket and key: sourcebucket/sourcekey')
  const sourceKey = sourcePath.slice(slash + 1)
  const sourceBucket = bucketNamed(store, sourcePath.slice(0, slash))
  const source = sourceBucket.objects.get(sourceKey)
  if (source === undefined) throw noSuchKey(sourceKey)
  const ifMatch = headers['x-amz-copy-source-if-match']
  const ifNoneMatch = headers['x-amz-copy-source-if-none-match']
  if (ifMatch !== undefined && !matches(ifMatch, source)) {
    throw preconditionFailed('x-amz-copy-source-If-Match')
  }
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, source)) {
    throw preconditionFailed('x-amz-copy-source-If-None-Match')
  }

  const given = attributesOf(request, store)
  const replaces = headers['x-amz-metadata-directive'] === 'REPLACE'
  const changes = replaces || given.storageClass !== undefined || given.sse !== undefined
  if (sourceBucket === target && sourceKey === request.key && !changes) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    )
  }
  checkWriteConditions(request, target.objects.get(request.key))

  const object: StoredObject = {
    ...copiedAttributes(source, given, replaces),
    ...(headers['x-amz-tagging-directive'] === 'REPLACE'
      ? { tags: tagsOfHeader(headers['x-amz-tagging'] ?? '') }
      : source.tags !== undefined && { tags: source.tags }),
    body: source.body,
    // A copy is written in one go, so what was assembled from parts gets a plain MD5 here.
    etag: `"${createHash('md5').update(source.body).digest('hex')}"`,
    checksums: copiedChecksums(source, headers['x-amz-checksum-algorithm']),
    checksumType: 'FULL_OBJECT',
    lastModified: store.now(),
  }
  target.objects.set(request.key, object)
  const body = document('CopyObjectResult', [
    leaf('ETag', object.etag),
    leaf('LastModified', object.lastModified.toISOString()),
  ])
  return { status: 200, headers: encryptionHeaders(object.sse, store), body }
}

function copiedAttributes(
  source: StoredObject,
  given: ObjectAttributes,
  replaces: boolean,
): ObjectAttributes {
  const described = replaces ? given : source
  const copied: ObjectAttributes = { ...described, metadata: { ...described.metadata } }
  // Storage class and encryption never travel with a copy: they are those of this request.
  delete copied.storageClass
  delete copied.sse
  delete copied.tags
  if (given.storageClass !== undefined) copied.storageClass = given.storageClass
  if (given.sse !== undefined) copied.sse = given.sse
  return copied
}

function copiedChecksums(source: StoredObject, wanted: string | undefined): Checksums {
  const algorithms =
    wanted !== undefined
      ? [checksumAlgorithm(wanted)]
      : Object.keys(source.checksums).map((name) => checksumAlgorithm(name))
  return Object.fromEntries(algorithms.map((name) => [name, checksumOf(name, source.body)]))
}
