import { columnDefinitions, DAY_PLACEHOLDER, DECIMAL, dayFile, type EngineModule } from './engine.js'
import { doubleQuoted, qualified } from './identifiers.js'

// The longest VARCHAR, in bytes: the contract sets no bound, and a longer cell fails the load rather than being cut.
const types = {
  text: 'VARCHAR(65535)',
  integer: 'BIGINT',
  decimal: `DECIMAL(${DECIMAL.precision}, ${DECIMAL.scale})`,
  instant: 'TIMESTAMPTZ',
  json: 'VARCHAR(65535)',
} as const

export const redshift: EngineModule = {
  foldsCase: true,
  addsDay: false,
  createTable({ table, columns, timeColumn }) {
    return `CREATE TABLE ${qualified(table, doubleQuoted)} (
${columnDefinitions(columns, doubleQuoted, types)}
)
SORTKEY (${doubleQuoted(timeColumn)});`
  },
  // COPY takes every object under a key prefix, _manifest.json too, so the prefix has to reach into the file's name.
  loadCommand(request) {
    const { table, columns, role, day } = request
    const notes =
      day === undefined
        ? [
            `-- One COPY a day: the prefix of several days would hold their manifests too. Fill in ${DAY_PLACEHOLDER}.`,
          ]
        : []
    return [
      ...notes,
      '-- COPY goes by position: declared columns that an older file lacks are filled, added columns are refused.',
      `COPY ${qualified(table, doubleQuoted)} (`,
      columns.map(({ name }) => `  ${doubleQuoted(name)}`).join(',\n'),
      ')',
      `FROM ${redshiftLiteral(dayFile(request))}`,
      `IAM_ROLE ${role === undefined ? 'default' : redshiftLiteral(role)}`,
      'FORMAT AS CSV',
      'GZIP',
      'IGNOREHEADER 1',
      'FILLRECORD',
      'EMPTYASNULL',
      "TIMEFORMAT 'auto'",
      'ENCODING UTF8;',
    ].join('\n')
  },
}

// A doubled quote is right whatever a backslash means; a doubled backslash is right where it escapes.
function redshiftLiteral(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}
