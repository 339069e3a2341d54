import type { LiveServer } from '../servers/live-server.js'

/** One thing that has to hold on every server. */
export interface Check {
  /** A sentence, and the name of a row of the table. */
  readonly name: string
  /** Why it cannot be made on a server; undefined when it can. */
  readonly skip?: (server: LiveServer) => string | undefined
  /** It measures: nothing else may run beside it. */
  readonly alone?: boolean
  /** Rejects when it does not hold; may give a figure to print. */
  readonly run: (server: LiveServer) => Promise<string | undefined>
}

/** For checks that do something to the server. */
export function onlyWithFaults({ faults }: LiveServer): string | undefined {
  return faults === undefined ? 'the server is not ours to hurt' : undefined
}
