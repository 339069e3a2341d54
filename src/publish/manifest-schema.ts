// What a manifest and an intent have to look like, by TypeBox.

import * as Type from 'typebox'
import type { TSchema } from 'typebox'
import { Check, Errors } from 'typebox/schema'
import { MANIFEST_VERSION, type Intent, type Manifest } from './manifest.js'

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

export const ManifestSchema = Type.Object({
  ...PUBLICATION,
  intent: Type.Optional(IntentSchema),
})

/** The value as a manifest, or the first rule of its shape that it breaks. */
export function asManifest(value: unknown): Manifest | string {
  return Check(ManifestSchema, value) ? value : shapeRule(ManifestSchema, value)
}

/** The value as an intent, or the first rule of its shape that it breaks. */
export function asIntent(value: unknown): Intent | string {
  return Check(IntentSchema, value) ? value : shapeRule(IntentSchema, value)
}

function shapeRule(schema: TSchema, value: unknown): string {
  const [, [first]] = Errors(schema, value)
  return `${first?.instancePath ?? ''} ${first?.message ?? 'has another shape'}`.trim()
}
