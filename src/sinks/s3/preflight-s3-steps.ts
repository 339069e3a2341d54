// The steps of a check that only an S3 can be asked for.

import { confirmsEncryption } from './object-settings.js'
import type { Check } from './preflight-check.js'
import {
  asSinkError,
  failed,
  stepResultOf,
  isRefusal,
  PASSED,
  skipped,
  type StepResult,
} from './preflight-findings.js'
import { answersAnyOwner, headOf, listedKeys } from './preflight-requests.js'
import { ABILITIES } from './providers.js'

const NOT_S3 = skipped('of S3 alone')
const NOTHING_PUT = skipped('nothing could be put')

export async function list({
  connection,
  keys,
  signal,
  data,
  manifestTag,
  finds,
}: Check): Promise<StepResult> {
  if (connection === undefined) return NOT_S3
  try {
    const listed = await listedKeys(connection, keys.folder, signal)
    const written = [
      ...(data === undefined ? [] : [keys.data]),
      ...(manifestTag === undefined ? [] : [keys.manifest]),
    ]
    if (written.every((key) => listed.includes(key))) return PASSED
    return failed(
      'the list does not show what was written before',
      'read days by name: what lists them may miss some',
    )
  } catch (thrown) {
    signal.throwIfAborted()
    const finding = stepResultOf(asSinkError(thrown, connection.location))
    if (finds !== true || !isRefusal(thrown)) return finding
    return {
      ...finding,
      ...skipped('not allowed, and exports go on without it: it is readers that list days'),
    }
  }
}

export async function encryption({ connection, keys, signal, manifestTag }: Check): Promise<StepResult> {
  if (connection === undefined) return NOT_S3
  const asked = connection.settings.encryption
  if (asked === undefined) return skipped('the sink asks for none')
  if (manifestTag === undefined) return NOTHING_PUT
  if (confirmsEncryption(asked, await headOf(connection, keys.manifest, signal))) return PASSED
  const next = 'use a server that encrypts as asked, or leave the option encryption out'
  return failed(`the server does not say that it has encrypted by ${asked.type} as asked`, next)
}

export async function storageClass({
  connection,
  keys,
  signal,
  data,
  manifestTag,
}: Check): Promise<StepResult> {
  if (connection === undefined) return NOT_S3
  const asked = connection.settings.storageClass
  if (asked === undefined) return skipped('the sink asks for none')
  if (manifestTag === undefined) return NOTHING_PUT
  const heads = [await headOf(connection, keys.manifest, signal)]
  try {
    if (data !== undefined) heads.push(await headOf(connection, keys.data, signal))
  } catch (error) {
    // Exports need not read data.
    if (!isRefusal(error)) throw error
  }
  const other = heads.find(({ StorageClass = 'STANDARD' }) => StorageClass !== asked)
  if (other === undefined) return PASSED
  const next = 'leave storageClass out, or have a lifecycle rule of the bucket move the objects'
  return failed(`the server stores as ${other.StorageClass ?? 'STANDARD'} what was sent as ${asked}`, next)
}

export async function owner(check: Check): Promise<StepResult> {
  const { connection, keys, signal, finds, breaches } = check
  if (connection === undefined) return NOT_S3
  if (connection.expectedBucketOwner === undefined) return skipped('the sink expects no owner')
  // Who may not read is refused in any case.
  if (finds !== true) return skipped('nothing can be looked up')
  if (!(await answersAnyOwner(connection, keys.manifest, signal))) return PASSED
  const does = 'answers whichever owner is expected'
  if (ABILITIES[connection.provider.name].expectedBucketOwner) {
    breaches.push({ ability: 'expectedBucketOwner', does, silently: true })
  }
  return failed(`the server ${does}`, 'leave expectedBucketOwner out: it protects nothing there')
}
