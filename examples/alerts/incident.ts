// In: what is known of incidents, and what a run has come to. Out: what is known then, with the messages still to be posted.
// Nothing here reads a clock, a file or the network.

/** What went wrong with one day, in words that have no content. */
export interface Failure {
  /** The day, or why no day could be named. */
  readonly day: string
  readonly code: string
  readonly message: string
  /** Whether the next run may succeed with nothing changed. */
  readonly retryable: boolean
}

/** What a run, or a look at the days that are there, has come to for one dataset in one place. */
export interface Observation {
  readonly dataset: string
  readonly location: string
  /** An export that succeeds ends every incident; a watchdog that misses nothing ends those that it began. */
  readonly by: 'export' | 'watchdog'
  readonly at: Date
  /** None: all is well. */
  readonly failures: readonly Failure[]
}

/** From the first failure to the next success. */
export interface Incident {
  readonly by: Observation['by']
  readonly since: string
  /** Runs that have failed so far. */
  readonly runs: number
}

/** What has to survive the process. */
export interface AlertState {
  /** The incidents that last, by dataset and location. */
  readonly incidents: Readonly<Record<string, Incident>>
  /** Messages that have not been posted yet, oldest first. */
  readonly unposted: readonly string[]
}

export const NO_INCIDENTS: AlertState = { incidents: {}, unposted: [] }

/** Begins an incident with its alert, goes on with it in silence, or ends it with its message. */
export function observe(state: AlertState, observation: Observation): AlertState {
  const { dataset, location, by, at, failures } = observation
  const place = `${dataset} to ${location}`
  const { [place]: incident, ...others } = state.incidents
  if (failures.length > 0) {
    const begun = incident ?? { by, since: at.toISOString(), runs: 0 }
    return {
      incidents: { ...others, [place]: { ...begun, runs: begun.runs + 1 } },
      unposted: incident === undefined ? [...state.unposted, alert(place, failures)] : state.unposted,
    }
  }
  if (incident === undefined || (by === 'watchdog' && incident.by === 'export')) return state
  return { incidents: others, unposted: [...state.unposted, resolution(place, incident)] }
}

function alert(place: string, failures: readonly Failure[]): string {
  const days = failures.map(({ day, code }) => `${day} (${code})`).join(', ')
  const messages = [...new Set(failures.map(({ message }) => message))].slice(0, 3)
  const next = failures.every(({ retryable }) => retryable)
    ? 'It may resolve itself: the next run tries again.'
    : 'It will not resolve itself: somebody has to act.'
  const more = 'Further failures are part of this incident, and are not posted.'
  return [`:rotating_light: The export of ${place} fails: ${days}.`, ...messages, `${next} ${more}`].join(
    '\n',
  )
}

function resolution(place: string, { since, runs }: Incident): string {
  const times = runs === 1 ? 'one failure' : `${runs} failures`
  return `:white_check_mark: The export of ${place} works again, after ${times} since ${since}.`
}
