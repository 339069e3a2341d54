// Files in a directory: written beside their place under a name that readers pass over, synced, then renamed.

import { createHash } from 'node:crypto'
import { link, open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { untilAborted } from '../abort.js'
import { DayfileError } from '../errors.js'
import {
  attemptAt,
  errno,
  nullIfMissing,
  directoryOf,
  versionOf,
  type DirectoryOptions,
} from './directory.js'
import { makeStaging, removeStaging, stagingsOf } from './directory-staging.js'
import { directoryArchive } from './directory-archive.js'
import type { Archive } from '../read/archive.js'
import type { Sink, StagedObject, StageOptions, UnstageOptions } from './sink.js'
import { inTurn } from './turns.js'

// The rows of one batch are 30 kB, and each write is waited for.
const BYTES_A_WRITE = 1024 * 1024

interface CallOptions {
  readonly signal: AbortSignal
}

/**
 * Makes a sink that writes into a directory of a local file system. It is an archive too, and reads what it wrote.
 *
 * A file appears whole: it is written under a hidden name in the folder of its place, synced to the disk and renamed.
 * What a killed run left behind is removed by the next run of the same day, whatever that one writes. Of two runs of a day
 * at once the one that publishes first wins; the other ends with `SINK_CONFLICT`.
 *
 * @throws DayfileError `SINK_DENIED`, `SINK_UNAVAILABLE` (disk full and the like) or `SINK_CONFLICT` from its methods.
 * @example
 * directorySink({ root: './exports' }).keys.manifest('events', { day: '2026-03-07' })
 * // 'events/dt=2026-03-07/_manifest.json'
 */
export function directorySink(options: DirectoryOptions): Sink & Archive {
  const { location, pathOf } = directoryOf('directorySink', options)
  const attempt = attemptAt(location)
  const attemptInTurn = <T>(operation: string, key: string, run: () => Promise<T>): Promise<T> =>
    attempt(operation, key, () => inTurn(pathOf(key), run))
  // Looked at outside of `attempt`: a reason may look like an error of the file system, and passes as it is.
  const attemptUnlessAborted = async <T>(
    operation: string,
    key: string,
    { signal }: CallOptions,
    run: () => Promise<T>,
  ): Promise<T> => {
    signal.throwIfAborted()
    return attempt(operation, key, run)
  }

  async function write(path: string, bytes: Uint8Array): Promise<void> {
    const file = await open(path, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
  }

  // What was staged is missing only when a newer run has removed it.
  async function unlessTakenOver<T>(operation: string, key: string, step: Promise<T>): Promise<T> {
    try {
      return await step
    } catch (error) {
      if (errno(error) !== 'ENOENT') throw error
      const reason = 'another run took over and removed what this one had staged'
      throw conflict(location, operation, key, reason, error)
    }
  }

  async function stage(
    key: string,
    body: AsyncIterable<Uint8Array>,
    { ifMatch: ifMatchAtStage, signal }: StageOptions,
  ): Promise<StagedObject> {
    const path = pathOf(key)
    const folder = await attempt('stage', key, () => makeStaging(path))
    const discard = (): Promise<void> => removeStaging(folder)
    const staged = join(folder, basename(path))
    try {
      const file = await attempt('stage', key, () => unlessTakenOver('stage', key, open(staged, 'wx')))
      // What was gathered is written while the next chunks are made.
      let writing: Promise<void> | undefined
      let gathered: Uint8Array[] = []
      let bytes = 0
      const writeGathered = async (): Promise<void> => {
        await writing
        const chunks = gathered
        gathered = []
        bytes = 0
        writing = attempt('stage', key, () => appendAll(file, chunks))
        // Waited for above or below; until then its failure is nobody's.
        writing.catch(() => undefined)
      }
      try {
        for await (const chunk of untilAborted(body, signal)) {
          gathered.push(chunk)
          bytes += chunk.length
          if (bytes >= BYTES_A_WRITE) await writeGathered()
        }
        await writeGathered()
        await writing
        await attempt('stage', key, () => file.sync())
      } finally {
        await writing?.catch(() => undefined)
        await file.close()
      }
    } catch (error) {
      await discard()
      throw error
    }
    return {
      token: basename(folder),
      discard,
      commit: ({ ifMatch = ifMatchAtStage } = {}) =>
        attemptInTurn('commit', key, async () => {
          try {
            if (ifMatch !== undefined && ((await statOf(path))?.etag ?? null) !== ifMatch) {
              throw conflict(location, 'commit', key, 'another run has written it meanwhile')
            }
            await unlessTakenOver('commit', key, rename(staged, path))
            const { etag } = await unlessTakenOver('commit', key, versionAt(path))
            await syncFolder(dirname(path))
            return { etag }
          } finally {
            await discard()
          }
        }),
    }
  }

  return Object.freeze({
    ...directoryArchive(options),
    read: (key: string, options: CallOptions) =>
      attemptUnlessAborted('read', key, options, async () => {
        const bytes = await readFile(pathOf(key)).catch(nullIfMissing)
        return bytes === null ? null : { bytes, etag: etagOf(bytes) }
      }),
    stat: (key: string, options: CallOptions) =>
      attemptUnlessAborted('stat', key, options, async () => statOf(pathOf(key))),
    stage,
    write: async (
      key: string,
      bytes: Uint8Array,
      { ifMatch, signal }: CallOptions & { readonly ifMatch: string | null },
    ) => {
      signal.throwIfAborted()
      return attemptInTurn('write', key, async () => {
        const path = pathOf(key)
        const folder = await makeStaging(path)
        const staged = join(folder, basename(path))
        try {
          await unlessTakenOver('write', key, write(staged, bytes))
          const current = await readFile(path).catch(nullIfMissing)
          if ((current === null ? null : etagOf(current)) !== ifMatch) {
            throw conflict(location, 'write', key, 'another run has written it meanwhile')
          }
          // link, unlike rename, fails when the place has been taken since.
          await unlessTakenOver('write', key, ifMatch === null ? link(staged, path) : rename(staged, path))
          await syncFolder(dirname(path))
        } finally {
          await removeStaging(folder)
        }
        return { etag: etagOf(bytes) }
      })
    },
    remove: (key: string, options: CallOptions & { readonly ifMatch?: string | undefined }) =>
      attemptUnlessAborted('remove', key, options, () =>
        inTurn(pathOf(key), async () => {
          const { ifMatch } = options
          const path = pathOf(key)
          if (ifMatch === undefined || (await isVersion(path, ifMatch))) await rm(path, { force: true })
        }),
      ),
    stagings: (prefix: string, options: CallOptions) =>
      attemptUnlessAborted('stagings', prefix, options, async () => {
        const parent = prefix.slice(0, prefix.lastIndexOf('/') + 1)
        const found = await stagingsOf(pathOf(prefix))
        return found.map(({ file, folder }) => ({ key: parent + file, token: folder }))
      }),
    unstage: (key: string, options: UnstageOptions) =>
      attemptUnlessAborted('unstage', key, options, async () => {
        const path = pathOf(key)
        for (const { file, folder } of await stagingsOf(path)) {
          if (file === basename(path) && options.tokens.includes(folder))
            await removeStaging(join(dirname(path), folder))
        }
      }),
  })
}

/** Writes them one after another, and all of them: a single call may write less. */
async function appendAll(file: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  if (chunks.length === 0) return
  const { bytesWritten } = await file.writev(chunks)
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0)
  if (bytesWritten < bytes) await file.writeFile(Buffer.concat(chunks).subarray(bytesWritten))
}

async function statOf(path: string): Promise<{ bytes: number; etag: string } | null> {
  return versionAt(path).catch(nullIfMissing)
}

async function versionAt(path: string): Promise<{ bytes: number; etag: string }> {
  const stats = await stat(path, { bigint: true })
  return { bytes: Number(stats.size), etag: versionOf(stats) }
}

/** Whether the file is the version with the tag, be it one of `stat` or one of `read`. */
async function isVersion(path: string, etag: string): Promise<boolean> {
  if ((await statOf(path))?.etag === etag) return true
  const bytes = await readFile(path).catch(nullIfMissing)
  return bytes !== null && etagOf(bytes) === etag
}

// Without it a rename may not survive a loss of power.
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function etagOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function conflict(
  location: string,
  operation: string,
  key: string,
  reason: string,
  cause?: unknown,
): DayfileError {
  return new DayfileError(
    'SINK_CONFLICT',
    `${location}: ${operation} ${key}: ${reason}; run again to compare`,
    { location, operation, key, reason },
    { retryable: true, ...(cause === undefined ? {} : { cause }) },
  )
}
