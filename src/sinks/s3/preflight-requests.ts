// What a check asks an S3 beside what the sink can be asked for.

import { requireList } from './answer-checks.js'
import { objectParams } from './object-settings.js'
import { isRefusal } from './preflight-findings.js'
import type { S3Connection } from './s3-connection.js'
import { asS3Error } from './s3-errors.js'
import type { OutputOf } from './s3-requests.js'

/** The keys below a folder, of the first page. */
export async function listedKeys(
  connection: S3Connection,
  folder: string,
  signal: AbortSignal,
): Promise<string[]> {
  const { Contents = [] } = await attempt(connection, 'ListObjectsV2', folder, signal, () =>
    page(connection.requests.send('ListObjectsV2', { Prefix: folder }, { signal })),
  )
  return Contents.flatMap(({ Key }) => Key ?? [])
}

/** The ids of the uploads in progress under a key, of the first page. */
export async function listedUploads(
  connection: S3Connection,
  key: string,
  signal: AbortSignal,
): Promise<string[]> {
  const { Uploads = [] } = await attempt(connection, 'ListMultipartUploads', key, signal, () =>
    page(connection.requests.send('ListMultipartUploads', { Prefix: key }, { signal })),
  )
  return Uploads.flatMap(({ Key, UploadId }) => (Key === key ? (UploadId ?? []) : []))
}

/** A page of a list, and nothing that passes for an empty one. */
async function page<Page extends { readonly IsTruncated?: boolean | undefined }>(
  answer: Promise<Page>,
): Promise<Page> {
  const found = await answer
  requireList(found)
  return found
}

/** What the server says of an object without giving it. */
export async function headOf(
  connection: S3Connection,
  key: string,
  signal: AbortSignal,
): Promise<OutputOf<'HeadObject'>> {
  return attempt(connection, 'HeadObject', key, signal, () =>
    connection.requests.send('HeadObject', { Key: key }, { signal }),
  )
}

/** Whether the server answers who expects that the bucket is somebody else's. */
export async function answersAnyOwner(
  connection: S3Connection,
  key: string,
  signal: AbortSignal,
): Promise<boolean> {
  const other = connection.expectedBucketOwner === NOBODY ? '111111111111' : NOBODY
  try {
    await attempt(connection, 'HeadObject', key, signal, () =>
      connection.requests.send('HeadObject', { Key: key, ExpectedBucketOwner: other }, { signal }),
    )
    return true
  } catch (error) {
    if (isRefusal(error)) return false
    throw error
  }
}

const NOBODY = '000000000000'

/**
 * Which action a refused PutObject lacks, found by leaving out one setting after the other: a refusal does not say it to
 * callers of another account.
 */
export async function actionOfRefusedPut(
  connection: S3Connection,
  key: string,
  signal: AbortSignal,
): Promise<string> {
  const { settings } = connection
  const suspects = SUSPECTS.filter(({ setting }) => settings[setting] !== undefined)
  const isAllowedWithout = async (left: readonly Suspect[]): Promise<boolean> => {
    const kept = { ...settings, ...Object.fromEntries(left.map(({ setting }) => [setting, undefined])) }
    const input = { ...objectParams(kept, key), Key: key, Body: '{}', ContentLength: 2 }
    try {
      await attempt(connection, 'PutObject', key, signal, () =>
        connection.requests.send('PutObject', input, { signal }),
      )
      return true
    } catch (error) {
      if (isRefusal(error)) return false
      throw error
    }
  }
  for (const suspect of suspects) {
    if (await isAllowedWithout([suspect])) return suspect.action
  }
  const several = suspects.length > 1 && (await isAllowedWithout(suspects))
  return several ? suspects.map(({ action }) => action).join(', ') : 's3:PutObject'
}

/** A setting that takes an action of its own. */
interface Suspect {
  readonly setting: 'tags' | 'acl' | 'encryption'
  readonly action: string
}

const SUSPECTS: readonly Suspect[] = [
  { setting: 'tags', action: 's3:PutObjectTagging' },
  { setting: 'acl', action: 's3:PutObjectAcl' },
  { setting: 'encryption', action: 'kms:GenerateDataKey' },
]

async function attempt<T>(
  { location }: S3Connection,
  operation: string,
  key: string,
  signal: AbortSignal,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run()
  } catch (error) {
    signal.throwIfAborted()
    throw asS3Error(location, operation, key, error)
  }
}
