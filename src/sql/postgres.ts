import type { ColumnKind } from '../datasets/column.js'
import {
  columnDefinitions,
  dayFile,
  indented,
  longerThan,
  type EngineModule,
  type LoadRequest,
} from './engine.js'
import { columnsInFile, hasOtherColumns, insertStaged, STAGE, stagedColumns } from './file-columns.js'
import { doubleQuoted, literal, qualified } from './identifiers.js'

// json and not jsonb: jsonb refuses the escapes \u0000 and lone surrogates, which JSON text may hold.
const types: Readonly<Record<ColumnKind, string>> = {
  text: 'text',
  integer: 'bigint',
  decimal: 'numeric',
  boolean: 'boolean',
  date: 'date',
  instant: 'timestamptz',
  json: 'json',
}

// Named in full, so that no table of another schema can be meant.
const stage = `pg_temp.${doubleQuoted(STAGE)}`

// Columns that every table has already.
const SYSTEM: readonly string[] = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']

export const postgres: EngineModule = {
  foldsCase: false,
  addsDay: false,
  takesMark: false,
  refuses: (name) => (SYSTEM.includes(name) ? 'a system column of every table' : longerThan(63, name)),
  createTable({ table, columns }) {
    return `CREATE TABLE ${qualified(table, doubleQuoted)} (
${columnDefinitions(columns, doubleQuoted, types)}
);`
  },
  loadCommand(request) {
    return hasOtherColumns(request) ? copyStaged(request) : copyStraight(request)
  },
}

// COPY goes by position. HEADER MATCH (PostgreSQL 15) turns a file in another order, or one with columns that the
// list lacks, into an error instead of values in the wrong column.
function copyStraight(request: LoadRequest): string {
  const table = qualified(request.table, doubleQuoted)
  const columns = columnsInFile(request).map(({ name }) => name)
  const notes =
    request.fileColumns === undefined
      ? [
          'A file with added columns is refused: name its columns (option published or columns), or extend dataset and table first.',
        ]
      : []
  return `${comments(request, notes)}${copy(request, table, columns, 'match')}`
}

// The header can be held against names as long as the staging table has them all.
function copyStaged(request: LoadRequest): string {
  const staged = stagedColumns(request, postgres)
  const columns = staged.map(({ name }) => name)
  const isAsInFile = columns.every((name, index) => name === request.fileColumns?.[index])
  const definitions = staged.map(
    ({ name, declared }) => `${doubleQuoted(name)} ${types[declared?.kind ?? 'text']}`,
  )
  const table = qualified(request.table, doubleQuoted)
  return [
    `${comments(request, ['Run this in one transaction. Added columns are not loaded.'])}CREATE TABLE ${stage} (
${indented(definitions)}
);`,
    copy(request, stage, columns, isAsInFile ? 'match' : 'true'),
    ...insertStaged(staged, { table, stage, quote: doubleQuoted }),
  ].join('\n\n')
}

function copy({ file }: LoadRequest, into: string, columns: readonly string[], header: string): string {
  return `COPY ${into} (
${indented(columns.map(doubleQuoted))}
) FROM ${file === undefined ? 'STDIN' : literal(file)} WITH (FORMAT csv, HEADER ${header}, NULL '', ENCODING 'UTF8');`
}

function comments(request: LoadRequest, notes: readonly string[]): string {
  const source = request.file === undefined ? inputNotes(request) : []
  return [...source, ...notes].map((note) => `-- ${note}\n`).join('')
}

function inputNotes(request: LoadRequest): readonly string[] {
  const { files, folder, compression } = request
  if (files !== undefined) {
    const state = compression === 'gzip' ? 'unzipped' : 'as they are'
    return [
      `Run this once for each of these files; STDIN takes them ${state}:`,
      ...files.map(({ key, url }) => url ?? key),
    ]
  }
  return folder === undefined ? [] : [`STDIN takes one file at a time, unzipped: ${dayFile(request)}.csv.gz`]
}
