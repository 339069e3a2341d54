import type { Dataset } from '../datasets/dataset.js'
import { DayfileError } from '../errors.js'
import { parseManifest } from '../publish/manifest-json.js'
import type { Manifest } from '../publish/manifest.js'
import { isObject } from '../options.js'
import type { KeyWindow } from '../sinks/object-keys.js'
import { requireArchive, type Archive } from './archive.js'
import { isCalendarDay } from '../calendar-day.js'

/** A manifest with the place it was found in. */
export interface FoundManifest {
  readonly key: string
  readonly manifest: Manifest
}

/**
 * Reads the manifest of a day, or of a window over several days.
 *
 * @throws DayfileError `SINK_NOT_FOUND` when the day does not exist, `MANIFEST_INVALID` when it cannot be read.
 */
export async function readManifest(
  dataset: Pick<Dataset, 'name'>,
  archive: Archive,
  window: string | KeyWindow,
  signal?: AbortSignal,
): Promise<FoundManifest> {
  requireArchive(archive)
  signal?.throwIfAborted()
  const asked = requireKeyWindow(window)
  const key = archive.keys.manifest(dataset.name, asked)
  const chunks: Uint8Array[] = []
  for await (const chunk of archive.open(key, { signal })) chunks.push(chunk)
  const manifest = await parseManifest(Buffer.concat(chunks), key)
  // A folder that was copied under another day's name would pass for that day.
  if (manifest.dataset !== dataset.name || manifest.day !== asked.day || manifest.lastDay !== asked.lastDay) {
    const rule = `it describes ${manifest.dataset} ${manifest.day}, and does not belong here`
    throw new DayfileError(
      'MANIFEST_INVALID',
      `manifest ${key}: ${rule}; put it back where it was, or delete it`,
      {
        key,
        rule,
      },
    )
  }
  return { key, manifest }
}

/**
 * The day or the days that are asked for.
 *
 * @throws DayfileError `WINDOW_INVALID`: what is no date was never exported, and saying that would send the caller to the
 * exporter.
 */
export function requireKeyWindow(window: unknown): KeyWindow {
  const { day, lastDay } = isObject(window) ? window : { day: window }
  if (isCalendarDay(day) && lastDay === undefined) return { day }
  if (isCalendarDay(day) && isCalendarDay(lastDay)) return { day, lastDay }
  throw new DayfileError(
    'WINDOW_INVALID',
    "day: expected a real date 'YYYY-MM-DD', or a window with its day; correct it and read again",
    { reason: 'not a date' },
  )
}
