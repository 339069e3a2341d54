// Where the files of a day lie.

import { hasContent, type Content } from '../manifest/decide.js'
import { fileKey, type Manifest } from '../manifest/manifest.js'

/** How keys of data objects begin and end. */
export interface DataKeys {
  /** With what comes after the key of the day itself: `.csv.gz`, `_part-00000-of-00016.csv.gz`. */
  readonly keyOf: (ending: string) => string
  readonly extension: '.csv' | '.csv.gz'
  /** Beside which they lie. */
  readonly manifestKey: string
}

/** Whether an ending is one that an export gives to a data object. */
export function isDataEnding(ending: string): boolean {
  return /^(_part-\d{5}-of-\d{5}(_r\d+)?)?\.csv(\.gz)?$/.test(ending)
}

/**
 * The keys of a day that is split, in the order of its files.
 *
 * Several objects can't be replaced at once. New content therefore gets keys that no publication has which is in force or may
 * come to be, so that each is whole until its manifest is replaced. Content that is there has the keys that it has.
 */
export function splitKeys(
  { keyOf, extension, manifestKey }: DataKeys,
  content: Content,
  known: readonly Manifest[],
): string[] {
  const same = known.find((publication) => hasContent(publication, content))
  if (same !== undefined) return same.files.map((file) => fileKey(manifestKey, file))
  const objects = known.flatMap(({ files, obsolete = [] }) => [...files, ...obsolete])
  const taken = objects.map((object) => fileKey(manifestKey, object))
  const keysOf = (suffix: string): string[] =>
    content.files.map((_, index) => keyOf(`_${partName(index, content.files.length)}${suffix}${extension}`))
  const isFree = (keys: readonly string[]): boolean => !keys.some((key) => taken.includes(key))
  const plain = keysOf('')
  const withoutSuffix = taken.map((key) => key.replace(/_r\d+(?=\.csv(\.gz)?$)/, ''))
  if (!plain.some((key) => withoutSuffix.includes(key))) return plain
  // A run that stopped may have taken the name of this revision.
  let revision = 1 + Math.max(...known.map((publication) => publication.revision))
  while (!isFree(keysOf(`_r${revision}`))) revision++
  return keysOf(`_r${revision}`)
}

/** As Spark and Hive call them: in the order of names. */
function partName(index: number, count: number): string {
  return `part-${String(index).padStart(5, '0')}-of-${String(count).padStart(5, '0')}`
}
