import { requireDataset, type Dataset } from '../datasets/dataset.js'
import { requireOptions, SIGNAL } from '../options.js'
import type { KeyWindow } from '../sinks/object-keys.js'
import type { Archive } from './archive.js'
import { openAsked, readPublished } from './read-published.js'

/** What {@link verifyDay} has seen to be right. */
export interface VerifiedDay {
  readonly day: string
  readonly revision: number
  readonly rows: number
  /** Bytes of its files as they are stored. */
  readonly bytes: number
}

/**
 * Reads a whole day again and compares every file with its manifest: size, SHA-256 of the stored bytes and of the CSV,
 * number of rows, and that every cell can be read by the dataset.
 *
 * @throws DayfileError `SINK_CORRUPT` saying which file differs in what, and the other codes of `readDay`.
 * @example
 * const archive = memorySink()
 * const source = () => sampleEvents({ day: '2026-03-07', count: 10 })
 * await exportWindow({ dataset: events, window: dayWindow('2026-03-07'), source, sink: archive })
 * const { rows } = await verifyDay(events, archive, '2026-03-07')
 * rows // 10
 */
export async function verifyDay(
  dataset: Dataset,
  archive: Archive,
  day: string | KeyWindow,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<VerifiedDay> {
  requireDataset(dataset)
  requireOptions('verifyDay', options, { signal: SIGNAL })
  const { signal } = options
  const asked = { rows: { integers: 'bigint' }, verifyFirst: false, signal } as const
  const opened = await openAsked(dataset, archive, day, asked)
  const { manifest } = opened.found
  let rows = 0
  const all = readPublished(dataset, opened, archive, asked)
  while ((await all.next()).done !== true) rows++
  return { day: manifest.day, revision: manifest.revision, rows, bytes: manifest.totals.bytes }
}
