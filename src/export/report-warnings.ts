// In: what an export wrote and left out. Out: what is odd about it but may be meant, in words.

import type { CsvReport } from '../csv/csv-options.js'
import { FILTER_REASONS } from '../datasets/subscription-filter.js'
import type { Manifest } from '../publish/manifest.js'
import { counted, numberText } from '../quantities.js'
import type { Reconciliation } from './reconciliation.js'
import type { FilteredOut } from './row-filter.js'

/** What {@link warningsOf} looks at. */
export interface Observed {
  readonly manifest: Manifest
  /** The published day that was replaced, if there was one. */
  readonly replaced: Manifest | undefined
  readonly csv: CsvReport
  readonly filteredOut: Readonly<FilteredOut>
  readonly reconciliation: Reconciliation | null
  readonly notRemoved: readonly string[]
  /** Whether the source was asked. */
  readonly wasRead: boolean
}

const REASONS = { ...FILTER_REASONS, outsideWindow: 'outside the window' }

/** One phrase for each thing that somebody should look at. No cell's content; names of columns come from keys of rows. */
export function warningsOf(observed: Observed): string[] {
  const { manifest, replaced, csv, filteredOut, reconciliation, notRemoved, wasRead } = observed
  const { rejectedRows, droppedColumns, addedColumns } = csv
  const reasons = Object.entries(filteredOut) as [keyof FilteredOut, number][]
  const all = reasons.reduce((sum, [, rows]) => sum + rows, 0)
  const why = reasons
    .filter(([, rows]) => rows > 0)
    .map(([reason, rows]) => `${numberText(rows)} ${REASONS[reason]}`)
  const difference = reconciliation?.difference ?? 0
  const than = `${difference < 0 ? 'fewer' : 'more'} than the source counts`
  const { eventTypes } = manifest.filter
  const matchedNothing = wasRead && eventTypes !== null && manifest.totals.rows === 0
  const isSameSize =
    replaced?.totals.rows === manifest.totals.rows && replaced.totals.csvBytes === manifest.totals.csvBytes
  return [
    ...(difference === 0 ? [] : [`${counted(Math.abs(difference), 'row')} ${than}`]),
    ...(rejectedRows === 0 ? [] : [`${counted(rejectedRows, 'row')} rejected`]),
    ...(all === 0 ? [] : [`${counted(all, 'row')} filtered out (${why.join(', ')})`]),
    ...(matchedNothing ? [`no row has one of the eventTypes`] : []),
    ...(addedColumns.length === 0
      ? []
      : [`${counted(addedColumns.length, 'column')} added: ${addedColumns.join(', ')}`]),
    ...(droppedColumns.length === 0 ? [] : [`${counted(droppedColumns.length, 'column')} dropped`]),
    ...(isSameSize
      ? [
          'as many rows and bytes as before, most likely the same rows in another order: add ORDER BY with a tie-breaker',
        ]
      : []),
    ...(notRemoved.length === 0 ? [] : [`${counted(notRemoved.length, 'old file')} not removed`]),
  ]
}
