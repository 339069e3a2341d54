// In: a day as listDays gives it. Out: what a load takes from it, or why no text can load its files.

import { isObject, requireShape } from '../options.js'

/** A file of a day, as `listDays` and the manifest of the day give it. */
export interface PublishedFile {
  readonly key: string
  /** Where other programs find it, such as `s3://bucket/key`. */
  readonly url?: string | undefined
  readonly bytes: number
  /** How many rows it has. SQLite, which takes half a file for a whole one, is made to count them. */
  readonly rows?: number | undefined
}

/** A published day: an entry of `listDays`. */
export interface PublishedDay {
  readonly day: string
  /** The columns of its files, in their order. */
  readonly columns: readonly { readonly name: string }[]
  readonly files: readonly PublishedFile[]
  readonly manifest: {
    readonly dialect: {
      readonly delimiter: string
      readonly quote: string
      readonly escape: string
      readonly bom: boolean
      readonly formulaGuard: boolean
    }
    readonly compression: 'gzip' | 'none'
  }
}

/** Throws TypeError for what is no entry of `listDays`. */
export function requirePublished(value: unknown): asserts value is PublishedDay {
  requireShape('option published', value, 'an entry of listDays, with its manifest', isPublished(value))
}

function isPublished(value: unknown): boolean {
  if (!isObject(value) || !Array.isArray(value.columns) || !isObject(value.manifest)) return false
  const { dialect, compression } = value.manifest
  return (
    isObject(dialect) &&
    (compression === 'gzip' || compression === 'none') &&
    Array.isArray(value.files) &&
    value.files.length > 0 &&
    value.files.every(isFile)
  )
}

// A line break would leave the comment or the dot-command that the URL stands in.
function isFile(file: unknown): boolean {
  if (!isObject(file)) return false
  const { key, url, rows } = file
  return (
    typeof key === 'string' &&
    (url === undefined || (typeof url === 'string' && url !== '')) &&
    // eslint-disable-next-line no-control-regex -- control characters are what is refused here
    !/[\u0000-\u001f\u007f]/.test(`${key}${url ?? ''}`) &&
    (rows === undefined || Number.isSafeInteger(rows))
  )
}

/** Throws TypeError when the files are written in another way than the texts say: they would be loaded as other cells. */
export function requireSpokenDialect(
  engine: string,
  { day, manifest }: PublishedDay,
  takesMark: boolean,
): void {
  const { delimiter, quote, escape, bom, formulaGuard } = manifest.dialect
  const strange = [
    ...(delimiter === ',' ? [] : [`delimiter ${JSON.stringify(delimiter)}`]),
    ...(quote === '"' ? [] : [`quote ${JSON.stringify(quote)}`]),
    ...(escape === '"' ? [] : [`escape ${JSON.stringify(escape)}`]),
    ...(formulaGuard ? ['the marks of formulaGuard'] : []),
    ...(bom && !takesMark ? ['a byte order mark'] : []),
  ]
  if (strange.length === 0) return
  throw new TypeError(
    `${engine}: the files of ${day} have ${strange.join(' and ')}, which the statement cannot express; read them with readDay`,
  )
}
