// Requests come in as HTTP, pass the fault script, the signature check and the policy, and reach one operation;
// what goes out is its reply or an S3 error, and a line in the log.
import { setMaxListeners } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { accessDenied, ClientGone, S3Error } from './errors.js'
import { answer, exchange, letBodyCome, resetConnection, type Exchange } from './exchange.js'
import { faultScript, rewritten, type FakeS3Operation, type Fault, type FaultMatcher } from './faults.js'
import type { Policy } from './iam.js'
import { traitsOf, type ServerKind } from './providers.js'
import { operations as handlers, type Reply } from './operations.js'
import { openPayload, readBody, requireLength } from './payload.js'
import { queryValue, readRequest, type S3Request } from './request.js'
import { verifySignature, type Account, type Signer } from './signature.js'
import { addBucket, bucketNamed, type MultipartUpload, type Store, type StoredObject } from './store.js'

export interface FakeS3Options {
  buckets?: readonly string[]
  /** 0, the default, takes any free port. */
  port?: number
  now?: () => Date
  region?: string
  /** The first one is what `credentials` gives out. */
  accounts?: readonly [Account, ...Account[]]
  /** Owner of every bucket, compared with x-amz-expected-bucket-owner. */
  accountId?: string
  allow?: Policy
  /** False makes the server ignore encryption headers, as several S3-compatible servers do. */
  encrypts?: boolean
  /** False refuses canned ACLs, as buckets do that were made since 2023. */
  acls?: boolean
  /** Which server it stands in for; defaults to AWS. The others lack what Ceph 16.2 and Swift 2.30 lack. */
  behaves?: ServerKind
}

export interface FakeS3 {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string
  readonly region: string
  readonly credentials: Account
  readonly accountId: string
  /** Everything that was asked for, in the order of arrival. */
  readonly operations: readonly FakeS3Operation[]
  createBucket(name: string): void
  /** The bucket's own map, so a test can also plant, corrupt or take away objects behind the client's back. */
  objects(bucket: string): Map<string, StoredObject>
  /** Multipart uploads in progress, oldest first. */
  uploads(bucket: string): readonly MultipartUpload[]
  fault(matcher: FaultMatcher, fault: Fault): void
  setPolicy(allow: Policy | undefined): void
  /** Cuts all connections, stalled ones included, and frees the port. */
  close(): Promise<void>
}

type LogEntry = { -readonly [Name in keyof FakeS3Operation]: FakeS3Operation[Name] }

const reads = new Set(['GetObject', 'HeadObject', 'GetObjectTagging'])

const defaultAccount: Account = { accessKeyId: 'FAKES3ACCESSKEY', secretAccessKey: 'fake-s3-secret-key' }

/**
 * Starts an S3 server in this process that is as strict as S3 itself: it checks signatures, checksums and
 * conditions, and keeps an object only when its whole body has arrived.
 *
 * Bodies are kept in memory. One operation is applied in one turn of the event loop, so of several
 * concurrent conditional writes exactly one wins.
 *
 * @example
 * const s3 = await startFakeS3({ buckets: ['exports'] })
 * s3.fault({ operation: 'UploadPart', after: 2 }, { status: 503, code: 'SlowDown' })
 */
export async function startFakeS3(options: FakeS3Options = {}): Promise<FakeS3> {
  const now = options.now ?? (() => new Date())
  const region = options.region ?? 'us-east-1'
  const accounts = options.accounts ?? [defaultAccount]
  const accountId = options.accountId ?? '111122223333'
  const { encrypts = true, acls = true, behaves = 'aws' } = options
  const traits = traitsOf[behaves]
  const store: Store = { region, accountId, now, encrypts, acls, traits, buckets: new Map() }
  for (const name of options.buckets ?? []) addBucket(store, name)

  const signer: Signer = { accounts, region, now }
  const log: LogEntry[] = []
  const script = faultScript()
  const closing = new AbortController()
  // Every request in flight listens, and more than ten of them are no leak.
  setMaxListeners(0, closing.signal)
  let allow = options.allow

  async function serve(live: Exchange): Promise<void> {
    let request: S3Request
    try {
      request = readRequest(live.message)
    } catch (error) {
      await answer(live, asS3Error(error), now())
      return
    }
    const entry = logEntry(log.length, request)
    log.push(entry)
    const fault = script.take(entry)
    if (fault === 'reset') {
      resetConnection(live)
      return
    }
    if (fault === 'stall') {
      live.message.resume()
      await live.over
      live.socket.destroy()
      return
    }
    try {
      const outcome = await outcomeOf(live, request, entry, fault)
      entry.status = outcome.status
      await publish(live, entry, outcome, fault)
    } catch (error) {
      if (!(error instanceof ClientGone)) throw error
      live.socket.destroy()
    }
  }

  async function outcomeOf(live: Exchange, request: S3Request, entry: LogEntry, fault: Fault | undefined) {
    try {
      await happenBefore(live, entry, fault)
      if (typeof fault === 'object' && 'instead' in fault) return fault.instead
      return await carryOut(live, request, entry, fault)
    } catch (error) {
      if (error instanceof ClientGone) throw error
      return asS3Error(error)
    }
  }

  async function carryOut(live: Exchange, request: S3Request, entry: LogEntry, fault: Fault | undefined) {
    const verified = verifySignature(request, signer)
    if (allow?.(entry.operation, entry) === false) throw accessDenied()
    const expectedOwner = request.headers['x-amz-expected-bucket-owner']
    if (traits.checksOwner && expectedOwner !== undefined && expectedOwner !== accountId) throw accessDenied()
    requireLength(request, traits)
    letBodyCome(live)
    const cut = cutOf(fault)
    const writes = request.method === 'PUT' || request.method === 'POST'
    const body = await readBody(live.message, writes ? cut : undefined)
    if (writes && cut !== undefined) throw new ClientGone('the fault script cut the request body')
    const payload = openPayload(body, request, verified, traits)
    entry.bytes = payload.bytes.length
    const reply = told(entry, () => handlers[entry.operation]({ store, request, payload }))
    if (entry.operation === 'GetObject') entry.bytes = reply.body?.length ?? 0
    return rewritten(reply, fault)
  }

  /** Who may not list a key by its name (as the prefix) is not told that it is missing. */
  function told(entry: FakeS3Operation, handle: () => Reply): Reply {
    try {
      return handle()
    } catch (error) {
      const missing = error instanceof S3Error && error.code === 'NoSuchKey'
      const listing: FakeS3Operation = { ...entry, operation: 'ListObjectsV2', prefix: entry.key }
      if (missing && reads.has(entry.operation) && allow?.('ListObjectsV2', listing) === false) {
        throw accessDenied()
      }
      throw error
    }
  }

  async function publish(
    live: Exchange,
    entry: LogEntry,
    outcome: Reply | S3Error,
    fault: Fault | undefined,
  ) {
    if (typeof fault === 'object' && 'answerThenReset' in fault) {
      resetConnection(live)
      return
    }
    const cut = live.message.method === 'GET' ? cutOf(fault) : undefined
    // Set ahead of time: a client may read the log as soon as it has the last byte.
    entry.answered = cut === undefined
    if (!(await answer(live, outcome, now(), cut))) entry.answered = false
  }

  // Node's own time limits would otherwise strike in the middle of a held request or a slow test.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 })
  const accept = (message: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) => {
    const live = exchange(message, response, awaitsContinue, traits.errorMessages, closing.signal)
    serve(live).catch(() => {
      live.socket.destroy()
    })
  }
  server.on('request', (message, response) => {
    accept(message, response, false)
  })
  // Without this listener node:http lets every body come, even one that is about to be refused.
  server.on('checkContinue', (message: IncomingMessage, response: ServerResponse) => {
    accept(message, response, true)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo

  return {
    endpoint: `http://127.0.0.1:${port}`,
    region,
    credentials: { ...accounts[0] },
    accountId,
    operations: log,
    createBucket: (name) => {
      addBucket(store, name)
    },
    objects: (bucket) => bucketNamed(store, bucket).objects,
    uploads: (bucket) => [...bucketNamed(store, bucket).uploads.values()],
    fault: (matcher, fault) => {
      script.add(matcher, fault)
    },
    setPolicy: (policy) => {
      allow = policy
    },
    close: () =>
      new Promise<void>((resolve) => {
        closing.abort()
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

function logEntry(index: number, request: S3Request): LogEntry {
  const uploadId = queryValue(request, 'uploadId')
  const partNumber = queryValue(request, 'partNumber')
  const prefix = queryValue(request, 'prefix')
  return {
    index,
    operation: request.operation,
    bucket: request.bucket,
    key: request.key,
    status: 0,
    answered: false,
    headers: request.headers,
    ...(uploadId !== undefined && { uploadId }),
    ...(partNumber !== undefined && { partNumber: Number(partNumber) }),
    ...(prefix !== undefined && { prefix }),
    bytes: 0,
  }
}

/** Runs the part of a fault that comes before the operation; throws when there is to be none. */
async function happenBefore(live: Exchange, entry: LogEntry, fault: Fault | undefined): Promise<void> {
  if (typeof fault === 'function') await Promise.race([fault(entry), live.over])
  else if (typeof fault === 'object' && 'hold' in fault) await Promise.race([fault.hold, live.over])
  else if (typeof fault === 'object' && 'code' in fault) {
    const { status, code, message = `${code}, as the test asked`, headers = {}, elements = {} } = fault
    throw new S3Error(status, code, message, { headers, elements })
  } else return
  // A client that was killed meanwhile has closed its socket; one turn lets that news come in.
  await turn()
  if (live.response.destroyed) throw new ClientGone('the client left while its request was held')
}

function cutOf(fault: Fault | undefined): number | undefined {
  return typeof fault === 'object' && 'resetAfterBytes' in fault ? fault.resetAfterBytes : undefined
}

function asS3Error(error: unknown): S3Error {
  if (error instanceof S3Error) return error
  return new S3Error(500, 'InternalError', error instanceof Error ? error.message : String(error))
}
