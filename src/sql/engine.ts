// In: a dataset and where its files lie. Out: the contract of an engine module: its table and its load as SQL text.

import type { Column, ColumnKind } from '../datasets/column.js'
import { qualified } from './identifiers.js'
import type { PublishedFile } from './published-day.js'

/** The engines that {@link createTable} and {@link loadCommand} speak. */
export type Engine =
  'athena' | 'redshift' | 'snowflake' | 'bigquery' | 'clickhouse' | 'duckdb' | 'postgres' | 'spark' | 'sqlite'

/** What an engine module works from: checked once, by the entry point. */
export interface TableRequest {
  readonly engine: Engine
  /** Name of the dataset: the folder under the prefix, and the first part of each file name. */
  readonly dataset: string
  readonly columns: readonly Column[]
  readonly timeColumn: string
  /** The parts of the table's name, at least one. */
  readonly table: readonly string[]
  /** `{location}/{dataset}/` with one slash at its end; undefined when no location was given. */
  readonly folder: string | undefined
  /** First day of a projected partition column. */
  readonly firstDay: string
}

/** What an engine module makes a load from. */
export interface LoadRequest extends TableRequest {
  /** The one day to load; undefined for all of them. */
  readonly day: string | undefined
  readonly file: string | undefined
  readonly role: string | undefined
  /** URL of a list of files in the format of redshift. */
  readonly manifest: string | undefined
  /** The columns of the files, in their order; undefined when nothing is known of them. */
  readonly fileColumns: readonly string[] | undefined
  /** The very files to load; undefined when they are those of the default layout. */
  readonly files: readonly PublishedFile[] | undefined
  readonly compression: 'gzip' | 'none'
}

/** What the file of one engine gives. */
export interface EngineModule {
  /** Whether two columns whose names differ in case only are one column for the engine. */
  readonly foldsCase: boolean
  /** Whether the table has the folder's day as a column `dt` beside those of the dataset. */
  readonly addsDay: boolean
  /** Whether a byte order mark before the header does no harm. */
  readonly takesMark: boolean
  /** Why a column cannot have this name; undefined when it can. */
  readonly refuses?: (name: string) => string | undefined
  createTable(request: TableRequest): string
  loadCommand(request: LoadRequest): string
}

/** Total digits and digits after the point of every decimal column: what all warehouses hold exactly. */
export const DECIMAL = { precision: 38, scale: 9 } as const

/** Stands for the day in commands that load one day at a time, when no day was given. */
export const DAY_PLACEHOLDER = 'YYYY-MM-DD'

/** The table with its columns; `end` is what follows them. */
export function tableText(
  { table, columns }: TableRequest,
  quote: (name: string) => string,
  types: Readonly<Record<ColumnKind, string>>,
  end = '',
): string {
  return `CREATE TABLE ${qualified(table, quote)} (\n${columnDefinitions(columns, quote, types)}\n)${end};`
}

/** The column definitions of a table, one a line: quoted name, type, and NOT NULL where a cell is never empty. */
export function columnDefinitions(
  columns: readonly Column[],
  quote: (name: string) => string,
  types: Readonly<Record<ColumnKind, string>>,
): string {
  return indented(
    columns.map(({ name, kind, nullable }) => `${quote(name)} ${types[kind]}${nullable ? '' : ' NOT NULL'}`),
  )
}

/** Items of a list, one a line, indented by two. */
export function indented(items: readonly string[]): string {
  return items.map((item) => `  ${item}`).join(',\n')
}

/** The folder of the dataset, for engines that cannot do without. */
export function requireFolder({ engine, folder }: TableRequest): string {
  if (folder === undefined) {
    throw new TypeError(
      `${engine}: option location is required: the URL or path over the dataset's folder, such as s3://bucket/prefix/`,
    )
  }
  return folder
}

/** Where the engine finds the files of a published day, in the order of their rows. */
export function fileUrls(engine: Engine, files: readonly PublishedFile[]): readonly string[] {
  return files.map(({ url }) => {
    if (url !== undefined) return url
    throw new TypeError(
      `${engine}: the files of the day have no url: no other program can read them; give them one, such as s3://bucket/key`,
    )
  })
}

/** The one folder of these files, for engines that have one place for them, and their names in it. */
export function filesInFolder(
  engine: Engine,
  files: readonly PublishedFile[],
): { readonly folder: string; readonly names: readonly string[] } {
  const parts = fileUrls(engine, files).map(
    (url) => [url.replace(/[^/]*$/, ''), url.replace(/^.*\//, '')] as const,
  )
  const [[folder] = ['']] = parts
  if (parts.some(([other]) => other !== folder))
    throw new TypeError(`${engine}: the files of the day are not in one folder`)
  return { folder, names: parts.map(([, name]) => name) }
}

/** Throws TypeError when the engine would take a place for a pattern, and read what lies elsewhere too. */
export function requireNoPattern(engine: Engine, place: string, signs: readonly string[]): void {
  const found = signs.find((sign) => place.includes(sign))
  if (found === undefined) return
  throw new TypeError(
    `${engine}: the location of the files has a ${found} in it, which the engine reads as a pattern; move them, or read them with readDay`,
  )
}

/** Why an engine cannot have a longer name of a column. */
export function longerThan(bytes: number, name: string): string | undefined {
  return new TextEncoder().encode(name).length > bytes ? `longer than ${bytes} bytes` : undefined
}

/** Throws TypeError when a table that looks into the folders `dt=…` would not find the files of the day. */
export function requireDayFolder({ engine, day, files = [] }: LoadRequest): void {
  const lost = files.find(({ key }) => key.split('/').at(-2) !== `dt=${day ?? ''}`)
  if (lost === undefined) return
  throw new TypeError(
    `${engine}: the table looks for the files of ${day ?? ''} in a folder dt=${day ?? ''}, and they have other keys; read them with readDay`,
  )
}

/** The folder of one day, or of all days by a wildcard. */
export function dayFolders(request: LoadRequest): string {
  return `${requireFolder(request)}dt=${request.day ?? '*'}/`
}

/** The key of a day's one file, up to its extension: `…/dt=2026-03-07/events_2026-03-07`. */
export function dayFile(request: LoadRequest): string {
  const day = request.day ?? DAY_PLACEHOLDER
  return `${requireFolder(request)}dt=${day}/${request.dataset}_${day}`
}
