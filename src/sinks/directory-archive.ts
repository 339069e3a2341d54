import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Archive } from '../read/archive.js'
import { asSinkError, attemptAt, nullIfMissing, requireRoot, type DirectoryOptions } from './directory.js'
import { objectKeys } from './object-keys.js'

/**
 * Makes an archive that reads what {@link directorySink} wrote, or a copy of a bucket's prefix.
 *
 * @throws ExportError `SINK_NOT_FOUND`, `SINK_DENIED` or `SINK_UNAVAILABLE` while being read.
 * @example
 * directoryArchive({ root: './exports' }).keys.dailyPrefix('events') // 'events/'
 */
export function directoryArchive({ root, keys }: DirectoryOptions): Archive {
  const { location, pathOf } = requireRoot(root)
  const attempt = attemptAt(location)

  async function* walk(path: string, key: string): AsyncGenerator<{ key: string; bytes: number }> {
    const entries = await attempt('list', key, () =>
      readdir(path, { withFileTypes: true }).catch(nullIfMissing),
    )
    const sortKey = (entry: { name: string; isDirectory(): boolean }): string =>
      entry.isDirectory() ? `${entry.name}/` : entry.name
    for (const entry of (entries ?? []).sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))) {
      // Hidden names are staging folders, or not of this package.
      if (entry.name.startsWith('.')) continue
      const inside = join(path, entry.name)
      if (entry.isDirectory()) yield* walk(inside, `${key}${entry.name}/`)
      else if (entry.isFile()) {
        yield { key: key + entry.name, bytes: (await attempt('list', key, () => stat(inside))).size }
      }
    }
  }

  return Object.freeze({
    location,
    keys: objectKeys(keys === undefined ? {} : { keys }),
    async *list(prefix: string, { signal }: { readonly signal?: AbortSignal } = {}) {
      signal?.throwIfAborted()
      const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
      for await (const entry of walk(pathOf(folder), folder)) {
        signal?.throwIfAborted()
        if (entry.key.startsWith(prefix)) yield entry
      }
    },
    async *open(key: string, { signal }: { readonly signal?: AbortSignal } = {}) {
      // A reason may look like an error of the file system, and passes as it is.
      signal?.throwIfAborted()
      const stream = createReadStream(pathOf(key), { highWaterMark: 256 * 1024 })
      try {
        for await (const chunk of stream) {
          signal?.throwIfAborted()
          yield chunk as Uint8Array
        }
      } catch (error) {
        throw signal?.aborted === true ? signal.reason : asSinkError(location, 'open', key, error)
      } finally {
        stream.destroy()
      }
    },
  })
}
