// Programs that other people load CSV with read a file of events to the values that were exported.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { PGlite } from '@electric-sql/pglite'
import { createTable } from 'dayfile/sql'
import { sampleEvents } from 'dayfile/testing'
import { encodeCsv, events } from 'dayfile'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gather } from './gather.js'

const DAY = '2026-03-07'
const names = events.columns.map(({ name }) => name)
const rows: Record<string, unknown>[] = [
  ...sampleEvents({ day: DAY, count: 2000 }),
  // What the sample may lack: each cell that tells engines apart.
  {
    event_type: 'trial_started',
    event_datetime: new Date(`${DAY}T23:59:59.999Z`),
    customer_user_id: '',
    device: 'two\r\nlines\nthree "quoted", 😀',
    paywall_name: "\\N NULL null \\. ;\t'",
    revenue_usd: '-12345678901234567890.000000001',
    paywall_revision: 2147483647,
  },
]

// Written out here, and not by the encoder that is under test.
function cell(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return String(value)
  throw new Error('the sample has a value of another type')
}
const exported = rows.map((row) => names.map((name) => cell(row[name])))
/** What is left of it where a program has no NULL in CSV: NULL and '' are both ''. */
const exportedAsText = exported.map((cells) => cells.map((each) => each ?? ''))

const folder = mkdtempSync(join(tmpdir(), 'dayfile-programs-'))
const file = join(folder, 'events.csv')

beforeAll(async () => {
  writeFileSync(file, await gather(encodeCsv(events, rows as never)))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function isMissing(program: string): boolean {
  const { error, status } = spawnSync(program, ['--version'])
  const missing = error !== undefined || status !== 0
  if (missing) console.log(`real programs: ${program} is skipped, as it is not installed here`)
  return missing
}

const BIG_OUTPUT = { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 } as const

test('the header is the table of the specification, in its order', () => {
  const specification = readFileSync(new URL('../fixtures/specification.md', import.meta.url), 'utf8')
  const table = specification.split('### Event file columns\n')[1]?.split(/\n##/)[0] ?? ''
  const columns = [...table.matchAll(/^\| \*\*(\w+)\*\*/gm)].map((match) => match[1])
  expect(readFileSync(file, 'utf8').split('\r\n')[0]).toBe(columns.join(','))
  expect(columns).toHaveLength(44)
})

test('the sample holds what makes CSV hard', () => {
  const text = exportedAsText.flat().join('\0')
  for (const hard of ['"', ',', '\n', '\r\n', '😀', "'"]) expect(text).toContain(hard)
})

test.skipIf(isMissing('python3'))("python3's csv module reads the values, NULL and '' both as ''", () => {
  const program = `
import csv, io, json, sys
text = io.TextIOWrapper(sys.stdin.buffer, encoding='utf-8', newline='')
json.dump(list(csv.reader(text, strict=True)), sys.stdout)
`
  const { stdout, stderr } = spawnSync('python3', ['-c', program], {
    input: readFileSync(file),
    ...BIG_OUTPUT,
  })
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual([names, ...exportedAsText])
})

test.skipIf(isMissing('sqlite3'))("sqlite3's .import reads the values, NULL and '' both as ''", () => {
  const columns = names.map((name) => `"${name}" TEXT`).join(', ')
  const { stdout, stderr } = spawnSync('sqlite3', [':memory:'], {
    input: [
      `CREATE TABLE events (${columns});`,
      `.import --csv --skip 1 ${JSON.stringify(file)} events`,
      '.mode json',
      'SELECT * FROM events ORDER BY rowid;',
    ].join('\n'),
    ...BIG_OUTPUT,
  })
  expect(stderr).toBe('')
  const imported = JSON.parse(stdout) as Record<string, unknown>[]
  expect(imported.map((row) => names.map((name) => row[name]))).toEqual(exportedAsText)
})

test.skipIf(isMissing('sqlite3'))(
  "sqlite3's .import makes the table by itself, with the names of the header",
  () => {
    const { stdout, stderr } = spawnSync('sqlite3', [':memory:'], {
      input: [
        `.import --csv ${JSON.stringify(file)} events`,
        'SELECT name FROM pragma_table_info("events");',
      ].join('\n'),
      ...BIG_OUTPUT,
    })
    expect(stderr).toBe('')
    expect(stdout.trim().split('\n')).toEqual(names)
  },
)

test("PostgreSQL's COPY reads the values, NULL apart from ''", async () => {
  const database = await PGlite.create()
  try {
    await database.exec(`CREATE TABLE plain (${names.map((name) => `"${name}" text`).join(', ')})`)
    await database.exec(createTable(events, 'postgres'))
    const blob = new Blob([readFileSync(file)])
    const list = names.map((name) => `"${name}"`).join(', ')
    for (const table of ['plain', 'events']) {
      // A table has no order of its own.
      await database.exec(`ALTER TABLE ${table} ADD COLUMN line bigserial`)
      const copy = `COPY ${table} (${list}) FROM '/dev/blob' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')`
      await database.query(copy, [], { blob })
    }
    const { rows: plain } = await database.query(`SELECT ${list} FROM plain ORDER BY line`, [], {
      rowMode: 'array',
    })
    expect(plain).toEqual(exported)

    const typed = events.columns.map(({ name, kind }) =>
      kind === 'instant' ? `(extract(epoch FROM "${name}") * 1000)::float8` : `"${name}"::text`,
    )
    const { rows: values } = await database.query(
      `SELECT ${typed.join(', ')} FROM events ORDER BY line`,
      [],
      {
        rowMode: 'array',
      },
    )
    expect(values).toEqual(epochs(exported))
  } finally {
    await database.close()
  }
})

test("DuckDB reads the values, NULL apart from ''", async () => {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const reader = await connection.runAndReadAll(
      `SELECT * FROM read_csv('${file.replaceAll("'", "''")}', header = true, all_varchar = true, delim = ',',
        quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false)`,
    )
    expect(reader.columnNames()).toEqual(names)
    expect(reader.getRows()).toEqual(exported)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
})

/** Instants as epoch milliseconds. */
function epochs(cells: (string | null)[][]): unknown[][] {
  return cells.map((row) =>
    row.map((each, index) =>
      each !== null && events.columns[index]?.kind === 'instant' ? Date.parse(each) : each,
    ),
  )
}
