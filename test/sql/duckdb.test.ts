import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { column, events } from 'dayfile'
import { createTable, loadCommand } from 'dayfile/sql'
import { expect, onTestFinished, test } from 'vitest'
import {
  firstDay,
  firstDayCells,
  HOSTILE,
  instants,
  layOut,
  orders,
  secondDay,
  secondDayCells,
} from './orders.js'

async function connect(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  onTestFinished(() => {
    connection.closeSync()
    instance.closeSync()
  })
  return connection
}

async function cells(connection: DuckDBConnection) {
  const reader = await connection.runAndReadAll(`
    SELECT order_id AS id, epoch_ms(ordered_at)::DOUBLE AS ms, note, total::VARCHAR AS total,
      items::VARCHAR AS items, tags::VARCHAR AS tags,
      gift::VARCHAR AS gift, due_on::VARCHAR AS due_on, "select", "__proto__" AS proto,
      "${HOSTILE.replaceAll('"', '""')}" AS hostile
    FROM orders ORDER BY order_id`)
  return reader.getRowObjects()
}

test('two days, the second with an added column, come back value by value from one table', async () => {
  const connection = await connect()
  const location = layOut({ '2026-03-07': firstDay, '2026-03-08': secondDay })
  await connection.run(createTable(orders, 'duckdb'))
  await connection.run(loadCommand(orders, 'duckdb', { location }))
  expect(await cells(connection)).toEqual([...firstDayCells, ...secondDayCells('0.100000000')])
})

test('one day is loaded alone, and an empty day adds nothing', async () => {
  const connection = await connect()
  const location = layOut({
    '2026-03-07': firstDay,
    '2026-03-08': secondDay,
    '2026-03-09': `${firstDay.split('\r\n')[0] ?? ''}\r\n`,
  })
  await connection.run(createTable(orders, 'duckdb'))
  for (const day of ['2026-03-08', '2026-03-09']) {
    await connection.run(loadCommand(orders, 'duckdb', { location: `${location}/`, day }))
  }
  expect(await cells(connection)).toEqual(secondDayCells('0.100000000'))
})

test('a declared column that no file has is NULL, and one that some have is filled', async () => {
  const connection = await connect()
  const location = layOut({ '2026-03-07': firstDay, '2026-03-08': secondDay })
  const grown = orders.extend([column.text('added later'), column.json('not yet')])
  await connection.run('CREATE SCHEMA "my app"')
  await connection.run(createTable(grown, 'duckdb', { table: 'my app.or"ders' }))
  await connection.run(loadCommand(grown, 'duckdb', { location, table: 'my app.or"ders' }))
  const reader = await connection.runAndReadAll(
    'SELECT order_id, "added later", "not yet" FROM "my app"."or""ders" ORDER BY order_id',
  )
  expect(reader.getRows()).toEqual([
    ['a', null, null],
    ['b', null, null],
    ['c,"q"', null, null],
    ['d', 'new', null],
  ])
})

test("text that looks like a number stays text, and a column dt is the file's own", async () => {
  const connection = await connect()
  const location = layOut({
    '2026-03-07': 'order_id,ordered_at,note,dt\r\n007,2026-03-07T00:00:00.000Z,1e3,own\r\n',
  })
  const dataset = orders.extend([column.text('dt')])
  await connection.run(createTable(dataset, 'duckdb'))
  await connection.run(loadCommand(dataset, 'duckdb', { location }))
  const reader = await connection.runAndReadAll('SELECT order_id, note, dt FROM orders')
  expect(reader.getRows()).toEqual([['007', '1e3', 'own']])
})

test('a row that looks like a comment is a row', async () => {
  const connection = await connect()
  const rows = ['order_id,ordered_at,note,total', 'a,2026-03-08T00:00:00Z, #1,', 'b,2026-03-08T00:00:00Z,2,3']
  const location = layOut({ '2026-03-08': [...rows, ''].join('\r\n') })
  await connection.run(createTable(orders, 'duckdb'))
  await connection.run(loadCommand(orders, 'duckdb', { location }))
  const reader = await connection.runAndReadAll('SELECT order_id, note FROM orders ORDER BY order_id')
  expect(reader.getRows()).toEqual([
    ['a', ' #1'],
    ['b', '2'],
  ])
})

test('the SELECT of the load is a view of the files, with the types of the table', async () => {
  const connection = await connect()
  const location = layOut({ '2026-03-07': firstDay, '2026-03-08': secondDay })
  const [insert, ...select] = loadCommand(orders, 'duckdb', { location }).split('\n')
  expect(insert).toBe('INSERT INTO "orders" BY NAME')
  await connection.run(`CREATE VIEW orders AS ${select.join('\n')}`)
  expect(await cells(connection)).toEqual([...firstDayCells, ...secondDayCells('0.100000000')])
  const described = await connection.runAndReadAll('SELECT column_type FROM (DESCRIBE orders)')
  await connection.run(createTable(orders, 'duckdb', { table: 'typed' }))
  const table = await connection.runAndReadAll('SELECT column_type FROM (DESCRIBE typed)')
  expect(described.getRows()).toEqual(table.getRows())
})

test('a required column without a cell is refused', async () => {
  const connection = await connect()
  const location = layOut({ '2026-03-07': 'order_id,ordered_at\r\n,2026-03-07T00:00:00.000Z\r\n' })
  await connection.run(createTable(orders, 'duckdb'))
  await expect(connection.run(loadCommand(orders, 'duckdb', { location }))).rejects.toThrow('NOT NULL')
})

test('the table of events has its 44 columns', async () => {
  const connection = await connect()
  await connection.run(createTable(events, 'duckdb'))
  const reader = await connection.runAndReadAll('SELECT * FROM events')
  expect(reader.columnNames()).toEqual(events.columns.map(({ name }) => name))
})

test('an instant with an offset is the same in a session of any zone', async () => {
  const connection = await connect()
  const location = layOut({ '2026-03-07': instants.join('\r\n') })
  await connection.run("SET TimeZone = 'America/New_York'")
  await connection.run(createTable(orders, 'duckdb'))
  await connection.run(loadCommand(orders, 'duckdb', { location }))
  const reader = await connection.runAndReadAll('SELECT DISTINCT epoch_ms(ordered_at)::DOUBLE FROM orders')
  expect(reader.getRows()).toEqual([[Date.UTC(2026, 2, 7, 1, 2, 3)]])
})

test('a column is found under its alias, and under its name where the file is known to have that', async () => {
  const location = layOut({
    '2026-03-07': 'order_id,ordered_at,remark\r\na,2026-03-07T00:00:00Z,old\r\n',
    '2026-03-08': 'order_id,ordered_at,comment,remark\r\nb,2026-03-08T00:00:00Z,,other\r\n',
  })
  const renamed = orders.extend([column.text('comment', { aliases: ['remark', 'NOTE'] })])
  const load = async (...options: readonly object[]) => {
    const connection = await connect()
    await connection.run(createTable(renamed, 'duckdb'))
    for (const each of options) await connection.run(loadCommand(renamed, 'duckdb', { location, ...each }))
    return (await connection.runAndReadAll('SELECT comment FROM orders ORDER BY order_id')).getRows()
  }
  expect(await load({})).toEqual([['old'], ['other']])
  const known = ['order_id', 'ordered_at', 'comment', 'remark']
  const before = ['order_id', 'ordered_at', 'remark']
  expect(await load({ day: '2026-03-07', columns: before }, { day: '2026-03-08', columns: known })).toEqual([
    ['old'],
    [null],
  ])
})
