// The contract between this package and where files are written. S3, a directory and memory are three sinks, and
// dayfile/testing has the laws that a fourth has to keep.

import type { ObjectKeys } from './object-keys.js'

/** A small object with the tag of this very version of it. */
export interface StoredBytes {
  readonly bytes: Uint8Array
  readonly etag: string
}

/** What is known of an object without reading it. */
export interface ObjectStat {
  readonly bytes: number
  /** The tag of this very version, as `stage` takes it. */
  readonly etag: string
  /** Of the staging that it came from: see {@link StagedObject.id}. Undefined if the storage keeps no id. */
  readonly id?: string | undefined
}

/** Options of {@link Sink.stage}. */
export interface StageOptions {
  readonly contentType: string
  /**
   * The version by `stat` in whose place the object may come (null: only if none exists). Defaults to any. `commit`
   * rejects with `SINK_CONFLICT` if another version exists.
   */
  readonly ifMatch?: string | null | undefined
  /**
   * Of this staging alone, such as a UUID. A sink may keep it with the object, to know its own again when the answer to
   * the last request was lost; without one it may have to report `SINK_CONFLICT` then.
   */
  readonly id?: string | undefined
  /**
   * Told of each part that the storage has confirmed, once, in whatever order they come, and no more once `stage` has
   * settled. It returns at once and does not throw. A sink that sends no parts never calls it.
   */
  readonly onPart?: ((part: StoredPart) => void) | undefined
  readonly signal: AbortSignal
}

/** A part of an object that the storage has. */
export interface StoredPart {
  /** Counted from 1, in the order of the bytes. */
  readonly number: number
  readonly bytes: number
}

/** An object whose bytes have all been taken, and which nobody can see yet. */
export interface StagedObject {
  /** What another run can name this staging by, to give it up: see {@link Sink.unstage}. */
  readonly token?: string | undefined
  /** What `stat` tells the object by once it has been committed: of two of the same size and staged in one moment too. */
  readonly id?: string | undefined
  /**
   * Makes the object visible under its key, whole, in the place of any older one, and gives the tag of this very version
   * as `stat` gives it. At most one call. `ifMatch` comes in the place of that of the staging.
   */
  commit(options?: Pick<StageOptions, 'ifMatch'>): Promise<{ readonly etag: string }>
  /** Gives the object up and leaves nothing behind. May be called after a failed commit. */
  discard(): Promise<void>
}

/**
 * Where files are written. Five methods publish a day; the others take over from a run that has died or hangs.
 *
 * Failures are DayfileErrors with a `SINK_` code. Rejecting comes after cleaning up.
 */
export interface Sink {
  /** Where it writes, for messages and reports: `s3://bucket/prefix`, `file:///…`. Never a credential. */
  readonly location: string
  /** The server, if two servers may have a place of the same `location`. Never a credential. */
  readonly endpoint?: string | undefined
  readonly keys: ObjectKeys
  /** Reads a small object; null if it does not exist. */
  read(key: string, options: { readonly signal: AbortSignal }): Promise<StoredBytes | null>
  /** What an object is; null if it does not exist. */
  stat(key: string, options: { readonly signal: AbortSignal }): Promise<ObjectStat | null>
  /**
   * Takes the bytes of an object without showing it; resolves when `body` has ended and only `commit` is missing.
   *
   * Pulls `body` no faster than it can store it. When it rejects, whatever the reason, nothing is left behind and
   * `body` has been closed.
   */
  stage(key: string, body: AsyncIterable<Uint8Array>, options: StageOptions): Promise<StagedObject>
  /**
   * Writes a small object if the present one is still the version `ifMatch` (null: if it does not exist).
   *
   * @throws DayfileError `SINK_CONFLICT` if it is not.
   */
  write(
    key: string,
    bytes: Uint8Array,
    options: { readonly contentType: string; readonly ifMatch: string | null; readonly signal: AbortSignal },
  ): Promise<{ readonly etag: string }>
  /**
   * Removes an object; a missing object is not a failure.
   *
   * With `ifMatch`, only that version, as `stat` returns it. If the storage cannot compare and remove in one step, the
   * sink compares first.
   */
  remove(
    key: string,
    options: { readonly ifMatch?: string | undefined; readonly signal: AbortSignal },
  ): Promise<void>
  /**
   * Makes sure that an object which a run has put in place before it stopped has all that the sink gives its objects, such as
   * tags that are set after the writing.
   */
  confirm?(key: string, options: { readonly signal: AbortSignal }): Promise<void>
  /**
   * What runs have staged under keys that begin so, and neither committed nor given up, as far as it can be found. A
   * storage that finds it by whole keys alone may do so.
   */
  stagings?(prefix: string, options: { readonly signal: AbortSignal }): Promise<readonly FoundStaging[]>
  /**
   * Gives up stagings of other runs under the key: their `commit` rejects with `SINK_CONFLICT` from then on. It succeeds
   * if there are no stagings.
   *
   * Of a run that `mayBeCommitting`, nothing is certain before it has been given up, or the method rejects: a storage that
   * can lose an object which is committed and given up in one moment waits first. The others are housekeeping, and what
   * cannot be ended stays. Without this method a run that wakes up after its successor may publish in its place.
   */
  unstage?(key: string, options: UnstageOptions): Promise<void>
}

/** A staging of some run. */
export interface FoundStaging {
  readonly key: string
  /** As {@link Sink.unstage} takes it. */
  readonly token: string
}

/** Options of {@link Sink.unstage}. */
export interface UnstageOptions {
  readonly tokens: readonly string[]
  readonly mayBeCommitting: boolean
  readonly signal: AbortSignal
}
