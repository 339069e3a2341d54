// The one way to the server: every request of a sink or an archive names the bucket and its owner, and has a time limit.

import type {
  $Command,
  S3Client,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from '@aws-sdk/client-s3'
import { withoutSecrets } from './s3-errors.js'
import { REQUEST_TIMEOUT_MS, type S3Location } from './s3-location.js'
import { timeLimits } from './time-limits.js'

/** How long one request with all of its attempts may take, beside the time for its bytes. */
export const DEADLINE_MS = 300_000

/** A class of commands. */
export type CommandClass<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = new (
  input: Input,
) => $Command<Input, Output, S3ClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>

type AnyCommand = Parameters<S3Client['send']>[0]

/** What is the same for all requests, and so not said by each. */
type OfAll = 'Bucket' | 'ExpectedBucketOwner'

/** Options of a request. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
  /** Added to both limits, as for the bytes of a part. */
  readonly extraMs?: number | undefined
  /** In the place of the usual limit. */
  readonly deadlineMs?: number | undefined
}

/** Sends requests to one bucket. */
export interface S3Requests {
  readonly deadlineMs: number
  /** Rejects with what the client throws, with the reason of the signal, or with an error of the time limit. */
  send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    Command: CommandClass<Input, Output>,
    input: Omit<Input, OfAll>,
    options?: RequestOptions,
  ): Promise<Output>
  /** The same within an exchange that has its limits already, as the body of an answer is still to come. */
  sendWithin<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    Command: CommandClass<Input, Output>,
    input: Omit<Input, OfAll>,
    signal: AbortSignal,
  ): Promise<Output>
  /** The client with the time limits, for commands that are complete. */
  readonly client: Pick<S3Client, 'send'>
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

  async function send(command: AnyCommand, signal: AbortSignal, extraMs: number): Promise<unknown> {
    if (integrity === 'md5') leaveOutCrc32(command)
    const secrets = secretsOf(command)
    try {
      return await client.send(command, handlerOptions(signal, extraMs))
    } catch (error) {
      throw withoutSecrets(error, secrets)
    }
  }

  async function limited(
    command: AnyCommand,
    { signal, extraMs = 0, deadlineMs = usual }: RequestOptions,
  ): Promise<unknown> {
    const limits = timeLimits(signal)
    try {
      return await limits.step(deadlineMs + extraMs, () => send(command, limits.signal, extraMs))
    } finally {
      limits.release()
    }
  }

  function commandOf<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    Command: CommandClass<Input, Output>,
    input: Omit<Input, OfAll>,
  ): AnyCommand {
    const owner = expectedBucketOwner === undefined ? {} : { ExpectedBucketOwner: expectedBucketOwner }
    return new Command({ ...input, Bucket: bucket, ...owner } as unknown as Input) as unknown as AnyCommand
  }

  return {
    deadlineMs: usual,
    send: <Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
      Command: CommandClass<Input, Output>,
      input: Omit<Input, OfAll>,
      options: RequestOptions = {},
    ) => limited(commandOf(Command, input), options) as Promise<Output>,
    sendWithin: <Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
      Command: CommandClass<Input, Output>,
      input: Omit<Input, OfAll>,
      signal: AbortSignal,
    ) => send(commandOf(Command, input), signal, 0) as Promise<Output>,
    client: {
      send: ((command: AnyCommand, options?: { readonly abortSignal?: AbortSignal }) =>
        limited(command, { signal: options?.abortSignal })) as S3Client['send'],
    },
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
