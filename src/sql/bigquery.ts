import type { ColumnKind } from '../datasets/column.js'
import type { Dataset } from '../datasets/dataset.js'
import {
  columnDefinitions,
  dayFolders,
  fileUrls,
  requireFolder,
  requireNoPattern,
  tableText,
  type EngineModule,
  type LoadRequest,
} from './engine.js'
import { requireNoAlias } from './file-columns.js'
import { backtickEscaped, escapedLiteral, qualified } from './identifiers.js'

// NUMERIC is DECIMAL(38, 9).
const types: Readonly<Record<ColumnKind, BigQueryType>> = {
  text: 'STRING',
  integer: 'INT64',
  decimal: 'NUMERIC',
  boolean: 'BOOL',
  date: 'DATE',
  instant: 'TIMESTAMP',
  json: 'JSON',
}

type BigQueryType = 'STRING' | 'INT64' | 'NUMERIC' | 'BOOL' | 'DATE' | 'TIMESTAMP' | 'JSON'

/** A field of a schema as `bq load` and the API of BigQuery take it. */
export interface BigQueryField {
  readonly name: string
  readonly type: BigQueryType
  readonly mode: 'REQUIRED' | 'NULLABLE'
  readonly description?: string
}

/**
 * The schema of a dataset for `bq mk`, `bq load` and load jobs: the same columns as those of `createTable`. Plain JSON.
 *
 * @example
 * bigquerySchema(paywallViews)[0]?.type // 'STRING'
 */
export function bigquerySchema({ columns }: Pick<Dataset, 'columns'>): BigQueryField[] {
  return columns.map(({ name, kind, nullable, description }) => ({
    name,
    type: types[kind],
    mode: nullable ? 'NULLABLE' : 'REQUIRED',
    // No more than the API takes.
    ...(description === '' ? {} : { description: description.slice(0, 1024) }),
  }))
}

export const bigquery: EngineModule = {
  foldsCase: true,
  addsDay: false,
  takesMark: false,
  createTable(request) {
    const partition = `PARTITION BY DATE(${backtickEscaped(request.timeColumn)})`
    return tableText(request, backtickEscaped, types, `\n${partition}`)
  },
  // Without the list of columns the types would be guessed from the first rows, though the table has them.
  loadCommand(request) {
    const { table, columns, role } = request
    requireNoAlias(request)
    return `LOAD DATA INTO ${qualified(table, backtickEscaped)} (
${columnDefinitions(columns, backtickEscaped, types)}
)
FROM FILES (
  format = 'CSV',
  uris = [${uris(request).map(escapedLiteral).join(', ')}],
  encoding = 'UTF-8',
  field_delimiter = ',',
  quote = '"',
  skip_leading_rows = 1,
  source_column_match = 'NAME',
  allow_quoted_newlines = TRUE,
  allow_jagged_rows = TRUE,
  preserve_ascii_control_characters = TRUE,
  ignore_unknown_values = TRUE
)${role === undefined ? '' : `\nWITH CONNECTION ${qualified(role.split('.'), backtickEscaped)}`};`
  },
}

// A URI may hold one `*`, and it spans folders: `events/*.csv.gz` is every day and no manifest.
function uris(request: LoadRequest): readonly string[] {
  const { engine, day, files } = request
  const places =
    files === undefined
      ? [day === undefined ? requireFolder(request) : dayFolders(request)]
      : fileUrls(engine, files)
  for (const place of places) requireNoPattern(engine, place, ['*'])
  return files === undefined ? places.map((folder) => `${folder}*.csv.gz`) : places
}
