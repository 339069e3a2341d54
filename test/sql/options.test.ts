import { column, isDayfileError, paywallViews } from 'dayfile'
import { bigquerySchema, createTable, loadCommand, type Engine } from 'dayfile/sql'
import { describe, expect, test } from 'vitest'

const location = 's3://bucket/prefix/'

describe('a missing location is a TypeError that names the option', () => {
  test.each<Engine>(['athena', 'spark'])('createTable for %s', (engine) => {
    expect(() => createTable(paywallViews, engine)).toThrow(TypeError)
    expect(() => createTable(paywallViews, engine)).toThrow('option location')
  })

  test.each<Engine>(['redshift', 'snowflake', 'bigquery', 'clickhouse', 'duckdb', 'sqlite'])(
    'loadCommand for %s',
    (engine) => {
      expect(() => loadCommand(paywallViews, engine)).toThrow(TypeError)
      expect(() => loadCommand(paywallViews, engine)).toThrow('option location')
    },
  )
})

test('the slash at the end of a location makes no difference', () => {
  for (const engine of ['redshift', 'snowflake', 'bigquery', 'clickhouse', 'duckdb', 'sqlite'] as const) {
    const one = loadCommand(paywallViews, engine, { location })
    expect(loadCommand(paywallViews, engine, { location: 's3://bucket/prefix' })).toBe(one)
    expect(one).toContain('s3://bucket/prefix/paywall_views/')
  }
})

test.each<[string, object]>([
  ['an empty part of a table name', { location, table: 'app.' }],
  ['a line break in a table name', { location, table: 'a\nb' }],
  ['a line break in a location', { location: 's3://bucket/\n.shell rm' }],
  ['an empty location', { location: '' }],
  ['a location that is no text', { location: 7 }],
  ['a line break in a role', { location, role: 'a\nb' }],
  ['an empty file', { location, file: '' }],
  ['a line break in a manifest', { location, manifest: 's3://b/\n.shell rm' }],
  ['columns that are no list', { location, columns: 'store' }],
  ['columns without names', { location, columns: [{ kind: 'text' }] }],
  ['a column that is there twice', { location, columns: ['store', { name: 'store' }] }],
  ['columns of which none is declared', { location, columns: ['added'] }],
  ['no columns', { location, columns: [] }],
])('%s is a TypeError that says so', (_, options) => {
  const option = Object.keys(options).at(-1) ?? ''
  expect(() => loadCommand(paywallViews, 'sqlite', options)).toThrow(TypeError)
  expect(() => loadCommand(paywallViews, 'sqlite', options)).toThrow(
    new RegExp(`^(loadCommand: )?option ${option}: (expected|none of)`),
  )
})

test.each<[Engine, string]>([
  ['duckdb', '/a/*/'],
  ['duckdb', '/a?/'],
  ['duckdb', '/[a]/'],
  ['duckdb', '/{a,b}/'],
  ['clickhouse', 's3://a/*/'],
  ['clickhouse', 's3://a/b?/'],
  ['clickhouse', 's3://a/{b,c}/'],
  ['bigquery', 'gs://a/*/'],
])('%s would read the location %s as a pattern, so it is refused', (engine, place) => {
  for (const day of [undefined, '2026-03-07']) {
    const load = () => loadCommand(paywallViews, engine, { location: place, day })
    expect(load).toThrow(TypeError)
    expect(load).toThrow(`${engine}: the location of the files has a `)
  }
})

test('a variable in the location of an athena table is refused', () => {
  expect(() => createTable(paywallViews, 'athena', { location: 's3://b/${dt}/' })).toThrow('has a ${ in it')
  expect(createTable(paywallViews, 'athena', { location: 's3://b/$dt/' })).toContain('$dt')
})

test.each<[Engine, string, string]>([
  ['postgres', 'ctid', 'a system column'],
  ['postgres', 'tableoid', 'a system column'],
  ['postgres', 'x'.repeat(64), 'longer than 63 bytes'],
  ['postgres', 'é'.repeat(32), 'longer than 63 bytes'],
  ['redshift', 'x'.repeat(128), 'longer than 127 bytes'],
  ['duckdb', ' lead', 'a blank at an end'],
  ['duckdb', 'trail ', 'a blank at an end'],
])('%s has no column "%s"', (engine, name, reason) => {
  const grown = paywallViews.extend([column.text(name)])
  for (const make of [
    () => createTable(grown, engine),
    () => loadCommand(grown, engine, { location, day: '2026-03-07' }),
  ]) {
    expect(make).toThrow(TypeError)
    expect(make).toThrow(`${engine} cannot have a column "${name}": `)
    expect(make).toThrow(reason)
  }
  expect(createTable(grown, 'sqlite')).toContain(`"${name}"`)
})

test('a name of as many bytes as an engine takes is one', () => {
  const grown = (bytes: number) => paywallViews.extend([column.text('x'.repeat(bytes))])
  expect(createTable(grown(63), 'postgres')).toContain('x'.repeat(63))
  expect(createTable(grown(127), 'redshift')).toContain('x'.repeat(127))
})

test('an unknown engine is a TypeError that lists the known ones', () => {
  expect(() => createTable(paywallViews, 'oracle' as Engine)).toThrow(/^engine: expected one of athena, /)
  expect(() => createTable(paywallViews, 'toString' as Engine)).toThrow(TypeError)
})

test.each(['2026-02-30', '2026-3-7', "2026-03-07' OR", ''])('%s is no day', (day) => {
  for (const make of [
    () => loadCommand(paywallViews, 'duckdb', { location, day }),
    () => createTable(paywallViews, 'athena', { location, firstDay: day }),
  ]) {
    expect(make).toThrow(expect.toSatisfy((error: unknown) => isDayfileError(error, 'WINDOW_INVALID')))
  }
})

test('columns that an engine cannot tell apart are refused there and nowhere else', () => {
  // Not by extend, which refuses it for every engine.
  const twice = { ...paywallViews, columns: [...paywallViews.columns, column.text('Store')] }
  expect(() => createTable(twice, 'duckdb')).toThrow('cannot tell column "Store" from')
  expect(createTable(twice, 'postgres')).toContain('"Store" text')
  const withDay = paywallViews.extend([column.text('dt')])
  expect(() => createTable(withDay, 'athena', { location })).toThrow('cannot tell column "dt" from')
  expect(createTable(withDay, 'duckdb')).toContain('"dt" VARCHAR')
})

test('where the columns of a file are those of the dataset, naming them changes no statement', () => {
  const statements = (text: string) => text.split('\n').filter((line) => !line.startsWith('--'))
  const { columns } = paywallViews
  for (const engine of ['duckdb', 'postgres', 'sqlite', 'snowflake', 'bigquery', 'clickhouse'] as const) {
    const text = statements(loadCommand(paywallViews, engine, { location, columns }))
    expect(text).toEqual(statements(loadCommand(paywallViews, engine, { location })))
  }
  // A file that is known to have all columns needs none to be filled.
  const text = statements(loadCommand(paywallViews, 'redshift', { location }))
  expect(statements(loadCommand(paywallViews, 'redshift', { location, columns }))).toEqual(
    text.filter((line) => line !== 'FILLRECORD'),
  )
})

test('the schema for BigQuery has the columns of its table', () => {
  const grown = paywallViews.extend([column.json('more', { description: 'What else is known.' })])
  const schema = bigquerySchema(grown)
  const table = createTable(grown, 'bigquery')
  const definitions = schema.map(
    ({ name, type, mode }) => `  \`${name}\` ${type}${mode === 'REQUIRED' ? ' NOT NULL' : ''}`,
  )
  expect(table).toContain(`(\n${definitions.join(',\n')}\n)`)
  expect(schema.map(({ name }) => name)).toEqual(grown.columns.map(({ name }) => name))
  expect(schema.at(-1)).toEqual({
    name: 'more',
    type: 'JSON',
    mode: 'NULLABLE',
    description: 'What else is known.',
  })
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema)
})
