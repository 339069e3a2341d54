import { noSuchKey, notImplemented, S3Error } from './errors.js'
import type { S3Request } from './request.js'
import type { StoredObject } from './store.js'

export const unquoted = (etag: string) => etag.trim().replace(/^W\//, '').replace(/^"|"$/g, '')

/** Throws unless the write may replace `current`; call it in the same turn as the write itself. */
export function checkWriteConditions(request: S3Request, current: StoredObject | undefined): void {
  const ifNoneMatch = request.headers['if-none-match']
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*') throw notImplemented()
    if (current !== undefined) throw preconditionFailed('If-None-Match')
  }
  const ifMatch = request.headers['if-match']
  if (ifMatch !== undefined) {
    if (current === undefined) throw noSuchKey(request.key)
    if (!matches(ifMatch, current)) throw preconditionFailed('If-Match')
  }
}

/** True when the reader's copy is still current, which is answered with 304. */
export function readerIsCurrent({ headers }: S3Request, current: StoredObject): boolean {
  const ifMatch = headers['if-match']
  if (ifMatch !== undefined && !matches(ifMatch, current)) throw preconditionFailed('If-Match')
  const ifNoneMatch = headers['if-none-match']
  return ifNoneMatch !== undefined && matches(ifNoneMatch, current)
}

export function matches(condition: string, object: StoredObject): boolean {
  const wanted = condition.split(',').map(unquoted)
  return wanted.includes('*') || wanted.includes(unquoted(object.etag))
}

export function preconditionFailed(condition: string): S3Error {
  return new S3Error(
    412,
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    { elements: { Condition: condition } },
  )
}
