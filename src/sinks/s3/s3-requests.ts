// The one way to the server: every request of a sink or an archive names the bucket and its owner, and has a time limit.

import type { Readable } from 'node:stream'
import type {
  $Command,
  S3Client,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from '@aws-sdk/client-s3'
import { awsSdk, type AwsSdk } from './aws-sdk.js'
import { unquoted } from './etags.js'
import { withoutSecrets } from './s3-errors.js'
import type { S3Location } from './s3-location.js'
import { timeLimits } from './time-limits.js'

interface Limits {
  /** Of one attempt. */
  readonly requestTimeoutMs: number
  /** Of a request with all of its attempts. */
  readonly deadlineMs: number
}

// A server has nothing to do for these but to look, and an application waits for them.
const READ_LIMITS: Limits = { requestTimeoutMs: 10_000, deadlineMs: 30_000 }
const WRITE_LIMITS: Limits = { requestTimeoutMs: 60_000, deadlineMs: 300_000 }

function usualLimits(operation: S3Operation): Limits {
  return /^(Get|Head|List)/.test(operation) ? READ_LIMITS : WRITE_LIMITS
}

/** The operations of S3 that are asked for here, by their names. */
export type S3Operation = keyof AwsSdk extends infer Name
  ? Name extends `${infer Operation}Command`
    ? Operation
    : never
  : never

type CommandOf<Operation extends S3Operation> = AwsSdk[`${Operation}Command`]

type WholeInputOf<Operation extends S3Operation> = ConstructorParameters<CommandOf<Operation>>[0]

/** What is said in a request. The bucket is the same for all, as is its owner unless another one is named. */
export type InputOf<Operation extends S3Operation> = Omit<WholeInputOf<Operation>, 'Bucket'>

/** What is answered. */
export type OutputOf<Operation extends S3Operation> =
  InstanceType<CommandOf<Operation>> extends $Command<
    WholeInputOf<Operation>,
    infer Output,
    S3ClientResolvedConfig,
    ServiceInputTypes,
    ServiceOutputTypes
  >
    ? Output
    : never

type AnyCommand = Parameters<S3Client['send']>[0]

/** Options of a request. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
  /** Added to both limits, as for the bytes of a part. */
  readonly extraMs?: number | undefined
  /** The most that the deadline may be. */
  readonly maxDeadlineMs?: number | undefined
}

interface S3Ready {
  readonly sdk: AwsSdk
  readonly client: S3Client
}

/** Sends requests to one bucket. */
export interface S3Requests {
  /** Rejects with what the client throws, with the reason of the signal, or with an error of the time limit. */
  send<Operation extends S3Operation>(
    operation: Operation,
    input: InputOf<Operation>,
    options?: RequestOptions,
  ): Promise<OutputOf<Operation>>
  /**
   * The bytes of an object as they come: each chunk has the deadline of a request for itself. The connection is closed if
   * the bytes are not read to their end.
   */
  bytes(
    input: InputOf<'GetObject'>,
    options?: Pick<RequestOptions, 'signal'>,
  ): AsyncGenerator<Uint8Array, void, void>
  /** A small object: all of it has the deadline of one request. */
  object(
    input: InputOf<'GetObject'>,
    options?: Pick<RequestOptions, 'signal'>,
  ): Promise<{ readonly bytes: Buffer; readonly etag: string }>
}

/** The place of the requests, and the limits of all. */
export type S3RequestsOptions = Pick<
  S3Location,
  'client' | 'isOwnClient' | 'bucket' | 'expectedBucketOwner' | 'abilities'
> & { readonly [Name in keyof Limits]?: number | undefined }

export function s3Requests({
  client,
  isOwnClient,
  bucket,
  expectedBucketOwner,
  abilities: { integrity },
  deadlineMs,
  requestTimeoutMs,
}: S3RequestsOptions): S3Requests {
  const attemptMs = (operation: S3Operation) => requestTimeoutMs ?? usualLimits(operation).requestTimeoutMs
  const limitMsOf = (operation: S3Operation) => deadlineMs ?? usualLimits(operation).deadlineMs

  // Loads the SDK and makes the client. No time limit covers it, as no server is asked.
  const ready = async (): Promise<S3Ready> => ({ sdk: await awsSdk(), client: await client() })

  async function send(
    operation: S3Operation,
    input: object,
    signal: AbortSignal,
    extraMs = 0,
  ): Promise<unknown> {
    const { sdk, client } = await ready()
    const owner = expectedBucketOwner === undefined ? {} : { ExpectedBucketOwner: expectedBucketOwner }
    const Command = sdk[`${operation}Command`] as new (input: object) => AnyCommand
    const command = new Command({ ...owner, ...input, Bucket: bucket })
    if (integrity === 'md5') leaveOutCrc32(command)
    const secrets = secretsOf(command)
    // A client of your application keeps its own limit for each attempt.
    const requestTimeout = attemptMs(operation) + extraMs
    try {
      return await client.send(command, {
        abortSignal: signal,
        ...(isOwnClient ? { requestTimeout } : {}),
      })
    } catch (error) {
      throw withoutSecrets(error, secrets)
    }
  }

  const get = async (input: object, signal: AbortSignal): Promise<OutputOf<'GetObject'>> =>
    (await send('GetObject', input, signal)) as OutputOf<'GetObject'>

  return {
    async send<Operation extends S3Operation>(
      operation: Operation,
      input: InputOf<Operation>,
      { signal, extraMs = 0, maxDeadlineMs = Infinity }: RequestOptions = {},
    ) {
      await ready()
      const limits = timeLimits(signal)
      const limitMs = Math.min(limitMsOf(operation) + extraMs, maxDeadlineMs)
      try {
        const answer = limits.step(limitMs, () => send(operation, input, limits.signal, extraMs))
        return (await answer) as OutputOf<Operation>
      } finally {
        limits.release()
      }
    },
    async *bytes(input, { signal } = {}) {
      await ready()
      yield* bytesOf((within) => get(input, within), limitMsOf('GetObject'), signal)
    },
    async object(input, { signal } = {}) {
      await ready()
      const limits = timeLimits(signal)
      const limitMs = limitMsOf('GetObject')
      const chunks: Uint8Array[] = []
      let etag = ''
      const answered = async (within: AbortSignal): Promise<OutputOf<'GetObject'>> => {
        const answer = await get(input, within)
        etag = unquoted(answer.ETag)
        return answer
      }
      try {
        await limits.step(limitMs, async () => {
          for await (const chunk of bytesOf(answered, limitMs, limits.signal)) chunks.push(chunk)
        })
      } finally {
        limits.release()
      }
      return { bytes: Buffer.concat(chunks), etag }
    },
  }
}

/** The bytes of an answer; it and each chunk have the limit for themselves. */
async function* bytesOf(
  get: (signal: AbortSignal) => Promise<OutputOf<'GetObject'>>,
  limitMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  const limits = timeLimits(signal)
  let body: Readable | undefined
  try {
    const answer = await limits.step(limitMs, () => get(limits.signal))
    // On Node the body is a Readable.
    body = answer.Body as Readable | undefined
    const chunks = body?.[Symbol.asyncIterator]() as AsyncIterator<Uint8Array> | undefined
    while (chunks !== undefined) {
      const step = await limits.step(limitMs, () => chunks.next(), 'body')
      if (step.done === true) break
      yield step.value
    }
    body = undefined
  } finally {
    // A reader that leaves early, or waits for a chunk in vain, closes the connection.
    body?.destroy()
    limits.release(body !== undefined)
  }
}

/**
 * A client of your application adds a CRC-32 by default. R2, B2 and Google have refused it, and S3 itself does so for parts of
 * an upload that was created without; Content-MD5 is sent there.
 */
function leaveOutCrc32({ middlewareStack }: AnyCommand): void {
  middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { readonly headers: Record<string, string> }
      delete headers['x-amz-checksum-crc32']
      delete headers['x-amz-sdk-checksum-algorithm']
      return next(args)
    },
    { name: 'leaveOutCrc32', step: 'build', priority: 'low', override: true },
  )
}

/** What the request of a command shows of the credentials: known once it has been signed. */
function secretsOf({ middlewareStack }: AnyCommand): ReadonlySet<string> {
  const secrets = new Set<string>()
  middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { readonly headers: Record<string, string | undefined> }
      for (const name of ['x-amz-security-token', 'x-amz-s3session-token', 'authorization']) {
        const secret = headers[name]
        if (secret !== undefined && secret !== '') secrets.add(secret)
      }
      return next(args)
    },
    { name: 'secretsOf', step: 'deserialize', override: true },
  )
  return secrets
}
