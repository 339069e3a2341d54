import { columnDefinitions, dayFile, type EngineModule } from './engine.js'
import { doubleQuoted, literal, qualified } from './identifiers.js'

// json and not jsonb: jsonb refuses the escapes \u0000 and lone surrogates, which JSON text may hold.
const types = {
  text: 'text',
  integer: 'bigint',
  decimal: 'numeric',
  instant: 'timestamptz',
  json: 'json',
} as const

export const postgres: EngineModule = {
  foldsCase: false,
  addsDay: false,
  createTable({ table, columns }) {
    return `CREATE TABLE ${qualified(table, doubleQuoted)} (
${columnDefinitions(columns, doubleQuoted, types)}
);`
  },
  // COPY goes by position. HEADER MATCH (PostgreSQL 15) turns a file in another order, or one with columns that the
  // list lacks, into an error instead of values in the wrong column.
  loadCommand(request) {
    const { table, columns, file, folder } = request
    const notes = [
      'A file with added columns is refused: extend the dataset and ALTER TABLE … ADD COLUMN first.',
    ]
    if (file === undefined && folder !== undefined) {
      notes.unshift(`STDIN takes one file at a time, unzipped: ${dayFile(request)}.csv.gz`)
    }
    const names = columns.map(({ name }) => `  ${doubleQuoted(name)}`).join(',\n')
    return `${notes.map((note) => `-- ${note}\n`).join('')}COPY ${qualified(table, doubleQuoted)} (
${names}
) FROM ${file === undefined ? 'STDIN' : literal(file)} WITH (FORMAT csv, HEADER match, NULL '', ENCODING 'UTF8');`
  },
}
