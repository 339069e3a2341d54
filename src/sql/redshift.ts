import type { ColumnKind } from '../datasets/column.js'
import { isObject, requireOptions, requireShape, type Shape } from '../options.js'
import {
  DAY_PLACEHOLDER,
  dayFile,
  DECIMAL,
  fileUrls,
  indented,
  longerThan,
  tableText,
  type EngineModule,
  type LoadRequest,
} from './engine.js'
import { copyByPosition, STAGE } from './file-columns.js'
import { doubleQuoted } from './identifiers.js'
import type { PublishedFile } from './published-day.js'

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

export const redshift: EngineModule = {
  foldsCase: true,
  addsDay: false,
  takesMark: false,
  refuses: (name) => longerThan(127, name),
  createTable(request) {
    return tableText(request, doubleQuoted, types, `\nSORTKEY (${doubleQuoted(request.timeColumn)})`)
  },
  loadCommand(request) {
    const { day, manifest } = request
    const note = `One COPY a day: the prefix of several days would hold their manifests too. Fill in ${DAY_PLACEHOLDER}.`
    return copyByPosition(request, {
      engine: redshift,
      types,
      stage: doubleQuoted(STAGE),
      createStage: 'CREATE TEMP TABLE',
      notes: day === undefined && manifest === undefined ? [note] : [],
      unknownColumns:
        'COPY goes by position: name the columns of the files (option columns or published) where they have others.',
      copy: (into, columns) => copy(request, into, columns),
    })
  },
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

// A doubled quote is right whatever a backslash means; a doubled backslash is right where it escapes.
function redshiftLiteral(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** The list of files that COPY … MANIFEST reads. Plain JSON. */
export interface RedshiftManifest {
  readonly entries: readonly {
    readonly url: string
    readonly mandatory: true
    readonly meta: { readonly content_length: number }
  }[]
}

const BUCKET: Shape = [
  'the name of a bucket',
  (value) => typeof value === 'string' && /^[^/\s]+$/.test(value),
]

/**
 * Lists the files of a published day as COPY wants them: put it into the bucket as JSON and give its URL to
 * `loadCommand` as `manifest`. COPY then loads these files and no other, and fails if one is missing.
 *
 * Write it anew for every revision: the files of a day with several have other names then. The list may be put anywhere
 * but under the folder of the dataset.
 *
 * @param day An entry of `listDays`, or the manifest of a day.
 * @param options `bucket`: where the files lie. Required unless they have an `s3://` URL, and goes before it: the
 * copy of a bucket has the same keys.
 * @throws TypeError for a day of another shape, or when a file has no `s3://` URL and no bucket was given.
 * @example
 * const files = [{ key: 'exports/events/dt=2026-03-07/events_2026-03-07.csv.gz', bytes: 10265484 }]
 * redshiftManifest({ files }, { bucket: 'acme' }).entries[0]?.url // 's3://acme/exports/events/dt=2026-03-07/events_2026-03-07.csv.gz'
 */
export function redshiftManifest(
  day: { readonly files: readonly PublishedFile[] },
  options: { readonly bucket?: string | undefined } = {},
): RedshiftManifest {
  requireOptions('redshiftManifest', options, { bucket: BUCKET })
  const { bucket } = options
  const isDay = isObject(day) && Array.isArray(day.files) && day.files.length > 0
  requireShape('day', day, 'an entry of listDays or the manifest of a day, with its files', isDay)
  return {
    entries: day.files.map((file) => ({
      url: urlOf(file, bucket),
      mandatory: true,
      meta: { content_length: file.bytes },
    })),
  }
}

function urlOf({ key, url }: PublishedFile, bucket: string | undefined): string {
  if (bucket !== undefined) return `s3://${bucket}/${key}`
  if (url?.startsWith('s3://') === true) return url
  throw new TypeError('option bucket is required: the files of the day have no s3:// URL')
}
