import type { Manifest } from './manifest.js'

/** What a finished encoding is compared by: the CSV itself, as gzip may differ between builds of zlib. */
export type Content = Pick<Manifest, 'columns' | 'dialect' | 'compression' | 'filter' | 'window' | 'zone'> & {
  readonly files: readonly Pick<Manifest['files'][number], 'rows' | 'csvSha256'>[]
}

/** What is to be done with a window whose content has been made. */
export type Decision =
  | { readonly outcome: 'published' | 'replaced'; readonly revision: number }
  | { readonly outcome: 'unchanged'; readonly current: Manifest }

/** A data object as it is stored now. */
export interface StoredData {
  readonly bytes: number
  readonly etag: string
}

/**
 * Compares new content with the current publication, if any. `stored` is what is stored under the key of each file (null:
 * nothing): an object that is not what the manifest says is replaced, equal content or not. So is a publication that was made
 * before the end of its window, by one that was `created` after it.
 */
export function decideContent(
  current: Manifest | null,
  content: Content,
  stored: readonly (StoredData | null)[],
  created: string,
): Decision {
  if (current === null) return { outcome: 'published', revision: 1 }
  const same = isIntact(current, stored) && hasContent(current, content) && !isCompletion(current, created)
  return same ? { outcome: 'unchanged', current } : { outcome: 'replaced', revision: current.revision + 1 }
}

/** A part of a day that turns out to be all of it: the manifest has to say so, or the day would be due for ever. */
function isCompletion(current: Manifest, created: string): boolean {
  const end = Date.parse(current.window.end)
  return Date.parse(current.created) < end && Date.parse(created) >= end
}

/** Whether a publication holds the same, wherever its files lie. */
export function hasContent(publication: Content, content: Content): boolean {
  return contentKey(publication) === contentKey(content)
}

/**
 * Whether what is stored under the key of each file is what the manifest says. A copy of the day has another ETag, and the
 * day is written once more: better than a wrong one left alone.
 */
export function isIntact({ files }: Manifest, stored: readonly (StoredData | null)[]): boolean {
  if (stored.length !== files.length) return false
  // By place, as a copy of the day has other keys.
  return files.every(({ bytes, etag }, index) => {
    const object = stored[index]
    return object?.bytes === bytes && (etag === undefined || etag === object.etag)
  })
}

/** Whether two filters are one, in manifests of before there were all of them too. */
export function isSameFilter(one: Manifest['filter'], other: Manifest['filter']): boolean {
  return JSON.stringify(filterKey(one)) === JSON.stringify(filterKey(other))
}

function filterKey(filter: Manifest['filter']): unknown[] {
  const { eventTypes, excludeHistorical = false, withoutProfile = 'include', attributes = null } = filter
  return [eventTypes, excludeHistorical, withoutProfile, attributes]
}

function contentKey({ columns, dialect, compression, filter, window, zone, files }: Content): string {
  return JSON.stringify([
    columns.map(({ name, kind, nullable }) => [name, kind, nullable]),
    Object.entries(dialect).sort(),
    compression,
    filterKey(filter),
    window.start,
    window.end,
    zone,
    files.map(({ rows, csvSha256 }) => [rows, csvSha256]),
  ])
}
