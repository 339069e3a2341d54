import { noSuchKey, notImplemented, S3Error } from './errors.js'
import type { S3Request } from './request.js'
import type { Traits } from './providers.js'
import type { StoredObject } from './store.js'

export const unquoted = (etag: string) => etag.trim().replace(/^W\//, '').replace(/^"|"$/g, '')

/** Throws unless the write may replace `current`; call it in the same turn as the write itself. */
export function checkWriteConditions(
  request: S3Request,
  current: StoredObject | undefined,
  etags: 'any' | 'unquoted' = 'any',
): void {
  const ifNoneMatch = request.headers['if-none-match']
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*') throw notImplemented()
    if (current !== undefined) throw preconditionFailed('If-None-Match')
  }
  const ifMatch = request.headers['if-match']
  if (ifMatch !== undefined) {
    if (current === undefined) {
      throw etags === 'any' ? noSuchKey(request.key) : preconditionFailed('If-Match')
    }
    const holds = etags === 'any' ? matches(ifMatch, current) : ifMatch === unquoted(current.etag)
    if (!holds) throw preconditionFailed('If-Match')
  }
}

/** The conditions of PutObject, as far as the server has any. */
export function checkPutConditions(
  request: S3Request,
  current: StoredObject | undefined,
  { putConditions }: Traits,
): void {
  const { headers } = request
  const conditional = headers['if-match'] !== undefined || headers['if-none-match'] !== undefined
  if (conditional && putConditions === 'refused') throw notImplemented()
  checkWriteConditions(request, current, putConditions === 'unquoted' ? 'unquoted' : 'any')
}

/** The conditions of CompleteMultipartUpload, as far as the server has any. */
export function checkCompleteConditions(
  request: S3Request,
  current: StoredObject | undefined,
  { completeConditions }: Traits,
): void {
  if (completeConditions === 'ignored') return
  if (completeConditions === 'honoured') {
    checkWriteConditions(request, current)
    return
  }
  const { headers } = request
  if (headers['if-match'] !== undefined) throw preconditionFailed('If-Match')
  if (headers['if-none-match'] !== undefined && current !== undefined) {
    throw new S3Error(412, 'InvalidRequest', 'Invalid Request.')
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
