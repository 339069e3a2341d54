import type { Column } from '../datasets/column.js'
import {
  DECIMAL,
  indented,
  requireDayFolder,
  requireFolder,
  requireNoPattern,
  type EngineModule,
} from './engine.js'
import { requirePositions } from './file-columns.js'
import { backticked, doubleQuoted, escapedLiteral, literal, qualified } from './identifiers.js'

// The files are a table of strings called `{table}_csv`; the table that people query is a view over it with types.
export const athena: EngineModule = {
  foldsCase: true,
  addsDay: true,
  takesMark: true,
  createTable(request) {
    const { table, columns, firstDay } = request
    const folder = requireFolder(request)
    requireNoPattern(request.engine, folder, ['${'])
    const files = [...table.slice(0, -1), `${table.at(-1) ?? ''}_csv`]
    return `CREATE EXTERNAL TABLE ${qualified(files, backticked)} (
${indented(columns.map(({ name }) => `${backticked(name)} string`))}
)
PARTITIONED BY (\`dt\` string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'
WITH SERDEPROPERTIES ('separatorChar' = ',', 'quoteChar' = '"', 'escapeChar' = '\\u0001')
STORED AS TEXTFILE
LOCATION ${escapedLiteral(folder)}
TBLPROPERTIES (
  'skip.header.line.count' = '1',
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '${firstDay},NOW',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'storage.location.template' = ${escapedLiteral(`${folder}dt=\${dt}/`)}
);

CREATE OR REPLACE VIEW ${qualified(table, doubleQuoted)} AS
SELECT
${indented([...columns.map((column) => `${typed(column)} AS ${doubleQuoted(column.name)}`), '"dt"'])}
FROM ${qualified(files, doubleQuoted)};`
  },
  loadCommand(request) {
    const { table, day } = request
    requireDayFolder(request)
    requirePositions(request)
    return `-- Nothing to load: partition projection finds the files of every day. This counts the rows that are there.
SELECT "dt", count(*) AS "rows"
FROM ${qualified(table, doubleQuoted)}
${day === undefined ? '' : `WHERE "dt" = ${literal(day)}\n`}GROUP BY "dt"
ORDER BY "dt";`
  },
}

// The SerDe hands NULL and the empty string over as the same empty text. NULL is what empty cells nearly always mean.
function typed({ name, kind, nullable }: Column): string {
  const cell = doubleQuoted(name)
  const filled = `NULLIF(${cell}, '')`
  switch (kind) {
    case 'text':
      return nullable ? filled : cell
    case 'json':
      return filled
    case 'integer':
      return `CAST(${filled} AS bigint)`
    case 'decimal':
      return `CAST(${filled} AS decimal(${DECIMAL.precision}, ${DECIMAL.scale}))`
    case 'boolean':
    case 'date':
      return `CAST(${filled} AS ${kind})`
    case 'instant':
      return `from_iso8601_timestamp(${filled})`
  }
}
