// In: a bucket, a prefix and what is to be done there. Out: the IAM policy that allows it and nothing else.

import { BOOLEAN, oneOf, required, requireOptions, STRING, STRINGS, type OptionTable } from '../../options.js'
import { keyInvalid, KEYS_OPTIONS, objectKeys, type ObjectKeys } from '../object-keys.js'
import { PREFLIGHT_FOLDER } from './preflight-place.js'

/** Options of {@link iamPolicy}. */
export interface IamPolicyOptions {
  /** The name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens. */
  readonly bucket: string
  /** The prefix of the sink or archive. Without one the policy is for the whole bucket. */
  readonly prefix?: string | undefined
  /** The template of keys of the sink or archive, if it has one. Looked at only where `datasets` are named. */
  readonly keys?: string | undefined
  /** 'write' is what a producer needs: it reads manifests, and no data. 'read' is what a consumer needs. */
  readonly access: 'write' | 'read' | 'read-write'
  /** The names of the only datasets; defaults to all of them. */
  readonly datasets?: readonly string[] | undefined
  /** The ARN of the KMS key of the sink's `encryption`, or of what the bucket encrypts by. */
  readonly encryption?: string | undefined
  /** Whether the sink sets `tags`. Defaults to false. */
  readonly tags?: boolean | undefined
  /** Whether the sink sets an `acl`. Defaults to false. */
  readonly acl?: boolean | undefined
  /** Defaults to 'aws'. */
  readonly partition?: 'aws' | 'aws-cn' | 'aws-us-gov' | undefined
}

/** A policy document of IAM, ready for JSON.stringify. */
export interface IamPolicy {
  readonly Version: '2012-10-17'
  readonly Statement: readonly IamStatement[]
}

/** One statement of a policy. */
export interface IamStatement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
  readonly Condition?: { readonly StringLike: { readonly 's3:prefix': readonly string[] } }
}

const BUCKET_NAME = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const DATASET_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/
const KMS_KEY = /^arn:(aws|aws-cn|aws-us-gov):kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/
const isText = STRING[1]

const IAM_OPTIONS = {
  ...KEYS_OPTIONS,
  bucket: required([
    'a name of 3 to 63 lower-case letters, digits, dots and hyphens, and no ARN',
    (value) => isText(value) && BUCKET_NAME.test(String(value)),
    'string',
  ]),
  access: required(oneOf('write', 'read', 'read-write')),
  datasets: STRINGS,
  encryption: [
    'the ARN of a KMS key (IAM takes no alias)',
    (value) => isText(value) && KMS_KEY.test(String(value)),
    'string',
  ],
  tags: BOOLEAN,
  acl: BOOLEAN,
  partition: oneOf('aws', 'aws-cn', 'aws-us-gov'),
} satisfies OptionTable<IamPolicyOptions>

const SMALL_OBJECTS = ['_manifest.json', '_intent.json'] as const

/**
 * Makes the IAM policy of least privilege for a sink ('write') or an archive ('read').
 *
 * A producer may write, and read manifests, but no data. `checkDestination` needs no more. S3 knows no condition by which
 * listing unfinished uploads could be held to a prefix: that action is allowed for the bucket.
 *
 * @throws DayfileError `KEY_INVALID` for a prefix that no sink takes, or that IAM would read as a wildcard (`*`).
 * @throws TypeError or RangeError when an option has the wrong shape.
 * @example
 * const policy = iamPolicy({ bucket: 'analytics', prefix: 'exports', access: 'read' })
 * policy.Statement.map(({ Action, Resource }) => `${Action} ${Resource}`)
 * // ['s3:GetObject arn:aws:s3:::analytics/exports/*', 's3:ListBucket arn:aws:s3:::analytics']
 */
export function iamPolicy(options: IamPolicyOptions): IamPolicy {
  requireIamOptions(options)
  const { bucket, access, encryption, tags = false, acl = false, partition = 'aws' } = options
  const writes = access !== 'read'
  const { folders, lists } = placesOf(options, writes)
  const bucketArn = `arn:${partition}:s3:::${bucket}`
  const objects = folders.map(({ all }) => `${bucketArn}/${all}`)
  const smallObjects = folders.flatMap(({ folder }) =>
    SMALL_OBJECTS.map((name) => `${bucketArn}/${folder}${name}`),
  )

  const statements: readonly (IamStatement | false)[] = [
    writes &&
      allow('WriteObjects', objects, [
        's3:PutObject',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
        's3:DeleteObject',
        ...(tags ? ['s3:PutObjectTagging'] : []),
        ...(acl ? ['s3:PutObjectAcl'] : []),
      ]),
    access === 'write'
      ? allow('ReadManifests', smallObjects, ['s3:GetObject'])
      : allow('ReadObjects', objects, ['s3:GetObject']),
    {
      ...allow('ListObjects', [bucketArn], ['s3:ListBucket']),
      // A pattern of `*` alone would hold back nothing but lists without a prefix.
      ...(lists.includes('*') ? {} : { Condition: { StringLike: { 's3:prefix': lists } } }),
    },
    writes && allow('ListUnfinishedUploads', [bucketArn], ['s3:ListBucketMultipartUploads']),
    // A producer decrypts too: its manifests, and the parts of an upload when they are put together.
    encryption !== undefined &&
      allow('UseKey', [encryption], [...(writes ? ['kms:GenerateDataKey'] : []), 'kms:Decrypt']),
  ]
  return { Version: '2012-10-17', Statement: statements.filter((each) => each !== false) }
}

function allow(Sid: string, Resource: readonly string[], Action: readonly string[]): IamStatement {
  return { Sid, Effect: 'Allow', Action, Resource }
}

interface Places {
  /** Patterns of the folders of windows, and of everything in them. */
  readonly folders: readonly { readonly folder: string; readonly all: string }[]
  /** Patterns of the prefixes that are listed. */
  readonly lists: readonly string[]
}

function placesOf({ prefix, keys: template, datasets }: IamPolicyOptions, writes: boolean): Places {
  const keys = objectKeys({ prefix, keys: template })
  for (const text of [keys.prefix, template ?? '']) requireLiteral(text)
  if (datasets === undefined) {
    return { folders: [{ folder: `${keys.prefix}*/`, all: `${keys.prefix}*` }], lists: [`${keys.prefix}*`] }
  }
  const preflight = writes ? [`${keys.prefix}${PREFLIGHT_FOLDER}/*/`] : []
  const folders = [...datasets.flatMap((dataset) => windowFolders(keys, dataset)), ...preflight]
  const lists = datasets.flatMap((dataset) => [
    `${keys.dailyPrefix(dataset)}*`,
    `${keys.prefix}ranges/${dataset}/*`,
  ])
  return {
    folders: folders.map((folder) => ({ folder, all: `${folder}*` })),
    lists: [...lists, ...preflight.map((folder) => `${folder}*`)],
  }
}

/** Patterns of the folders of a dataset: of its days, and of its windows over several days. */
function windowFolders(keys: ObjectKeys, dataset: string): string[] {
  const ofAnyDay = keys.manifest(dataset, { day: '*-*-*' })
  return [ofAnyDay.slice(0, ofAnyDay.lastIndexOf('/') + 1), `${keys.prefix}ranges/${dataset}/*/`]
}

/** Keys have neither `?` nor `{`, so that `*` is the only character that IAM reads as something else. */
function requireLiteral(key: string): void {
  if (!key.includes('*')) return
  throw keyInvalid(key, 'a policy would take "*" for any text; choose a prefix or template without it')
}

function requireIamOptions(options: IamPolicyOptions): void {
  requireOptions('iamPolicy', options, IAM_OPTIONS)
  const { datasets } = options
  if (datasets?.length === 0 || datasets?.every((name) => DATASET_NAME.test(name)) === false) {
    throw new RangeError(
      'iamPolicy: option datasets: expected the names of one dataset or more, or the option left out',
    )
  }
}
