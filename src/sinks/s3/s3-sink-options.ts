// What an application may say about an S3 sink, and what of it is refused when the sink is made.

import {
  BOOLEAN,
  isObject,
  oneOf,
  requireOneOf,
  requireOptions,
  STRING,
  whole,
  type OptionTable,
  type Shape,
} from '../../options.js'
import type { ObjectSettings, S3Encryption } from './object-settings.js'
import { DEFAULT_PART_BYTES, MAX_PART_BYTES, MIN_PART_BYTES } from './part-size.js'
import { LOCATION_OPTIONS, unableTo, type S3Location, type S3LocationOptions } from './s3-location.js'

/** Options of {@link s3Sink}. */
export interface S3SinkOptions extends S3LocationOptions, ObjectSettings {
  /**
   * Bytes of the first parts of an upload, 5 MiB to 5 GiB; defaults to 8 MiB. They grow, so that 10,000 of them hold 5 TiB.
   * With `provider: 'r2'`, whose parts are equal, all have this size: 8 MiB reach 78 GiB.
   */
  readonly partSizeBytes?: number | undefined
  /** Parts on their way at once, 1 to 100. Defaults to 4. */
  readonly concurrency?: number | undefined
}

const DEFAULT_CONCURRENCY = 4
const MAX_CONCURRENCY = 100
const MAX_TAGS = 10
const MAX_METADATA_BYTES = 2048
const RESERVED_METADATA = 'dayfile-'
const ARCHIVED = ['GLACIER', 'DEEP_ARCHIVE']

const TEXTS: Shape = [
  'an object of texts',
  (value) =>
    isObject(value) &&
    !Array.isArray(value) &&
    Object.values(value).every((each) => typeof each === 'string'),
]

// Of SSE-KMS; SSE-S3 has its type alone.
const ENCRYPTION_OPTIONS = {
  type: oneOf('SSE-S3', 'SSE-KMS'),
  keyId: STRING,
  context: TEXTS,
  bucketKey: BOOLEAN,
} satisfies OptionTable<Extract<S3Encryption, { type: 'SSE-KMS' }>>

const SINK_OPTIONS = {
  ...LOCATION_OPTIONS,
  encryption: { options: ENCRYPTION_OPTIONS },
  acl: oneOf('bucket-owner-full-control', 'private'),
  storageClass: STRING,
  tags: TEXTS,
  metadata: TEXTS,
  contentEncoding: oneOf('gzip'),
  partSizeBytes: whole('a whole number of bytes from 5 MiB to 5 GiB', MIN_PART_BYTES, MAX_PART_BYTES),
  concurrency: whole(`a whole number of parts from 1 to ${MAX_CONCURRENCY}`, 1, MAX_CONCURRENCY),
} satisfies OptionTable<S3SinkOptions>

/** Throws for an option that a sink does not have, or that has another shape. */
export function requireSinkOptions(options: S3SinkOptions): void {
  requireNoSseC(options)
  requireOptions('s3Sink', options, SINK_OPTIONS)
}

/** The numbers of an upload, filled in. */
export interface UploadNumbers {
  readonly partSizeBytes: number
  readonly concurrency: number
}

export function uploadNumbers(options: S3SinkOptions): UploadNumbers {
  const { partSizeBytes = DEFAULT_PART_BYTES, concurrency = DEFAULT_CONCURRENCY } = options
  return { partSizeBytes, concurrency }
}

/** @throws TypeError for what the server cannot do; RangeError for what is too much. */
export function objectSettings(options: S3SinkOptions, { provider, abilities }: S3Location): ObjectSettings {
  const { encryption, acl, storageClass, tags, metadata, contentEncoding } = options
  if (encryption !== undefined) requireEncryption(encryption)
  if (encryption?.type === 'SSE-S3' && !abilities.sse) {
    throw unableTo('encryption', provider, 'does not do so when asked (it may encrypt everything by itself)')
  }
  if (encryption?.type === 'SSE-KMS' && !abilities.kms) {
    throw unableTo('encryption', provider, 'has no key service')
  }
  if (acl !== undefined && !abilities.acl) throw unableTo('acl', provider, 'has none for objects')
  if (tags !== undefined) {
    if (abilities.tags === 'none') throw unableTo('tags', provider, 'keeps none')
    requireTags(tags)
  }
  if (metadata !== undefined) requireMetadata(metadata)
  if (storageClass !== undefined) requireStorageClass(storageClass, provider, abilities.storageClasses)
  return Object.freeze({
    ...(encryption === undefined ? {} : { encryption }),
    ...(acl === undefined ? {} : { acl }),
    ...(storageClass === undefined ? {} : { storageClass }),
    ...(tags === undefined ? {} : { tags }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
  })
}

/** Said first: its `key` is no option, and must not come near a message. */
function requireNoSseC(options: unknown): void {
  const encryption = isObject(options) ? options.encryption : undefined
  if (!isObject(encryption) || encryption.type !== 'SSE-C') return
  throw new TypeError(
    's3Sink: option encryption: SSE-C is not supported, as everybody who reads would have to send the key with every request, and a lost key is a lost day; use SSE-KMS',
  )
}

function requireEncryption(encryption: S3Encryption): void {
  requireOneOf('s3Sink: option encryption.type', encryption.type, ['SSE-S3', 'SSE-KMS'])
  const other = Object.keys(encryption).find((name) => name !== 'type')
  if (encryption.type === 'SSE-KMS' || other === undefined) return
  throw new TypeError(
    `s3Sink: option encryption.${other}: SSE-S3 has no such option; use SSE-KMS or leave it out`,
  )
}

function requireTags(tags: Readonly<Record<string, string>>): void {
  const entries = Object.entries(tags)
  const fits = ([name, value]: [string, string]): boolean =>
    name !== '' &&
    name.length <= 128 &&
    value.length <= 256 &&
    !name.startsWith('aws:') &&
    /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(name + value)
  if (entries.length > MAX_TAGS || !entries.every(fits)) {
    throw new RangeError(
      `s3Sink: option tags: expected ${MAX_TAGS} at most, names of 1 to 128 and values of up to 256 letters, digits, spaces or _.:/=+-@, no name with aws:`,
    )
  }
}

function requireMetadata(metadata: Readonly<Record<string, string>>): void {
  const entries = Object.entries(metadata)
  const reserved = entries.find(([name]) => name.startsWith(RESERVED_METADATA))
  if (reserved !== undefined) {
    throw new TypeError(
      `s3Sink: option metadata: names that begin with ${RESERVED_METADATA} are the sink's own`,
    )
  }
  const fits = ([name, value]: [string, string]): boolean =>
    /^[a-z0-9][a-z0-9!#$%&'*+.^_`|~-]*$/.test(name) && /^[\x20-\x7e]*$/.test(value) && value.trim() === value
  // The id of an upload needs some of it.
  const bytes = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 64)
  if (bytes > MAX_METADATA_BYTES || !entries.every(fits)) {
    throw new RangeError(
      's3Sink: option metadata: expected names in lower case and values of printable ASCII, of 1,984 bytes together',
    )
  }
}

function requireStorageClass(
  storageClass: string,
  provider: S3Location['provider'],
  known: readonly string[] | undefined,
): void {
  if (ARCHIVED.includes(storageClass) && provider === 'aws') {
    throw new RangeError(
      `s3Sink: option storageClass: ${storageClass} cannot be read back without a restore, and so neither can a manifest; use GLACIER_IR, or move old days by a lifecycle rule`,
    )
  }
  if (known !== undefined && !known.includes(storageClass)) {
    throw unableTo('storageClass', provider, `has no ${storageClass}, but ${known.join(', ')}`)
  }
}
