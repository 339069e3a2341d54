import { PGlite } from '@electric-sql/pglite'
import { column } from 'dayfile'
import { createTable, loadCommand } from 'dayfile/sql'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { firstDay, firstDayCells, HOSTILE, instants, orders, secondDay, secondDayCells } from './orders.js'

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
      items::text AS items, tags::text AS tags,
      gift::text AS gift, due_on::text AS due_on, "select", "__proto__" AS proto,
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

test('a file whose columns are named is loaded by name: added ones are left out, missing ones are NULL', async () => {
  const grown = orders.extend([column.text('not yet')])
  const columns = [...orders.columns, { name: 'added later' }]
  await database.exec(createTable(grown, 'postgres'))
  await database.exec(loadCommand(grown, 'postgres', { file, columns: orders.columns }), {
    blob: new Blob([firstDay]),
  })
  await database.exec(loadCommand(grown, 'postgres', { file, columns }), { blob: new Blob([secondDay]) })
  expect(await cells()).toEqual([...firstDayCells, ...secondDayCells('0.10')])
  const { rows } = await database.query(`SELECT count("not yet")::int AS known FROM orders`)
  expect(rows).toEqual([{ known: 0 }])
})

test('columns in the order of another file are loaded by name, and a file that has others is refused', async () => {
  await database.exec(createTable(orders, 'postgres'))
  const columns = ['ordered_at', 'added "first"', 'order_id']
  const text = loadCommand(orders, 'postgres', { file, columns })
  const row = '2026-03-08T00:00:00Z,"",o1\r\n'
  await database.exec(text, { blob: new Blob([`ordered_at,"added ""first""",order_id\r\n${row}`]) })
  const others = new Blob([`ordered_at,order_id,"added ""first"""\r\n${row}`])
  await expect(database.exec(text, { blob: others })).rejects.toThrow('header')
  await database.exec('ROLLBACK')
  const { rows } = await database.query('SELECT order_id FROM orders')
  expect(rows).toEqual([{ order_id: 'o1' }])
})

test('an added column may have any name, a long one, an empty one and that of a system column too', async () => {
  const system = ['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid']
  await database.exec(createTable(orders, 'postgres'))
  const long = 'é'.repeat(40)
  const columns = ['order_id', 'ordered_at', 'column 4', `${long}1`, `${long}2`, '', 'column 5', ...system]
  const header = columns.map((name) => `"${name}"`).join(',')
  const blob = new Blob([`${header}\r\no1,2026-03-08T00:00:00Z,a,b,c,d,e,1,2,3,4,5,6\r\n`])
  await database.exec(loadCommand(orders, 'postgres', { file, columns }), { blob })
  const { rows } = await database.query('SELECT order_id FROM orders')
  expect(rows).toEqual([{ order_id: 'o1' }])
})

test('a staged load is in several statements with a blank line between, and leaves nothing but rows', async () => {
  await database.exec(createTable(orders, 'postgres'))
  const columns = [...orders.columns, 'added later']
  const statements = loadCommand(orders, 'postgres', { file, columns }).split('\n\n')
  for (let times = 0; times < 2; times++) {
    for (const statement of statements) {
      await database.query(statement, [], { blob: new Blob([secondDay]) })
    }
  }
  expect(await cells()).toHaveLength(2)
})

test('an instant with an offset is the same in a session of any zone', async () => {
  await database.exec(createTable(orders, 'postgres'))
  const blob = new Blob([instants.join('\r\n')])
  await database.exec("SET TimeZone = 'America/New_York'")
  try {
    const columns = ['order_id', 'ordered_at']
    await database.exec(loadCommand(orders, 'postgres', { file, columns }), { blob })
  } finally {
    await database.exec('RESET TimeZone')
  }
  const { rows } = await database.query('SELECT count(DISTINCT ordered_at)::int AS instants FROM orders')
  expect(rows).toEqual([{ instants: 1 }])
})
