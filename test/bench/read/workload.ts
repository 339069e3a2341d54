import { readFile } from 'node:fs/promises'
import { events } from 'dayfile'
import type { Workload } from '../measure/alone.js'
import { named } from '../measure/contender.js'
import { fileColumns } from '../measure/file-columns.js'
import { typedReaders } from './typed-readers.js'
import { chunksOf } from './whole-text.js'

export const readTyped: Workload = async ({ file = '' }) => {
  const chunks = chunksOf(await readFile(file))
  return async (name) => {
    const read = await named(typedReaders(fileColumns(events)), name).load()
    return () => read(chunks, discard)
  }
}

function discard(): void {
  // Where a user would look at the row.
}
