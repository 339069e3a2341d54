import { createHash } from 'node:crypto'
import {
  attributesOf,
  checksumHeaders,
  contextHeader,
  describingHeaders,
  encryptionHeaders,
} from './attributes.js'
import { checksumOf, type Checksum } from './checksums.js'
import { checkPutConditions, readerIsCurrent } from './conditions.js'
import { noSuchKey, S3Error } from './errors.js'
import type { Call, Reply } from './operations.js'
import { queryValue, type S3Request } from './request.js'
import { bucketNamed, type StoredObject } from './store.js'

const maxKeyBytes = 1024

export function checkKey(key: string): void {
  const size = Buffer.byteLength(key)
  if (size > maxKeyBytes) {
    throw new S3Error(400, 'KeyTooLongError', 'Your key is too long', {
      elements: { Size: String(size), MaxSizeAllowed: String(maxKeyBytes) },
    })
  }
}

export function putObject({ store, request, payload }: Call): Reply {
  const bucket = bucketNamed(store, request.bucket)
  checkKey(request.key)
  const attributes = attributesOf(request, store)
  // A writer that sends no checksum still gets one: S3 works out a CRC64NVME for it.
  const checksum = payload.checksum ?? defaultChecksum(payload.bytes)
  checkPutConditions(request, bucket.objects.get(request.key), store.traits)
  const object: StoredObject = {
    ...attributes,
    body: payload.bytes,
    etag: `"${createHash('md5').update(payload.bytes).digest('hex')}"`,
    checksums: store.traits.checksums ? { [checksum.algorithm]: checksum.value } : {},
    checksumType: 'FULL_OBJECT',
    lastModified: store.now(),
  }
  bucket.objects.set(request.key, object)
  return {
    status: 200,
    headers: {
      ETag: object.etag,
      ...checksumHeaders(object.checksums, object.checksumType),
      ...encryptionHeaders(object.sse, store),
      ...contextHeader(object.sse),
    },
  }
}

export function defaultChecksum(bytes: Buffer): Checksum {
  return { algorithm: 'CRC64NVME', value: checksumOf('CRC64NVME', bytes) }
}

export function getObject(call: Call): Reply {
  const object = existing(call)
  const { request, store } = call
  if (readerIsCurrent(request, object)) return { status: 304, headers: { ETag: object.etag } }
  const headers = { ...describingHeaders(object, store), ...overrides(request) }
  const range = rangeOf(request.headers.range, object.body.length)
  if (range !== undefined) {
    // No checksum with a part of the object: the client would check the part against the whole.
    headers['Content-Range'] = `bytes ${range.start}-${range.end - 1}/${object.body.length}`
    return { status: 206, headers, body: object.body.subarray(range.start, range.end) }
  }
  if (request.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED') {
    Object.assign(headers, checksumHeaders(object.checksums, object.checksumType))
  }
  return { status: 200, headers, body: object.body }
}

// The server drops the body of every HEAD answer and keeps its length, which is all HeadObject adds.
export const headObject = getObject

function existing({ store, request }: Call): StoredObject {
  const object = bucketNamed(store, request.bucket).objects.get(request.key)
  if (object === undefined) throw noSuchKey(request.key)
  return object
}

/** Half-open; undefined when the whole object is to be sent, which is also how S3 takes nonsense. */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  const [, first = '', last = ''] = match ?? []
  if (first === '' && last === '') return undefined
  if (first !== '' && last !== '' && Number(first) > Number(last)) return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size)
  if (start >= size) {
    throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable', {
      elements: { RangeRequested: header ?? '', ActualObjectSize: String(size) },
    })
  }
  return { start, end }
}

function overrides(request: S3Request): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of [
    'Content-Type',
    'Content-Encoding',
    'Content-Disposition',
    'Content-Language',
    'Cache-Control',
  ]) {
    const value = queryValue(request, `response-${name.toLowerCase()}`)
    if (value !== undefined) headers[name] = value
  }
  return headers
}
