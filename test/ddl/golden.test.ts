// Engines that cannot run here: their text as reviewed, one file a call, found by listing the folder. The head of each
// file (up to its blank line) cites the documentation that its text depends on. To accept a change: UPDATE_GOLDEN=1.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createTable, loadCommand, type Engine } from 'dayfile/ddl'
import { expect, test } from 'vitest'
import { orders } from './orders.js'

const folder = new URL('golden/', import.meta.url)
const files = readdirSync(folder)

const options = { location: "s3://bucket/it's/", table: 'shop.orders' }

const calls: Readonly<Record<string, (engine: Engine) => string>> = {
  create: (engine) => createTable(orders, engine, options),
  load: (engine) => loadCommand(orders, engine, options),
  'load-day': (engine) => loadCommand(orders, engine, { ...options, day: '2026-03-07', role: 'acme.reader' }),
}

test.each(files)('%s', (file) => {
  const [engine = '', call = ''] = file.split('.')
  const url = new URL(file, folder)
  const golden = readFileSync(url, 'utf8')
  const head = golden.slice(0, golden.indexOf('\n\n') + 2)
  const text = `${head}${calls[call]?.(engine as Engine) ?? ''}\n`
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(url, text)
  expect(head).toMatch(/^-- .*https:/s)
  expect(text).toBe(readFileSync(url, 'utf8'))
})

test('every engine that is not run has a file for every call', () => {
  const engines = ['athena', 'bigquery', 'clickhouse', 'redshift', 'snowflake', 'spark']
  const expected = engines.flatMap((engine) => Object.keys(calls).map((call) => `${engine}.${call}.sql`))
  expect(files.toSorted()).toEqual(expected.toSorted())
})
