import { types } from 'node:util'
import { cellEncoder, parseInstant } from '../csv/cells.js'
import { valueOf } from '../csv/output-columns.js'
import type { Dataset } from '../datasets/dataset.js'
import { ExportError } from '../errors.js'
import type { DayWindow } from '../windows/day-window.js'

/** Rows that the source gave and the file does not have, and why. */
export interface LeftOut {
  outsideWindow: number
  otherEventTypes: number
}

/** Options of {@link rowSelection}. */
export interface SelectionOptions {
  readonly outsideWindow: 'exclude' | 'include' | 'fail'
  /** In lower case. */
  readonly eventTypes: readonly string[] | undefined
}

/** The column that `eventTypes` looks at. */
export const EVENT_TYPE_COLUMN = 'event_type'

/**
 * Makes the test that each row has to pass, and the counts of those that did not.
 *
 * A row whose time or type cannot be read passes: encoding it is what says which cell is wrong.
 */
export function rowSelection(
  dataset: Dataset,
  window: DayWindow,
  { outsideWindow, eventTypes }: SelectionOptions,
): { readonly leftOut: LeftOut; select: (row: object) => boolean } {
  const leftOut: LeftOut = { outsideWindow: 0, otherEventTypes: 0 }
  const isWanted = eventTypeTest(dataset, eventTypes)
  const start = window.start.getTime()
  const end = window.end.getTime()

  function isInside(row: object): boolean {
    const value = valueOf(row, dataset.timeColumn)
    const time =
      typeof value === 'string'
        ? parseInstant(value)
        : value instanceof Date || types.isDate(value)
          ? Date.prototype.getTime.call(value)
          : undefined
    return time === undefined || Number.isNaN(time) || (time >= start && time < end)
  }

  return {
    leftOut,
    select(row) {
      if (!isWanted(row)) {
        leftOut.otherEventTypes++
        return false
      }
      if (outsideWindow === 'include' || isInside(row)) return true
      if (outsideWindow === 'fail') throw outside(dataset, window)
      leftOut.outsideWindow++
      return false
    },
  }
}

function eventTypeTest(
  { columns }: Dataset,
  eventTypes: readonly string[] | undefined,
): (row: object) => boolean {
  const column = columns.find(({ name }) => name === EVENT_TYPE_COLUMN)
  if (eventTypes === undefined || column === undefined) return () => true
  const wanted = new Set(eventTypes)
  const encode = cellEncoder(column)
  return (row) => {
    const type = valueOf(row, EVENT_TYPE_COLUMN)
    if (type === null || type === undefined) return !column.nullable
    try {
      return wanted.has(encode(type).toLowerCase())
    } catch {
      return true
    }
  }
}

function outside({ name, timeColumn }: Dataset, window: DayWindow): ExportError {
  const span = `${window.start.toISOString()} up to ${window.end.toISOString()} (not included)`
  return new ExportError(
    'WINDOW_INVALID',
    `${name}: the source gave a row whose "${timeColumn}" lies outside of the window ${span}; let its query use the bounds of \`window\``,
    { day: window.day, zone: window.zone, reason: 'a row lies outside of the window' },
  )
}
