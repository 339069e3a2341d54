// The one way to the server: every request of a sink or an archive names the bucket and its owner, and has a time limit.

import type {
  $Command,
  S3Client,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from '@aws-sdk/client-s3'
import { awsSdk, type AwsSdk } from './aws-sdk.js'
import { withoutSecrets } from './s3-errors.js'
import { REQUEST_TIMEOUT_MS, type S3Location } from './s3-location.js'
import { timeLimits } from './time-limits.js'

/** How long one request with all of its attempts may take, beside the time for its bytes. */
export const DEADLINE_MS = 300_000

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
  /** In the place of the usual limit. */
  readonly deadlineMs?: number | undefined
}

interface S3Ready {
  readonly sdk: AwsSdk
  readonly client: S3Client
}

/** Sends requests to one bucket. */
export interface S3Requests {
  readonly deadlineMs: number
  /** Loads the SDK and makes the client. No time limit covers it, as no server is asked. */
  ready(): Promise<S3Ready>
  /** Rejects with what the client throws, with the reason of the signal, or with an error of the time limit. */
  send<Operation extends S3Operation>(
    operation: Operation,
    input: InputOf<Operation>,
    options?: RequestOptions,
  ): Promise<OutputOf<Operation>>
  /**
   * The same within an exchange that has its limits already, as the body of an answer is still to come: it is `ready`
   * before they begin.
   */
  sendWithin<Operation extends S3Operation>(
    operation: Operation,
    input: InputOf<Operation>,
    signal: AbortSignal,
  ): Promise<OutputOf<Operation>>
}

/** The place of the requests, and the limits of all. */
export type S3RequestsOptions = Pick<
  S3Location,
  'client' | 'isOwnClient' | 'bucket' | 'expectedBucketOwner' | 'abilities'
> & { readonly deadlineMs?: number | undefined; readonly requestTimeoutMs?: number | undefined }

export function s3Requests({
  client,
  isOwnClient,
  bucket,
  expectedBucketOwner,
  abilities: { integrity },
  deadlineMs: usual = DEADLINE_MS,
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
}: S3RequestsOptions): S3Requests {
  // A client of your application keeps its own limits for each attempt.
  const handlerOptions = (
    abortSignal: AbortSignal,
    extraMs: number,
  ): { abortSignal: AbortSignal; requestTimeout?: number } =>
    isOwnClient ? { abortSignal, requestTimeout: requestTimeoutMs + extraMs } : { abortSignal }

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
    try {
      return await client.send(command, handlerOptions(signal, extraMs))
    } catch (error) {
      throw withoutSecrets(error, secrets)
    }
  }

  return {
    deadlineMs: usual,
    ready,
    async send<Operation extends S3Operation>(
      operation: Operation,
      input: InputOf<Operation>,
      { signal, extraMs = 0, deadlineMs = usual }: RequestOptions = {},
    ) {
      await ready()
      const limits = timeLimits(signal)
      try {
        const answer = limits.step(deadlineMs + extraMs, () => send(operation, input, limits.signal, extraMs))
        return (await answer) as OutputOf<Operation>
      } finally {
        limits.release()
      }
    },
    sendWithin: <Operation extends S3Operation>(
      operation: Operation,
      input: InputOf<Operation>,
      signal: AbortSignal,
    ) => send(operation, input, signal) as Promise<OutputOf<Operation>>,
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
