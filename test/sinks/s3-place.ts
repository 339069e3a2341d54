// What the tests of the S3 sink write into: a server that stands in for one of three, a sink, and what was asked of it.

import { inspect } from 'node:util'
import type { AnyDayfileError, Sink } from 'dayfile'
import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { s3Archive, s3Sink, type S3SinkOptions } from 'dayfile/s3'
import { afterEach, expect, onTestFinished, vi } from 'vitest'
import {
  startFakeS3,
  type FakeS3Operation,
  type FakeS3Options,
  type OperationName,
} from '../support/fake-s3/index.js'
import { BUCKET, clientOf, MIB, PREFIX } from './places.js'

export const DATA = `${PREFIX}/events/dt=2026-03-07/events_2026-03-07.csv.gz`
export const MANIFEST = `${PREFIX}/events/dt=2026-03-07/_manifest.json`
export const quiet = new AbortController().signal

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

export interface PlaceSettings {
  readonly options?: Partial<S3SinkOptions>
  readonly config?: S3ClientConfig
  readonly server?: FakeS3Options
  /** Whether the sink makes its client by itself, with its own retries and limits. */
  readonly ownClient?: boolean
}

/** A place that is gone after the test. */
export async function place(settings: PlaceSettings = {}) {
  const opened = await openPlace(settings)
  cleanups.push(opened.close)
  return opened
}

/** A place, to be closed by who opens it. The provider defaults to that of S3 itself. */
export async function openPlace(settings: PlaceSettings) {
  const { options = {}, config = {}, server = {}, ownClient = false } = settings
  const s3 = await startFakeS3({ buckets: [BUCKET], ...server })
  const client = clientOf(s3, config)
  const { endpoint, region, credentials } = s3
  const location = {
    bucket: BUCKET,
    prefix: PREFIX,
    provider: 'aws' as const,
    ...(ownClient ? { endpoint, region, credentials } : { client }),
  }
  const sink = s3Sink({ ...location, partSizeBytes: 5 * MIB, ...options })
  return {
    s3,
    client,
    location,
    sink,
    archive: s3Archive({ ...location, ...(options.provider && { provider: options.provider }) }),
    operations: (): OperationName[] => s3.operations.map(({ operation }) => operation),
    asked: (operation: OperationName): FakeS3Operation[] =>
      s3.operations.filter((each) => each.operation === operation),
    stored: (key = DATA) => s3.objects(BUCKET).get(key),
    close: async () => {
      client.destroy()
      await s3.close()
    },
    unfinished: (): string[] => s3.uploads(BUCKET).map(({ key }) => key),
  }
}

export async function* mebibytes(count: number): AsyncGenerator<Uint8Array, void, void> {
  for (let index = 0; index < count; index++) yield Buffer.alloc(MIB, index)
}

export interface StageSettings {
  readonly ifMatch?: string | null
  readonly id?: string
  readonly signal?: AbortSignal
  readonly key?: string
}

export function stage(
  sink: Sink,
  count: number,
  { key = DATA, signal = quiet, ...rest }: StageSettings = {},
) {
  return sink.stage(key, mebibytes(count), { contentType: 'application/gzip', signal, ...rest })
}

/** Stages and commits, and gives up what could not be committed. */
export async function publish(sink: Sink, count: number, settings: StageSettings = {}): Promise<string> {
  const staged = await stage(sink, count, settings)
  try {
    return (await staged.commit()).etag
  } catch (error) {
    await staged.discard()
    throw error
  }
}

export function write(
  sink: Sink,
  ifMatch: string | null,
  {
    text = '{}',
    signal = quiet,
    key = MANIFEST,
  }: { readonly text?: string; readonly signal?: AbortSignal; readonly key?: string } = {},
) {
  return sink.write(key, Buffer.from(text), { contentType: 'application/json', ifMatch, signal })
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

export const HOUR_MS = 3_600_000

/** Until the test is over, of all that is timed by this package and by the SDK; what a socket brings is not. */
export function stopClock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
}

/** Lets an attempt that nobody answers pass on a stopped clock, and the next one arrive after the client's back-off. */
export async function passAttempt(timeoutMs: number, asked: () => number, times: number): Promise<void> {
  await until(() => asked() === times)
  await vi.advanceTimersByTimeAsync(timeoutMs)
  while (asked() === times) {
    await vi.advanceTimersByTimeAsync(100)
    await turns(2)
  }
}

export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Neither key of the fake's account. */
export const SECRETS = /FAKES3ACCESSKEY|fake-s3-secret-key/

export function expectNoSecret(error: AnyDayfileError): void {
  const printed = inspect(error, { depth: Infinity, showHidden: true })
  const said = `${error.message} ${JSON.stringify(error)} ${printed}`
  expect(said).not.toMatch(SECRETS)
}
