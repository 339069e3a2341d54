import type { ColumnKind } from '../datasets/column.js'
import {
  columnDefinitions,
  DAY_PLACEHOLDER,
  DECIMAL,
  dayFile,
  fileUrls,
  indented,
  longerThan,
  type EngineModule,
  type LoadRequest,
} from './engine.js'
import { columnsInFile, hasOtherColumns, insertStaged, STAGE, stagedColumns } from './file-columns.js'
import { doubleQuoted, qualified } from './identifiers.js'

// The longest VARCHAR, in bytes: the contract sets no bound, and a longer cell fails the load rather than being cut.
const types: Readonly<Record<ColumnKind, string>> = {
  text: 'VARCHAR(65535)',
  integer: 'BIGINT',
  decimal: `DECIMAL(${DECIMAL.precision}, ${DECIMAL.scale})`,
  boolean: 'BOOLEAN',
  date: 'DATE',
  instant: 'TIMESTAMPTZ',
  json: 'VARCHAR(65535)',
}

const stage = doubleQuoted(STAGE)

export const redshift: EngineModule = {
  foldsCase: true,
  addsDay: false,
  takesMark: false,
  refuses: (name) => longerThan(127, name),
  createTable({ table, columns, timeColumn }) {
    return `CREATE TABLE ${qualified(table, doubleQuoted)} (
${columnDefinitions(columns, doubleQuoted, types)}
)
SORTKEY (${doubleQuoted(timeColumn)});`
  },
  loadCommand(request) {
    return hasOtherColumns(request) ? copyStaged(request) : copyStraight(request)
  },
}

function copyStraight(request: LoadRequest): string {
  const notes =
    request.fileColumns === undefined
      ? [
          'COPY goes by position: name the columns of the files (option columns or published) where they have others.',
        ]
      : []
  const columns = columnsInFile(request).map(({ name }) => name)
  return comments(request, notes) + copy(request, qualified(request.table, doubleQuoted), columns)
}

function copyStaged(request: LoadRequest): string {
  const staged = stagedColumns(request, redshift)
  const definitions = staged.map(
    ({ name, declared }) => `${doubleQuoted(name)} ${types[declared?.kind ?? 'text']}`,
  )
  const table = qualified(request.table, doubleQuoted)
  return [
    `${comments(request, ['Run this in one transaction. Added columns are not loaded.'])}CREATE TEMP TABLE ${stage} (
${indented(definitions)}
);`,
    copy(
      request,
      stage,
      staged.map(({ name }) => name),
    ),
    ...insertStaged(staged, { table, stage, quote: doubleQuoted }),
  ].join('\n\n')
}

// COPY takes every object under a key prefix, _manifest.json too, so the prefix has to reach into the file's name. A
// manifest of its own (redshiftManifest) names the files, and fails the load when one is not there.
function copy(request: LoadRequest, into: string, columns: readonly string[]): string {
  const { role, manifest, fileColumns, compression } = request
  return [
    `COPY ${into} (`,
    indented(columns.map(doubleQuoted)),
    ')',
    `FROM ${redshiftLiteral(manifest ?? prefix(request))}`,
    `IAM_ROLE ${role === undefined ? 'default' : redshiftLiteral(role)}`,
    ...(manifest === undefined ? [] : ['MANIFEST']),
    'FORMAT AS CSV',
    ...(compression === 'gzip' ? ['GZIP'] : []),
    'IGNOREHEADER 1',
    ...(fileColumns === undefined ? ['FILLRECORD'] : []),
    'EMPTYASNULL',
    // Otherwise a text that is \N would be NULL.
    "NULL AS ''",
    "TIMEFORMAT 'auto'",
    'ENCODING UTF8;',
  ].join('\n')
}

function prefix(request: LoadRequest): string {
  const { engine, files } = request
  if (files === undefined) return dayFile(request)
  const [url = '', ...others] = fileUrls(engine, files)
  if (others.length === 0) return url
  throw new TypeError(
    `${engine}: option manifest is required: the day has ${files.length} files, which redshiftManifest lists`,
  )
}

function comments({ day, manifest }: LoadRequest, notes: readonly string[]): string {
  const source =
    day === undefined && manifest === undefined
      ? [
          `One COPY a day: the prefix of several days would hold their manifests too. Fill in ${DAY_PLACEHOLDER}.`,
        ]
      : []
  return [...source, ...notes].map((note) => `-- ${note}\n`).join('')
}

// A doubled quote is right whatever a backslash means; a doubled backslash is right where it escapes.
function redshiftLiteral(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}
