// In: the tests of a filter, and a window. Out: the test that each row has to pass, and the counts of those that did not.

import { types } from 'node:util'
import { cellEncoder, parseInstant } from '../csv/cells.js'
import { valueOf } from '../csv/output-columns.js'
import type { Dataset } from '../datasets/dataset.js'
import {
  filterTests,
  type CellReader,
  type FilterReason,
  type RowFilter,
} from '../datasets/subscription-filter.js'
import { DayfileError } from '../errors.js'
import type { DayWindow } from '../windows/day-window.js'

/** Rows of the source that were filtered out, by reason. Each is counted under the first reason that applies. */
export interface FilteredOut extends Record<FilterReason, number> {
  outsideWindow: number
}

/** Makes the test that each row has to pass, for a normal filter, and the counts of those that did not. */
export function rowFilter(
  dataset: Dataset,
  window: DayWindow,
  filter: RowFilter,
  outsideWindow: 'exclude' | 'include' | 'fail',
): { readonly filteredOut: FilteredOut; select: (row: object, number: number) => boolean } {
  const filteredOut: FilteredOut = { otherEventTypes: 0, historical: 0, withoutProfile: 0, outsideWindow: 0 }
  const tests = filterTests(dataset, filter, CELLS)
  const start = window.start.getTime()
  const end = window.end.getTime()

  return {
    filteredOut,
    select(row, number) {
      for (const [reason, isLeftOut] of tests) {
        if (!isLeftOut(row)) continue
        filteredOut[reason]++
        return false
      }
      if (outsideWindow === 'include') return true
      const time = CELLS.time(row, dataset.timeColumn)
      if (time === undefined || (time >= start && time < end)) return true
      if (outsideWindow === 'fail') throw outside(dataset, window, number, time)
      filteredOut.outsideWindow++
      return false
    },
  }
}

const CELLS: CellReader = {
  value: valueOf,
  text(row, column) {
    const value = valueOf(row, column.name)
    if (value === null || value === undefined) return null
    try {
      return cellEncoder(column)(value)
    } catch {
      return undefined
    }
  },
  time(row, column) {
    const value = valueOf(row, column)
    if (typeof value === 'string') return parseInstant(value)
    const time = types.isDate(value) ? Date.prototype.getTime.call(value) : Number.NaN
    return Number.isNaN(time) ? undefined : time
  },
}

function outside({ name, timeColumn }: Dataset, window: DayWindow, row: number, time: number): DayfileError {
  const { day, zone, start, end } = window
  const isBefore = time < start.getTime()
  const away = isBefore ? start.getTime() - time : time - end.getTime()
  const where = isBefore
    ? 'before its start'
    : away === 0
      ? 'at its end, which is exclusive'
      : 'after its end'
  const far = away === 0 ? '' : `${lengthOf(away)} `
  // Offsets of zones are at most 14 hours.
  const hint =
    away < 15 * 3_600_000 ? `, and if your days are in another time zone than ${zone}, pass that zone` : ''
  return new DayfileError(
    'WINDOW_INVALID',
    `${name} row ${row}: its "${timeColumn}" is outside the window of ${day}, ${far}${where}, so nothing was published; let the query use the bounds of \`window\`${hint}; outsideWindow: 'exclude' filters such rows out`,
    { day, zone, row, reason: 'a row is outside the window' },
  )
}

const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
] as const

/** A length of time in its largest unit: enough to see what went wrong, and nothing of the cell. */
function lengthOf(milliseconds: number): string {
  const [size, unit] = UNITS.find(([least]) => milliseconds >= least) ?? [1, 'millisecond']
  const count = Math.floor(milliseconds / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
