// Runs of a split day for the model checker.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportWindow } from 'dayfile'
import { readDay } from 'dayfile/read'
import { afterAll, beforeAll } from 'vitest'
import type { Run } from '../support/interleaving.js'
import { DAY, orderRows, orders, window } from './orders.js'

export interface SplitContent {
  readonly total: number
  readonly rows: number
  readonly isSplit: boolean
}

/** Runs that the checker stops never come to remove their folders: they get one that is removed after the tests. */
export function useTemporaryFolder(): void {
  const before = process.env.TMPDIR
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'split-runs-'))
    process.env.TMPDIR = folder
  })
  afterAll(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    rmSync(folder, { recursive: true })
  })
}

const at = () => new Date('2026-03-08T04:00:00Z')

/** Exports so many rows of this total, each as a file of its own, or all in one. */
export function writer({ total, rows, isSplit }: SplitContent): Run {
  return async (sink) => {
    const report = await exportWindow({
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
