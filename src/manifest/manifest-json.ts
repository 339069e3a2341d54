// In: a manifest or an intent. Out: its bytes. And back, checked.

import * as Type from 'typebox'
import type { TSchema } from 'typebox'
import { Check, Errors } from 'typebox/schema'
import { DayfileError } from '../errors.js'
import { isObject } from '../options.js'
import { MANIFEST_VERSION, totalsOf, type DayIdentity, type Intent, type Manifest } from './manifest.js'

// JSON has integers that a number cannot tell from their neighbors, and so cannot be compared or counted on.
const integerFrom = (minimum: number) => Type.Integer({ minimum, maximum: Number.MAX_SAFE_INTEGER })
const Count = integerFrom(0)
// The day after 9999-12-31 begins in the year +010000.
const Instant = Type.String({ pattern: String.raw`^(\d{4}|\+\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$` })
const Day = Type.String({ pattern: String.raw`^\d{4}-\d\d-\d\d$` })
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })

// What is read has to fit these; that what fits is a manifest, the compiler checks. The types stand by themselves, so that
// declarations do not name TypeBox: it is an ES module, which those of CommonJS may not import.
const FileSchema = Type.Object({
  key: Type.String({ minLength: 1 }),
  bytes: Count,
  sha256: Sha256,
  crc32: Type.Optional(Type.String({ pattern: '^[0-9a-f]{8}$' })),
  etag: Type.Optional(Type.String()),
  rows: Count,
  csvBytes: Count,
  csvSha256: Sha256,
})

const PUBLICATION = {
  manifestVersion: Type.Literal(MANIFEST_VERSION),
  dataset: Type.String({ minLength: 1 }),
  day: Day,
  lastDay: Type.Optional(Day),
  window: Type.Object({ start: Instant, end: Instant }),
  zone: Type.String({ minLength: 1 }),
  revision: integerFrom(1),
  columns: Type.Array(
    Type.Object({
      name: Type.String(),
      kind: Type.String(),
      nullable: Type.Boolean(),
      since: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
  dialect: Type.Object({
    delimiter: Type.String(),
    quote: Type.String(),
    escape: Type.String(),
    recordDelimiter: Type.String(),
    quoting: Type.String(),
    bom: Type.Boolean(),
    formulaGuard: Type.Boolean(),
  }),
  compression: Type.Union([Type.Literal('gzip'), Type.Literal('none')]),
  filter: Type.Object({
    eventTypes: Type.Union([Type.Array(Type.String()), Type.Null()]),
    excludeHistorical: Type.Optional(Type.Boolean()),
    withoutProfile: Type.Optional(Type.Union([Type.Literal('include'), Type.Literal('exclude')])),
    attributes: Type.Optional(Type.Boolean()),
  }),
  files: Type.Array(FileSchema, { minItems: 1 }),
  totals: Type.Object({ rows: Count, bytes: Count, csvBytes: Count }),
  obsolete: Type.Optional(
    Type.Array(Type.Object({ key: Type.String({ minLength: 1 }), etag: Type.Optional(Type.String()) })),
  ),
  retired: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
  created: Instant,
  producer: Type.Object({ name: Type.String(), version: Type.String() }),
}

const IntentSchema = Type.Object({
  manifest: Type.Object(PUBLICATION),
  files: Type.Array(
    Type.Object({
      key: Type.String({ minLength: 1 }),
      token: Type.Optional(Type.String()),
      id: Type.Optional(Type.String()),
      replaces: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
})

const ManifestSchema = Type.Object({
  ...PUBLICATION,
  intent: Type.Optional(IntentSchema),
})

/** The bytes of a manifest: the same manifest always gives the same bytes, indented for the people who open it. */
export function serializeManifest(manifest: Manifest): Uint8Array {
  // Value.Clean would drop fields in place; building the object in schema order is what fixes the order of keys.
  const ordered = Object.fromEntries(
    Object.keys(ManifestSchema.properties)
      .filter((key) => Object.hasOwn(manifest, key))
      .map((key) => [key, manifest[key as keyof Manifest]]),
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
export function parseIntent(bytes: Uint8Array, key: string, day: DayIdentity): Intent {
  const value = upgradedIntent(parseJson(bytes, 'intent', key))
  if (!Check(IntentSchema, value)) throw invalid('intent', key, shapeRule(IntentSchema, value))
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
export function parseManifest(bytes: Uint8Array, key: string): Manifest {
  const value = upgraded(parseJson(bytes, 'manifest', key))
  const version = (value as { manifestVersion?: unknown } | null)?.manifestVersion
  if (typeof version === 'number' && version > MANIFEST_VERSION) {
    const rule = `has version ${version}, and this package reads up to ${MANIFEST_VERSION}`
    throw invalid('manifest', key, rule, { next: 'update the package that reads it' })
  }
  if (!Check(ManifestSchema, value)) throw invalid('manifest', key, shapeRule(ManifestSchema, value))
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

function shapeRule(schema: TSchema, value: unknown): string {
  const [, [first]] = Errors(schema, value)
  return `${first?.instancePath ?? ''} ${first?.message ?? 'has another shape'}`.trim()
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
