// The steps of a check that ask the sink itself: by the very calls that an export makes.

import { conflicts, publish, stage, write, type Check } from './preflight-check.js'
import {
  actionNamed,
  asSinkError,
  failed,
  stepResultOf,
  isRefusal,
  PASSED,
  skipped,
  type StepResult,
} from './preflight-findings.js'
import { actionOfRefusedPut, listedUploads } from './preflight-requests.js'
import { ABILITIES } from './providers.js'

// More than one part of the smallest size, and than what proxies let through unless told otherwise.
const DATA_BYTES = 6 * 1024 * 1024
const LINE = Buffer.from('dayfile preflight\r\n')
const FIRST = Buffer.from('{ "preflight": 1 }\n')
const SECOND = Buffer.from('{ "preflight": 2 }\n')

/** Removes what a check of this name has left, as far as it may. */
export async function clear({ sink, keys, signal }: Omit<Check, 'breaches'>): Promise<void> {
  try {
    await sink.remove(keys.manifest, { signal })
    await sink.remove(keys.data, { signal })
  } catch (error) {
    // A destination that does not answer is not asked again.
    if (!isRefusal(error)) return
  }
  try {
    const stagings = (await sink.stagings?.(keys.data, { signal })) ?? []
    const tokens = stagings.filter(({ key }) => key === keys.data).map(({ token }) => token)
    if (tokens.length > 0) await sink.unstage?.(keys.data, { tokens, mayBeCommitting: false, signal })
  } catch {
    // What stays is told by the steps.
  }
}

export async function put(check: Check): Promise<StepResult> {
  const { sink, keys, signal, connection } = check
  // A check before this one was not allowed to remove it.
  const leftOver = await sink.read(keys.manifest, { signal }).catch(() => null)
  try {
    check.manifestTag = await write(check, FIRST, leftOver?.etag ?? null)
    return PASSED
  } catch (thrown) {
    const error = asSinkError(thrown, sink.location)
    if (
      error.details.status === 501 &&
      connection &&
      ABILITIES[connection.provider.name].conditionalPut === true
    ) {
      const does = 'does not know the conditions of PutObject (501)'
      check.breaches.push({ ability: 'conditionalPut', does, silently: false })
    }
    const isRiddle = isRefusal(error) && actionNamed(error) === undefined && connection !== undefined
    return stepResultOf(
      error,
      isRiddle ? await actionOfRefusedPut(connection, keys.manifest, signal) : undefined,
    )
  }
}

export async function multipart(check: Check): Promise<StepResult> {
  const { sink, keys, signal, connection, manifestTag } = check
  const leftOver = await sink.stat(keys.data, { signal }).catch(() => undefined)
  try {
    await publish(
      check,
      Buffer.alloc(DATA_BYTES, LINE),
      leftOver === undefined ? undefined : (leftOver?.etag ?? null),
    )
    return PASSED
  } catch (thrown) {
    const error = asSinkError(thrown, sink.location)
    // Whoever may put encrypted objects has the one action of the key, and the parts of an upload take another one.
    const encrypts = connection?.settings.encryption?.type === 'SSE-KMS' && manifestTag !== undefined
    return stepResultOf(error, encrypts ? 'kms:Decrypt' : undefined)
  }
}

export async function readBack({ sink, keys, signal, data, connection }: Check): Promise<StepResult> {
  if (data === undefined) return skipped('nothing could be uploaded')
  try {
    const found = await sink.read(keys.data, { signal })
    if (found !== null && Buffer.from(found.bytes).equals(data)) return PASSED
    return failed(
      found === null ? 'the uploaded object does not exist' : 'the stored object is not the uploaded one',
      'find out what stands between this process and the storage',
    )
  } catch (error) {
    if (!isRefusal(error)) throw error
    const action = connection === undefined ? {} : { action: 's3:GetObject' }
    return {
      ...skipped('the credential may write data and not read it, which exports can do without'),
      ...action,
    }
  }
}

/** What an export does first: it looks for the manifest and the data, which are there or not. */
export async function lookUp(check: Check): Promise<StepResult> {
  const { sink, keys, signal, data, manifestTag, connection } = check
  const wrong = failed(
    'what the sink finds is not what is there',
    'use a storage on which reading shows what was written before',
  )
  if (manifestTag !== undefined) {
    const found = await sink.read(keys.manifest, { signal })
    if (found === null || !Buffer.from(found.bytes).equals(FIRST)) return wrong
  }
  if (data !== undefined && (await sink.stat(keys.data, { signal }))?.bytes !== data.length) return wrong
  try {
    const manifest = await sink.read(keys.missingManifest, { signal })
    const object = await sink.stat(keys.missingData, { signal })
    if (manifest !== null || object !== null) return wrong
    check.finds = true
    return PASSED
  } catch (thrown) {
    // S3 says of a key that is not there that it is forbidden, to those who may not list.
    const mayRead = manifestTag !== undefined && connection !== undefined
    return stepResultOf(asSinkError(thrown, sink.location), mayRead ? 's3:ListBucket' : undefined)
  }
}

/** Of two that write in one another's place one has to win. */
export async function conditionalWrite(check: Check): Promise<StepResult> {
  const { sink, keys, signal, manifestTag: first, connection, data } = check
  if (first === undefined) return skipped('nothing could be put')
  // Other sinks promise as much as S3 itself.
  const { conditionalPut, conditionalComplete } = ABILITIES[connection?.provider.name ?? 'aws']
  if (!(await conflicts(write(check, SECOND, null)))) {
    return breach(check, 'conditionalPut', 'passes over If-None-Match of PutObject')
  }
  if (data !== undefined && conditionalComplete && !(await conflicts(publish(check, LINE, null)))) {
    return breach(check, 'conditionalComplete', 'passes over If-None-Match of CompleteMultipartUpload')
  }
  try {
    if (await conflicts(write(check, SECOND, first))) {
      return breach(check, 'conditionalPut', 'takes the present version for another one in If-Match')
    }
    if (!(await conflicts(write(check, FIRST, first)))) {
      return breach(check, 'conditionalPut', 'passes over If-Match of PutObject')
    }
    if (data !== undefined) {
      const present = await sink.stat(keys.data, { signal })
      await publish(check, LINE, present?.etag ?? null)
    }
  } catch (thrown) {
    // S3 compares a version only for those who may read it.
    return stepResultOf(
      asSinkError(thrown, sink.location),
      connection === undefined ? undefined : 's3:GetObject',
    )
  }
  if (conditionalPut === true && conditionalComplete) return PASSED
  const reason =
    'partly compared by the sink and not by the server, which two at the very same moment may pass'
  return { ...PASSED, reason }
}

// Of its own: Ceph calls the completion of any upload a success where an object of the same bytes is there.
const GIVEN_UP = Buffer.from('given up\r\n')

/** Whether a run can give up what another one has staged. */
export async function unfinishedUploads(check: Check): Promise<StepResult> {
  const { sink, keys, signal, data } = check
  if (data === undefined) return skipped('nothing could be uploaded')
  if (sink.unstage === undefined) return skipped('what a sink of this kind stages needs no clearing up')
  const staged = await stage(check, GIVEN_UP, undefined)
  try {
    const { token } = staged
    if (token === undefined) return skipped('a sink of this kind has no name for what it stages')
    const listing = await listsUpload(check, token)
    await sink.unstage(keys.data, { tokens: [token], mayBeCommitting: true, signal })
    const completed = await staged.commit().then(
      () => true,
      () => false,
    )
    if (!completed) return listing
    return failed(
      'an upload that had been given up was completed',
      'use a storage that aborts uploads when asked',
    )
  } finally {
    await staged.discard().catch(() => undefined)
  }
}

async function listsUpload({ sink, keys, signal, connection }: Check, token: string): Promise<StepResult> {
  const next = 'have a lifecycle rule of the bucket end incomplete uploads: exports go on without this'
  try {
    const tokens =
      connection === undefined
        ? ((await sink.stagings?.(keys.data, { signal })) ?? []).map((staging) => staging.token)
        : await listedUploads(connection, keys.data, signal)
    return tokens.includes(token) ? PASSED : { ...skipped('an upload in progress is not listed'), next }
  } catch (thrown) {
    signal.throwIfAborted()
    const finding = stepResultOf(asSinkError(thrown, sink.location))
    return { ...finding, outcome: 'skipped', next: `${finding.next ?? ''}; or ${next}` }
  }
}

export async function remove({
  sink,
  keys,
  signal,
  data,
  manifestTag,
  connection,
}: Check): Promise<StepResult> {
  const written = [
    ...(data === undefined ? [] : [keys.data]),
    ...(manifestTag === undefined ? [] : [keys.manifest]),
  ]
  const stay: string[] = []
  for (const key of [keys.data, keys.manifest]) {
    try {
      await sink.remove(key, { signal })
    } catch (error) {
      if (!isRefusal(error)) throw error
      stay.push(key)
    }
  }
  if (stay.length > 0) {
    const kept = stay.filter((key) => written.includes(key)).join(', ')
    return {
      ...skipped(
        `not allowed, and exports go on without it, but files of days with other keys stay (split, another compression); ${kept === '' ? 'no key stays' : `these keys stay: ${kept}`}`,
      ),
      ...(connection === undefined ? {} : { action: 's3:DeleteObject' }),
      next: 'allow it, or remove what stays by another credential',
    }
  }
  const found = await sink.read(keys.manifest, { signal }).catch(() => null)
  return found === null
    ? PASSED
    : failed('what was removed is still there', 'use a storage on which removing works')
}

function breach(check: Check, ability: 'conditionalPut' | 'conditionalComplete', does: string): StepResult {
  check.breaches.push({ ability, does, silently: true })
  return failed(
    `the server ${does}`,
    'declare the provider of the server: two writers could overwrite each other',
  )
}
