import type { ColumnKind } from '../datasets/column.js'
import { dayFile, indented, longerThan, tableText, type EngineModule, type LoadRequest } from './engine.js'
import { copyByPosition, STAGE } from './file-columns.js'
import { doubleQuoted, literal } from './identifiers.js'

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

// Columns that every table has already.
const SYSTEM: readonly string[] = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']

export const postgres: EngineModule = {
  foldsCase: false,
  addsDay: false,
  takesMark: false,
  refuses: (name) => (SYSTEM.includes(name) ? 'a system column of every table' : longerThan(63, name)),
  createTable: (request) => tableText(request, doubleQuoted, types),
  // COPY goes by position. HEADER MATCH (PostgreSQL 15) turns a file in another order, or one with columns that the list
  // lacks, into an error instead of values in the wrong column. It takes names that the staging table has all.
  loadCommand(request) {
    const { file } = request
    const from = file === undefined ? 'STDIN' : literal(file)
    return copyByPosition(request, {
      engine: postgres,
      types,
      // Named in full, so that no table of another schema can be meant.
      stage: `pg_temp.${doubleQuoted(STAGE)}`,
      createStage: 'CREATE TABLE',
      notes: file === undefined ? inputNotes(request) : [],
      unknownColumns:
        'A file with added columns is refused: name its columns (option published or columns), or extend dataset and table first.',
      copy: (into, columns, isAsInFile) => `COPY ${into} (
${indented(columns.map(doubleQuoted))}
) FROM ${from} WITH (FORMAT csv, HEADER ${isAsInFile ? 'match' : 'true'}, NULL '', ENCODING 'UTF8');`,
    })
  },
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
