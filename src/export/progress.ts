// In: what a run counts as its rows and bytes pass and its parts are stored. Out: calls of your application, one at a time.

import { orAborted } from '../abort.js'
import type { StoredPart } from '../sinks/sink.js'

/** How far an export has come. */
export interface ExportProgress {
  readonly dataset: string
  readonly day: string
  /** Rows written so far. */
  readonly rows: number
  /** Bytes of CSV made so far, before compression. */
  readonly csvBytes: number
  /** Bytes that the sink has taken so far, as they are stored. Of a day that is split: none before its last row. */
  readonly bytes: number
  /** Parts that the storage has confirmed so far. 0 where a sink sends none. */
  readonly parts: number
  readonly elapsedMs: number
  /** `rows` by `elapsedMs`: over the whole run so far, and 0 in its first millisecond. */
  readonly rowsPerSecond: number
  /** Whether it is the last call: all is stored, and only has to be published. */
  readonly done: boolean
}

/** Reports to your application how far a run has come. */
export interface Progress {
  /** Passes the bytes of the CSV on. */
  rows<Chunk>(chunks: AsyncIterable<Chunk>): AsyncIterable<Chunk>
  /** Passes on what a sink takes. */
  taken(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
  /** Told by the sink, which does not wait. */
  readonly onPart?: ((part: StoredPart) => void) | undefined
  /** Tells the end, when everything is stored. */
  end(): Promise<void>
}

/** The run that is reported. */
export interface ProgressOfRun {
  readonly dataset: string
  readonly day: string
  readonly startedAt: Date
  readonly now: () => Date
  /** Rows whose bytes have been given out so far. */
  readonly rows: () => number
  readonly signal: AbortSignal
  /** Ends the run with what your application threw while nobody waited for it. */
  readonly fail: (error: unknown) => void
}

// Nine a second: with the last one, which does not wait for its time, never more than ten.
const INTERVAL_MS = 112

const SILENT: Progress = {
  rows: (chunks) => chunks,
  taken: (body) => body,
  end: () => Promise.resolve(),
}

/**
 * Makes the progress of a run. Your application is called by who pulls the rows, and its promise is waited for there, so that it
 * holds them up; and when a part was stored. Two calls are never under way at once.
 */
export function progressOf(
  onProgress: ((progress: ExportProgress) => unknown) | undefined,
  { dataset, day, startedAt, now, rows: rowsSoFar, signal, fail }: ProgressOfRun,
): Progress {
  if (onProgress === undefined) return SILENT
  let toldAt = startedAt.getTime()
  let csvBytes = 0
  let bytes = 0
  let parts = 0
  let telling: Promise<void> | undefined

  // Your application's async function is waited for: what it throws fails the export as what a plain one throws does.
  async function call(done: boolean): Promise<void> {
    const rows = rowsSoFar()
    const elapsedMs = Math.max(0, now().getTime() - startedAt.getTime())
    const rowsPerSecond = elapsedMs === 0 ? 0 : (rows * 1000) / elapsedMs
    const progress = { dataset, day, rows, csvBytes, bytes, parts, elapsedMs, rowsPerSecond, done }
    // One that never settles must not hold up an abort.
    await orAborted((async () => await onProgress?.(progress))(), signal)
  }

  function tell(done = false): Promise<void> {
    // A call that failed stays: the run ends with it, and your application is not called again.
    telling = call(done).then(() => {
      telling = undefined
    })
    return telling
  }

  function isDue(): boolean {
    const time = now().getTime()
    const since = time - toldAt
    // A clock that was set back begins another interval.
    if (since < 0) toldAt = time
    if (since < INTERVAL_MS) return false
    toldAt = time
    return true
  }

  async function tellIfDue(): Promise<void> {
    await telling
    if (isDue()) await tell()
  }

  return {
    async *rows(chunks) {
      for await (const chunk of chunks) {
        if (chunk instanceof Uint8Array) csvBytes += chunk.byteLength
        yield chunk
        await tellIfDue()
      }
    },
    async *taken(body) {
      for await (const chunk of body) {
        bytes += chunk.byteLength
        await tellIfDue()
        yield chunk
      }
    },
    onPart() {
      parts++
      if (telling === undefined && !signal.aborted && isDue()) tell().catch(fail)
    },
    async end() {
      await telling
      signal.throwIfAborted()
      await tell(true)
    },
  }
}
