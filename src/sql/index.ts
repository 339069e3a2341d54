// In: a dataset and the place of its files. Out: the SQL text that makes its table and loads it, per engine.

import { isCalendarDay } from '../calendar-day.js'
import type { Dataset } from '../datasets/dataset.js'
import { findSlip } from '../did-you-mean.js'
import { DayfileError } from '../errors.js'
import { isObject, requireOptions, type OptionTable, type Shape } from '../options.js'
import { athena } from './athena.js'
import { bigquery } from './bigquery.js'
import { clickhouse } from './clickhouse.js'
import { requirePublished, requireSpokenDialect, type PublishedDay } from './published-day.js'
import { duckdb } from './duckdb.js'
import type { Engine, EngineModule, LoadRequest, TableRequest } from './engine.js'
import { postgres } from './postgres.js'
import { redshift } from './redshift.js'
import { snowflake } from './snowflake.js'
import { spark } from './spark.js'
import { sqlite } from './sqlite.js'

export type { Engine } from './engine.js'
export type { PublishedDay, PublishedFile } from './published-day.js'
export { bigquerySchema, type BigQueryField } from './bigquery.js'
export { redshiftManifest, type RedshiftManifest } from './redshift.js'

const engines: Readonly<Record<Engine, EngineModule>> = {
  athena,
  redshift,
  snowflake,
  bigquery,
  clickhouse,
  duckdb,
  postgres,
  spark,
  sqlite,
}

/** The parts of a dataset that become a table. */
export type TableDataset = Pick<Dataset, 'name' | 'columns' | 'timeColumn'>

// A line break would leave the comment or the dot-command that the text stands in.
const TEXT: Shape = [
  'text without control characters, not empty',
  // eslint-disable-next-line no-control-regex -- control characters are what is refused here
  (value) => typeof value === 'string' && value !== '' && !/[\u0000-\u001f\u007f]/.test(value),
]

/** Options of {@link createTable}. */
export interface CreateTableOptions {
  /** `table` or `schema.table`: each part between dots is quoted by itself. Defaults to the dataset's name. */
  readonly table?: string | undefined
  /**
   * URL or path over the dataset's folder, such as `s3://bucket/prefix/`; the slash at its end may be left out.
   * Required by athena and spark, whose tables are the files; the others ignore it.
   */
  readonly location?: string | undefined
  /** Athena: the first day that queries look for. Defaults to `'2020-01-01'`; a query without `dt` visits every day. */
  readonly firstDay?: string | undefined
}

const TABLE_OPTIONS = {
  table: TEXT,
  location: TEXT,
  firstDay: true,
} satisfies OptionTable<CreateTableOptions>

/** Options of {@link loadCommand}. */
export interface LoadCommandOptions {
  /** `table` or `schema.table`: each part between dots is quoted by itself. Defaults to the dataset's name. */
  readonly table?: string | undefined
  /**
   * The day to load: an entry of `listDays`. Its manifest has what the statement needs to know, and its files are loaded by
   * name: days of several files, uncompressed files, files under other keys, and files with
   * other columns. Instead of `location`, `day` and `columns`.
   */
  readonly published?: PublishedDay | undefined
  /**
   * Without `published`: URL or path over the dataset's folder, such as `s3://bucket/prefix/`; the slash at its end may
   * be left out. Files are looked for under the default keys, and are expected to be gzip in the default dialect, which
   * nothing checks. Required but for athena, postgres and spark, for sqlite with `file`, and for redshift with `manifest`.
   */
  readonly location?: string | undefined
  /**
   * Without `published`: load this day alone, `YYYY-MM-DD`. Defaults to all days. Redshift, postgres and sqlite load one
   * day at a time: without `day` their text has YYYY-MM-DD in its place.
   */
  readonly day?: string | undefined
  /** Postgres and sqlite: the path of one file to read instead; unzipped for postgres. */
  readonly file?: string | undefined
  /**
   * Without `published`: the columns of the files to load, in their order, as names or as a manifest has them. With it,
   * the engines that go by position (redshift, postgres and sqlite) take a file that has added columns, or lacks declared
   * ones, or has them under an alias, by name: where COPY cannot, through a temporary table, in several statements with a
   * blank line between, to be run in one transaction.
   */
  readonly columns?: readonly (string | { readonly name: string })[] | undefined
  /** Redshift: the URL of an object that holds what {@link redshiftManifest} made, to load the files that it lists. */
  readonly manifest?: string | undefined
  /**
   * As whom the engine reads the bucket; never a secret. Redshift: the ARN of a role (defaults to the cluster's default
   * role). Clickhouse: the ARN of a role, or the name of a named collection that holds the keys. Snowflake: a storage
   * integration. BigQuery: a connection, for files outside of Google's storage. The other engines use the session's own
   * credentials and ignore it.
   */
  readonly role?: string | undefined
}

const LOAD_OPTIONS = {
  table: TEXT,
  published: true,
  location: TEXT,
  day: true,
  file: TEXT,
  columns: true,
  manifest: TEXT,
  role: TEXT,
} satisfies OptionTable<LoadCommandOptions>

/**
 * Returns the SQL that creates the table of a dataset, one table column per dataset column, in file order.
 *
 * Decimals are DECIMAL(38, 9) or an equal (numeric without bounds in postgres, text in sqlite), never floats: of more than
 * nine places an engine keeps nine, or refuses them. Instants are points in time, and text in sqlite; those that were
 * exported without an offset, which `readDay` takes for UTC, most engines take for the zone of the session: set it to UTC.
 * Booleans and dates have the engine's own types; in sqlite a boolean is 1 or 0, and a date is text.
 * json is native in bigquery, duckdb and postgres and text elsewhere. Athena gets two statements with a blank line
 * between: the files as a table of strings, `{table}_csv`, and a view with types, `{table}`; there, NULL and the empty
 * string are one, and a cell with a line break in it breaks its row.
 *
 * @throws TypeError for an unknown engine, an option of the wrong shape, a missing `location`, or column names that
 * the engine cannot have or cannot tell apart.
 * @throws {@link DayfileError} `WINDOW_INVALID` when `firstDay` is not a day.
 * @example
 * createTable(paywallViews, 'postgres', { table: 'app.views' }).split('\n')[0] // 'CREATE TABLE "app"."views" ('
 */
export function createTable(dataset: TableDataset, engine: Engine, options: CreateTableOptions = {}): string {
  requireOptions('createTable', options, TABLE_OPTIONS)
  const request = tableRequest(dataset, engine, options, options.firstDay)
  return engines[engine].createTable(request)
}

/**
 * Returns the SQL that loads the dataset's files into the table of {@link createTable}.
 *
 * Give it the day as `published`. Without it the text expects gzip files under the default keys, in the default dialect,
 * with the columns of the dataset: other files are loaded as other cells, or not found.
 *
 * A load adds rows: loading a day a second time doubles it, unless the engine remembers its files (snowflake) or
 * queries the stored files (athena, where the statement only counts rows, and spark, where it registers the days). Empty
 * fields become NULL and `""` the empty string; athena, and sqlite in text columns, cannot tell them apart. Added columns
 * are left out and missing ones become NULL. Redshift, postgres and sqlite go by position, so that without `published`
 * or `columns` they take any file for one with the columns of the dataset; the texts for postgres refuse a file whose
 * header is another one, and those for sqlite a record that has fewer cells. ClickHouse refuses dates outside of the years
 * 1900 to 2299.
 *
 * @throws TypeError for an unknown engine, an option of the wrong shape, a missing `location`, options that exclude each
 * other, and a published day that the engine would load as other cells: its dialect, or what its columns are called.
 * @throws {@link DayfileError} `WINDOW_INVALID` if `day` is not a valid day.
 * @example
 * loadCommand(paywallViews, 'spark') // 'MSCK REPAIR TABLE `paywall_views`;'
 */
export function loadCommand(dataset: TableDataset, engine: Engine, options: LoadCommandOptions = {}): string {
  requireOptions('loadCommand', options, LOAD_OPTIONS)
  const { file, role, manifest } = options
  const request = tableRequest(dataset, engine, options)
  return engines[engine].loadCommand({
    ...request,
    ...(options.published === undefined
      ? defaultFiles(dataset, options)
      : publishedFiles(dataset, engine, options.published, options)),
    file,
    role,
    manifest,
  })
}

type FilesToLoad = Pick<LoadRequest, 'day' | 'fileColumns' | 'files' | 'compression'>

function defaultFiles(dataset: TableDataset, { day, columns }: LoadCommandOptions): FilesToLoad {
  if (day !== undefined) requireDay(day)
  return {
    day,
    fileColumns: columns === undefined ? undefined : columnNames('columns', columns, dataset),
    files: undefined,
    compression: 'gzip',
  }
}

function publishedFiles(
  dataset: TableDataset,
  engine: Engine,
  published: unknown,
  options: LoadCommandOptions,
): FilesToLoad {
  for (const option of ['location', 'day', 'columns'] as const) {
    if (options[option] === undefined) continue
    throw new TypeError(
      `option ${option}: cannot be combined with option published, which already provides it`,
    )
  }
  requirePublished(published)
  requireDay(published.day)
  requireSpokenDialect(engine, published, engines[engine].takesMark)
  return {
    day: published.day,
    fileColumns: columnNames('published', published.columns, dataset),
    files: published.files,
    compression: published.manifest.compression,
  }
}

function tableRequest(
  dataset: TableDataset,
  engine: Engine,
  options: { readonly table?: string | undefined; readonly location?: string | undefined },
  firstDay = '2020-01-01',
): TableRequest {
  if (!Object.hasOwn(engines, engine)) {
    throw new TypeError(`engine: expected one of ${Object.keys(engines).join(', ')}`)
  }
  requireDay(firstDay)
  requireColumnNames(dataset, engine)
  const { table = dataset.name, location } = options
  return {
    engine,
    dataset: dataset.name,
    columns: dataset.columns,
    timeColumn: dataset.timeColumn,
    table: tableParts(table),
    folder: location === undefined ? undefined : `${location.replace(/\/+$/, '')}/${dataset.name}/`,
    firstDay,
  }
}

function tableParts(table: string): readonly string[] {
  const parts = table.split('.')
  if (parts.includes(''))
    throw new TypeError('option table: expected "table" or "schema.table", received an empty part')
  return parts
}

function columnNames(
  option: string,
  value: unknown,
  { name: dataset, columns }: TableDataset,
): readonly string[] {
  const names: readonly unknown[] = Array.isArray(value)
    ? value.map((column: unknown) => (isObject(column) ? column.name : column))
    : []
  if (!areNames(names)) {
    throw new TypeError(
      `option ${option}: expected the names of the files' columns, each once, or a manifest's columns`,
    )
  }
  if (!columns.some(({ name, aliases }) => [name, ...aliases].some((each) => names.includes(each)))) {
    throw new TypeError(`option ${option}: none of the files' columns is a column of dataset ${dataset}`)
  }
  const lacking = columns.filter(
    ({ name, aliases }) => ![name, ...aliases].some((each) => names.includes(each)),
  )
  const slip = findSlip(names, columns, lacking)
  if (slip !== undefined) {
    throw new TypeError(
      `option ${option}: the files have "${slip.found}" and not "${slip.declared}" of dataset ${dataset}, which would be NULL; correct the name, or make one an alias of the other`,
    )
  }
  return names
}

function areNames(names: readonly unknown[]): names is readonly string[] {
  return names.every((name) => typeof name === 'string') && new Set(names).size === names.length
}

function requireDay(day: unknown): void {
  if (isCalendarDay(day)) return
  const reason = 'not a calendar day as YYYY-MM-DD'
  throw new DayfileError('WINDOW_INVALID', `day: ${reason}; give one such as 2026-03-07`, { reason })
}

function requireColumnNames({ name: dataset, columns }: TableDataset, engine: Engine): void {
  const { foldsCase, addsDay, refuses } = engines[engine]
  const taken = new Set(addsDay ? ['dt'] : [])
  for (const { name } of columns) {
    const reason = refuses?.(name)
    if (reason !== undefined) {
      throw new TypeError(`dataset ${dataset}: ${engine} cannot have a column "${name}": ${reason}`)
    }
    const key = foldsCase ? name.toLowerCase() : name
    if (taken.has(key)) {
      const other =
        key === 'dt' && addsDay ? 'the column dt of the day folders' : 'a column that differs in case only'
      throw new TypeError(`dataset ${dataset}: ${engine} cannot tell column "${name}" from ${other}`)
    }
    taken.add(key)
  }
}
