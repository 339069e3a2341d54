// In: a dataset and the place of its files. Out: the SQL text that makes its table and loads it, per engine.

import type { Dataset } from '../datasets/dataset.js'
import { ExportError } from '../errors.js'
import { isObject } from '../options.js'
import { athena } from './athena.js'
import { bigquery } from './bigquery.js'
import { clickhouse } from './clickhouse.js'
import { duckdb } from './duckdb.js'
import type { Engine, EngineModule, TableRequest } from './engine.js'
import { postgres } from './postgres.js'
import { redshift } from './redshift.js'
import { snowflake } from './snowflake.js'
import { spark } from './spark.js'
import { sqlite } from './sqlite.js'

export type { Engine } from './engine.js'
export { bigquerySchema, type BigQueryField } from './bigquery.js'
export { redshiftManifest, type DeliveredFile, type RedshiftManifest } from './redshift-manifest.js'
export { jsonSchema, type JsonSchema, type JsonSchemaProperty } from './json-schema.js'
export { markdownTable } from './markdown-table.js'

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

/** Options of {@link createTable}. */
export interface CreateTableOptions {
  /** `table` or `schema.table`: each part between dots is quoted by itself. The dataset's name unless said. */
  readonly table?: string | undefined
  /**
   * URL or path over the dataset's folder, such as `s3://bucket/prefix/`; the slash at its end may be left out.
   * Required by athena and spark, whose tables are the files; the others ignore it.
   */
  readonly location?: string | undefined
  /** Athena: the first day that queries look for. `'2020-01-01'` unless said; a query without `dt` visits every day. */
  readonly firstDay?: string | undefined
}

/** Options of {@link loadCommand}. */
export interface LoadCommandOptions {
  /** `table` or `schema.table`: each part between dots is quoted by itself. The dataset's name unless said. */
  readonly table?: string | undefined
  /**
   * URL or path over the dataset's folder, such as `s3://bucket/prefix/`; the slash at its end may be left out.
   * Required but for athena, postgres and spark, for sqlite with `file`, and for redshift with `manifest`.
   */
  readonly location?: string | undefined
  /**
   * Load this day alone, `YYYY-MM-DD`. All days unless said. Redshift, postgres and sqlite load one day at a time:
   * without `day` their text has YYYY-MM-DD in its place.
   */
  readonly day?: string | undefined
  /** Postgres and sqlite: the path of one file to read instead; unzipped for postgres. */
  readonly file?: string | undefined
  /**
   * The columns of the files to load, in their order: what `listDays` and the manifest of a day call `columns`, or
   * names. With it, the engines that go by position (redshift, postgres and sqlite) take a file that has added columns,
   * or lacks declared ones, by name: where COPY cannot, through a temporary table, in several statements with a blank
   * line between, to be run in one transaction. The engines that go by name do not need it and ignore it.
   */
  readonly columns?: readonly (string | { readonly name: string })[] | undefined
  /** Redshift: the URL of an object that holds what {@link redshiftManifest} made, to load the files that it lists. */
  readonly manifest?: string | undefined
  /**
   * As whom the engine reads the bucket; never a secret. Redshift: the ARN of a role (the cluster's default role unless
   * said). Clickhouse: the ARN of a role, or the name of a named collection that holds the keys. Snowflake: a storage
   * integration. BigQuery: a connection, for files outside of Google's storage. The other engines use the session's own
   * credentials and ignore it.
   */
  readonly role?: string | undefined
}

/**
 * Makes the SQL that creates the table of a dataset, one column a column, in file order.
 *
 * Decimals are DECIMAL(38, 9) or an equal (numeric without bounds in postgres, text in sqlite), never floats; instants
 * keep their zone or are UTC; json is native in bigquery, duckdb and postgres and text elsewhere. Athena gets two
 * statements with a blank line between: the files as a table of strings, `{table}_csv`, and a view with types,
 * `{table}`; there, NULL and the empty string are one, and a cell with a line break in it breaks its row.
 *
 * @throws TypeError for an unknown engine, an option of the wrong shape, a missing `location`, or column names that
 * the engine cannot tell apart.
 * @throws {@link ExportError} `WINDOW_INVALID` when `firstDay` is not a day.
 * @example
 * createTable(paywallViews, 'postgres', { table: 'app.views' }).split('\n')[0] // 'CREATE TABLE "app"."views" ('
 */
export function createTable(dataset: TableDataset, engine: Engine, options: CreateTableOptions = {}): string {
  const request = tableRequest(dataset, engine, options, options.firstDay)
  return engines[engine].createTable(request)
}

/**
 * Makes the SQL that loads the dataset's files into the table of {@link createTable}.
 *
 * A load adds rows: loading a day a second time doubles it, unless the engine remembers its files (snowflake) or
 * reads them where they lie (athena, where the text only counts rows, and spark, where it registers the days). Empty
 * fields become NULL and `""` the empty string; athena, and sqlite in text columns, cannot tell them apart. Where
 * columns are matched by name (bigquery, clickhouse, duckdb, snowflake), added columns are left out and missing ones
 * become NULL. Redshift, postgres and sqlite go by position: name the file's columns for them (`columns`). The texts for
 * postgres refuse a file whose header is another one.
 *
 * @throws TypeError for an unknown engine, an option of the wrong shape, or a missing `location`.
 * @throws {@link ExportError} `WINDOW_INVALID` when `day` is not a day.
 * @example
 * loadCommand(paywallViews, 'spark') // 'MSCK REPAIR TABLE `paywall_views`;'
 */
export function loadCommand(dataset: TableDataset, engine: Engine, options: LoadCommandOptions = {}): string {
  const { day, file, role, manifest } = options
  const request = tableRequest(dataset, engine, options)
  if (day !== undefined) requireDay(day)
  return engines[engine].loadCommand({
    ...request,
    day,
    file: optionalText('file', file),
    role: optionalText('role', role),
    manifest: optionalText('manifest', manifest),
    fileColumns: fileColumns(dataset, options.columns),
  })
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
  requireDistinctColumns(dataset, engine)
  const location = optionalText('location', options.location)
  return {
    engine,
    dataset: dataset.name,
    columns: dataset.columns,
    timeColumn: dataset.timeColumn,
    table: tableParts(optionalText('table', options.table) ?? dataset.name),
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

function fileColumns(
  { name: dataset, columns }: TableDataset,
  option: LoadCommandOptions['columns'],
): readonly string[] | undefined {
  if (option === undefined) return undefined
  const names: readonly unknown[] = Array.isArray(option)
    ? option.map((column: unknown) => (isObject(column) ? column.name : column))
    : []
  if (!areNames(names)) {
    throw new TypeError(
      "option columns: expected the names of the files' columns, each once, or a manifest's columns",
    )
  }
  if (!columns.some(({ name }) => names.includes(name))) {
    throw new TypeError(`option columns: none of them is a column of dataset ${dataset}`)
  }
  return names
}

function areNames(names: readonly unknown[]): names is readonly string[] {
  return names.every((name) => typeof name === 'string') && new Set(names).size === names.length
}

// A line break would leave the comment or the dot-command that the text stands in.
function optionalText(option: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  // eslint-disable-next-line no-control-regex -- control characters are what is refused here
  if (typeof value !== 'string' || value === '' || /[\u0000-\u001f\u007f]/.test(value)) {
    throw new TypeError(
      `option ${option}: expected text without control characters, not empty; received ${typeof value}`,
    )
  }
  return value
}

// Date takes 2026-02-30 for the 2nd of March: only a real day comes back as it went in.
function requireDay(day: unknown): void {
  const instant =
    typeof day === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : NaN
  if (Number.isNaN(instant) || new Date(instant).toISOString().slice(0, 10) !== day) {
    const reason = 'not a calendar day as YYYY-MM-DD'
    throw new ExportError('WINDOW_INVALID', `day: ${reason}; give one such as 2026-03-07`, { reason })
  }
}

function requireDistinctColumns({ name: dataset, columns }: TableDataset, engine: Engine): void {
  const { foldsCase, addsDay } = engines[engine]
  const taken = new Set(addsDay ? ['dt'] : [])
  for (const { name } of columns) {
    const key = foldsCase ? name.toLowerCase() : name
    if (taken.has(key)) {
      const other =
        key === 'dt' && addsDay ? 'the column dt of the day folders' : 'a column that differs in case only'
      throw new TypeError(`dataset ${dataset}: ${engine} cannot tell column "${name}" from ${other}`)
    }
    taken.add(key)
  }
}
