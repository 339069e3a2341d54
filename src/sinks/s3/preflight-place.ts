// Where a check of a destination writes. All of its keys are known beforehand, so that the next one can clear them.

import type { ObjectKeys } from '../object-keys.js'

/** The folder below the prefix in which every check writes. */
export const PREFLIGHT_FOLDER = '_dayfile-preflight'

/** The keys of a check. */
export interface PreflightKeys {
  readonly folder: string
  /** Named as in a day, as a credential may be allowed to read manifests alone. */
  readonly manifest: string
  readonly data: string
  /** Nothing is ever written under these two. */
  readonly missingManifest: string
  readonly missingData: string
}

export function preflightKeys({ prefix }: ObjectKeys, name: string): PreflightKeys {
  const folder = `${prefix}${PREFLIGHT_FOLDER}/${name}/`
  return {
    folder,
    manifest: `${folder}_manifest.json`,
    data: `${folder}data.csv`,
    missingManifest: `${folder}missing/_manifest.json`,
    missingData: `${folder}missing/data.csv`,
  }
}
