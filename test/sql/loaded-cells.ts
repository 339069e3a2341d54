// The law of every engine that runs: its table has the rows that were exported, cell by cell, and no other. What is expected
// is made from the rows that went in, without the code that reads or writes CSV.

import assert from 'node:assert/strict'
import type { Column, ColumnKind } from 'dayfile'
import type { Publication } from './published-days.js'

/** A row of the table: the cells of the consumed columns in their order, as text; instants in microseconds since 1970, booleans true and false. */
export type LoadedRow = readonly (string | null)[]

/** What an engine does not keep. */
export interface Losses {
  /** NULL in text columns is loaded as the empty string. */
  readonly nullTexts?: boolean
}

export function assertLoaded(
  { consumed, days }: Publication,
  loaded: readonly LoadedRow[],
  losses: Losses = {},
): void {
  const { columns } = consumed
  const expected = Object.values(days)
    .flat()
    .map((row) => columns.map((column) => expectedCell(column, cellOf(row, column.name), losses)))
  const found = loaded.map((row) => columns.map(({ kind }, index) => foundCell(kind, row[index] ?? null)))
  assert.equal(found.length, expected.length, 'the number of rows')
  assert.deepEqual(sorted(found), sorted(expected))
}

type Cell = string | bigint | null

// A row that has no cell of the name __proto__ has something else there.
function cellOf(row: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(row, name) ? row[name] : null
}

function expectedCell({ kind, lowerCase }: Column, value: unknown, { nullTexts = false }: Losses): Cell {
  if (value === null || value === undefined) return nullTexts && kind === 'text' ? '' : null
  switch (kind) {
    case 'text':
      return lowerCase ? (value as string).toLowerCase() : (value as string)
    case 'integer':
      return BigInt(value as number)
    case 'decimal':
      return billionths((value as string | number | bigint).toString())
    case 'boolean':
      return String(Boolean(value))
    case 'date':
      return value as string
    case 'instant':
      return microseconds(value instanceof Date ? value.toISOString() : (value as string))
    case 'json':
      return JSON.stringify(value)
  }
}

function foundCell(kind: ColumnKind, text: string | null): Cell {
  if (text === null) return null
  switch (kind) {
    case 'text':
    case 'boolean':
    case 'date':
      return text
    case 'integer':
    case 'instant':
      return BigInt(text)
    case 'decimal':
      return billionths(text)
    case 'json':
      return JSON.stringify(JSON.parse(text))
  }
}

/** A decimal of at most nine places as the whole number of its billionths. */
export function billionths(text: string): bigint {
  const [, sign = '', whole = '', fraction = ''] =
    /^([+-]?)(\d*)\.?(\d{0,9})0*$/.exec(text) ?? assert.fail(text)
  const digits = BigInt(whole + fraction.padEnd(9, '0'))
  return sign === '-' ? -digits : digits
}

/** An ISO instant as microseconds since 1970. */
export function microseconds(text: string): bigint {
  const [, second = '', fraction = '', zone = ''] =
    /^([^.]*?)(?:\.(\d{1,6})0*)?(Z|[+-]\d\d:?\d\d)$/.exec(text) ?? assert.fail(text)
  return (
    BigInt(Date.parse(second + zone.replace(/(\d\d)(\d\d)$/, '$1:$2'))) * 1000n +
    BigInt(fraction.padEnd(6, '0'))
  )
}

// Engines give rows in any order.
function sorted(rows: readonly (readonly Cell[])[]): readonly (readonly Cell[])[] {
  const keyed = rows.map((row) => ({ row, key: row.map(String).join('\u0000') }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row)
}
