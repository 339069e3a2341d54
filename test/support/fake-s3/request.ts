import type { IncomingMessage } from 'node:http'
import { invalidArgument, S3Error } from './errors.js'
import type { OperationName } from './operations.js'

/** An HTTP request read as S3 reads it, before anything about it is believed. */
export interface S3Request {
  method: string
  /** Path and query exactly as sent: signatures are over these, not over a normalised URL. */
  rawPath: string
  query: readonly (readonly [name: string, value: string])[]
  headers: Readonly<Record<string, string>>
  bucket: string
  key: string
  operation: OperationName
}

export function readRequest(message: IncomingMessage): S3Request {
  const target = message.url ?? '/'
  const mark = target.indexOf('?')
  const rawPath = mark === -1 ? target : target.slice(0, mark)
  const query = mark === -1 ? [] : readQuery(target.slice(mark + 1))
  const headers = joinHeaders(message)
  const { bucket, key } = address(headers.host ?? '', decodePath(rawPath))
  const method = message.method ?? 'GET'
  return {
    method,
    rawPath,
    query,
    headers,
    bucket,
    key,
    operation: operationOf(method, bucket, key, query, headers),
  }
}

export function queryValue(request: Pick<S3Request, 'query'>, name: string): string | undefined {
  return request.query.find(([candidate]) => candidate === name)?.[1]
}

/** A whole number from the query, limited to `most`, which is also what an absent one means. */
export function queryCount(request: S3Request, name: string, most: number): number {
  const text = queryValue(request, name)
  if (text === undefined || text === '') return most
  if (!/^\d+$/.test(text)) {
    throw invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`)
  }
  return Math.min(Number(text), most)
}

export function decodePath(rawPath: string): string {
  try {
    return decodeURIComponent(rawPath)
  } catch {
    throw new S3Error(400, 'InvalidURI', "Couldn't parse the specified URI.")
  }
}

function readQuery(text: string): [string, string][] {
  const pairs = text.split('&').filter((pair) => pair !== '')
  return pairs.map((pair) => {
    const [name = '', ...value] = pair.replaceAll('+', '%20').split('=')
    return [decodePath(name), decodePath(value.join('='))]
  })
}

function joinHeaders(message: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    if (values !== undefined) headers[name] = values.join(',')
  }
  return headers
}

/** `bucket.localhost` and `bucket.s3.*` name the bucket in your application; every other host means path style. */
function address(host: string, path: string): { bucket: string; key: string } {
  const name = host.replace(/:\d+$/, '')
  const styled = /^(?!s3[.-])(.+?)\.s3[.-].+$/.exec(name) ?? /^(?!s3\.)(.+)\.localhost$/.exec(name)
  if (styled?.[1] !== undefined) return { bucket: styled[1], key: path.slice(1) }
  const slash = path.indexOf('/', 1)
  return slash === -1
    ? { bucket: path.slice(1), key: '' }
    : { bucket: path.slice(1, slash), key: path.slice(slash + 1) }
}

// Sub-resources that exist at AWS and not here. Without this list `PUT /bucket/key?acl` would be a PutObject.
const foreignSubresources = new Set(
  (
    'accelerate acl analytics attributes cors encryption intelligent-tiering inventory legal-hold lifecycle ' +
    'logging metrics notification object-lock ownershipControls policy policyStatus publicAccessBlock ' +
    'replication requestPayment restore retention select torrent versionId versioning versions website'
  ).split(' '),
)

function operationOf(
  method: string,
  bucket: string,
  key: string,
  query: S3Request['query'],
  headers: S3Request['headers'],
): OperationName {
  const names = new Set(query.map(([name]) => name))
  for (const name of names) if (foreignSubresources.has(name)) return 'Unsupported'
  if (bucket === '') return method === 'GET' ? 'ListBuckets' : 'Unsupported'
  if (key === '') return bucketOperation(method, names, query)
  return objectOperation(method, names, 'x-amz-copy-source' in headers)
}

function bucketOperation(method: string, names: Set<string>, query: S3Request['query']): OperationName {
  if (method === 'PUT') return 'CreateBucket'
  if (method === 'HEAD') return 'HeadBucket'
  if (method === 'DELETE') return 'DeleteBucket'
  if (method === 'POST') return names.has('delete') ? 'DeleteObjects' : 'Unsupported'
  if (method !== 'GET') return 'Unsupported'
  if (names.has('location')) return 'GetBucketLocation'
  if (names.has('uploads')) return 'ListMultipartUploads'
  return queryValue({ query }, 'list-type') === '2' ? 'ListObjectsV2' : 'Unsupported'
}

function objectOperation(method: string, names: Set<string>, copies: boolean): OperationName {
  const tagging = names.has('tagging')
  const uploadId = names.has('uploadId')
  if (method === 'PUT') {
    if (tagging) return 'PutObjectTagging'
    if (uploadId) return copies ? 'Unsupported' : 'UploadPart'
    return copies ? 'CopyObject' : 'PutObject'
  }
  if (method === 'GET') {
    if (tagging) return 'GetObjectTagging'
    if (uploadId) return 'ListParts'
    return names.has('partNumber') ? 'Unsupported' : 'GetObject'
  }
  if (method === 'HEAD') return names.has('partNumber') ? 'Unsupported' : 'HeadObject'
  if (tagging) return 'Unsupported'
  if (method === 'DELETE') return uploadId ? 'AbortMultipartUpload' : 'DeleteObject'
  if (method !== 'POST') return 'Unsupported'
  if (uploadId) return 'CompleteMultipartUpload'
  return names.has('uploads') ? 'CreateMultipartUpload' : 'Unsupported'
}
