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
 * Several objects can't be replaced at once. New content therefore gets keys that no delivery has which is in force or may
 * come to be, so that each is whole until its manifest is replaced. Content that is there has the keys that it has.
 */
export function splitKeys(
  { keyOf, extension, manifestKey }: DataKeys,
  content: Content,
  known: readonly Manifest[],
): string[] {
  const same = known.find((delivery) => hasContent(delivery, content))
  if (same !== undefined) return same.files.map((file) => fileKey(manifestKey, file))
  const objects = known.flatMap(({ files, obsolete = [] }) => [...files, ...obsolete])
  const taken = new Set(
    objects.map((object) => fileKey(manifestKey, object).replace(/_r\d+(?=\.csv(\.gz)?$)/, '')),
  )
  const names = content.files.map((_, index) => `_${partName(index, content.files.length)}`)
  const plain = names.map((name) => keyOf(name + extension))
  if (!plain.some((key) => taken.has(key))) return plain
  const revision = 1 + Math.max(...known.map(({ revision }) => revision))
  return names.map((name) => keyOf(`${name}_r${revision}${extension}`))
}

/** As Spark and Hive call them: in the order of names. */
function partName(index: number, count: number): string {
  return `part-${String(index).padStart(5, '0')}-of-${String(count).padStart(5, '0')}`
}
