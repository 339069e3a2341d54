// Which rows of subscription data a destination gets: the options, the columns that they need, and a test for each.

import { nearest } from '../did-you-mean.js'
import { BOOLEAN, oneOf, STRINGS, type OptionTable } from '../options.js'
import { column, type Column } from './column.js'
import { defineDataset, type Dataset } from './dataset.js'

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

export const ROW_FILTER_OPTIONS = {
  eventTypes: STRINGS,
  excludeHistorical: BOOLEAN,
  withoutProfile: oneOf('include', 'exclude'),
  attributes: BOOLEAN,
} satisfies OptionTable<RowFilter>

/** Why a filter leaves a row out, in the words of a report. */
export const FILTER_REASONS = {
  otherEventTypes: 'of other event types',
  historical: 'historical',
  withoutProfile: 'without a profile',
} as const

const NEEDS = {
  eventTypes: 'event_type',
  excludeHistorical: 'install_date',
  withoutProfile: 'profile_id',
} as const

const ATTRIBUTES = 'attributes'

/** Throws TypeError for a filter that the dataset has no column for. */
export function requireFilter(place: string, dataset: Dataset, filter: RowFilter): void {
  for (const [option, name] of Object.entries(NEEDS)) {
    if (filter[option as keyof typeof NEEDS] === undefined || columnOf(dataset, name) !== undefined) continue
    const [near] = nearest(
      name,
      dataset.columns.map((each) => each.name),
    )
    const hint =
      near === undefined ? '' : `; did you mean "${near}"? The option needs a column named "${name}"`
    throw new TypeError(`${place}: option ${option}: dataset ${dataset.name} has no column "${name}"${hint}`)
  }
}

/** A filter that has no key for an option with its default: the same filter is always the same text. */
export interface NormalFilter {
  eventTypes?: readonly string[]
  excludeHistorical?: boolean
  withoutProfile?: 'include' | 'exclude'
  attributes?: boolean
}

/** The filter as the source gets it and the manifest has it. */
export function normalizeFilter(filter: RowFilter): Readonly<NormalFilter> {
  const { eventTypes, excludeHistorical, withoutProfile, attributes } = filter
  const normal: NormalFilter = {}
  if (eventTypes !== undefined)
    normal.eventTypes = [...new Set(eventTypes.map((type) => type.toLowerCase()))].sort()
  if (excludeHistorical === true) normal.excludeHistorical = true
  if (withoutProfile === 'exclude') normal.withoutProfile = 'exclude'
  if (attributes !== undefined) normal.attributes = attributes
  return normal
}

/** The dataset with the column of attributes, or without it, and the keys of rows that must not become columns. */
export function columnsKept(
  dataset: Dataset,
  { attributes }: RowFilter,
): { readonly dataset: Dataset; readonly ignoredKeys: readonly string[] } {
  const isDeclared = columnOf(dataset, ATTRIBUTES) !== undefined
  if (attributes === true && !isDeclared) {
    const description = 'Custom attributes of the profile.'
    return { dataset: dataset.extend([column.json(ATTRIBUTES, { description })]), ignoredKeys: [] }
  }
  if (attributes !== false) return { dataset, ignoredKeys: [] }
  const { name, timeColumn } = dataset
  const columns = dataset.columns.filter((each) => each.name !== ATTRIBUTES)
  const without = isDeclared ? defineDataset({ name, timeColumn, columns }) : dataset
  return { dataset: without, ignoredKeys: [ATTRIBUTES] }
}

/** Reads the cells of rows. What cannot be read or written is undefined: encoding the row says which cell is wrong. */
export interface CellReader {
  readonly value: (row: object, column: string) => unknown
  /** The text that is written; null for an empty cell. */
  readonly text: (row: object, column: Column) => string | null | undefined
  /** The instant in milliseconds. */
  readonly time: (row: object, column: string) => number | undefined
}

export type FilterReason = keyof typeof FILTER_REASONS

/** The tests of a normal filter, in order: a row for which one of them is true is left out for that reason. */
export function filterTests(
  dataset: Dataset,
  { eventTypes, excludeHistorical, withoutProfile }: RowFilter,
  cell: CellReader,
): [reason: FilterReason, isLeftOut: (row: object) => boolean][] {
  const tests: [FilterReason, (row: object) => boolean][] = []
  const type = columnOf(dataset, NEEDS.eventTypes)
  if (eventTypes !== undefined && type !== undefined) {
    const wanted = new Set(eventTypes)
    tests.push([
      'otherEventTypes',
      (row) => {
        const text = cell.text(row, type)
        return text === null ? type.nullable : text !== undefined && !wanted.has(text.toLowerCase())
      },
    ])
  }
  if (excludeHistorical === true) {
    tests.push([
      'historical',
      (row) => {
        const time = cell.time(row, dataset.timeColumn)
        const installed = cell.time(row, NEEDS.excludeHistorical)
        return time !== undefined && installed !== undefined && time < installed
      },
    ])
  }
  if (withoutProfile === 'exclude') {
    tests.push(['withoutProfile', (row) => (cell.value(row, NEEDS.withoutProfile) ?? '') === ''])
  }
  return tests
}

function columnOf({ columns }: Dataset, name: string): Column | undefined {
  return columns.find((each) => each.name === name)
}
