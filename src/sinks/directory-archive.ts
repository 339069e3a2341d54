import { open as openFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DayfileError } from '../errors.js'
import type { Archive, ListedObject } from '../read/archive.js'
import { attemptAt, nullIfMissing, directoryOf, versionOf, type DirectoryOptions } from './directory.js'

const CHUNK_BYTES = 256 * 1024

/**
 * Makes an archive that reads what {@link directorySink} wrote, or a copy of a bucket's prefix.
 *
 * @throws DayfileError `SINK_NOT_FOUND`, `SINK_DENIED` or `SINK_UNAVAILABLE` while being read.
 * @example
 * directoryArchive({ root: './exports' }).keys.dailyPrefix('events') // 'events/'
 */
export function directoryArchive(options: DirectoryOptions): Archive {
  const { location, keys, pathOf } = directoryOf('directoryArchive', options)
  const attempt = attemptAt(location)

  async function* walk(path: string, key: string): AsyncGenerator<ListedObject> {
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
        const stats = await attempt('list', key, () => stat(inside, { bigint: true }).catch(nullIfMissing))
        // Gone since: an intent, or what a replacement has left.
        if (stats === null) continue
        yield { key: key + entry.name, bytes: Number(stats.size), etag: versionOf(stats) }
      }
    }
  }

  return Object.freeze({
    location,
    keys,
    url: pathOf,
    async *list(prefix: string, { signal }: { readonly signal?: AbortSignal | undefined } = {}) {
      signal?.throwIfAborted()
      const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
      for await (const entry of walk(pathOf(folder), folder)) {
        signal?.throwIfAborted()
        if (entry.key.startsWith(prefix)) yield entry
      }
    },
    async *open(
      key: string,
      {
        signal,
        ifMatch,
      }: { readonly signal?: AbortSignal | undefined; readonly ifMatch?: string | undefined } = {},
    ) {
      // A reason may look like an error of the file system, and passes as it is.
      signal?.throwIfAborted()
      const path = pathOf(key)
      const file = await attempt('open', key, () => openFile(path))
      try {
        // Of the open file: what is renamed into its place meanwhile is another one.
        const version = versionOf(await attempt('open', key, () => file.stat({ bigint: true })))
        if (ifMatch !== undefined && version !== ifMatch) throw otherVersion(location, key)
        for (;;) {
          signal?.throwIfAborted()
          const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
          const { bytesRead } = await attempt('open', key, () => file.read(chunk, 0, CHUNK_BYTES))
          if (bytesRead === 0) return
          yield chunk.subarray(0, bytesRead)
        }
      } finally {
        await file.close()
      }
    },
  })
}

function otherVersion(location: string, key: string): DayfileError {
  const reason = 'another version is there'
  return new DayfileError(
    'SINK_CONFLICT',
    `${location}: open ${key}: ${reason}; read again`,
    { location, operation: 'open', key, reason },
    { retryable: true },
  )
}
