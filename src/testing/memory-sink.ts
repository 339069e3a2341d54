import { createHash } from 'node:crypto'
import { untilAborted } from '../abort.js'
import { DayfileError } from '../errors.js'
import { requireOptions } from '../options.js'
import { KEYS_OPTIONS, objectKeys, type ObjectKeysOptions } from '../sinks/object-keys.js'
import type { Archive } from '../read/archive.js'
import type { Sink } from '../sinks/sink.js'

/** A sink and an archive in memory; `objects` is what it stores, by key. */
export interface MemorySink extends Sink, Archive {
  readonly objects: Map<string, Uint8Array>
}

// Each is a place of its own.
let sinks = 0

/**
 * Makes a sink that keeps its objects in memory, and reads them as an archive: for tests of what uses this package.
 *
 * @example
 * const sink = memorySink()
 * await sink.write('a', new Uint8Array([1]), { contentType: 'text/plain', ifMatch: null, signal: new AbortController().signal })
 * sink.objects.size // 1
 */
export function memorySink(options: ObjectKeysOptions = {}): MemorySink {
  requireOptions('memorySink', options, KEYS_OPTIONS)
  const objects = new Map<string, Uint8Array>()
  // The key of what is staged, by token.
  const staged = new Map<string, string>()
  let stagings = 0
  const location = 'memory:'
  const endpoint = `#${String(++sinks)}`
  const etagOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
  const etagAt = (key: string): string | null => {
    const bytes = objects.get(key)
    return bytes === undefined ? null : etagOf(bytes)
  }
  const conflict = (operation: string, key: string): DayfileError =>
    new DayfileError(
      'SINK_CONFLICT',
      `${location} ${operation} ${key}: another run has written it meanwhile; run again to compare`,
      { location, operation, key },
      { retryable: true },
    )

  return Object.freeze<MemorySink>({
    location,
    endpoint,
    objects,
    keys: objectKeys(options),
    read: async (key, { signal }) => {
      await untilNextTurn(signal)
      const bytes = objects.get(key)
      return bytes === undefined ? null : { bytes, etag: etagOf(bytes) }
    },
    stat: async (key, { signal }) => {
      await untilNextTurn(signal)
      const bytes = objects.get(key)
      return bytes === undefined ? null : { bytes: bytes.length, etag: etagOf(bytes) }
    },
    async stage(key, body, { ifMatch: ifMatchAtStage, signal }) {
      const chunks: Uint8Array[] = []
      // A caller may use a chunk's memory again once the next one is asked for.
      for await (const chunk of untilAborted(body, signal)) chunks.push(chunk.slice())
      const bytes = Buffer.concat(chunks)
      const token = String(++stagings)
      staged.set(token, key)
      return {
        token,
        commit: ({ ifMatch = ifMatchAtStage } = {}) => {
          const isOther = ifMatch !== undefined && etagAt(key) !== ifMatch
          if (isOther || !staged.delete(token)) return Promise.reject(conflict('commit', key))
          objects.set(key, bytes)
          return Promise.resolve({ etag: etagOf(bytes) })
        },
        discard: () => {
          staged.delete(token)
          return Promise.resolve()
        },
      }
    },
    // Nothing is waited for between the comparison and the writing: of two writers one wins.
    write(key, bytes, { ifMatch, signal }) {
      if (signal.aborted) return Promise.reject(signal.reason as Error)
      if (etagAt(key) !== ifMatch) return Promise.reject(conflict('write', key))
      objects.set(key, bytes.slice())
      return Promise.resolve({ etag: etagOf(bytes) })
    },
    remove: async (key, { ifMatch, signal }) => {
      await untilNextTurn(signal)
      if (ifMatch === undefined || etagAt(key) === ifMatch) objects.delete(key)
    },
    stagings: async (prefix, { signal }) => {
      await untilNextTurn(signal)
      return [...staged].map(([token, key]) => ({ key, token })).filter(({ key }) => key.startsWith(prefix))
    },
    unstage: async (key, { tokens, signal }) => {
      await untilNextTurn(signal)
      for (const token of tokens) if (staged.get(token) === key) staged.delete(token)
    },
    async *list(prefix, { signal } = {}) {
      for (const [key, bytes] of [...objects].sort(([a], [b]) => (a < b ? -1 : 1))) {
        await untilNextTurn(signal)
        if (key.startsWith(prefix)) yield { key, bytes: bytes.length, etag: etagOf(bytes) }
      }
    },
    async *open(key, { signal, ifMatch } = {}) {
      await untilNextTurn(signal)
      const bytes = objects.get(key)
      if (bytes === undefined) {
        throw new DayfileError('SINK_NOT_FOUND', `${location} open ${key}: there is no such object`, {
          location,
          operation: 'open',
          key,
        })
      }
      if (ifMatch !== undefined && etagOf(bytes) !== ifMatch) throw conflict('open', key)
      yield bytes
    },
  })
}

/** Other storages answer later, and not at all once they were told to stop. */
async function untilNextTurn(signal: AbortSignal | undefined): Promise<void> {
  await Promise.resolve()
  signal?.throwIfAborted()
}
