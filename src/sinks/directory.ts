// What sink and archive of a directory share: the root, and the errors of a file system.

import { resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ExportError, type ErrorCode } from '../errors.js'

/** Options of {@link directorySink} and {@link directoryArchive}. */
export interface DirectoryOptions {
  /** The folder under which all files lie. A sink makes it. */
  readonly root: string
  /** The template of paths; see `ObjectKeysOptions.keys`. */
  readonly keys?: string
}

export function requireRoot(root: unknown): { location: string; pathOf: (key: string) => string } {
  if (typeof root !== 'string' || root === '') {
    throw new TypeError(`directory option root: expected the path of a folder, received ${typeof root}`)
  }
  const base = resolve(root)
  return {
    location: pathToFileURL(base).href,
    // Keys are checked where they are made; this holds for those that an archive's caller brings.
    pathOf(key) {
      const path = resolve(base, key)
      if (path === base || path.startsWith(base + sep)) return path
      throw new ExportError('KEY_INVALID', `object key ${JSON.stringify(key)}: leaves the root`, {
        key,
        rule: 'leaves the root',
      })
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

export function attemptAt(location: string) {
  return async <T>(operation: string, key: string, run: () => Promise<T>): Promise<T> => {
    try {
      return await run()
    } catch (error) {
      throw asSinkError(location, operation, key, error)
    }
  }
}

const CODES: Record<string, readonly [ErrorCode & `SINK_${string}`, string]> = {
  ENOENT: ['SINK_NOT_FOUND', 'there is no such file; check the root and the day'],
  EACCES: ['SINK_DENIED', 'the process may not; check the permissions of the folder'],
  EPERM: ['SINK_DENIED', 'the process may not; check the permissions of the folder'],
  EROFS: ['SINK_DENIED', 'the file system is read-only'],
  EEXIST: ['SINK_CONFLICT', 'another run has written it meanwhile; run again to compare'],
}

export function asSinkError(location: string, operation: string, key: string, error: unknown): unknown {
  const reason = errno(error)
  // What has no errno did not come from the file system: an error of the body, or an abort.
  if (error instanceof ExportError || reason === undefined || !/^E[A-Z0-9]+$/.test(reason)) return error
  const [code, next] = CODES[reason] ?? [
    'SINK_UNAVAILABLE',
    'the file system failed; free space or repair it, and run again',
  ]
  const details = { location, operation, key, reason }
  return new ExportError(code, `${location}: ${operation} ${key}: ${reason}: ${next}`, details, {
    cause: error,
    retryable: code === 'SINK_UNAVAILABLE' || code === 'SINK_CONFLICT',
  })
}
