// A table of the dataset's name and columns, and rows in it: what an application has.

import type { ColumnKind, Dataset } from 'dayfile'
import { createConnection, escapeId } from 'mysql2/promise'

const TYPES: Record<ColumnKind, string> = {
  text: 'VARCHAR(255)',
  integer: 'BIGINT',
  decimal: 'DECIMAL(38, 18)',
  boolean: 'BOOLEAN',
  date: 'DATE',
  instant: 'DATETIME(6)',
  json: 'JSON',
}

const ROWS_A_STATEMENT = 1000

/** Creates an empty table, with an `id` and the index over time and `id` that the source reads by. */
export async function createTable(url: string, { name, timeColumn, columns }: Dataset): Promise<void> {
  const cells = columns.map(
    (column) => `${escapeId(column.name)} ${TYPES[column.kind]}${column.nullable ? '' : ' NOT NULL'}`,
  )
  const keys = `id BIGINT AUTO_INCREMENT PRIMARY KEY, KEY (${escapeId(timeColumn)}, id)`
  const connection = await createConnection({ uri: url })
  await connection.query(`CREATE TABLE ${escapeId(name)} (${cells.join(', ')}, ${keys})`)
  await connection.end()
}

/** Inserts the rows in their order. Instants are Dates or ISO 8601 in UTC. */
export async function insertRows(
  url: string,
  { name, columns }: Dataset,
  rows: Iterable<object>,
): Promise<void> {
  const connection = await createConnection({ uri: url, timezone: 'Z', charset: 'UTF8MB4_UNICODE_CI' })
  const names = columns.map((column) => escapeId(column.name)).join(', ')
  for (const batch of batches(rows)) {
    const cells = batch.map((row) =>
      columns.map(({ name, kind }) => cellOf((row as Record<string, unknown>)[name], kind)),
    )
    await connection.query(`INSERT INTO ${escapeId(name)} (${names}) VALUES ?`, [cells])
  }
  await connection.end()
}

function cellOf(value: unknown, kind: ColumnKind): unknown {
  if (value === undefined || value === null) return null
  if (kind === 'json') return JSON.stringify(value)
  // MySQL knows ISO 8601 but for the Z.
  if (kind === 'instant' && typeof value === 'string') return value.replace('Z', '')
  return value
}

function* batches(rows: Iterable<object>): Generator<object[]> {
  let batch: object[] = []
  for (const row of rows) {
    if (batch.push(row) < ROWS_A_STATEMENT) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
