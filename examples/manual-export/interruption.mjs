// @ts-check
// In: SIGINT (Ctrl-C) and SIGTERM. Out: one AbortSignal, and the exit code that a shell expects.

import { constants } from 'node:os'

const SAME_PRESS_MS = 500

/**
 * Listens until `end` is called.
 *
 * @param {(signal: NodeJS.Signals) => void} tell Called at the first of them: the clean-up begins.
 */
export function interruption(tell) {
  const stop = new AbortController()
  let since = 0
  let exitCode = 0
  /** @param {NodeJS.Signals} signal */
  const interrupt = (signal) => {
    if (!stop.signal.aborted) {
      since = performance.now()
      exitCode = 128 + constants.signals[signal]
      tell(signal)
      stop.abort(new Error(`interrupted by ${signal}`))
      // npm may send on what the terminal has sent to this process too: that is no second Ctrl-C.
    } else if (performance.now() - since > SAME_PRESS_MS) process.exit(exitCode)
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  return {
    signal: stop.signal,
    exitCode: () => exitCode,
    end: () => {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
    },
  }
}
