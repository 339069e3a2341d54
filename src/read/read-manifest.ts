import type { Dataset } from '../datasets/dataset.js'
import { parseManifest, type Manifest } from '../manifest/manifest.js'
import type { KeyWindow } from '../sinks/object-keys.js'
import type { Archive } from './archive.js'

/** A manifest with the place it was found in. */
export interface FoundManifest {
  readonly key: string
  readonly manifest: Manifest
}

/**
 * Reads the manifest of a day, or of a window over several days.
 *
 * @throws ExportError `SINK_NOT_FOUND` when the day does not exist, `MANIFEST_INVALID` when it cannot be read.
 */
export async function readManifest(
  dataset: Pick<Dataset, 'name'>,
  window: string | KeyWindow,
  archive: Archive,
  signal?: AbortSignal,
): Promise<FoundManifest> {
  const key = archive.keys.manifest(dataset.name, typeof window === 'string' ? { day: window } : window)
  const chunks: Uint8Array[] = []
  for await (const chunk of archive.open(key, signal === undefined ? {} : { signal })) chunks.push(chunk)
  return { key, manifest: parseManifest(Buffer.concat(chunks), key) }
}

/**
 * Where a file of a manifest lies in this archive. It is the folder of the manifest, so that a copy of a bucket's
 * prefix can be read as the bucket can.
 */
export function fileKey({ key }: FoundManifest, file: { readonly key: string }): string {
  const name = file.key.slice(file.key.lastIndexOf('/') + 1)
  return key.slice(0, key.lastIndexOf('/') + 1) + name
}
