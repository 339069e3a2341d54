// Where the files of a day lie.

import { hasContent, type Content } from './decide.js'
import { fileKey, type Manifest } from './manifest.js'

/** How keys of data objects begin and end. */
export interface DataKeys {
  /** With what comes after the key of the day itself: `.csv.gz`, `_part-00000-of-00016.csv.gz`. */
  readonly keyOf: (ending: string) => string
  readonly extension: '.csv' | '.csv.gz'
  /** Beside which they lie. */
  readonly manifestKey: string
}

// A part of how many, the revision that had to find a name of its own, and the extension.
const ENDING = /^(?:_part-(\d{5})-of-\d{5})?(?:_r(\d+))?\.csv(?:\.gz)?$/

/** Whether an ending is one that an export gives to a data object. */
export function isDataEnding(ending: string): boolean {
  return ENDING.test(ending)
}

/**
 * Whether a revision after this one could choose a name that ends so, if nobody remembered it. A name with a revision is
 * above those to come only where runs that stopped had taken the names between; of a day's parts the first stands for all.
 */
export function mayBeChosen(ending: string, revision: number): boolean {
  const match = ENDING.exec(ending)
  const [, part = '00000', named] = match ?? []
  return match !== null && part === '00000' && (named === undefined || Number(named) > revision)
}

/** The key of a day of one file: the one that it has, for as long as it stays one file of this extension. */
export function singleKey(keys: DataKeys, known: readonly Manifest[]): string {
  const { keyOf, extension, manifestKey } = keys
  const stem = keyOf('')
  // What is in force comes before what may come to be: a run that is about to publish has not given its key up yet.
  const present = [...known]
    .reverse()
    .flatMap(({ files }) => (files.length === 1 ? files.map((file) => fileKey(manifestKey, file)) : []))
    .find((key) => key.startsWith(stem) && key.slice(stem.length).replace(/^_r\d+/, '') === extension)
  return present ?? keyOf(freshSuffix(keys, known, (suffix) => [keyOf(suffix + extension)]) + extension)
}

/**
 * The keys of a day that is split, in the order of its files.
 *
 * Several objects can't be replaced at once. New content therefore gets keys that no publication has which is in force or may
 * come to be, so that each is whole until its manifest is replaced. Content that is there has the keys that it has.
 */
export function splitKeys(keys: DataKeys, content: Content, known: readonly Manifest[]): string[] {
  const { keyOf, extension, manifestKey } = keys
  const same = known.find((publication) => hasContent(publication, content))
  if (same !== undefined) return same.files.map((file) => fileKey(manifestKey, file))
  const keysOf = (suffix: string): string[] =>
    content.files.map((_, index) => keyOf(`_${partName(index, content.files.length)}${suffix}${extension}`))
  return keysOf(freshSuffix(keys, known, keysOf))
}

/**
 * What makes keys of names that no revision has or had before: nothing, or the revision.
 *
 * A run that has published removes the files of the revision before it, and may stall between its look at them and the
 * removal. Few servers compare the version in the same step, and S3 itself does so for those alone who may read data: under
 * a key that came back, the removal would hit the data of a later revision.
 */
function freshSuffix(
  { manifestKey }: DataKeys,
  known: readonly Manifest[],
  keysOf: (suffix: string) => readonly string[],
): string {
  const taken = new Set<string>()
  for (const { files, obsolete = [], retired = [] } of known) {
    for (const { key } of [...files, ...obsolete]) taken.add(fileKey(manifestKey, { key }))
    for (const key of retired) taken.add(fileKey(manifestKey, { key }))
  }
  const isFree = (suffix: string): boolean => !keysOf(suffix).some((key) => taken.has(key))
  if (isFree('')) return ''
  // A run that stopped may have taken the name of this revision.
  let revision = 1 + Math.max(...known.map((publication) => publication.revision))
  while (!isFree(`_r${revision}`)) revision++
  return `_r${revision}`
}

/** As Spark and Hive call them: in the order of names. */
function partName(index: number, count: number): string {
  return `part-${String(index).padStart(5, '0')}-of-${String(count).padStart(5, '0')}`
}
