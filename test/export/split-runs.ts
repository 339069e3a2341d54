// Runs of a split day for the model checker.

import { exportWindow } from 'dayfile'
import { readDay } from 'dayfile/read'
import type { Run } from '../support/interleaving.js'
import { DAY, orderRows, orders, window } from './orders.js'

export interface SplitContent {
  readonly total: number
  readonly rows: number
  readonly isSplit: boolean
}

const at = () => new Date('2026-03-08T04:00:00Z')

/** Exports so many rows of this total, each as a file of its own, or all in one. */
export function writer({ total, rows, isSplit }: SplitContent): Run {
  return async (sink) => {
    const report = await exportWindow({
      onShrink: 'allow',
      ...{ dataset: orders, window, source: () => orderRows(rows, { total }), sink },
      ...{ compression: 'none', now: at },
      ...(isSplit ? { split: { maxRows: 1 } } : {}),
    })
    return `${report.outcome} ${report.revision}`
  }
}

export const reader: Run = async (archive) => {
  const totals: unknown[] = []
  for await (const { total } of readDay(orders, archive, DAY)) totals.push(total)
  return totals.join()
}

/** What a reader of the content tells. */
export const seenOf = ({ total, rows }: SplitContent): string => Array<number>(rows).fill(total).join()
