import { column, defineDataset } from 'dayfile'

/** A dataset with columns of five kinds. */
export const orders = defineDataset({
  name: 'orders',
  timeColumn: 'at',
  columns: [
    column.instant('at', { nullable: false }),
    column.text('note'),
    column.integer('items'),
    column.decimal('total'),
    column.json('tags'),
  ],
})

/** The same with one column of each kind. */
export const allKinds = orders.extend([column.boolean('gift'), column.date('due_on')])

export const at = '2026-03-07T12:00:00.000Z'
