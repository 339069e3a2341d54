import { events } from 'dayfile'
import { named, type Contender, type Encode } from '../measure/contender.js'
import { fileColumns } from '../measure/file-columns.js'
import type { Workload } from '../measure/alone.js'
import { dateEncoders, textEncoders } from './contenders.js'
import { dateRows, textRows } from './rows.js'

const COLUMNS = fileColumns(events)

export const encodeText = workload(textRows, textEncoders(COLUMNS))
export const encodeDates = workload(dateRows, dateEncoders(COLUMNS))

function workload(
  rowsOf: (count: number) => readonly object[],
  contenders: readonly Contender<Encode>[],
): Workload {
  return async ({ rows: count }) => {
    const rows = rowsOf(count)
    return async (name) => {
      const encode = await named(contenders, name).load()
      return () => encode(rows, discard)
    }
  }
}

function discard(): void {
  // Where a user would write them.
}
