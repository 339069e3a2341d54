// What is asked of every engine that runs, here or in test:live.

import type { Archive, Column, Dataset, Sink } from 'dayfile'
import type { ListedDay } from 'dayfile/read'
import { publish, type Publication } from './published-days.js'
import { assertLoaded, type LoadedRow, type Losses } from './loaded-cells.js'

/** An engine, driven by the texts of `createTable` and `loadCommand`. */
export interface Warehouse {
  readonly name: string
  readonly losses?: Losses
  /** Makes the table of a dataset in a database of its own. */
  readonly create: (dataset: Dataset, bucket: Bucket) => Promise<Table>
}

/** Where the days lie. */
export interface Bucket {
  readonly archive: Archive
  /** As `loadCommand` takes it. */
  readonly location: string
  /** Where the engine finds an object, if not by the URL that the archive has for it. */
  readonly urlOf?: (key: string) => string
}

export interface Table {
  readonly load: (days: readonly ListedDay[]) => Promise<void>
  readonly run: (statement: string) => Promise<void>
  readonly cells: () => Promise<readonly LoadedRow[]>
  readonly close: () => Promise<void>
}

export interface Place extends Bucket {
  readonly sink: Sink
}

/** Two days, the second with added columns, are in one table cell by cell. */
export async function keepsEveryCell(
  warehouse: Warehouse,
  publication: Publication,
  place: Place,
): Promise<void> {
  const days = await publish(publication, place)
  const table = await warehouse.create(publication.consumed, place)
  try {
    await table.load(days)
    assertLoaded(publication, await table.cells(), warehouse.losses)
  } finally {
    await table.close()
  }
}

/** A day that was published anew takes the place of its rows, by a statement that deletes them and another load. */
export async function replacesDay(
  warehouse: Warehouse,
  { day, before, after }: { readonly day: string; readonly before: Publication; readonly after: Publication },
  deletion: string,
  place: Place,
): Promise<void> {
  const days = await publish(before, place)
  const table = await warehouse.create(before.consumed, place)
  try {
    await table.load(days)
    const again = await publish(after, place)
    await table.run(deletion)
    await table.load(again.filter((entry) => entry.day === day))
    assertLoaded(after, await table.cells(), warehouse.losses)
  } finally {
    await table.close()
  }
}

/** The cells of a table in the order of its columns, each by an expression that gives it as text. */
export function filter(
  { columns, name }: Dataset,
  quote: (name: string) => string,
  cell: (column: Column, quoted: string) => string,
): string {
  return `SELECT ${columns.map((column) => cell(column, quote(column.name))).join(', ')} FROM ${quote(name)}`
}

export function doubleQuoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A cell of PostgreSQL as text. */
export function postgresText({ kind }: Column, name: string): string {
  return kind === 'instant' ? `(extract(epoch FROM ${name}) * 1000000)::bigint::text` : `${name}::text`
}
