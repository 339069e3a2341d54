import { createHash, randomUUID } from 'node:crypto'
import { attributesOf, checksumHeaders, contextHeader, encryptionHeaders } from './attributes.js'
import { checksumAlgorithm, type ChecksumAlgorithm, type ChecksumType } from './checksums.js'
import { invalidArgument, invalidRequest, noSuchKey, S3Error } from './errors.js'
import { checkKey } from './objects.js'
import type { Call, Reply } from './operations.js'
import { queryValue } from './request.js'
import { bucketNamed, type MultipartUpload, type UploadedPart } from './store.js'
import { document, leaf } from './xml.js'

const maxPartNumber = 10_000

export function createMultipartUpload({ store, request }: Call): Reply {
  const bucket = bucketNamed(store, request.bucket)
  checkKey(request.key)
  const attributes = attributesOf(request, store)
  if (store.traits.tagging === 'lost on multipart') delete attributes.tags
  const named = store.traits.checksums ? request.headers['x-amz-checksum-algorithm'] : undefined
  const algorithm = named === undefined ? undefined : checksumAlgorithm(named)
  const upload: MultipartUpload = {
    uploadId: randomUUID().replaceAll('-', ''),
    key: request.key,
    initiated: store.now(),
    attributes,
    ...(algorithm !== undefined && { checksumAlgorithm: algorithm }),
    checksumType: checksumTypeOf(algorithm, request.headers['x-amz-checksum-type']),
    parts: new Map(),
  }
  bucket.uploads.set(upload.uploadId, upload)
  return {
    status: 200,
    headers: {
      ...encryptionHeaders(attributes.sse, store),
      ...contextHeader(attributes.sse),
      ...(algorithm !== undefined && {
        'x-amz-checksum-algorithm': algorithm,
        'x-amz-checksum-type': upload.checksumType,
      }),
    },
    body: document('InitiateMultipartUploadResult', [
      leaf('Bucket', bucket.name),
      leaf('Key', upload.key),
      leaf('UploadId', upload.uploadId),
    ]),
  }
}

export function uploadPart(call: Call): Reply {
  const { store, request, payload } = call
  const partNumber = Number(queryValue(request, 'partNumber'))
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > maxPartNumber) {
    throw invalidArgument(`Part number must be an integer between 1 and ${maxPartNumber}, inclusive`)
  }
  const upload = uploadOf(call)
  const expected = upload.checksumAlgorithm
  const actual = payload.checksum?.algorithm
  const mayBeMissing = upload.checksumType === 'FULL_OBJECT' && actual === undefined
  if (expected !== undefined && actual !== expected && !mayBeMissing) {
    throw invalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, ` +
        `actual checksum Type: ${actual?.toLowerCase() ?? 'null'}`,
    )
  }
  const part: UploadedPart = {
    partNumber,
    body: payload.bytes,
    etag: `"${createHash('md5').update(payload.bytes).digest('hex')}"`,
    checksums: payload.checksum ? { [payload.checksum.algorithm]: payload.checksum.value } : {},
    lastModified: store.now(),
  }
  upload.parts.set(partNumber, part)
  return {
    status: 200,
    headers: {
      ETag: part.etag,
      ...checksumHeaders(part.checksums),
      ...encryptionHeaders(upload.attributes.sse, store),
    },
  }
}

export function abortMultipartUpload(call: Call): Reply {
  const { store, request } = call
  const bucket = bucketNamed(store, request.bucket)
  const completed = bucket.completed.has(queryValue(request, 'uploadId') ?? '')
  if (completed && store.traits.abortCompleted === 'NoSuchKey') throw noSuchKey(request.key)
  const upload = uploadOf(call)
  bucket.uploads.delete(upload.uploadId)
  return { status: 204 }
}

export function isUnfinished(call: Call): boolean {
  return unfinished(call) !== undefined
}

function unfinished({ store, request }: Call): MultipartUpload | undefined {
  const upload = bucketNamed(store, request.bucket).uploads.get(queryValue(request, 'uploadId') ?? '')
  return upload?.key === request.key ? upload : undefined
}

/** The upload a request names; the key belongs to its name, as two keys never share an upload. */
export function uploadOf(call: Call): MultipartUpload {
  const upload = unfinished(call)
  if (upload === undefined) {
    throw new S3Error(
      404,
      'NoSuchUpload',
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    )
  }
  return upload
}

function checksumTypeOf(algorithm: ChecksumAlgorithm | undefined, wanted: string | undefined): ChecksumType {
  const byNature = algorithm === undefined || algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE'
  if (wanted === undefined || wanted === byNature) return byNature
  if (wanted === 'FULL_OBJECT' && (algorithm === 'CRC32' || algorithm === 'CRC32C')) return wanted
  throw invalidRequest(
    `The ${wanted} checksum type cannot be used with the ${algorithm?.toLowerCase() ?? 'null'} checksum algorithm.`,
  )
}
