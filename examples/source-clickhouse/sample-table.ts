// A table of the dataset's name and columns, and rows in it: what an application has.

import { Readable } from 'node:stream'
import type { ClickHouseClient } from '@clickhouse/client'
import type { ColumnKind, Dataset } from 'dayfile'

const TYPES: Record<ColumnKind, string> = {
  text: 'String',
  integer: 'Int64',
  decimal: 'Decimal(38, 18)',
  boolean: 'Bool',
  date: 'Date32',
  instant: "DateTime64(6, 'UTC')",
  json: 'String',
}

/** Creates an empty table, sorted by time and an `id`. */
export async function createTable(
  client: ClickHouseClient,
  { name, timeColumn, columns }: Dataset,
): Promise<void> {
  const cells = columns.map(({ name, kind, nullable }) =>
    nullable ? `\`${name}\` Nullable(${TYPES[kind]})` : `\`${name}\` ${TYPES[kind]}`,
  )
  await client.command({
    query: `CREATE TABLE \`${name}\` (id UInt64, ${cells.join(', ')})
      ENGINE = MergeTree PARTITION BY toYYYYMM(\`${timeColumn}\`) ORDER BY (\`${timeColumn}\`, id)`,
  })
}

/** Inserts the rows, with ids from 1. Instants are Dates or ISO 8601 in UTC. */
export async function insertRows(
  client: ClickHouseClient,
  { name }: Dataset,
  rows: Iterable<object>,
): Promise<void> {
  await client.insert({
    table: name,
    values: Readable.from(numbered(rows)),
    format: 'JSONEachRow',
    clickhouse_settings: { date_time_input_format: 'best_effort' },
  })
}

function* numbered(rows: Iterable<object>): Generator<object> {
  let id = 0
  for (const row of rows) yield { id: ++id, ...row }
}
