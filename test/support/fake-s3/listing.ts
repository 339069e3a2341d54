import { invalidArgument, noSuchKey } from './errors.js'
import { isUnfinished, uploadOf } from './multipart.js'
import type { Call, Reply } from './operations.js'
import { queryCount, queryValue, type S3Request } from './request.js'
import { bucketNamed, compareKeys, type Bucket, type MultipartUpload, type StoredObject } from './store.js'
import { branch, document, leaf } from './xml.js'

const maxPage = 1000

interface Page {
  contents: [key: string, object: StoredObject][]
  commonPrefixes: string[]
  nextToken: string | undefined
}

export function listObjectsV2({ store, request }: Call): Reply {
  const bucket = bucketNamed(store, request.bucket)
  const maxKeys = queryCount(request, 'max-keys', maxPage)
  const encode = textEncoder(request)
  const page = pageOf(bucket, request, maxKeys)
  const owner =
    queryValue(request, 'fetch-owner') === 'true' ? branch('Owner', [leaf('ID', store.accountId)]) : ''
  const delimiter = queryValue(request, 'delimiter')
  const startAfter = queryValue(request, 'start-after')
  const body = document('ListBucketResult', [
    leaf('Name', bucket.name),
    leaf('Prefix', encode(queryValue(request, 'prefix') ?? '')),
    leaf('Delimiter', delimiter === undefined ? undefined : encode(delimiter)),
    leaf('StartAfter', startAfter === undefined ? undefined : encode(startAfter)),
    leaf('EncodingType', queryValue(request, 'encoding-type')),
    leaf('ContinuationToken', queryValue(request, 'continuation-token')),
    leaf('NextContinuationToken', page.nextToken),
    leaf('MaxKeys', maxKeys),
    leaf('KeyCount', page.contents.length + page.commonPrefixes.length),
    leaf('IsTruncated', page.nextToken !== undefined),
    ...page.contents.map(([key, object]) =>
      branch('Contents', [
        leaf('Key', encode(key)),
        leaf('LastModified', object.lastModified.toISOString()),
        leaf('ETag', object.etag),
        ...Object.keys(object.checksums).map((algorithm) => leaf('ChecksumAlgorithm', algorithm)),
        leaf('ChecksumType', object.checksumType),
        leaf('Size', object.body.length),
        leaf('StorageClass', object.storageClass ?? 'STANDARD'),
        owner,
      ]),
    ),
    ...page.commonPrefixes.map((prefix) => branch('CommonPrefixes', [leaf('Prefix', encode(prefix))])),
  ])
  return { status: 200, body }
}

function pageOf(bucket: Bucket, request: S3Request, maxKeys: number): Page {
  const prefix = queryValue(request, 'prefix') ?? ''
  const delimiter = queryValue(request, 'delimiter') ?? ''
  const token = queryValue(request, 'continuation-token')
  const after = token === undefined ? (queryValue(request, 'start-after') ?? '') : readToken(token)
  const page: Page = { contents: [], commonPrefixes: [], nextToken: undefined }
  // A token may name a common prefix, and then everything under it has been listed already.
  const listed = (key: string) =>
    compareKeys(key, after) <= 0 ||
    (token !== undefined && delimiter !== '' && after.endsWith(delimiter) && key.startsWith(after))
  const keys = [...bucket.objects.keys()].filter((key) => key.startsWith(prefix) && !listed(key))
  let last = ''
  for (const key of keys.sort(compareKeys)) {
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const name = cut === -1 ? key : key.slice(0, cut + delimiter.length)
    if (cut !== -1 && page.commonPrefixes.at(-1) === name) continue
    if (page.contents.length + page.commonPrefixes.length === maxKeys) {
      // With max-keys=0 S3 says "not truncated", or a client would ask for empty pages for ever.
      if (maxKeys > 0) page.nextToken = Buffer.from(last).toString('base64')
      break
    }
    const object = bucket.objects.get(key)
    if (cut !== -1) page.commonPrefixes.push(name)
    else if (object !== undefined) page.contents.push([key, object])
    last = name
  }
  return page
}

function readToken(token: string): string {
  const after = Buffer.from(token, 'base64').toString()
  if (after === '' || Buffer.from(after).toString('base64') !== token) {
    throw invalidArgument('The continuation token provided is incorrect')
  }
  return after
}

function textEncoder(request: S3Request): (text: string) => string {
  const type = queryValue(request, 'encoding-type')
  if (type === undefined) return (text) => text
  if (type !== 'url') throw invalidArgument('Invalid Encoding Method specified in Request')
  return (text) => encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%20', '+')
}

export function listMultipartUploads({ store, request }: Call): Reply {
  const bucket = bucketNamed(store, request.bucket)
  const prefix = queryValue(request, 'prefix') ?? ''
  const keyMarker = queryValue(request, 'key-marker') ?? ''
  const idMarker = queryValue(request, 'upload-id-marker') ?? ''
  const maxUploads = queryCount(request, 'max-uploads', maxPage)
  const encode = textEncoder(request)
  // The map keeps the order of initiation and the sort is stable: by key, then by time, as S3 lists them.
  const all = [...bucket.uploads.values()]
    .filter((upload) => upload.key.startsWith(prefix))
    .sort((a, b) => compareKeys(a.key, b.key))
  const marked = all.findIndex((upload) => upload.key === keyMarker && upload.uploadId === idMarker)
  const rest =
    marked === -1 ? all.filter((upload) => compareKeys(upload.key, keyMarker) > 0) : all.slice(marked + 1)
  const page = rest.slice(0, maxUploads)
  const truncated = page.length > 0 && rest.length > page.length
  const last = truncated ? page.at(-1) : undefined
  const body = document('ListMultipartUploadsResult', [
    leaf('Bucket', bucket.name),
    leaf('Prefix', encode(prefix)),
    leaf('KeyMarker', encode(keyMarker)),
    leaf('UploadIdMarker', idMarker),
    leaf('NextKeyMarker', last && encode(last.key)),
    leaf('NextUploadIdMarker', last?.uploadId),
    leaf('EncodingType', queryValue(request, 'encoding-type')),
    leaf('MaxUploads', maxUploads),
    leaf('IsTruncated', truncated),
    ...page.map((upload) =>
      branch('Upload', [
        leaf('Key', encode(upload.key)),
        leaf('UploadId', upload.uploadId),
        leaf('Initiated', upload.initiated.toISOString()),
        leaf('StorageClass', upload.attributes.storageClass ?? 'STANDARD'),
        ...checksumElements(upload),
      ]),
    ),
  ])
  return { status: 200, body }
}

export function listParts(call: Call): Reply {
  const { request } = call
  if (call.store.traits.listPartsGone === 'NoSuchKey' && !isUnfinished(call)) throw noSuchKey(request.key)
  const upload = uploadOf(call)
  const maxParts = queryCount(request, 'max-parts', maxPage)
  const marker = Number(queryValue(request, 'part-number-marker') ?? 0)
  const rest = [...upload.parts.values()]
    .filter((part) => part.partNumber > marker)
    .sort((a, b) => a.partNumber - b.partNumber)
  const page = rest.slice(0, maxParts)
  const body = document('ListPartsResult', [
    leaf('Bucket', request.bucket),
    leaf('Key', upload.key),
    leaf('UploadId', upload.uploadId),
    leaf('StorageClass', upload.attributes.storageClass ?? 'STANDARD'),
    ...checksumElements(upload),
    leaf('PartNumberMarker', marker),
    leaf('NextPartNumberMarker', page.at(-1)?.partNumber ?? 0),
    leaf('MaxParts', maxParts),
    leaf('IsTruncated', page.length > 0 && rest.length > page.length),
    ...page.map((part) =>
      branch('Part', [
        leaf('PartNumber', part.partNumber),
        leaf('LastModified', part.lastModified.toISOString()),
        leaf('ETag', part.etag),
        leaf('Size', part.body.length),
        ...Object.entries(part.checksums).map(([name, value]) => leaf(`Checksum${name}`, value)),
      ]),
    ),
  ])
  return { status: 200, body }
}

function checksumElements(upload: MultipartUpload): string[] {
  if (upload.checksumAlgorithm === undefined) return []
  return [leaf('ChecksumAlgorithm', upload.checksumAlgorithm), leaf('ChecksumType', upload.checksumType)]
}
