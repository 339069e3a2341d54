import { events } from 'dayfile'
import { named, type Contender, type Encode } from '../measure/contender.js'
import type { Workload } from '../measure/contender-process.js'
import { fileColumns } from '../measure/file-columns.js'
import { dateEncoders, textEncoders } from './contenders.js'
import { dateRows, textRows } from './rows.js'

const COLUMNS = fileColumns(events)

export const encodeText = workload(textRows, textEncoders(COLUMNS))
export const encodeDates = workload(dateRows, dateEncoders(COLUMNS))

function workload(
  rowsOf: (count: number) => readonly object[],
  contenders: readonly Contender<Encode>[],
): Workload {
  return async ({ contender, rows: count }) => {
    const rows = rowsOf(count)
    const encode = contender === null ? undefined : await named(contenders, contender).load()
    return { run: () => encode?.(rows, discard) }
  }
}

function discard(): void {
  // Where a user would write them.
}
