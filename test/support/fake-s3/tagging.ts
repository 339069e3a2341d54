import { noSuchKey, notImplemented, S3Error } from './errors.js'
import type { Call, Reply } from './operations.js'
import { bucketNamed, type StoredObject } from './store.js'
import { branch, childText, document, leaf, malformedXml, parseXml } from './xml.js'

const maxTags = 10

/** Reads x-amz-tagging, which is written like a query string. */
export function tagsOfHeader(header: string): Record<string, string> {
  return checkTags([...new URLSearchParams(header)])
}

export function getObjectTagging(call: Call): Reply {
  const tags = Object.entries(taggedObject(call).tags ?? {})
  const entries = tags.map(([key, value]) => branch('Tag', [leaf('Key', key), leaf('Value', value)]))
  return { status: 200, body: document('Tagging', [branch('TagSet', entries)]) }
}

export function putObjectTagging(call: Call): Reply {
  if (call.store.traits.tagging === 'refused')
    throw notImplemented('The requested resource is not implemented')
  const object = taggedObject(call)
  const root = parseXml(call.payload.bytes.toString(), 'Tagging')
  const set = root.children.find((child) => child.name === 'TagSet')
  if (set === undefined) throw malformedXml()
  object.tags = checkTags(
    set.children.map((tag) => [childText(tag, 'Key') ?? '', childText(tag, 'Value') ?? '']),
  )
  return { status: 200 }
}

function taggedObject({ store, request }: Call): StoredObject {
  const object = bucketNamed(store, request.bucket).objects.get(request.key)
  if (object === undefined) throw noSuchKey(request.key)
  return object
}

function checkTags(pairs: readonly (readonly [key: string, value: string])[]): Record<string, string> {
  if (pairs.length > maxTags) {
    throw new S3Error(400, 'BadRequest', `Object tags cannot be greater than ${maxTags}`)
  }
  const tags = new Map<string, string>()
  for (const [key, value] of pairs) {
    if (key === '' || key.length > 128) {
      throw new S3Error(400, 'InvalidTag', 'The TagKey you have provided is invalid')
    }
    if (value.length > 256) throw new S3Error(400, 'InvalidTag', 'The TagValue you have provided is invalid')
    if (tags.has(key)) {
      throw new S3Error(400, 'InvalidTag', 'Cannot provide multiple Tags with the same key')
    }
    tags.set(key, value)
  }
  return Object.fromEntries(tags)
}
