// What a check is made of: a sink, its keys, and the two ways in which it writes.

import { isDayfileError } from '../../errors.js'
import type { Sink, StagedObject } from '../sink.js'
import type { Breach } from './preflight-hints.js'
import type { PreflightKeys } from './preflight-place.js'
import type { S3Connection } from './s3-connection.js'

/** What a check works with, and what it has come to know. */
export interface Check {
  readonly sink: Sink
  readonly keys: PreflightKeys
  readonly signal: AbortSignal
  /** Of a sink that s3Sink made. */
  readonly connection: S3Connection | undefined
  /** The tag of the small object, once there is one. */
  manifestTag?: string
  /** What is stored under the key of data, once something is. */
  data?: Uint8Array
  /** Whether the sink found what was there, and told it from what was not. */
  finds?: boolean
  readonly breaches: Breach[]
}

const MIB = 1024 * 1024

/** Writes the small object as an export writes a manifest, and gives its tag. */
export async function write(
  { sink, keys, signal }: Check,
  bytes: Uint8Array,
  ifMatch: string | null,
): Promise<string> {
  const { etag } = await sink.write(keys.manifest, bytes, {
    contentType: 'application/json',
    ifMatch,
    signal,
  })
  return etag
}

/** Uploads data as an export does, in the place of any version unless one is said. */
export function stage(
  { sink, keys, signal }: Check,
  bytes: Uint8Array,
  ifMatch: string | null | undefined,
): Promise<StagedObject> {
  return sink.stage(keys.data, chunks(bytes), {
    contentType: 'text/csv; charset=utf-8',
    ifMatch,
    signal,
  })
}

/** The same, and puts it in place. */
export async function publish(
  check: Check,
  bytes: Uint8Array,
  ifMatch: string | null | undefined,
): Promise<void> {
  const staged = await stage(check, bytes, ifMatch)
  try {
    await staged.commit()
    check.data = bytes
  } catch (error) {
    await staged.discard().catch(() => undefined)
    throw error
  }
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  for (let start = 0; start < bytes.length; start += MIB)
    yield await Promise.resolve(bytes.slice(start, start + MIB))
}

/** Whether a write ends as it has to where another version is there. */
export async function conflicts(writing: Promise<unknown>): Promise<boolean> {
  try {
    await writing
    return false
  } catch (error) {
    if (isDayfileError(error, 'SINK_CONFLICT')) return true
    throw error
  }
}
