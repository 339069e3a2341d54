// The contract between this package and where files are read.

import type { ObjectKeys } from '../sinks/object-keys.js'

/** Where files are read. */
export interface Archive {
  /** Where it reads, for messages. Never a credential. */
  readonly location: string
  readonly keys: ObjectKeys
  /** The objects whose keys begin with a prefix, in the order of their keys. */
  list(
    prefix: string,
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterable<{ key: string; bytes: number }>
  /**
   * The bytes of an object in chunks.
   *
   * @throws ExportError `SINK_NOT_FOUND`, on the first pull, when there is none.
   */
  open(key: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<Uint8Array>
}
