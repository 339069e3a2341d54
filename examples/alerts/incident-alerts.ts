// In: what runs have come to. Out: one message when an incident begins, and one when it is over.

import { NO_INCIDENTS, observe, type AlertState, type Observation } from './incident.js'
import { errno, readState, withLock, writeState } from './state-file.js'
import { postText } from './webhook.js'

/** For all that a run has to post: shorter than the lock of the state lasts. */
const POSTING_MS = 30_000

export interface IncidentAlertsOptions {
  readonly webhookUrl: string
  /** Where incidents are remembered: on a disk that outlives the process, one file for all that post to the webhook. */
  readonly statePath: string
}

/**
 * Makes what is told of each run. It never rejects: alerts must not break the exports that they are about.
 *
 * A message that cannot be posted stays in the file, and is posted before the next ones. One whose answer was lost, or
 * whose process was killed before it noted the posting, comes twice: rather that than never.
 */
export function incidentAlerts({ webhookUrl, statePath }: IncidentAlertsOptions) {
  return async (observations: readonly Observation[]): Promise<void> => {
    try {
      await withLock(statePath, () => tell(observations))
    } catch (error) {
      // Without a place to remember incidents each failure is posted: rather that than none.
      warn('the state cannot be kept', error)
      await post(observations.reduce(observe, NO_INCIDENTS), () => Promise.resolve())
    }
  }

  async function tell(observations: readonly Observation[]): Promise<void> {
    const state = observations.reduce(observe, requireState(await readState(statePath)))
    // First noted, then posted: what is killed in between is made up for.
    await writeState(statePath, state)
    await post(state, (rest) => writeState(statePath, rest))
  }

  async function post(state: AlertState, note: (rest: AlertState) => Promise<void>): Promise<void> {
    const limit = AbortSignal.timeout(POSTING_MS)
    let { unposted } = state
    for (const text of state.unposted) {
      try {
        await postText(webhookUrl, text, limit)
      } catch (error) {
        warn(`the webhook cannot be reached; not posted yet: ${unposted.length}`, error)
        return
      }
      unposted = unposted.slice(1)
      await note({ ...state, unposted }).catch((error: unknown) => {
        warn('it cannot be noted that a message was posted: it may come again', error)
      })
    }
  }
}

/** A file that somebody else has written, or that is damaged, is begun anew. */
function requireState(value: unknown): AlertState {
  const { incidents, unposted } = (value ?? {}) as Partial<AlertState>
  return typeof incidents === 'object' && Array.isArray(unposted) ? { incidents, unposted } : NO_INCIDENTS
}

function warn(what: string, error: unknown): void {
  console.warn(`alerts: ${what}: ${errno(error) ?? (error instanceof Error ? error.message : 'unknown')}`)
}
