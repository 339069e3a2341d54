// The texts as reviewed, for engines that do not run in the ordinary tests and for what no row shows of those that do: one file a call, found by listing the folder. The head of each
// file (up to its blank line) cites the documentation that its text depends on. To accept a change: UPDATE_GOLDEN=1.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createTable, loadCommand, type PublishedDay, type Engine } from 'dayfile/sql'
import { expect, test } from 'vitest'
import { orders } from './orders.js'

const folder = new URL('golden/', import.meta.url)
const files = readdirSync(folder)

const options = { location: "s3://bucket/it's/", table: 'shop.orders' }

// As the manifest of a day has them: two that nobody declared, and none that the dataset got after that day.
const columns = [...orders.columns.slice(0, -1), { name: 'added later' }, { name: 'Note' }]

/** A day of two files, not compressed. */
const published: PublishedDay = {
  day: '2026-03-07',
  columns: [...orders.columns, { name: 'added later' }],
  files: [0, 1].map((part) => {
    const key = `orders/dt=2026-03-07/orders_2026-03-07_part-0000${part}-of-00002.csv`
    return { key, url: `s3://bucket/it's/${key}`, bytes: 1000, rows: 20 + part }
  }),
  manifest: {
    dialect: { delimiter: ',', quote: '"', escape: '"', bom: false, formulaGuard: false },
    compression: 'none',
  },
}

/** Calls of which there is a file for every engine, and those that are for redshift alone. */
const calls: Readonly<Record<string, (engine: Engine) => string>> = {
  create: (engine) => createTable(orders, engine, options),
  load: (engine) => loadCommand(orders, engine, options),
  'load-day': (engine) => loadCommand(orders, engine, { ...options, day: '2026-03-07', role: 'acme.reader' }),
  'load-published': (engine) =>
    loadCommand(orders, engine, {
      table: 'shop.orders',
      // Redshift takes several files by a list of them.
      published: engine === 'redshift' ? { ...published, files: published.files.slice(0, 1) } : published,
    }),
}
const redshiftCalls: typeof calls = {
  'load-added': (engine) => loadCommand(orders, engine, { ...options, day: '2026-03-07', columns }),
  'load-manifest': (engine) =>
    loadCommand(orders, engine, {
      table: 'shop.orders',
      manifest: "s3://bucket/it's\\orders.json",
      columns: orders.columns.slice(0, 4),
    }),
}

test.each(files)('%s', (file) => {
  const [engine = '', call = ''] = file.split('.')
  const url = new URL(file, folder)
  const golden = readFileSync(url, 'utf8')
  const head = golden.slice(0, golden.indexOf('\n\n') + 2)
  const text = `${head}${{ ...calls, ...redshiftCalls }[call]?.(engine as Engine) ?? ''}\n`
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(url, text)
  expect(head).toMatch(/^-- .*https:/s)
  expect(text).toBe(readFileSync(url, 'utf8'))
})

test('every engine has a file for every call', () => {
  const engines = [
    'athena',
    'bigquery',
    'clickhouse',
    'duckdb',
    'postgres',
    'redshift',
    'snowflake',
    'spark',
    'sqlite',
  ]
  const expected = engines.flatMap((engine) =>
    Object.keys(engine === 'redshift' ? { ...calls, ...redshiftCalls } : calls).map(
      (call) => `${engine}.${call}.sql`,
    ),
  )
  expect(files.toSorted()).toEqual(expected.toSorted())
})
