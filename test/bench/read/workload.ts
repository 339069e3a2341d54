import { readFile } from 'node:fs/promises'
import { events } from 'dayfile'
import { named, type Contender, type Read } from '../measure/contender.js'
import type { Workload } from '../measure/contender-process.js'
import { fileColumns } from '../measure/file-columns.js'
import { stringReaders } from './string-readers.js'
import { dayfile, typedReaders } from './typed-readers.js'
import { udsvPicking } from './udsv.js'
import { chunksOf } from './whole-text.js'

const COLUMNS = fileColumns(events)

export const SIX = ['profile_id', 'event_type', 'event_datetime', 'revenue_usd', 'store', 'product_id']

export const TYPED_READERS = typedReaders(COLUMNS)
export const SIX_COLUMNS_READERS = [dayfile(COLUMNS, SIX), ...udsvPicking(COLUMNS, SIX)]
export const STRING_READERS = [dayfile(COLUMNS), ...stringReaders(COLUMNS)]

export const readTyped = workload(TYPED_READERS)
export const readSixColumns = workload(SIX_COLUMNS_READERS)
export const readStrings = workload(STRING_READERS)

/** `input.file` is what is read. */
function workload(contenders: readonly Contender<Read>[]): Workload {
  return async ({ contender, input }) => {
    const chunks = chunksOf(await readFile(String(input?.file)))
    const read = contender === null ? undefined : await named(contenders, contender).load()
    return { run: () => read?.(chunks, discard) }
  }
}

function discard(): void {
  // Where a user would look at the row.
}
