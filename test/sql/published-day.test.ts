// What the manifest of a day says, the text of its load does, or there is no text. The days are exported ones.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  column,
  dayWindow,
  defineDataset,
  directoryArchive,
  directorySink,
  exportWindow,
  type Dataset,
  type Dialect,
} from 'dayfile'
import { loadCommand, type PublishedDay, type Engine } from 'dayfile/sql'
import { listDays, type ListedDay } from 'dayfile/read'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Publication } from './published-days.js'
import { duckdb, sqlite, sqliteMissing } from './engines-here.js'
import { assertLoaded } from './loaded-cells.js'

const day = '2026-03-07'

const sales = (...later: Dataset['columns']) =>
  defineDataset({
    name: 'sales',
    timeColumn: 'at',
    columns: [column.text('id', { nullable: false }), column.instant('at', { nullable: false }), ...later],
  })
const now = sales(column.text('county', { aliases: ['country'] }), column.json('attributes'))

const row = (id: string, cells: object = {}) => ({ id, at: `${day}T12:00:00.000Z`, ...cells })

interface Export {
  readonly dataset?: Dataset
  readonly rows?: readonly Readonly<Record<string, unknown>>[]
  readonly how?: Publication['how']
  readonly keys?: string
}

/** The day as listDays gives it, in a folder that goes with the test. */
async function published({
  dataset = now,
  rows = [row('a'), row('b')],
  how,
  keys,
}: Export = {}): Promise<ListedDay> {
  const root = mkdtempSync(join(tmpdir(), 'dayfile-'))
  onTestFinished(() => {
    rmSync(root, { recursive: true })
  })
  const place = keys === undefined ? { root } : { root, keys }
  const sink = directorySink(place)
  await exportWindow({ dataset, window: dayWindow(day), source: () => rows, sink, ...how })
  for await (const each of listDays(dataset, directoryArchive(place))) return each
  throw new Error('there is no day')
}

/** The same day in a bucket. */
const inBucket = (listed: PublishedDay): PublishedDay => ({
  ...listed,
  files: listed.files.map((file) => ({ ...file, url: `s3://bucket/it's/${file.key}` })),
})

const engines: readonly Engine[] = [
  'athena',
  'redshift',
  'snowflake',
  'bigquery',
  'clickhouse',
  'duckdb',
  'postgres',
  'spark',
  'sqlite',
]

const text = (engine: Engine, each: PublishedDay, options: object = {}) =>
  loadCommand(now, engine, { published: each, ...options })

describe.each(engines)('%s', (engine) => {
  test('loads no file of another dialect, says in what it differs, and names the reader', async () => {
    const dialects: readonly [Partial<Dialect>, string][] = [
      [{ delimiter: ';' }, 'delimiter ";"'],
      [{ quote: "'" }, `quote "'"`],
      [{ escape: '\\' }, 'escape "\\\\"'],
    ]
    for (const [dialect, what] of dialects) {
      const listed = await published({ how: { csv: { dialect } } })
      expect(() => text(engine, listed)).toThrow(TypeError)
      expect(() => text(engine, listed)).toThrow(`${engine}: the files of ${day} have ${what}`)
      expect(() => text(engine, listed)).toThrow('readDay')
    }
  })

  test('loads no file with the marks of formulaGuard', async () => {
    const listed = await published({ how: { csv: { formulaGuard: true } } })
    expect(() => text(engine, listed)).toThrow('formulaGuard')
  })

  test('takes a dialect that differs in what does not matter, and the file by its name', async () => {
    const dialect = { recordDelimiter: '\n', quoting: 'all' } as const
    const listed = inBucket(await published({ how: { csv: { dialect }, compression: 'none' } }))
    const made = text(engine, listed)
    if (engine === 'athena' || engine === 'spark') return
    expect(made).toContain(`sales_${day}.csv`)
    expect(made).not.toMatch(/\*\.csv|\.gz|gzip/i)
  })

  test.each(['location', 'day', 'columns'])('takes no option %s beside the day', async (option) => {
    const value = option === 'columns' ? ['id'] : day
    const listed = await published()
    expect(() => text(engine, listed, { [option]: value })).toThrow(TypeError)
    expect(() => text(engine, listed, { [option]: value })).toThrow(`option ${option}: cannot be combined`)
  })
})

test.each<Engine>(['postgres', 'bigquery', 'redshift'])(
  '%s loads no file with a byte order mark',
  async (engine) => {
    const listed = await published({ how: { csv: { dialect: { bom: true } } } })
    expect(() => text(engine, listed)).toThrow('byte order mark')
  },
)

test.each([duckdb, ...(sqliteMissing.length > 0 ? [] : [sqlite])])(
  '$name passes over a byte order mark',
  async (warehouse) => {
    const rows = [row('a', { county: 'FR' }), row('b', { county: '' })]
    const listed = await published({ rows, how: { csv: { dialect: { bom: true } } } })
    const unused = { location: '', archive: directoryArchive({ root: tmpdir() }) }
    const table = await warehouse.create(now, unused)
    onTestFinished(table.close)
    await table.load([listed])
    assertLoaded(
      { produced: now, consumed: now, days: { [day]: rows } },
      await table.cells(),
      warehouse.losses,
    )
  },
)

test.each<[string, unknown]>([
  ['no day', null],
  [
    'a day without its manifest',
    { day, columns: [{ name: 'id' }], files: [{ key: 'k', url: 'u', bytes: 1 }] },
  ],
  ['a manifest', 'manifest'],
])('%s is a TypeError', async (_, given) => {
  const listed = await published()
  const value = given === 'manifest' ? listed.manifest : given
  expect(() => loadCommand(now, 'duckdb', { published: value as never })).toThrow(TypeError)
  expect(() => loadCommand(now, 'duckdb', { published: value as never })).toThrow('option published')
})

test.each<[string, object]>([
  ['no files', { files: [] }],
  ['a line break in a URL', { files: [{ key: 'k', url: 's3://b/\n.shell rm', bytes: 1 }] }],
  [
    'a number of rows that is text',
    { files: [{ key: 'k', url: 'u', bytes: 1, rows: '1); DROP TABLE sales; --' }] },
  ],
  ['columns of another dataset', { columns: [{ name: 'other' }] }],
])('%s is a TypeError', async (_, change) => {
  const changed = { ...(await published()), ...change }
  expect(() => text('sqlite', changed as never)).toThrow('option published')
})

test('files without a URL are no files for an engine', async () => {
  const { files, ...listed } = await published()
  const bare = { ...listed, files: files.map(({ key, bytes }) => ({ key, bytes })) }
  for (const engine of ['duckdb', 'clickhouse', 'snowflake', 'bigquery', 'redshift', 'sqlite'] as const) {
    expect(() => text(engine, bare)).toThrow(`${engine}: the files of the day have no url`)
  }
})

describe('a day of several files', () => {
  const split = { how: { split: { maxRows: 1 } } }
  const names = [0, 1].map((part) => `sales_${day}_part-0000${part}-of-00002.csv.gz`)

  test('is loaded by their names and no pattern', async () => {
    const listed = inBucket(await published(split))
    const folder = `s3://bucket/it\\'s/sales/dt=${day}/`
    const urls = names.map((name) => `'${folder}${name}'`)
    expect(text('bigquery', listed)).toContain(`uris = [${urls.join(', ')}]`)
    expect(text('clickhouse', listed)).toContain(`'${folder}{${names.join(',')}}'`)
    const snowflake = text('snowflake', listed).split('\n')
    expect(snowflake).toContain(`FROM '${folder}'`)
    expect(snowflake).toContain(`FILES = (${names.map((name) => `'${name}'`).join(', ')})`)
    expect(snowflake.join()).not.toContain('PATTERN')
  })

  test('is a note for postgres, with all of them', async () => {
    const listed = inBucket(await published(split))
    const lines = text('postgres', listed).split('\n')
    expect(lines.slice(1, 3)).toEqual(names.map((name) => `-- s3://bucket/it's/sales/dt=${day}/${name}`))
  })

  test('asks redshift for the list of them', async () => {
    const listed = inBucket(await published(split))
    expect(() => text('redshift', listed)).toThrow(
      'redshift: option manifest is required: the day has 2 files',
    )
    expect(text('redshift', listed, { manifest: 's3://bucket/list.json' })).toContain(
      "FROM 's3://bucket/list.json'",
    )
  })

  test('is more than one file to read', async () => {
    const listed = await published(split)
    expect(() => text('sqlite', listed, { file: 'a.csv' })).toThrow('option file')
  })

  test('has to be in one folder where the engine has one place for it', async () => {
    const [first, second] = (await published(split)).files
    const files = [
      { ...first, url: 's3://bucket/a/1.csv.gz' },
      { ...second, url: 's3://bucket/b/2.csv.gz' },
    ]
    const listed = { ...(await published(split)), files } as PublishedDay
    for (const engine of ['clickhouse', 'snowflake'] as const) {
      expect(() => text(engine, listed)).toThrow(`${engine}: the files of the day are not in one folder`)
    }
  })
})

test('snowflake takes a thousand files by name', async () => {
  const listed = inBucket(await published())
  const thousand = Array.from({ length: 1000 }, () => listed.files[0]) as PublishedDay['files']
  expect(() => text('snowflake', { ...listed, files: thousand })).not.toThrow()
  expect(() => text('snowflake', { ...listed, files: [...thousand, ...listed.files] })).toThrow(
    'the day has 1001',
  )
})

test.each<[Engine, string]>([
  ['duckdb', '/a/*/b.csv'],
  ['duckdb', '/a/b?.csv'],
  ['duckdb', '/a/[b].csv'],
  ['duckdb', '/a/{b}.csv'],
  ['clickhouse', 's3://a/*/b.csv'],
  ['clickhouse', 's3://a/{b}.csv'],
  ['bigquery', 'gs://a/*/b.csv'],
])('%s would read %s as a pattern, so it is refused', async (engine, url) => {
  const listed = await published()
  const files = listed.files.map((file) => ({ ...file, url }))
  expect(() => text(engine, { ...listed, files })).toThrow(`${engine}: the location of the files has a `)
})

describe('engines that read the files by position', () => {
  test.each<Engine>(['athena', 'spark'])(
    '%s refuses a day with a column in the place of a later one',
    async (engine) => {
      const before = sales(column.text('county'))
      const listed = await published({ dataset: before, rows: [row('a', { surprise: 'x' })] })
      expect(() => text(engine, listed)).toThrow(
        `${engine}: column 4 of the files is "surprise", of the table "attributes"`,
      )
      expect(() => loadCommand(before, engine, { published: listed })).not.toThrow()
    },
  )

  test.each<Engine>(['athena', 'spark'])(
    '%s takes a day that has fewer columns, or one under its alias',
    async (engine) => {
      const listed = await published({ dataset: sales(column.text('country')) })
      expect(text(engine, listed)).toContain(day)
    },
  )

  test.each<Engine>(['athena', 'spark'])(
    '%s refuses a day in another folder than its table looks into',
    async (engine) => {
      const listed = await published({ keys: '{dataset}/{year}/{month}/{dayOfMonth}/{dataset}' })
      expect(() => text(engine, listed)).toThrow(`in a folder dt=${day}`)
    },
  )
})

test.each<Engine>(['snowflake', 'bigquery'])(
  '%s refuses a day that has a column under its alias',
  async (engine) => {
    const listed = inBucket(await published({ dataset: sales(column.text('country')) }))
    expect(() => text(engine, listed)).toThrow(
      `${engine}: the files have column "county" under its alias "country"`,
    )
    expect(text(engine, inBucket(await published()))).toContain(day)
  },
)

test('redshift takes a column by its alias, through a table', async () => {
  const listed = inBucket(await published({ dataset: sales(column.text('country')) }))
  const [create = '', , insert = ''] = text('redshift', listed).split('\n\n')
  expect(create).toContain('"country" VARCHAR')
  expect(insert).toContain('"county"\n)')
  expect(insert).toContain('"country"\nFROM')
})
