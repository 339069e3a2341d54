import type { Column, ColumnKind } from '../datasets/column.js'
import {
  dayFolders,
  DECIMAL,
  filesInFolder,
  indented,
  requireFolder,
  requireNoPattern,
  type EngineModule,
  type LoadRequest,
} from './engine.js'
import { aliasesInFiles, coalesced } from './file-columns.js'
import { backtickEscaped, escapedLiteral, qualified } from './identifiers.js'

// Instants keep microseconds: an ISO string from the source is written to the file as it is.
const types = {
  text: 'String',
  integer: 'Int64',
  decimal: `Decimal(${DECIMAL.precision}, ${DECIMAL.scale})`,
  boolean: 'Bool',
  date: 'Date32',
  instant: "DateTime64(6, 'UTC')",
  json: 'String',
} as const

// What s3() reads as a pattern.
const PATTERN = ['*', '?', '[', '{']

export const clickhouse: EngineModule = {
  foldsCase: false,
  addsDay: false,
  takesMark: true,
  createTable({ table, columns, timeColumn }) {
    return `CREATE TABLE ${qualified(table, backtickEscaped)} (
${indented(columns.map(definition))}
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(${backtickEscaped(timeColumn)})
ORDER BY ${backtickEscaped(timeColumn)};`
  },
  // Settings are named even where they are today's defaults: servers and profiles differ, and each changes cells.
  // The default for NULL is \N, which a text may well be. All is read as nullable and no NULL takes a default, so that a
  // required column without a cell is refused.
  loadCommand(request) {
    const { table, columns } = request
    const names = columns.map(({ name }) => backtickEscaped(name))
    const cells = columns.map((column) => {
      const sources = [column.name, ...aliasesInFiles(request, column)].map(backtickEscaped)
      const cell = coalesced(sources)
      return column.kind === 'date' ? dayWithin(cell, column.name) : cell
    })
    return `INSERT INTO ${qualified(table, backtickEscaped)} (
${indented(names)}
)
SELECT
${indented(cells)}
FROM s3(
${indented(source(request))}
)
SETTINGS
  input_format_with_names_use_header = 1,
  input_format_skip_unknown_fields = 1,
  format_csv_null_representation = '',
  input_format_csv_empty_as_default = 1,
  insert_null_as_default = 0,
  use_hive_partitioning = 0,
  input_format_csv_trim_whitespaces = 0,
  format_csv_allow_single_quotes = 0,
  date_time_input_format = 'best_effort';`
  },
}

// A named collection holds the keys on the server, and is the only other way in that writes no secret: servers no longer
// lend their own credentials to a query. With one, the arguments go by name.
function source(request: LoadRequest): readonly string[] {
  const { columns, role, compression } = request
  const url = escapedLiteral(pattern(request))
  const structure = escapedLiteral(
    columns
      .flatMap((column) =>
        [column.name, ...aliasesInFiles(request, column)].map((name) =>
          nullable(column.kind === 'date' ? 'text' : column.kind, name),
        ),
      )
      .join(', '),
  )
  if (role === undefined || role.startsWith('arn:')) {
    const credentials = role === undefined ? [] : [`extra_credentials(role_arn = ${escapedLiteral(role)})`]
    return [url, "'CSVWithNames'", structure, `'${compression}'`, ...credentials]
  }
  return [
    backtickEscaped(role),
    `url = ${url}`,
    "format = 'CSVWithNames'",
    `structure = ${structure}`,
    `compression_method = '${compression}'`,
  ]
}

function pattern(request: LoadRequest): string {
  const { engine, files } = request
  if (files === undefined) {
    requireNoPattern(engine, requireFolder(request), PATTERN)
    return `${dayFolders(request)}*.csv.gz`
  }
  const { folder, names } = filesInFolder(engine, files)
  requireNoPattern(engine, folder, PATTERN)
  for (const name of names) requireNoPattern(engine, name, [...PATTERN, ',', '}'])
  return folder + (names.length === 1 ? names.join() : `{${names.join(',')}}`)
}

// Of a day outside of its range Date32 keeps the nearest within, or 1970-01-01, without an error.
function dayWithin(cell: string, name: string): string {
  const message = escapedLiteral(`column ${name}: Date32 has the days from 1900-01-01 to 2299-12-31`)
  return `toDate32(${cell}) + throwIf(ifNull(toString(toDate32(${cell})) != ${cell}, 0), ${message})`
}

function definition(column: Column): string {
  return column.nullable
    ? nullable(column.kind, column.name)
    : `${backtickEscaped(column.name)} ${types[column.kind]}`
}

function nullable(kind: ColumnKind, name: string): string {
  return `${backtickEscaped(name)} Nullable(${types[kind]})`
}
