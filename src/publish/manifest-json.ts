// In: a manifest or an intent. Out: its bytes. And back, checked.

import { DayfileError } from '../errors.js'
import { isObject } from '../options.js'
import { MANIFEST_VERSION, totalsOf, type DayIdentity, type Intent, type Manifest } from './manifest.js'

// TypeBox's checks took a fifth of the import of dayfile (98 ms with them, 78 without): only what reads or publishes a
// manifest waits for them.
const shapes = () => import('./manifest-schema.js')

/** The fields of a manifest, in the order in which they are written. */
const FIELDS: readonly (keyof Manifest)[] = [
  ...(['manifestVersion', 'dataset', 'day', 'lastDay', 'window', 'zone', 'revision', 'columns'] as const),
  ...(['dialect', 'compression', 'filter', 'files', 'totals', 'obsolete', 'retired'] as const),
  ...(['created', 'producer', 'intent'] as const),
]

/** The bytes of a manifest: the same manifest always gives the same bytes, indented for the people who open it. */
export function serializeManifest(manifest: Manifest): Uint8Array {
  const ordered = Object.fromEntries(
    FIELDS.filter((field) => Object.hasOwn(manifest, field)).map((field) => [field, manifest[field]]),
  )
  return Buffer.from(JSON.stringify(ordered, null, 2) + '\n')
}

/** Whether two manifests say the same, in whatever version of the format each is stored. */
export function isSameManifest(one: Manifest, other: Manifest): boolean {
  return Buffer.from(serializeManifest(one)).equals(serializeManifest(other))
}

/** The bytes of an intent of a first publication, which no manifest can hold yet. */
export function serializeIntent(intent: Intent): Uint8Array {
  return Buffer.from(JSON.stringify(intent, null, 2) + '\n')
}

/**
 * Reads the intent of a first publication and checks it as the manifest that it may become, and that it is of this day.
 *
 * An intent that breaks a rule is refused and never passed over: its run may be about to put its data in place, and what it
 * has staged, which a successor has to end first, is known from the intent alone.
 *
 * @throws DayfileError `MANIFEST_INVALID` naming its key and the first rule that it breaks.
 */
export async function parseIntent(bytes: Uint8Array, key: string, day: DayIdentity): Promise<Intent> {
  const value = (await shapes()).asIntent(upgradedIntent(parseJson(bytes, 'intent', key)))
  if (typeof value === 'string') throw invalid('intent', key, value)
  const rule = intentRule(value, day)
  if (rule !== undefined) throw invalid('intent', key, rule)
  return value
}

/**
 * Reads a manifest and checks it, with the intent in it: once the data of that one is in place, nothing else describes what
 * is stored. Fields that this version does not know are kept.
 *
 * @throws DayfileError `MANIFEST_INVALID` naming the key of the manifest and the first rule that it breaks.
 */
export async function parseManifest(bytes: Uint8Array, key: string): Promise<Manifest> {
  const given = upgraded(parseJson(bytes, 'manifest', key))
  const version = (given as { manifestVersion?: unknown } | null)?.manifestVersion
  if (typeof version === 'number' && version > MANIFEST_VERSION) {
    const rule = `has version ${version}, and this package reads up to ${MANIFEST_VERSION}`
    throw invalid('manifest', key, rule, { next: 'update the package that reads it' })
  }
  const value = (await shapes()).asManifest(given)
  if (typeof value === 'string') throw invalid('manifest', key, value)
  const rule = publicationRule(value) ?? replacementRule(value)
  if (rule !== undefined) throw invalid('manifest', key, rule)
  return value
}

/** What a manifest of the right shape breaks. */
function publicationRule({ window, created, files, totals }: Manifest): string | undefined {
  for (const [name, instant] of Object.entries({ ...window, created })) {
    if (Number.isNaN(Date.parse(instant))) return `"${name}" is not a date`
  }
  const sums = totalsOf(files)
  const differs = (['rows', 'bytes', 'csvBytes'] as const).some((count) => totals[count] !== sums[count])
  return differs ? 'its totals are not the sums of its files' : undefined
}

function intentRule({ manifest, files }: Intent, { dataset, day, lastDay }: DayIdentity): string | undefined {
  const rule = publicationRule(manifest)
  if (rule !== undefined) return `the manifest that it announces: ${rule}`
  if (manifest.dataset !== dataset || manifest.day !== day || manifest.lastDay !== lastDay) {
    return `it describes ${manifest.dataset} ${manifest.day}, and does not belong here`
  }
  const isOfFiles = files.length === manifest.files.length
  // None: of a run that only clears up.
  if (files.length > 0 && !(isOfFiles && files.every(({ key }, index) => key === manifest.files[index]?.key)))
    return 'its files are not those of the manifest that it announces'
  return undefined
}

function replacementRule({ intent, ...current }: Manifest): string | undefined {
  if (intent === undefined) return undefined
  const rule = intentRule(intent, current)
  if (rule !== undefined) return `its intent: ${rule}`
  // Consumers would be given an older revision after a newer one.
  return intent.manifest.revision < current.revision ? 'its intent: the revision goes back' : undefined
}

/** A manifest of version 1 calls its `filter` `selection`. Any other value is returned as it is. */
function upgraded(value: unknown): unknown {
  if (!isObject(value)) return value
  const { intent } = value
  const manifest = intent === undefined ? value : { ...value, intent: upgradedIntent(intent) }
  if (value.manifestVersion !== 1) return manifest
  const { selection, ...others } = manifest as { readonly selection?: unknown }
  return { filter: selection, ...others, manifestVersion: MANIFEST_VERSION }
}

function upgradedIntent(value: unknown): unknown {
  return isObject(value) ? { ...value, manifest: upgraded(value.manifest) } : value
}

function parseJson(bytes: Uint8Array, what: 'manifest' | 'intent', key: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch (cause) {
    throw invalid(what, key, 'is not JSON', { cause })
  }
}

const REWRITE = 'delete it (and the files beside it, where the day was split) and export the day again'

function invalid(
  what: 'manifest' | 'intent',
  key: string,
  rule: string,
  { next = REWRITE, ...options }: { readonly next?: string; readonly cause?: unknown } = {},
): DayfileError {
  return new DayfileError('MANIFEST_INVALID', `${what} ${key}: ${rule}; ${next}`, { key, rule }, options)
}
