// In: bytes. Out: the same bytes, as often as they are asked for, from a file that has no name.

import { randomUUID } from 'node:crypto'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DayfileError } from '../errors.js'

const CHUNK_BYTES = 256 * 1024

/** Bytes on the local disk. Only this process can reach them, and the system frees them when it ends, however it ends. */
export interface UnnamedFile {
  append(bytes: Uint8Array): Promise<void>
  read(start: number, end: number): AsyncGenerator<Uint8Array, void, void>
  close(): Promise<void>
}

/**
 * Opens a new file in the folder for temporary files and takes its name away at once. With no name there is nothing to
 * clear after a run that was killed, and so no way to clear what belongs to another user or container.
 *
 * @throws DayfileError `SINK_UNAVAILABLE` when the disk fails, here and in each call.
 */
export async function openUnnamedFile(): Promise<UnnamedFile> {
  const file = await attemptLocally(async () => {
    const path = join(tmpdir(), `dayfile-split-${randomUUID()}`)
    // `x` follows no link, and takes no file that another user has put there.
    const handle = await open(path, 'ax+', 0o600)
    try {
      await unlink(path)
      return handle
    } catch (error) {
      await handle.close()
      throw error
    }
  })
  return {
    append: (bytes) => attemptLocally(() => file.appendFile(bytes)),
    read: (start, end) => read(file, start, end),
    close: () => file.close(),
  }
}

async function* read(file: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array, void, void> {
  for (let position = start; position < end;) {
    const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, end - position))
    const { bytesRead } = await attemptLocally(() => file.read(buffer, 0, buffer.length, position))
    if (bytesRead === 0) throw new Error('the temporary file of the day became shorter')
    yield buffer.subarray(0, bytesRead)
    position += bytesRead
  }
}

/** What the local disk fails in, as an error of this package. */
async function attemptLocally<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    const location = 'the folder for temporary files'
    throw new DayfileError(
      'SINK_UNAVAILABLE',
      `${location}: split: ${reason}: the files of the day cannot be kept there; make room, or set TMPDIR to another folder`,
      { location, operation: 'split', reason },
      { cause: error, retryable: true },
    )
  }
}
