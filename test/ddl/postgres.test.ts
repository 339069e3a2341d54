import { PGlite } from '@electric-sql/pglite'
import { column } from 'dayfile'
import { createTable, loadCommand } from 'dayfile/ddl'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { firstDay, firstDayCells, HOSTILE, orders, secondDay, secondDayCells } from './orders.js'

// PGlite is PostgreSQL in this process; it offers the blob of a query as the file /dev/blob.
const file = '/dev/blob'

// One server for the file, as it takes seconds to start; every test starts from an empty schema.
let database: PGlite

beforeAll(async () => {
  database = await PGlite.create()
})

beforeEach(async () => {
  await database.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
})

afterAll(() => database.close())

async function cells(): Promise<unknown[]> {
  const { rows } = await database.query(`
    SELECT order_id AS id, (extract(epoch FROM ordered_at) * 1000)::float8 AS ms, note, total::text AS total,
      items::text AS items, tags::text AS tags, "select", "__proto__" AS proto,
      "${HOSTILE.replaceAll('"', '""')}" AS hostile
    FROM orders ORDER BY order_id`)
  return rows
}

test('a day comes back value by value', async () => {
  await database.exec(createTable(orders, 'postgres'))
  await database.query(loadCommand(orders, 'postgres', { file }), [], { blob: new Blob([firstDay]) })
  expect(await cells()).toEqual(firstDayCells)
})

test('a file with an added column is refused until the table and the dataset have it', async () => {
  await database.exec(createTable(orders, 'postgres'))
  const blob = new Blob([secondDay])
  await expect(database.query(loadCommand(orders, 'postgres', { file }), [], { blob })).rejects.toThrow()
  expect(await cells()).toEqual([])

  await database.exec('ALTER TABLE orders ADD COLUMN "added later" text')
  const grown = orders.extend([column.text('added later')])
  await database.query(loadCommand(grown, 'postgres', { file }), [], { blob })
  expect(await cells()).toEqual(secondDayCells('0.10'))
})

test('columns in another order are refused, never loaded into the wrong place', async () => {
  await database.exec(createTable(orders, 'postgres'))
  const blob = new Blob([firstDay.replace('note,total', 'total,note')])
  await expect(database.query(loadCommand(orders, 'postgres', { file }), [], { blob })).rejects.toThrow(
    'header',
  )
})

test('without a file the rows come from STDIN, and a note says which file to feed', () => {
  const command = loadCommand(orders, 'postgres', { location: 's3://bucket/prefix/', day: '2026-03-07' })
  expect(command).toContain(') FROM STDIN WITH (FORMAT csv,')
  expect(command.split('\n')[0]).toBe(
    '-- STDIN takes one file at a time, unzipped: s3://bucket/prefix/orders/dt=2026-03-07/orders_2026-03-07.csv.gz',
  )
})
