// Identity policies in the language of IAM, evaluated for the operations of the fake.

import type { FakeS3Operation } from './faults.js'
import type { OperationName } from './operations.js'

/** Decides, by operation, who is let through; false is answered with 403 AccessDenied. */
export type Policy = (operation: OperationName, details: FakeS3Operation) => boolean

export interface PolicyStatement {
  readonly Sid?: string
  /** Allow or Deny; a string, as documents come from JSON. */
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

export interface PolicyDocument {
  readonly Version?: string
  readonly Statement: PolicyStatement | readonly PolicyStatement[]
}

/** One thing a request needs: an action on a resource. */
export interface Need {
  readonly action: string
  readonly resource: string
}

const statementNames = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition'])

/**
 * Makes a policy of the fake of a document of IAM: what no statement allows is denied, and a Deny always wins.
 *
 * What it does not understand (NotAction, other operators or condition keys) is a TypeError and never a permission.
 *
 * @example
 * await startFakeS3({ buckets: ['exports'], allow: policyOf(iamPolicy({ bucket: 'exports', access: 'write' })) })
 */
export function policyOf(document: PolicyDocument): Policy {
  const statements = listOf(document.Statement)
  for (const statement of statements) checkStatement(statement)
  return (_, details) =>
    needsOf(details).every((need) => {
      const said = statements.filter((statement) => covers(statement, need, details))
      return said.length > 0 && said.every(({ Effect }) => Effect === 'Allow')
    })
}

/** The actions that an operation needs, in the words of the service authorization reference. */
export function needsOf(details: FakeS3Operation): readonly Need[] {
  const { operation, bucket, key, headers } = details
  const bucketArn = `arn:aws:s3:::${bucket}`
  const on = (resource: string) => (action: string) => ({ action: `s3:${action}`, resource })
  const object = on(`${bucketArn}/${key}`)
  const whole = on(bucketArn)
  switch (operation) {
    case 'PutObject':
    case 'CopyObject':
    case 'CreateMultipartUpload':
      return [object('PutObject'), ...furtherNeeds(details, object), ...copyNeeds(headers, on)]
    case 'UploadPart':
    case 'CompleteMultipartUpload':
      return [object('PutObject')]
    case 'GetObject':
    case 'HeadObject':
      return [object('GetObject')]
    case 'ListObjectsV2':
    case 'HeadBucket':
      return [whole('ListBucket')]
    case 'ListMultipartUploads':
      return [whole('ListBucketMultipartUploads')]
    case 'ListParts':
      return [object('ListMultipartUploadParts')]
    case 'AbortMultipartUpload':
    case 'DeleteObject':
    case 'PutObjectTagging':
    case 'GetObjectTagging':
      return [object(operation)]
    case 'DeleteObjects':
      // AWS asks for each key of the body, which is not known before it is read: here for the whole bucket.
      return [on(`${bucketArn}/*`)('DeleteObject')]
    case 'ListBuckets':
      return [{ action: 's3:ListAllMyBuckets', resource: '*' }]
    case 'CreateBucket':
    case 'DeleteBucket':
    case 'GetBucketLocation':
      return [whole(operation)]
    case 'Unsupported':
      return []
  }
}

function furtherNeeds({ operation, headers }: FakeS3Operation, object: (action: string) => Need): Need[] {
  const needs: Need[] = []
  if (headers['x-amz-tagging'] !== undefined) needs.push(object('PutObjectTagging'))
  if (headers['x-amz-acl'] !== undefined) needs.push(object('PutObjectAcl'))
  const keyId = headers['x-amz-server-side-encryption-aws-kms-key-id']
  if (keyId !== undefined) {
    const resource = keyId.startsWith('arn:') ? keyId : `arn:aws:kms:us-east-1:111122223333:key/${keyId}`
    needs.push({ action: 'kms:GenerateDataKey', resource })
    // Parts are read again when they are put together.
    if (operation === 'CreateMultipartUpload') needs.push({ action: 'kms:Decrypt', resource })
  }
  return needs
}

function copyNeeds(
  headers: FakeS3Operation['headers'],
  on: (resource: string) => (action: string) => Need,
): Need[] {
  const source = headers['x-amz-copy-source']
  if (source === undefined) return []
  return [on(`arn:aws:s3:::${decodeURIComponent(source).replace(/^\//, '')}`)('GetObject')]
}

function covers({ Action, Resource, Condition = {} }: PolicyStatement, need: Need, details: FakeS3Operation) {
  return (
    listOf(Action).some((pattern) => like(pattern.toLowerCase(), need.action.toLowerCase())) &&
    listOf(Resource).some((pattern) => like(pattern, need.resource)) &&
    Object.entries(Condition).every(([operator, wanted]) =>
      Object.entries(wanted).every(([name, values]) => {
        const value = contextValue(name, details)
        // Without "IfExists" a key that the request does not have fails the condition.
        if (value === undefined) return operator.endsWith('IfExists')
        return listOf(values).some((each) =>
          operator.startsWith('StringLike') ? like(each, value) : each === value,
        )
      }),
    )
  )
}

function contextValue(name: string, { prefix, headers }: FakeS3Operation): string | undefined {
  const lower = name.toLowerCase()
  return lower === 's3:prefix' ? prefix : headers[lower.slice('s3:'.length)]
}

/** `*` is any text, slashes included, and `?` any one character. */
function like(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '[^]*')
    .replaceAll('?', '[^]')
  return new RegExp(`^${source}$`, 'u').test(text)
}

function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T]
}

function checkStatement(statement: PolicyStatement): void {
  for (const name of Object.keys(statement)) {
    if (!statementNames.has(name)) throw new TypeError(`the fake does not evaluate ${name} of a policy`)
  }
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny')
    throw new TypeError('Effect: Allow or Deny')
  for (const [operator, wanted] of Object.entries(statement.Condition ?? {})) {
    if (!/^String(Like|Equals)(IfExists)?$/.test(operator)) {
      throw new TypeError(`the fake does not evaluate the condition operator ${operator}`)
    }
    for (const name of Object.keys(wanted)) {
      if (!/^s3:(prefix|x-amz-[\w-]+)$/i.test(name)) {
        throw new TypeError(`the fake does not evaluate the condition key ${name}`)
      }
    }
  }
}
