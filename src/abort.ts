// Waiting that an abort ends at once.

import { setMaxListeners } from 'node:events'

/** The promise, or the rejection of the signal's reason, whichever comes first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Whoever loses the race has nobody left to tell.
  promise.catch(() => undefined)
  if (signal.aborted) return Promise.reject(signal.reason as Error)
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort)
    })
  })
}

/**
 * Passes an iterable on until the signal aborts, and then throws its reason, even while a pull is pending.
 *
 * The iterable is closed whenever the passing ends early: `return()` is called, and waited for unless a pull is still
 * pending, as a generator answers it only after that pull, which may be never.
 */
export async function* untilAborted<T>(
  iterable: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, void> {
  const iterator = iterable[Symbol.asyncIterator]()
  let pending = false
  let ended = false
  try {
    for (;;) {
      pending = true
      const step = await orAborted(
        iterator.next().finally(() => {
          pending = false
        }),
        signal,
      )
      if (step.done === true) {
        ended = true
        return
      }
      yield step.value
    }
  } finally {
    if (!ended) {
      // How the closing goes must not hide why it was closed.
      const closed = (async () => iterator.return?.())().catch(() => undefined)
      // A closing that hangs is ended by an abort that comes after it has begun.
      if (!pending) await (signal.aborted ? closed : orAborted(closed, signal).catch(() => undefined))
    }
  }
}

/**
 * Gives work that does many things at once a signal of its own, which aborts with your application's: as many listeners on the
 * application's own one look like a leak to Node, which warns of it.
 */
export async function withSharedSignal<T>(
  host: AbortSignal | undefined,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (host === undefined) return work(undefined)
  const shared = new AbortController()
  setMaxListeners(0, shared.signal)
  const abort = (): void => {
    shared.abort(host.reason)
  }
  if (host.aborted) abort()
  else host.addEventListener('abort', abort, { once: true })
  try {
    return await work(shared.signal)
  } finally {
    host.removeEventListener('abort', abort)
  }
}
