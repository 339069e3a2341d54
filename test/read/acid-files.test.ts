// The cases that every CSV reader is tried on: see fixtures/csv-acid/README.md.

import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { column, defineDataset, type Dialect } from 'dayfile'
import { readCsv } from 'dayfile/read'
import { describe, expect, test } from 'vitest'

type Row = Readonly<Record<string, string | null>>

const FOLDER = new URL('../fixtures/csv-acid/', import.meta.url)
const files = readdirSync(FOLDER).sort()
const names = files.filter((file) => file.endsWith('.csv')).map((file) => file.slice(0, -'.csv'.length))

// Other readers take a quote within a cell that is not quoted for text. Here it is an error, as it may as well be a
// cell that lost its first quote; who has such files names a quote that does not occur in them.
const REFUSED: Readonly<Record<string, { line: number; rule: string; readWith: Partial<Dialect> }>> = {
  location_coordinates: { line: 2, rule: 'a quote within an unquoted cell', readWith: { quote: '|' } },
}

const csvOf = (name: string): Buffer => readFileSync(new URL(`${name}.csv`, FOLDER))
const rowsOf = (name: string): Row[] =>
  JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) as Row[]

async function read(csv: Uint8Array, columns: readonly string[], dialect: Partial<Dialect>): Promise<Row[]> {
  // Its time column is in none of the files: `columns` does not ask for it.
  const dataset = defineDataset({
    name: 'acid',
    timeColumn: 'at',
    columns: [column.instant('at', { nullable: false }), ...columns.map((each) => column.text(each))],
  })
  const rows: Row[] = []
  for await (const row of readCsv(dataset, csv, { columns, dialect })) rows.push(row)
  return rows
}

test('there is a file for each case by its known name, and rows for each file', () => {
  expect(names).toEqual(
    expect.arrayContaining([
      ...['comma_in_quotes', 'empty', 'empty_crlf', 'escaped_quotes', 'json', 'location_coordinates'],
      ...['newlines', 'newlines_crlf', 'quotes_and_newlines', 'simple', 'simple_crlf', 'utf8'],
    ]),
  )
  const rowFiles = files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
  expect(rowFiles).toEqual(names)
})

test('the line ends in the files are those of their names', () => {
  for (const name of names) {
    const csv = csvOf(name).toString()
    expect(/(?<!\r)\n/.test(csv), name).toBe(!name.endsWith('_crlf'))
    expect(csv.includes('\r'), name).toBe(name.endsWith('_crlf'))
  }
})

describe.each(names)('%s', (name) => {
  const csv = csvOf(name)
  const expected = rowsOf(name)
  const columns = Object.keys(expected[0] ?? {})
  const refused = REFUSED[name]

  if (refused !== undefined) {
    test('is refused, as guessing could shift cells', async () => {
      const { line, rule } = refused
      await expect(read(csv, columns, {})).rejects.toMatchObject({
        code: 'CSV_MALFORMED',
        details: { dataset: 'acid', line, rule },
      })
    })
  }

  // A cell that is empty and not quoted is null, and `""` is the empty string: most readers give '' for both.
  test('is read to its rows, plain and as gzip', async () => {
    const dialect = refused?.readWith ?? {}
    expect(await read(csv, columns, dialect)).toEqual(expected)
    expect(await read(gzipSync(csv), columns, dialect)).toEqual(expected)
  })
})
