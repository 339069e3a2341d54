// Runs of a day in one form and another, which have other keys.

import { exportWindow, type ExportReport, type Sink } from 'dayfile'
import type { MemorySink } from 'dayfile/testing'
import { DAY, orderRows, orders, window } from './orders.js'

const FORMS = {
  gzip: { compression: 'gzip' },
  none: { compression: 'none' },
  halves: { compression: 'none', split: { maxRows: 2 } },
  quarters: { compression: 'none', split: { maxRows: 1 } },
} as const
export type Form = keyof typeof FORMS

/** Exports four rows of this total in a form. */
export const run = (sink: Sink, form: Form, total: number): Promise<ExportReport> =>
  exportWindow({
    ...{ dataset: orders, window, sink, ...FORMS[form] },
    source: () => orderRows(4, { total }),
    now: () => new Date('2026-03-08T04:00:00Z'),
  })

/** What the keys of data begin with. */
export const STEM = `orders/dt=${DAY}/orders_${DAY}`

/** How the keys of the data in it end. */
export const endingsIn = ({ objects }: MemorySink): string[] =>
  [...objects.keys()].filter((key) => key.startsWith(STEM)).map((key) => key.slice(STEM.length))
