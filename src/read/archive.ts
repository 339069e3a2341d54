// The contract between this package and where files are read.

import { isObject, requireShape } from '../options.js'
import type { ObjectKeys } from '../sinks/object-keys.js'

/** An object of a list. */
export interface ListedObject {
  readonly key: string
  readonly bytes: number
  /** The tag of this version of it, where the archive knows one. */
  readonly etag?: string | undefined
}

/** Where files are read. */
export interface Archive {
  /** Where it reads, for messages. Never a credential. */
  readonly location: string
  /** The server, if two servers may have a place of the same `location`. Never a credential. */
  readonly endpoint?: string | undefined
  readonly keys: ObjectKeys
  /** Where other programs find an object: `s3://bucket/key`, or a path. Absent where no other program can. */
  url?(key: string): string
  /** The objects whose keys begin with a prefix, in the order of their keys. */
  list(prefix: string, options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<ListedObject>
  /**
   * The bytes of an object in chunks: of one version of it, also when it is replaced meanwhile.
   *
   * With `ifMatch`, only of that version, as the sink's `stat` and `list` return it. An archive that cannot open a version
   * may ignore it: what is read is compared with its manifest in any case.
   *
   * @throws DayfileError on the first pull: `SINK_NOT_FOUND` if it does not exist, `SINK_CONFLICT` if it has another version.
   */
  open(
    key: string,
    options?: { readonly signal?: AbortSignal | undefined; readonly ifMatch?: string | undefined },
  ): AsyncIterable<Uint8Array>
}

/** Throws TypeError for what is no archive. */
export function requireArchive(value: unknown): void {
  const fits =
    isObject(value) &&
    isObject(value.keys) &&
    [value.list, value.open].every((each) => typeof each === 'function')
  requireShape('archive', value, 'an archive, such as s3Archive or directoryArchive makes', fits)
}
