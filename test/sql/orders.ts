// A dataset with every kind and hostile names, and two days of it written by hand: the second has an added column.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { column, defineDataset } from 'dayfile'
import { onTestFinished } from 'vitest'

export const HOSTILE = 'we"ird `na\\me\'); DROP TABLE x; --'

export const orders = defineDataset({
  name: 'orders',
  timeColumn: 'ordered_at',
  columns: [
    column.text('order_id', { nullable: false }),
    column.instant('ordered_at', { nullable: false }),
    column.text('note', { description: 'What the buyer wrote; empty when nothing.', values: ['gift'] }),
    column.decimal('total'),
    column.integer('items'),
    column.json('tags'),
    column.boolean('gift'),
    column.date('due_on'),
    column.text('select'),
    column.text('__proto__'),
    column.text(HOSTILE),
  ],
})

const header = `order_id,ordered_at,note,total,items,tags,gift,due_on,select,__proto__,"${HOSTILE.replaceAll('"', '""')}"`

export const firstDay = [
  header,
  'a,2026-03-07T00:00:00.000Z,,123456789.012345678,9223372036854775807,"{""k"":""x\\""y""}",true,2024-02-29,,p,h',
  'b,2026-03-07T23:59:59.999Z,"",-0.000000001,-1,"[1,null]",false,1969-12-31," lead",,',
  '"c,""q""",2026-03-07T12:00:00.123Z,"two\r\nlines, \\N NULL é 😀",,,,,,C:\\dir,"",""',
  '',
].join('\r\n')

export const secondDay = [
  `${header},added later`,
  'd,2026-03-08T01:02:03.004Z,plain,0.10,0,null,false,2262-04-12,,,,new',
  '',
].join('\r\n')

/** One instant, with offsets in every form that an engine may meet. */
export const instants = [
  'order_id,ordered_at',
  'a,2026-03-07T01:02:03.000Z',
  'b,2026-03-07T01:02:03+00:00',
  'c,2026-03-06T19:32:03.000000-0530',
  'd,2026-03-07T06:02:03+05',
  '',
]

export interface OrderCells {
  id: string
  ms: number
  note: string | null
  total: string | null
  items: string | null
  tags: string | null
  gift: string | null
  due_on: string | null
  select: string | null
  proto: string | null
  hostile: string | null
}

const order = (cells: Partial<OrderCells>): OrderCells => ({
  id: '',
  ms: 0,
  note: null,
  total: null,
  items: null,
  tags: null,
  gift: null,
  due_on: null,
  select: null,
  proto: null,
  hostile: null,
  ...cells,
})

export const firstDayCells = [
  order({
    id: 'a',
    ms: Date.UTC(2026, 2, 7),
    total: '123456789.012345678',
    items: '9223372036854775807',
    tags: '{"k":"x\\"y"}',
    gift: 'true',
    due_on: '2024-02-29',
    proto: 'p',
    hostile: 'h',
  }),
  order({
    id: 'b',
    ms: Date.UTC(2026, 2, 7, 23, 59, 59, 999),
    note: '',
    total: '-0.000000001',
    items: '-1',
    tags: '[1,null]',
    gift: 'false',
    due_on: '1969-12-31',
    select: ' lead',
  }),
  order({
    id: 'c,"q"',
    ms: Date.UTC(2026, 2, 7, 12, 0, 0, 123),
    note: 'two\r\nlines, \\N NULL é 😀',
    select: 'C:\\dir',
    proto: '',
    hostile: '',
  }),
]

/** The fourth cell's scale is the file's, or that of the engine's decimal type. */
export const secondDayCells = (total: string) => [
  order({
    id: 'd',
    ms: Date.UTC(2026, 2, 8, 1, 2, 3, 4),
    note: 'plain',
    total,
    items: '0',
    tags: 'null',
    gift: 'false',
    due_on: '2262-04-12',
  }),
]

/** Lays days out as in a bucket, with a manifest that no engine may take for data. The folder goes with the test. */
export function layOut(days: Readonly<Record<string, string>>): string {
  // The quote is there to be escaped.
  const root = mkdtempSync(join(tmpdir(), "dayfile-it's-"))
  onTestFinished(() => {
    rmSync(root, { recursive: true })
  })
  for (const [day, csv] of Object.entries(days)) {
    const folder = join(root, 'orders', `dt=${day}`)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `orders_${day}.csv.gz`), gzipSync(csv))
    writeFileSync(join(folder, '_manifest.json'), '{"not":"data"}')
  }
  return root
}
