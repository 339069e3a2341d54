// What exports, the parts of uploads and reads tell over node:diagnostics_channel, to whoever listens.

import { AsyncResource } from 'node:async_hooks'
import { tracingChannel, type TracingChannel } from 'node:diagnostics_channel'

/**
 * The names of the tracing channels, as `tracingChannel` of node:diagnostics_channel takes them. What they carry is an
 * {@link ExportTrace}, an {@link UploadPartTrace} and a {@link ReadTrace}: one object from `start` to `asyncEnd`.
 *
 * The payloads are stable: properties are only ever added. None has a cell or a credential, nor has the message of an
 * DayfileError in `error`, nor its `cause` where the AWS SDK threw it; what your source threw is not for a log. Without a
 * subscriber nothing is counted or told. What a subscriber throws is an uncaughtException of the process, and no failure of
 * the export.
 *
 * @example
 * import { subscribe } from 'node:diagnostics_channel'
 *
 * const told: string[] = []
 * subscribe(`tracing:${tracingChannels.export}:asyncEnd`, (message) => {
 *   const { dataset, window, report } = message as ExportTrace
 *   told.push(`${dataset} ${window.day}: ${report?.rows} rows`)
 * })
 * const source = () => sampleEvents({ day: '2026-03-07', count: 10 })
 * await exportWindow({ dataset: events, window: dayWindow('2026-03-07'), source, sink: memorySink() })
 * told // ['events 2026-03-07: 10 rows']
 */
export const tracingChannels = Object.freeze({
  export: 'dayfile:export',
  uploadPart: 'dayfile:upload-part',
  read: 'dayfile:read',
} as const)

/** One part on its way into the storage, all attempts to send it included. It runs in the context of its export. */
export interface UploadPartTrace {
  /** Of the sink, without credentials. */
  readonly location: string
  readonly key: string
  /** Counted from 1. */
  readonly partNumber: number
  readonly bytes: number
  /** How often it was sent. Said at `asyncEnd`, where it is known. */
  readonly attempts?: number
  /** What it failed with: a DayfileError, or what the upload was stopped for. */
  readonly error?: unknown
}

/** One publication that is read, from the look for its manifest to its last row. */
export interface ReadTrace {
  readonly dataset: string
  readonly day: string
  /** Only of windows over several days. */
  readonly lastDay?: string | undefined
  /** Of the archive, without credentials. */
  readonly location: string
  /** Known once the publication has been opened. */
  readonly revision?: number
  /** Rows handed out so far. */
  readonly rows: number
  /** Bytes of its files as they are stored, of those read to hand out the rows. */
  readonly bytes: number
  /** Said at `asyncEnd`. 'left': the reader asked for no more rows before the last one. */
  readonly ended?: 'complete' | 'failed' | 'left'
  /** What it failed with, as the reader gets it. */
  readonly error?: unknown
}

/** A payload as it is filled in. */
export type Filled<Trace> = { -readonly [Name in keyof Trace]: Trace[Name] }

const uploadParts = tracingChannel<unknown, UploadPartTrace>(tracingChannels.uploadPart)
const reads = tracingChannel<unknown, ReadTrace>(tracingChannels.read)

/** Traces the sending of a part, which gives the number of attempts that it took. */
export function traceUploadPart(
  about: UploadPartTrace,
  send: () => Promise<number | undefined>,
): Promise<number | undefined> {
  const trace: Filled<UploadPartTrace> = about
  return uploadParts.tracePromise(async () => {
    const attempts = await send()
    if (attempts !== undefined) trace.attempts = attempts
    return attempts
  }, trace)
}

/** A read that somebody listens to. */
export interface TracedRead {
  readonly trace: Filled<ReadTrace>
  /** Does a step in the context that subscribers have bound to the start. */
  inContext<T>(step: () => T): T
  /** Tells the end, once. */
  end(ended: 'complete' | 'left'): void
  fail(error: unknown): void
}

/** Begins to trace a read; undefined when nobody listens. */
export function traceRead(
  about: Pick<ReadTrace, 'dataset' | 'day' | 'lastDay' | 'location'>,
): TracedRead | undefined {
  // A read lasts over many calls of its reader: it is no promise that Node could follow by itself.
  return reads.hasSubscribers ? begun(reads, { ...about, rows: 0, bytes: 0 }) : undefined
}

function begun(
  { start, end, asyncStart, asyncEnd, error }: TracingChannel<unknown, ReadTrace>,
  trace: Filled<ReadTrace>,
): TracedRead {
  const context = start.runStores(trace, () => new AsyncResource('dayfile.read'))
  end.publish(trace)
  const settle = (): void => {
    asyncStart.publish(trace)
    asyncEnd.publish(trace)
  }
  return {
    trace,
    inContext: (step) => context.runInAsyncScope(step),
    end(ended) {
      if (trace.ended !== undefined) return
      trace.ended = ended
      settle()
    },
    fail(thrown) {
      if (trace.ended !== undefined) return
      trace.ended = 'failed'
      trace.error = thrown
      error.publish(trace)
      settle()
    },
  }
}
