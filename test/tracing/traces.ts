// What is told on a channel while a test runs.

import { tracingChannel } from 'node:diagnostics_channel'
import { onTestFinished } from 'vitest'

type EventName = 'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error'

export interface Told<Trace> {
  readonly event: EventName
  /** The payload itself, which is filled in until the end. */
  readonly trace: Trace
  /** The payload as it was then. */
  readonly then: Trace
}

/** Follows a channel until the test is over. */
export function follow<Trace extends object>(name: string): Told<Trace>[] {
  const told: Told<Trace>[] = []
  const channel = tracingChannel<unknown, Trace>(name)
  const note = (event: EventName) => (trace: Trace) => {
    told.push({ event, trace, then: { ...trace } })
  }
  const listeners = {
    start: note('start'),
    end: note('end'),
    asyncStart: note('asyncStart'),
    asyncEnd: note('asyncEnd'),
    error: note('error'),
  }
  channel.subscribe(listeners)
  onTestFinished(() => {
    channel.unsubscribe(listeners)
  })
  return told
}

/** The payloads at their ends. */
export function ends<Trace>(told: readonly Told<Trace>[]): Trace[] {
  return told.filter(({ event }) => event === 'asyncEnd').map(({ then }) => then)
}

export function eventsOf<Trace>(told: readonly Told<Trace>[], trace: Trace | undefined): string {
  return told
    .filter((each) => each.trace === trace)
    .map(({ event }) => event)
    .join()
}
