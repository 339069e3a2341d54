// The cursor in a file: after a kill at any moment there is the old one or the new one, never half of one.

import { open, readFile, rename } from 'node:fs/promises'
import type { ReadCursor } from 'dayfile/read'

/** The cursor of the last run; null before the first one. */
export async function readCursor(path: string): Promise<ReadCursor | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ReadCursor
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Writes beside the file, to the disk, and renames into its place. */
export async function writeCursor(path: string, cursor: ReadCursor): Promise<void> {
  const next = `${path}.next`
  const file = await open(next, 'w')
  try {
    await file.writeFile(JSON.stringify(cursor))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, path)
}
