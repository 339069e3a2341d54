import { isObject, requireOptions, requireShape, type Shape } from '../options.js'
import type { PublishedFile } from './published-day.js'

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
