import { isDayfileError } from '../../errors.js'
import type { Archive } from '../../read/archive.js'
import type { Sink } from '../sink.js'
import { rememberConnection } from './s3-connection.js'
import { asS3Error } from './s3-errors.js'
import { archiveOf } from './s3-archive.js'
import { s3Location } from './s3-location.js'
import { s3Requests } from './s3-requests.js'
import { settleTags } from './object-settings.js'
import { objectSettings, requireSinkOptions, uploadNumbers, type S3SinkOptions } from './s3-sink-options.js'
import {
  readObject,
  removeObject,
  replacedMeanwhile,
  statObject,
  writeObject,
  type ObjectPlace,
} from './small-objects.js'
import { stageUpload } from './staged-upload.js'
import { electNewest, endUploads, foundUploads, giveUpUpload } from './unfinished-uploads.js'
import { stagedObject } from './upload-completion.js'

/**
 * Makes a sink that writes into a bucket of Amazon S3 or an S3-compatible server. It is an archive too, and reads what it wrote.
 *
 * Data goes up as a multipart upload, small data too, and becomes visible by its completion; the manifest is written with
 * If-None-Match or If-Match. A data object keeps the id of its upload as the metadata `dayfile-upload`, by which a lost
 * answer is distinguished from a conflict. What the server has to do and what it says is compared: checksums, tags, encryption.
 * Memory: `concurrency` + 1 parts.
 *
 * Needs what `iamPolicy` gives: s3:PutObject, s3:GetObject of manifests, s3:AbortMultipartUpload,
 * s3:ListMultipartUploadParts, s3:ListBucket (without it S3 answers 403 for a missing object), s3:DeleteObject
 * for its own small objects and where a replacement has other keys, s3:ListBucketMultipartUploads to abort what killed runs
 * have left (without it that stays), and for `tags` s3:PutObjectTagging (s3:GetObjectTagging too where the provider is not
 * 'aws').
 *
 * @throws DayfileError from its methods: `SINK_DENIED`, `SINK_NOT_FOUND`, `SINK_CONFLICT`, `SINK_CORRUPT` or
 * `SINK_UNAVAILABLE`.
 * @throws TypeError or RangeError when an option has the wrong shape, or asks for what the server of the profile cannot do.
 * @example
 * s3Sink({ bucket: 'analytics', prefix: 'exports/', region: 'eu-central-1' }).location // 's3://analytics/exports'
 */
export function s3Sink(options: S3SinkOptions): Sink & Archive {
  requireSinkOptions(options)
  const numbers = uploadNumbers(options)
  const { requestTimeoutMs, deadlineMs } = options
  const s3 = s3Location(options)
  const settings = objectSettings(options, s3)
  const { keys, location, provider, abilities, expectedBucketOwner } = s3
  const requests = s3Requests({ ...s3, requestTimeoutMs, deadlineMs })
  const place: ObjectPlace = {
    requests,
    provider,
    abilities,
    settings,
    conditions: { put: abilities.conditionalPut },
  }

  const asFailure = (operation: string, key: string, error: unknown, ifMatch?: string | null): unknown =>
    isDayfileError(error)
      ? error
      : asS3Error(location, operation, key, error, { ifMatch, expectedBucketOwner })

  async function attempt<T>(
    operation: string,
    key: string,
    { signal, ifMatch }: { readonly signal: AbortSignal; readonly ifMatch?: string | null | undefined },
    run: () => Promise<T>,
  ): Promise<T> {
    try {
      return await run()
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw asFailure(operation, key, error, ifMatch)
    }
  }

  const sink = Object.freeze<Sink & Archive>({
    ...archiveOf(s3, requests),
    read: (key, { signal }) => attempt('GetObject', key, { signal }, () => readObject(place, key, signal)),
    stat: (key, { signal }) => attempt('HeadObject', key, { signal }, () => statObject(place, key, signal)),
    async stage(key, body, { contentType, ifMatch, id, onPart, signal }) {
      const failed = (operation: string, error: unknown): unknown => asFailure(operation, key, error, ifMatch)
      const upload = await stageUpload(body, {
        ...{ ...numbers, requests, abilities, settings },
        ...{ location, key, contentType, id, onPart, signal, failed },
      })
      const { uploadId } = upload
      const { atomicAbort } = abilities
      // Whether the server knows conditions may be found out only when the first one is sent, after the staging.
      let elected = false
      const elect = async (sparesOlder: boolean): Promise<void> => {
        if (elected || place.conditions.put !== false) return
        elected = true
        await electNewest(requests, key, uploadId, { atomicAbort, sparesOlder }, signal)
      }
      try {
        await attempt('ListMultipartUploads', key, { signal }, () => elect(false))
      } catch (error) {
        await giveUpUpload(requests, key, uploadId)
        throw error
      }
      const staged = stagedObject(upload, {
        ...{ requests, provider, abilities, settings, id, signal },
        beforeCompletion: () => elect(true),
        async requireVersion(expected) {
          const etag = (await statObject(place, key, signal))?.etag ?? null
          if (etag !== expected) throw replacedMeanwhile()
        },
      })
      return {
        token: uploadId,
        id,
        commit: ({ ifMatch: expected = ifMatch } = {}) =>
          attempt('CompleteMultipartUpload', key, { signal, ifMatch: expected }, () =>
            staged.commit(expected),
          ),
        discard: () => staged.discard(),
      }
    },
    write: (key, bytes, written) =>
      attempt('PutObject', key, written, () => writeObject(place, key, bytes, written)),
    remove: (key, removed) =>
      attempt('DeleteObject', key, { signal: removed.signal }, () => removeObject(place, key, removed)),
    confirm: (key, { signal }) =>
      attempt('PutObjectTagging', key, { signal }, () =>
        settleTags(requests, key, { ...settings, provider, abilities }),
      ),
    stagings: (prefix, { signal }) =>
      attempt('ListMultipartUploads', prefix, { signal }, () => foundUploads(requests, prefix, signal)),
    unstage: (key, { tokens, mayBeCommitting, signal }) =>
      attempt('AbortMultipartUpload', key, { signal }, () =>
        endUploads(requests, key, tokens, { mayBeCommitting, atomicAbort: abilities.atomicAbort }, signal),
      ),
  })
  rememberConnection(sink, {
    requests,
    keys,
    location,
    expectedBucketOwner,
    provider: {
      name: provider,
      conditionalPut: abilities.conditionalPut !== false,
      conditionalComplete: abilities.conditionalComplete,
    },
    settings,
  })
  return sink
}
