// In: what a destination wants of the rows. Out: the columns that it gets, and the test that each row has to pass.

import { types } from 'node:util'
import { cellEncoder, parseInstant } from '../csv/cells.js'
import { valueOf } from '../csv/output-columns.js'
import { column } from '../datasets/column.js'
import { defineDataset, type Dataset } from '../datasets/dataset.js'
import { nearest } from '../did-you-mean.js'
import { DayfileError } from '../errors.js'
import type { NormalFilter } from '../publish/manifest.js'
import { BOOLEAN, oneOf, STRINGS, type OptionTable } from '../options.js'
import type { DayWindow } from '../windows/day-window.js'

/** Which rows of a window a destination gets: passed to the source, enforced on what it returns, and stored in the manifest. */
export interface RowFilter {
  /** The event types to export, whatever their case; defaults to all of them. */
  readonly eventTypes?: readonly string[] | undefined
  /** Filters out rows from before their `install_date`: from before the app had the SDK. Rows without one stay. */
  readonly excludeHistorical?: boolean | undefined
  /** What happens to rows whose `profile_id` is empty. Defaults to 'include'. */
  readonly withoutProfile?: 'include' | 'exclude' | undefined
  /**
   * Whether the file has the column `attributes`, which is JSON. `true` adds it if the dataset does not declare it, and
   * `false` removes it, even if rows have the key. Defaults to what the dataset and the rows have.
   */
  readonly attributes?: boolean | undefined
}

export const SELECTION_OPTIONS = {
  eventTypes: STRINGS,
  excludeHistorical: BOOLEAN,
  withoutProfile: oneOf('include', 'exclude'),
  attributes: BOOLEAN,
} satisfies OptionTable<RowFilter>

/** Rows of the source that were filtered out, by reason. Each is counted under the first reason that applies. */
export interface FilteredOut {
  otherEventTypes: number
  historical: number
  withoutProfile: number
  outsideWindow: number
}

const EVENT_TYPE_COLUMN = 'event_type'
const INSTALL_COLUMN = 'install_date'
const PROFILE_COLUMN = 'profile_id'
const ATTRIBUTES_COLUMN = 'attributes'

const NEEDS = {
  eventTypes: EVENT_TYPE_COLUMN,
  excludeHistorical: INSTALL_COLUMN,
  withoutProfile: PROFILE_COLUMN,
} as const

/** Throws TypeError for a filter that the dataset has no column for. */
export function requireFilter(place: string, dataset: Dataset, filter: RowFilter): void {
  for (const [option, name] of Object.entries(NEEDS)) {
    if (filter[option as keyof typeof NEEDS] === undefined || hasColumn(dataset, name)) continue
    const [near] = nearest(
      name,
      dataset.columns.map((each) => each.name),
    )
    const hint =
      near === undefined ? '' : `; did you mean "${near}"? The option needs a column named "${name}"`
    throw new TypeError(`${place}: option ${option}: dataset ${dataset.name} has no column "${name}"${hint}`)
  }
}

/**
 * The filter as the source gets it and the manifest has it: the same filter is always the same text. Options with their
 * default are not in it.
 */
export function normalizeFilter(filter: RowFilter): NormalFilter {
  const { eventTypes, excludeHistorical = false, withoutProfile = 'include', attributes } = filter
  const lowerCase = eventTypes?.map((type) => type.toLowerCase())
  return {
    ...(lowerCase === undefined ? {} : { eventTypes: [...new Set(lowerCase)].sort() }),
    ...(excludeHistorical ? { excludeHistorical } : {}),
    ...(withoutProfile === 'exclude' ? { withoutProfile } : {}),
    ...(attributes === undefined ? {} : { attributes }),
  }
}

/** The dataset with the column of attributes, or without it, and the keys of rows that are not to become columns. */
export function columnsKept(
  dataset: Dataset,
  { attributes }: RowFilter,
): { readonly dataset: Dataset; readonly ignoredKeys: readonly string[] } {
  const isThere = hasColumn(dataset, ATTRIBUTES_COLUMN)
  if (attributes === true && !isThere) {
    const description = 'Custom attributes of the profile.'
    return { dataset: dataset.extend([column.json(ATTRIBUTES_COLUMN, { description })]), ignoredKeys: [] }
  }
  if (attributes !== false) return { dataset, ignoredKeys: [] }
  const { name, timeColumn } = dataset
  const columns = dataset.columns.filter((each) => each.name !== ATTRIBUTES_COLUMN)
  return {
    dataset: isThere ? defineDataset({ name, timeColumn, columns }) : dataset,
    ignoredKeys: [ATTRIBUTES_COLUMN],
  }
}

function hasColumn({ columns }: Dataset, name: string): boolean {
  return columns.some((each) => each.name === name)
}

/** Options of {@link rowFilter}, normalized. */
export interface RowFilterOptions extends RowFilter {
  readonly outsideWindow: 'exclude' | 'include' | 'fail'
}

/**
 * Makes the test that each row has to pass, and the counts of those that did not.
 *
 * A row whose time or type cannot be read passes: encoding it is what says which cell is wrong.
 */
export function rowFilter(
  dataset: Dataset,
  window: DayWindow,
  { outsideWindow, eventTypes, excludeHistorical, withoutProfile }: RowFilterOptions,
): { readonly filteredOut: FilteredOut; select: (row: object, number: number) => boolean } {
  const filteredOut: FilteredOut = { otherEventTypes: 0, historical: 0, withoutProfile: 0, outsideWindow: 0 }
  const isWanted = eventTypeTest(dataset, eventTypes)
  const start = window.start.getTime()
  const end = window.end.getTime()

  function isInside(row: object): boolean {
    const time = timeOf(row, dataset.timeColumn)
    return time === undefined || (time >= start && time < end)
  }

  function isHistorical(row: object): boolean {
    const time = timeOf(row, dataset.timeColumn)
    const installed = timeOf(row, INSTALL_COLUMN)
    return time !== undefined && installed !== undefined && time < installed
  }

  return {
    filteredOut,
    select(row, number) {
      if (!isWanted(row)) {
        filteredOut.otherEventTypes++
        return false
      }
      if (excludeHistorical === true && isHistorical(row)) {
        filteredOut.historical++
        return false
      }
      if (withoutProfile === 'exclude' && isEmpty(valueOf(row, PROFILE_COLUMN))) {
        filteredOut.withoutProfile++
        return false
      }
      if (outsideWindow === 'include' || isInside(row)) return true
      if (outsideWindow === 'fail')
        throw outside(dataset, window, number, timeOf(row, dataset.timeColumn) ?? start)
      filteredOut.outsideWindow++
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

/** The instant of a cell in milliseconds; undefined where it is empty or cannot be read. */
function timeOf(row: object, name: string): number | undefined {
  const value = valueOf(row, name)
  if (typeof value === 'string') return parseInstant(value)
  const time = types.isDate(value) ? Date.prototype.getTime.call(value) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === ''
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
