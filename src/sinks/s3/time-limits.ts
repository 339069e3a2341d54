// How long the sink waits for an answer. AbortSignal.any is not used: on Node 20 each call leaves something behind in a
// signal that lives as long as your application.

import { orAborted } from '../../abort.js'

/** Nobody who uploads to S3 should be slower than this, and gets the time for it on top of every limit. */
const SLOWEST_BYTES_A_SECOND = 256 * 1024

/** The time that so many bytes may need beside what a request needs in any case. */
export function transferMs(bytes: number): number {
  return Math.ceil((bytes / SLOWEST_BYTES_A_SECOND) * 1000)
}

/** The name of the error of a request, with all of its attempts, that took longer than it may. */
export const DEADLINE_EXCEEDED = 'DeadlineExceeded'

/** What ends an exchange with the server: your application's abort, or a step that takes too long. */
export interface TimeLimits {
  /** For the requests of the exchange. */
  readonly signal: AbortSignal
  /** Waits for a step, which from then on fails the exchange when it takes longer: `missing` is what did not come. */
  step<T>(limitMs: number, run: () => Promise<T>, missing?: Missing): Promise<T>
  /** Takes the listener off your application's signal, and cancels what still runs if `cancel` is said. */
  release(cancel?: boolean): void
}

/** What a server owes: an answer, or the rest of one. */
type Missing = 'answer' | 'body'

export function timeLimits(host?: AbortSignal): TimeLimits {
  const stop = new AbortController()
  const stopWithSignal = (): void => {
    stop.abort(host?.reason)
  }
  if (host?.aborted === true) stopWithSignal()
  else host?.addEventListener('abort', stopWithSignal, { once: true })
  return {
    signal: stop.signal,
    async step(limitMs, run, missing = 'answer') {
      stop.signal.throwIfAborted()
      const timer = setTimeout(() => {
        stop.abort(deadlineExceeded(limitMs, missing))
      }, limitMs)
      try {
        return await orAborted(run(), stop.signal)
      } finally {
        clearTimeout(timer)
      }
    },
    release(cancel = false) {
      host?.removeEventListener('abort', stopWithSignal)
      if (cancel) stop.abort()
    },
  }
}

function deadlineExceeded(limitMs: number, missing: Missing): Error {
  const seconds = limitMs / 1000
  const what =
    missing === 'answer'
      ? `did not answer within ${seconds} s, with all attempts`
      : `sent nothing more of the object for ${seconds} s`
  const message = `the server ${what}; run again later, or set \`deadlineMs\``
  return Object.assign(new Error(message), { name: DEADLINE_EXCEEDED })
}
