// Walks every order in which runs can make their steps.

import { createHash } from 'node:crypto'
import {
  apply,
  changes,
  progressOf,
  type Answer,
  type Progress,
  type Run,
  type Storage,
  type StorageKind,
} from './interleaving.js'

/** A state of the whole: what is stored, what each run has been told, and how many answers may still be lost. */
export interface State {
  readonly storage: Storage
  readonly answers: Readonly<Record<string, readonly Answer[]>>
  readonly losses: number
}

export interface Exploration {
  readonly states: number
  /** The outcomes of all runs, in each state in which they have come to their ends. */
  readonly outcomes: ReadonlySet<string>
}

export interface ExplorationOptions {
  readonly runs: Readonly<Record<string, Run>>
  readonly from: Storage
  /** What the runs have been told before; defaults to nothing. */
  readonly answers?: State['answers']
  readonly kind: StorageKind
  /** How many answers to changing steps may be lost, after the step was made or instead of it. Defaults to 0. */
  readonly losses?: number
  /** Called for each state that differs from all others in what is stored. */
  readonly onStorage?: (storage: Storage, state: State) => Promise<void>
  /** Called for each state, with the outcome of each run that has ended. */
  readonly onState?: (state: State, outcomes: Readonly<Record<string, string>>) => Promise<void> | void
}

/** Short, as there are many of them. */
const fingerprint = (value: unknown): string =>
  createHash('sha1').update(JSON.stringify(value)).digest('base64')

const memory = new Map<Run, Map<string, Promise<Progress>>>()

/** What a run does next; each question is worked out once. */
function next(name: string, run: Run, answers: readonly Answer[]): Promise<Progress> {
  const known = memory.get(run) ?? new Map<string, Promise<Progress>>()
  memory.set(run, known)
  const key = fingerprint(answers)
  const progress = known.get(key) ?? progressOf(name, run, answers)
  known.set(key, progress)
  return progress
}

/** Visits every state that can be reached. */
export async function explore({
  runs,
  from,
  answers: told = {},
  kind,
  losses = 0,
  onStorage,
  onState,
}: ExplorationOptions): Promise<Exploration> {
  const names = Object.keys(runs)
  const first: State = {
    storage: from,
    answers: Object.fromEntries(names.map((name) => [name, told[name] ?? []])),
    losses,
  }
  const seen = new Set([fingerprint(first)])
  const storages = new Set<string>()
  const waiting = [first]
  const ends = new Set<string>()
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    const stored = fingerprint(state.storage)
    if (!storages.has(stored)) {
      storages.add(stored)
      await onStorage?.(state.storage, state)
    }
    const outcomes: Record<string, string> = {}
    for (const name of names) {
      const run = runs[name]
      const answers = state.answers[name]
      if (run === undefined || answers === undefined) continue
      const progress = await next(name, run, answers)
      if ('outcome' in progress) {
        outcomes[name] = progress.outcome
        continue
      }
      const after = apply(state.storage, progress.step, kind)
      const branches: State[] = [reached(state, name, after.storage, after.answer, state.losses)]
      if (state.losses > 0 && changes(progress.step)) {
        const lost: Answer = { code: 'SINK_UNAVAILABLE' }
        branches.push(reached(state, name, after.storage, lost, state.losses - 1))
        branches.push(reached(state, name, state.storage, lost, state.losses - 1))
      }
      for (const branch of branches) {
        const key = fingerprint(branch)
        if (seen.has(key)) continue
        seen.add(key)
        waiting.push(branch)
      }
    }
    if (names.every((name) => name in outcomes)) ends.add(names.map((name) => outcomes[name]).join(' | '))
    await onState?.(state, outcomes)
  }
  return { states: seen.size, outcomes: ends }
}

function reached(state: State, name: string, storage: Storage, answer: Answer, losses: number): State {
  const answers = { ...state.answers, [name]: [...(state.answers[name] ?? []), answer] }
  return { storage, answers, losses }
}

/** Lets the runs make their steps in one order: `choose` picks one of those that have not come to their end. */
export async function walk(
  runs: Readonly<Record<string, Run>>,
  from: Storage,
  kind: StorageKind,
  choose: (names: readonly string[]) => string | undefined,
): Promise<{ readonly storage: Storage; readonly outcomes: Readonly<Record<string, string>> }> {
  let state: State = {
    storage: from,
    answers: Object.fromEntries(Object.keys(runs).map((name) => [name, []])),
    losses: 0,
  }
  const outcomes: Record<string, string> = {}
  for (;;) {
    const name = choose(Object.keys(runs).filter((each) => !(each in outcomes)))
    const run = name === undefined ? undefined : runs[name]
    if (name === undefined || run === undefined) return { storage: state.storage, outcomes }
    const progress = await next(name, run, state.answers[name] ?? [])
    if ('outcome' in progress) {
      outcomes[name] = progress.outcome
    } else {
      const after = apply(state.storage, progress.step, kind)
      state = reached(state, name, after.storage, after.answer, 0)
    }
  }
}

/** Lets one run come to its end alone. */
export async function alone(
  name: string,
  run: Run,
  from: Storage,
  kind: StorageKind,
): Promise<{ readonly storage: Storage; readonly outcome: string; readonly passed: readonly Storage[] }> {
  let storage = from
  const answers: Answer[] = []
  const passed = [from]
  for (;;) {
    const progress = await next(name, run, [...answers])
    if ('outcome' in progress) return { storage, outcome: progress.outcome, passed }
    const after = apply(storage, progress.step, kind)
    storage = after.storage
    answers.push(after.answer)
    passed.push(storage)
  }
}
