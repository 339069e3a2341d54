// A model checker for what runs of this package do to a storage. Runs are the real code: each call of its sink or archive
// is one step, answered in the order that the checker chooses. As a run is determined by the answers that it has been
// given, a state of the whole is the storage and the answers so far, and each one is looked at once.

import { createHash } from 'node:crypto'
import { DayfileError, isDayfileError, objectKeys, type Archive, type Sink } from 'dayfile'

/** What lies in the bucket: objects by key, a character a byte, and what is staged by token. Never changed in place. */
export interface Storage {
  readonly objects: Readonly<Record<string, string>>
  /** The token of the staging that an object came from, by key. */
  readonly ids: Readonly<Record<string, string>>
  readonly staged: Readonly<Record<string, { readonly key: string; readonly content: string }>>
}

export interface StorageKind {
  /** Whether completing an upload compares the version that it comes in the place of, as AWS does and Ceph does not. */
  readonly conditionalCommit: boolean
  /** Whether objects tell which staging they came from, as S3 keeps metadata and a directory does not. */
  readonly keepsIds: boolean
}

type Arguments = Readonly<Record<string, string | null | undefined>>

/** One call of a run. */
export interface Step {
  readonly call: keyof typeof CALLS
  readonly arguments: Arguments
}

export type Answer =
  { readonly value: unknown } | { readonly code: 'SINK_CONFLICT' | 'SINK_NOT_FOUND' | 'SINK_UNAVAILABLE' }

/** A run that is about to make a step, or has come to its end. */
export type Progress = { readonly step: Step } | { readonly outcome: string }

/** A piece of code under test. Its outcome is told as text. */
export type Run = (storage: Sink & Archive) => Promise<string>

const KEYS = objectKeys({})

export const EMPTY: Storage = { objects: {}, ids: {}, staged: {} }

export const etagOf = (content: string): string => createHash('md5').update(content).digest('hex')

const without = <T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([each]) => each !== key))

/** What each call does to a storage. */
const CALLS = {
  read: (storage: Storage, { key = '' }: Arguments) => {
    const content = storage.objects[key ?? '']
    return { storage, answer: { value: content === undefined ? null : { content, etag: etagOf(content) } } }
  },
  stat: (storage: Storage, { key = '' }: Arguments) => {
    const content = storage.objects[key ?? '']
    if (content === undefined) return { storage, answer: { value: null } }
    const id = storage.ids[key ?? '']
    const value = { bytes: content.length, etag: etagOf(content), ...(id === undefined ? {} : { id }) }
    return { storage, answer: { value } }
  },
  stage: (storage: Storage, { key, content, token }: Arguments) => {
    const staged = { ...storage.staged, [token ?? '']: { key: key ?? '', content: content ?? '' } }
    return { storage: { ...storage, staged }, answer: { value: null } }
  },
  commit: (storage: Storage, { token, ifMatch }: Arguments, kind: StorageKind) => {
    const staged = storage.staged[token ?? '']
    if (staged === undefined) return { storage, answer: { code: 'SINK_CONFLICT' as const } }
    const there = storage.objects[staged.key]
    const etag = there === undefined ? null : etagOf(there)
    if (kind.conditionalCommit && ifMatch !== undefined && ifMatch !== etag) {
      return { storage, answer: { code: 'SINK_CONFLICT' as const } }
    }
    const objects = { ...storage.objects, [staged.key]: staged.content }
    const answer = { value: { etag: etagOf(staged.content) } }
    const ids = kind.keepsIds ? { ...storage.ids, [staged.key]: token ?? '' } : storage.ids
    return { storage: { objects, ids, staged: without(storage.staged, token ?? '') }, answer }
  },
  discard: (storage: Storage, { token }: Arguments) => ({
    storage: { ...storage, staged: without(storage.staged, token ?? '') },
    answer: { value: null },
  }),
  write: (storage: Storage, { key, content, ifMatch }: Arguments) => {
    const there = storage.objects[key ?? '']
    if ((there === undefined ? null : etagOf(there)) !== ifMatch) {
      return { storage, answer: { code: 'SINK_CONFLICT' as const } }
    }
    const objects = { ...storage.objects, [key ?? '']: content ?? '' }
    return { storage: { ...storage, objects }, answer: { value: { etag: etagOf(content ?? '') } } }
  },
  remove: (storage: Storage, { key, ifMatch }: Arguments) => {
    const there = storage.objects[key ?? '']
    const isMeant = there !== undefined && (ifMatch === undefined || etagOf(there) === ifMatch)
    return {
      storage: isMeant ? { ...storage, objects: without(storage.objects, key ?? '') } : storage,
      answer: { value: null },
    }
  },
  stagings: (storage: Storage, { key }: Arguments) => ({
    storage,
    answer: {
      value: Object.entries(storage.staged)
        .map(([token, staged]) => ({ key: staged.key, token }))
        .filter((staging) => staging.key.startsWith(key ?? '')),
    },
  }),
  unstage: (storage: Storage, { key, tokens }: Arguments) => {
    const given = tokens?.split(' ') ?? []
    const rest = Object.entries(storage.staged).filter(
      ([token, staged]) => staged.key !== key || !given.includes(token),
    )
    return { storage: { ...storage, staged: Object.fromEntries(rest) }, answer: { value: null } }
  },
  list: (storage: Storage, { key = '' }: Arguments) => {
    const entries = Object.entries(storage.objects)
      .filter(([each]) => each.startsWith(key ?? ''))
      .map(([each, content]) => ({ key: each, bytes: content.length, etag: etagOf(content) }))
    return { storage, answer: { value: entries } }
  },
  open: (storage: Storage, { key = '', ifMatch }: Arguments) => {
    const content = storage.objects[key ?? '']
    if (content === undefined) return { storage, answer: { code: 'SINK_NOT_FOUND' as const } }
    if (ifMatch !== undefined && etagOf(content) !== ifMatch) {
      return { storage, answer: { code: 'SINK_CONFLICT' as const } }
    }
    return { storage, answer: { value: content } }
  },
}

export function apply(
  storage: Storage,
  step: Step,
  kind: StorageKind,
): { readonly storage: Storage; readonly answer: Answer } {
  return CALLS[step.call](storage, step.arguments, kind)
}

/** Whether the step may change the storage, so that losing the answer to it matters. */
export const changes = ({ call }: Step): boolean => ['write', 'commit', 'remove', 'stage'].includes(call)

/** What a run does next, once it has been given these answers. */
export async function progressOf(name: string, run: Run, answers: readonly Answer[]): Promise<Progress> {
  let count = 0
  let reached: (step: Step) => void = () => undefined
  const next = new Promise<Progress>((resolve) => {
    reached = (step) => {
      resolve({ step })
    }
  })
  const ask = (call: Step['call'], args: Arguments): Promise<unknown> => {
    const answer = answers[count++]
    if (answer === undefined) {
      // Only the first step counts. The run then comes to its end, which closes what it has open.
      reached({ call, arguments: args })
      return Promise.reject(new Error('stopped'))
    }
    if ('value' in answer) return Promise.resolve(answer.value)
    const retryable = answer.code !== 'SINK_NOT_FOUND'
    return Promise.reject(
      new DayfileError(
        answer.code,
        `${call}: ${answer.code}`,
        { location: 'model:', operation: call },
        { retryable },
      ),
    )
  }
  const outcome = run(storageOf(name, ask)).then(
    (told) => ({ outcome: told }),
    (error: unknown) => ({ outcome: isDayfileError(error) ? error.code : `threw ${String(error)}` }),
  )
  return Promise.race([next, outcome])
}

function storageOf(
  name: string,
  ask: (call: Step['call'], args: Arguments) => Promise<unknown>,
): Sink & Archive {
  let stagings = 0
  const optional = (ifMatch: string | undefined): Arguments => (ifMatch === undefined ? {} : { ifMatch })
  return {
    location: 'model:',
    keys: KEYS,
    async read(key) {
      const found = (await ask('read', { key })) as { content: string; etag: string } | null
      return found === null ? null : { bytes: Buffer.from(found.content, 'latin1'), etag: found.etag }
    },
    stat: (key) => ask('stat', { key }) as ReturnType<Sink['stat']>,
    async stage(key, body, { ifMatch }) {
      const chunks: Uint8Array[] = []
      for await (const chunk of body) chunks.push(chunk)
      const token = `${name}${++stagings}`
      await ask('stage', { key, content: Buffer.concat(chunks).toString('latin1'), token })
      return {
        token,
        id: token,
        commit: (options = {}) => ask('commit', { token, ifMatch, ...options }) as Promise<{ etag: string }>,
        discard: () => ask('discard', { token }) as Promise<void>,
      }
    },
    write: (key, bytes, { ifMatch }) =>
      ask('write', { key, content: Buffer.from(bytes).toString('latin1'), ifMatch }) as Promise<{
        etag: string
      }>,
    remove: (key, { ifMatch }) => ask('remove', { key, ...optional(ifMatch) }) as Promise<void>,
    stagings: (key) => ask('stagings', { key }) as ReturnType<NonNullable<Sink['stagings']>>,
    unstage: (key, { tokens }) => ask('unstage', { key, tokens: tokens.join(' ') }) as Promise<void>,
    async *list(prefix) {
      yield* (await ask('list', { key: prefix })) as { key: string; bytes: number; etag: string }[]
    },
    async *open(key, { ifMatch } = {}) {
      yield Buffer.from((await ask('open', { key, ...optional(ifMatch) })) as string, 'latin1')
    },
  }
}
