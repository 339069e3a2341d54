import { createHash } from 'node:crypto'
import { encryptionHeaders } from './attributes.js'
import { checksumIn, checksumOf, compositeChecksum, verifyChecksum, type Checksums } from './checksums.js'
import { checkCompleteConditions, checkWriteConditions, unquoted } from './conditions.js'
import { invalidRequest, S3Error } from './errors.js'
import { isUnfinished, uploadOf } from './multipart.js'
import type { Call, Reply } from './operations.js'
import { queryValue, type S3Request } from './request.js'
import { bucketNamed, type MultipartUpload, type StoredObject, type UploadedPart } from './store.js'
import { childText, document, leaf, malformedXml, parseXml, type XmlElement } from './xml.js'

const minPartBytes = 5 * 1024 * 1024

export function completeMultipartUpload(call: Call): Reply {
  const { store, request, payload } = call
  const bucket = bucketNamed(store, request.bucket)
  const repeated = repeatedReply(call)
  if (repeated !== undefined) return repeated
  const upload = uploadOf(call)
  const root = parseXml(payload.bytes.toString(), 'CompleteMultipartUpload')
  const parts = chosenParts(upload, root)
  const body = Buffer.concat(parts.map((part) => part.body))
  const checksums = store.traits.checksums ? finishedChecksums(upload, parts, body) : {}
  if (store.traits.checksums) checkFinishedObject(request, body, checksums)
  checkCompleteConditions(request, bucket.objects.get(upload.key), store.traits)

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
  const late = store.traits.completeEtag === 'late'
  const reply = completedReply(call, object, late ? unquoted(object.etag) : object.etag)
  bucket.completed.set(upload.uploadId, { key: upload.key, object, reply })
  return late ? completedReply(call, object, '') : reply
}

function completedReply({ store, request }: Call, object: StoredObject, etag: string): Reply {
  return {
    status: 200,
    headers: encryptionHeaders(object.sse, store),
    body: document('CompleteMultipartUploadResult', [
      leaf('Location', `http://${request.headers.host ?? ''}${request.rawPath}`),
      leaf('Bucket', request.bucket),
      leaf('Key', request.key),
      leaf('ETag', etag),
      ...Object.entries(object.checksums).map(([algorithm, value]) => leaf(`Checksum${algorithm}`, value)),
      leaf('ChecksumType', store.traits.checksums ? object.checksumType : undefined),
    ]),
  }
}

/** What a client that lost the answer is told when it asks again; undefined of an upload that was not completed. */
function repeatedReply(call: Call): Reply | undefined {
  const { store, request } = call
  const { objects, completed } = bucketNamed(store, request.bucket)
  const { repeatedComplete, completeGone } = store.traits
  const uploadId = queryValue(request, 'uploadId') ?? ''
  const before = completed.get(uploadId)
  const current = objects.get(request.key)
  if (before?.key === request.key) {
    if (repeatedComplete === 'always') {
      // The object that it has put there itself is in the way of its condition.
      checkWriteConditions(request, current)
      return before.reply
    }
    if (current === before.object) return before.reply
  }
  if (!isUnfinished(call) && completeGone === 'InternalError') {
    throw new S3Error(500, 'InternalError', 'This multipart completion is already in progress')
  }
  return undefined
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
