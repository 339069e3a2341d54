// The manifest, the one object that makes a day exist: what it holds, and what is put into it.

import type { Column } from '../datasets/column.js'
import type { NormalFilter } from '../datasets/subscription-filter.js'
import type { DayRange, DayWindow } from '../windows/day-window.js'

/** The version of the manifest's own shape. A reader takes this version and those before it, also with more fields. */
export const MANIFEST_VERSION = 2

/** One data object of a publication. */
export interface ManifestFile {
  /** The key of the object, prefix included. It is in the folder of the manifest. */
  key: string
  /** Size and SHA-256 of the object as it is stored. */
  bytes: number
  sha256: string
  /** Of the object as it is stored, as 8 digits in hex: what storages and gzip know. */
  crc32?: string
  /** The tag of this version of the object where it was written. A copy elsewhere has another one. */
  etag?: string
  rows: number
  /** Size and SHA-256 of the CSV before compression. */
  csvBytes: number
  csvSha256: string
}

/** A column as the manifest names it. */
export interface ManifestColumn {
  name: string
  kind: string
  nullable: boolean
  since: string | null
}

interface PublishedVersion {
  manifestVersion: typeof MANIFEST_VERSION
  dataset: string
  day: string
  /** Of a window over several days only. */
  lastDay?: string
  /** Half-open: the instant `end` is not in it. */
  window: { start: string; end: string }
  zone: string
  /** 1 for the first publication of the window, one more with every replacement. */
  revision: number
  /** In file order, the added ones last. */
  columns: ManifestColumn[]
  dialect: {
    delimiter: string
    quote: string
    escape: string
    recordDelimiter: string
    quoting: string
    bom: boolean
    formulaGuard: boolean
  }
  compression: 'gzip' | 'none'
  /** What was asked for beyond the window. */
  filter: {
    /** null is all of them. */
    eventTypes: string[] | null
    /** There where they are not as without the option. */
    excludeHistorical?: boolean
    withoutProfile?: 'include' | 'exclude'
    attributes?: boolean
  }
  files: ManifestFile[]
  totals: { rows: number; bytes: number; csvBytes: number }
  /** Objects of publications before it, under other keys, which the run was about to remove. */
  obsolete?: { key: string; etag?: string }[]
  /** Keys that publications before it had and that no later one may take: a run that stalled may still remove what is there. */
  retired?: string[]
  created: string
  producer: { name: string; version: string }
}

/** What a run is about to publish, said before it touches the data. */
export interface Intent {
  /** The manifest that the run will write. The tags of its files are not known yet. */
  manifest: PublishedVersion
  files: {
    key: string
    /** By which the sink knows what the run has staged: an id of a multipart upload, a folder. */
    token?: string
    /** By which the sink tells the object when it is in place. */
    id?: string
    /** The ETag of the version that it replaces; null means no version. */
    replaces: string | null
  }[]
}

/** What a day holds: published last, so that a day exists when its manifest does. */
export interface Manifest extends PublishedVersion {
  /** A replacement that is being published: its data may be in place already. */
  intent?: Intent
}

/** Which day a manifest is of. */
export interface DayIdentity {
  readonly dataset: string
  readonly day: string
  readonly lastDay?: string | undefined
}

/** The columns of a file: the declared ones of the dataset, then the added ones, whose kind nobody declared. */
export function manifestColumns(declared: readonly Column[], added: readonly string[]): ManifestColumn[] {
  return [
    ...declared.map(({ name, kind, nullable, since }) => ({ name, kind, nullable, since })),
    ...added.map((name) => ({ name, kind: 'added', nullable: true, since: null })),
  ]
}

/** The window of a manifest in JSON. */
export function manifestWindow(
  window: DayWindow | DayRange,
): Pick<Manifest, 'day' | 'lastDay' | 'window' | 'zone'> {
  return {
    day: window.day,
    ...('lastDay' in window ? { lastDay: window.lastDay } : {}),
    window: { start: window.start.toISOString(), end: window.end.toISOString() },
    zone: window.zone,
  }
}

/**
 * Whether a manifest is of these very bounds, was made when they were over, and stands: not of another zone, nor a part of a
 * day that was exported while it went on, nor one whose replacement was begun and not finished.
 */
export function isWholeWindow(
  { window, created, intent }: Manifest,
  { start, end }: DayWindow | DayRange,
): boolean {
  const isSame = Date.parse(window.start) === start.getTime() && Date.parse(window.end) === end.getTime()
  return isSame && Date.parse(created) >= end.getTime() && intent === undefined
}

/** A filter in the manifest: the event types stand there always. */
export function manifestFilter(filter: NormalFilter): Manifest['filter'] {
  const { eventTypes, ...others } = filter
  return { eventTypes: eventTypes === undefined ? null : [...eventTypes], ...others }
}

/** What all files of a publication hold together. */
export function totalsOf(files: readonly ManifestFile[]): Manifest['totals'] {
  const sum = (of: (file: ManifestFile) => number): number =>
    files.reduce((total, file) => total + of(file), 0)
  return {
    rows: sum(({ rows }) => rows),
    bytes: sum(({ bytes }) => bytes),
    csvBytes: sum(({ csvBytes }) => csvBytes),
  }
}

/**
 * Where a file of a manifest lies: in the folder in which the manifest was found, so that a copy of a bucket's prefix can
 * be read, and is replaced without touching the original.
 */
export function fileKey(manifestKey: string, file: { readonly key: string }): string {
  const name = file.key.slice(file.key.lastIndexOf('/') + 1)
  return manifestKey.slice(0, manifestKey.lastIndexOf('/') + 1) + name
}
