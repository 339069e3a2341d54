// What sink and archive of a directory share: the root, and the errors of a file system.

import type { BigIntStats } from 'node:fs'
import { resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DayfileError, type ErrorCode } from '../errors.js'
import { required, requireOptions, type OptionTable } from '../options.js'
import { keyInvalid, KEYS_OPTIONS, objectKeys, type ObjectKeys } from './object-keys.js'

/** Options of {@link directorySink} and {@link directoryArchive}. */
export interface DirectoryOptions {
  /** The folder under which all files lie. A sink makes it. */
  readonly root: string
  /** The template of paths; see `ObjectKeysOptions.keys`. */
  readonly keys?: string | undefined
}

const DIRECTORY_OPTIONS = {
  root: required(['the path of a folder', (value) => typeof value === 'string' && value !== '']),
  keys: KEYS_OPTIONS.keys,
} satisfies OptionTable<DirectoryOptions>

/** Where files are, by their keys. */
interface Directory {
  readonly location: string
  readonly keys: ObjectKeys
  readonly pathOf: (key: string) => string
}

export function directoryOf(place: string, options: DirectoryOptions): Directory {
  requireOptions(place, options, DIRECTORY_OPTIONS)
  const { root, keys } = options
  const base = resolve(root)
  return {
    location: pathToFileURL(base).href,
    keys: objectKeys({ keys }),
    // Keys are checked where they are made; this holds for those that an archive's caller brings.
    pathOf(key) {
      const path = resolve(base, key)
      if (path === base || path.startsWith(base + sep)) return path
      throw keyInvalid(key, 'leaves the root', 'use a key as `list` or the manifest has it')
    },
  }
}

export function errno(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}

export function nullIfMissing(error: unknown): null {
  if (errno(error) === 'ENOENT') return null
  throw error
}

/** The tag of a version of a file. Each one is another file that was renamed into its place: another number and time. */
export function versionOf(stats: BigIntStats): string {
  return `${stats.ino}-${stats.mtimeNs}-${stats.size}`
}

export function attemptAt(location: string) {
  return async <T>(operation: string, key: string, run: () => Promise<T>): Promise<T> => {
    try {
      return await run()
    } catch (error) {
      throw asSinkError(location, operation, key, error)
    }
  }
}

interface SystemErrorMeaning {
  readonly code: ErrorCode & `SINK_${string}`
  readonly retryable?: boolean
  readonly next: string
}

const DENIED: SystemErrorMeaning = {
  code: 'SINK_DENIED',
  next: 'the process is not allowed to; check the permissions of the folder',
}
// A file where a folder is to be, a folder where a file is to be, and names that no file can have.
const NO_FILE: SystemErrorMeaning = {
  code: 'SINK_UNAVAILABLE',
  next: 'no file can have this path; check the root and what it contains',
}
const FAILED: SystemErrorMeaning = {
  code: 'SINK_UNAVAILABLE',
  retryable: true,
  next: 'the file system failed; free space or repair it, and run again',
}
const BY_ERRNO: Record<string, SystemErrorMeaning> = {
  ENOENT: { code: 'SINK_NOT_FOUND', next: 'there is no such file; check the root and the day' },
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: { code: 'SINK_DENIED', next: 'the file system is read-only' },
  EEXIST: {
    code: 'SINK_CONFLICT',
    retryable: true,
    next: 'another run has written it meanwhile; run again to compare',
  },
  ENOTDIR: NO_FILE,
  EISDIR: NO_FILE,
  ENAMETOOLONG: NO_FILE,
}

export function asSinkError(location: string, operation: string, key: string, error: unknown): unknown {
  const reason = errno(error)
  // What has no errno did not come from the file system: an error of the body, or an abort.
  if (error instanceof DayfileError || reason === undefined || !/^E[A-Z0-9]+$/.test(reason)) return error
  const { code, retryable = false, next } = BY_ERRNO[reason] ?? FAILED
  const details = { location, operation, key, reason }
  return new DayfileError(code, `${location}: ${operation} ${key}: ${reason}: ${next}`, details, {
    cause: error,
    retryable,
  })
}
