import { fileKey, type Manifest, type ManifestColumn } from '../publish/manifest.js'
import { requireOptions, SIGNAL, type OptionTable } from '../options.js'
import type { Archive } from './archive.js'
import { DAY_SPAN, type DaySpan } from '../calendar-day.js'
import { publishedDays, foundManifest, readManifests, type NamedDataset } from './published-days.js'

/** A day that was published. */
export interface ListedDay {
  readonly day: string
  readonly revision: number
  readonly rows: number
  /** Bytes of its files as they are stored. */
  readonly bytes: number
  readonly columns: readonly ManifestColumn[]
  /** Its files in the order of their rows: what to give to other programs, rather than a pattern. */
  readonly files: readonly ListedFile[]
  readonly created: Date
  readonly manifest: Manifest
}

/** A file of a day. */
export interface ListedFile {
  readonly key: string
  /** Where other programs find it: `s3://bucket/key`, or a path. Absent where no other program can. */
  readonly url?: string
  readonly bytes: number
  readonly rows: number
}

/** Options of {@link listDays}. */
export interface ListDaysOptions extends DaySpan {
  readonly signal?: AbortSignal | undefined
}

const LIST_DAYS_OPTIONS = { ...DAY_SPAN, signal: SIGNAL } satisfies OptionTable<ListDaysOptions>

/**
 * Lists the days of a dataset that were published, in order: those that have a manifest. Manifests are read 16 at once;
 * memory is one key a day. Windows over several days are not among them. Of a replacement whose run stopped before its
 * manifest the old revision is listed, while `readDay` and `readNew` read the new one already.
 *
 * @throws DayfileError `WINDOW_INVALID` when `from` and `to` are no dates in order, `MANIFEST_INVALID` for a manifest that
 * cannot be read, and the `SINK_` codes.
 * @example
 * const archive = memorySink()
 * const source = () => sampleEvents({ day: '2026-03-07', count: 10 })
 * await exportWindow({ dataset: events, window: dayWindow('2026-03-07'), source, sink: archive })
 * const days = []
 * for await (const { day, rows } of listDays(events, archive)) days.push(`${day}: ${rows} rows`)
 * days // ['2026-03-07: 10 rows']
 */
export async function* listDays(
  dataset: NamedDataset,
  archive: Archive,
  options: ListDaysOptions = {},
): AsyncGenerator<ListedDay, void, void> {
  requireOptions('listDays', options, LIST_DAYS_OPTIONS)
  const { signal, ...span } = options
  const days = await publishedDays(dataset, archive, { ...span, signal })
  for await (const published of readManifests(dataset, archive, days, signal)) {
    const { key: manifestKey, manifest } = foundManifest(published)
    const { revision, totals, columns, created } = manifest
    const files = manifest.files.map((file): ListedFile => {
      const key = fileKey(manifestKey, file)
      const url = archive.url?.(key)
      return { key, ...(url === undefined ? {} : { url }), bytes: file.bytes, rows: file.rows }
    })
    yield {
      day: published.day,
      revision,
      rows: totals.rows,
      bytes: totals.bytes,
      columns,
      files,
      created: new Date(created),
      manifest,
    }
  }
}
