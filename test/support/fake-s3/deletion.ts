import { checkWriteConditions } from './conditions.js'
import { invalidRequest } from './errors.js'
import type { Call, Reply } from './operations.js'
import { bucketNamed } from './store.js'
import { branch, childText, document, leaf, malformedXml, parseXml } from './xml.js'

const maxDeletes = 1000

/** Deleting what is not there succeeds, as at S3; a condition is only looked at when one is given. */
export function deleteObject({ store, request }: Call): Reply {
  const bucket = bucketNamed(store, request.bucket)
  if (store.traits.deleteConditions) checkWriteConditions(request, bucket.objects.get(request.key))
  bucket.objects.delete(request.key)
  return { status: 204 }
}

export function deleteObjects({ store, request, payload }: Call): Reply {
  const bucket = bucketNamed(store, request.bucket)
  if (payload.checksum === undefined && request.headers['content-md5'] === undefined) {
    throw invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*')
  }
  const root = parseXml(payload.bytes.toString(), 'Delete')
  const keys = root.children
    .filter((child) => child.name === 'Object')
    .map((child) => childText(child, 'Key') ?? '')
  if (keys.length === 0 || keys.length > maxDeletes || keys.includes('')) throw malformedXml()
  for (const key of keys) bucket.objects.delete(key)
  const quiet = childText(root, 'Quiet') === 'true'
  const entries = quiet ? [] : keys.map((key) => branch('Deleted', [leaf('Key', key)]))
  return { status: 200, body: document('DeleteResult', entries) }
}
