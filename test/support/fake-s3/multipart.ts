import { createHash, randomUUID } from 'node:crypto'
import { attributesOf, checksumHeaders, encryptionHeaders } from './attributes.js'
import {
  checksumAlgorithm,
  checksumIn,
  checksumOf,
  compositeChecksum,
  verifyChecksum,
  type ChecksumAlgorithm,
  type Checksums,
  type ChecksumType,
} from './checksums.js'
import { checkWriteConditions, unquoted } from './conditions.js'
import { invalidArgument, invalidRequest, S3Error } from './errors.js'
import { checkKey } from './objects.js'
import type { Call, Reply } from './operations.js'
import { queryValue, type S3Request } from './request.js'
import { bucketNamed, type MultipartUpload, type StoredObject, type UploadedPart } from './store.js'
import { childText, document, leaf, malformedXml, parseXml, type XmlElement } from './xml.js'

const maxPartNumber = 10_000
const minPartBytes = 5 * 1024 * 1024

export function createMultipartUpload({ store, request }: Call): Reply {
  const bucket = bucketNamed(store, request.bucket)
  checkKey(request.key)
  const attributes = attributesOf(request, store)
  const named = request.headers['x-amz-checksum-algorithm']
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
  const upload = uploadOf(call)
  bucketNamed(call.store, call.request.bucket).uploads.delete(upload.uploadId)
  return { status: 204 }
}

export function completeMultipartUpload(call: Call): Reply {
  const { store, request, payload } = call
  const bucket = bucketNamed(store, request.bucket)
  const upload = uploadOf(call)
  const root = parseXml(payload.bytes.toString(), 'CompleteMultipartUpload')
  const parts = chosenParts(upload, root)
  const body = Buffer.concat(parts.map((part) => part.body))
  const checksums = finishedChecksums(upload, parts, body)
  checkFinishedObject(request, body, checksums)
  checkWriteConditions(request, bucket.objects.get(upload.key))

  const md5s = Buffer.concat(parts.map((part) => Buffer.from(unquoted(part.etag), 'hex')))
  const object: StoredObject = {
    ...upload.attributes,
    body,
    etag: `"${createHash('md5').update(md5s).digest('hex')}-${parts.length}"`,
    checksums,
    checksumType: upload.checksumType,
    lastModified: store.now(),
  }
  bucket.objects.set(upload.key, object)
  bucket.uploads.delete(upload.uploadId)
  return {
    status: 200,
    headers: encryptionHeaders(object.sse, store),
    body: document('CompleteMultipartUploadResult', [
      leaf('Location', `http://${request.headers.host ?? ''}${request.rawPath}`),
      leaf('Bucket', bucket.name),
      leaf('Key', upload.key),
      leaf('ETag', object.etag),
      ...Object.entries(checksums).map(([algorithm, value]) => leaf(`Checksum${algorithm}`, value)),
      leaf('ChecksumType', object.checksumType),
    ]),
  }
}

/** The upload a request names; the key belongs to its name, as two keys never share an upload. */
export function uploadOf({ store, request }: Call): MultipartUpload {
  const upload = bucketNamed(store, request.bucket).uploads.get(queryValue(request, 'uploadId') ?? '')
  if (upload?.key !== request.key) {
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

function chosenParts(upload: MultipartUpload, root: XmlElement): UploadedPart[] {
  const entries = root.children.filter((child) => child.name === 'Part')
  if (entries.length === 0) throw malformedXml()
  let previous = 0
  const parts = entries.map((entry) => {
    const partNumber = Number(childText(entry, 'PartNumber'))
    if (!Number.isInteger(partNumber)) throw malformedXml()
    if (partNumber <= previous) {
      throw new S3Error(
        400,
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
      )
    }
    previous = partNumber
    return checkedPart(upload, entry, partNumber)
  })
  for (const part of parts.slice(0, -1)) {
    if (part.body.length < minPartBytes) {
      throw new S3Error(
        400,
        'EntityTooSmall',
        'Your proposed upload is smaller than the minimum allowed size',
        {
          elements: {
            PartNumber: String(part.partNumber),
            ProposedSize: String(part.body.length),
            MinSizeAllowed: String(minPartBytes),
            ETag: unquoted(part.etag),
          },
        },
      )
    }
  }
  return parts
}

function checkedPart(upload: MultipartUpload, entry: XmlElement, partNumber: number): UploadedPart {
  const part = upload.parts.get(partNumber)
  if (part === undefined || unquoted(childText(entry, 'ETag') ?? '') !== unquoted(part.etag)) {
    throw invalidPart(partNumber)
  }
  for (const [algorithm, value] of Object.entries(part.checksums)) {
    const stated = childText(entry, `Checksum${algorithm}`)
    if (stated !== undefined && stated !== value) throw invalidPart(partNumber)
    if (stated === undefined && upload.checksumType === 'COMPOSITE') {
      throw invalidRequest(
        `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include ` +
          `the checksum for each part. It was missing for part ${partNumber} in the request.`,
      )
    }
  }
  return part
}

function finishedChecksums(upload: MultipartUpload, parts: readonly UploadedPart[], body: Buffer): Checksums {
  const algorithm = upload.checksumAlgorithm ?? 'CRC64NVME'
  if (upload.checksumType === 'FULL_OBJECT') return { [algorithm]: checksumOf(algorithm, body) }
  const values = parts.map((part) => part.checksums[algorithm] ?? '')
  return { [algorithm]: compositeChecksum(algorithm, values) }
}

function checkFinishedObject({ headers }: S3Request, body: Buffer, checksums: Checksums): void {
  const size = headers['x-amz-mp-object-size']
  if (size !== undefined && Number(size) !== body.length) {
    throw invalidRequest('The provided x-amz-mp-object-size header value does not match what was computed.')
  }
  const stated = checksumIn(headers)
  if (stated === undefined || checksums[stated.algorithm] === stated.value) return
  // Composite values end in -N and cannot be recomputed from the body, so a difference is all there is.
  if (!stated.value.includes('-')) verifyChecksum(stated, body)
  throw new S3Error(400, 'BadDigest', `The ${stated.algorithm} you specified did not match.`)
}

function invalidPart(partNumber: number): S3Error {
  return new S3Error(
    400,
    'InvalidPart',
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { elements: { PartNumber: String(partNumber) } },
  )
}
