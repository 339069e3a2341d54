// In: a sink as an application opened it. Out: what the contract tests work with.

import assert from 'node:assert/strict'
import { isDayfileError } from '../../errors.js'
import type { Archive } from '../../read/archive.js'
import type { Sink, StagedObject } from '../../sinks/sink.js'
import { assertSame, chunksOf, gathered } from './bytes.js'

/** A sink that is empty, as `open` of {@link SinkContractOptions} gives it anew for each law. */
export interface SinkUnderTest {
  readonly sink: Sink
  /** Reads the same place. Laws about listing and about reading in chunks are kept only by a sink with one. */
  readonly archive?: Archive | undefined
  /** What is stored beside complete objects: temporary files, unfinished uploads. It must be empty after each test. */
  readonly residue?: (() => readonly string[] | Promise<readonly string[]>) | undefined
  /** Makes the storage take no more bytes until the returned function is called; without it a fast sink is not held up. */
  readonly holdStorage?: (() => () => void) | undefined
  readonly close?: (() => void | Promise<void>) | undefined
}

/** What a law works with. */
export interface Bench extends SinkUnderTest {
  /** A key within the sink's own prefix. */
  readonly key: string
  /** The bytes under a key as a reader sees them, or null. */
  readonly see: (key: string) => Promise<Buffer | null>
  readonly stage: (
    key: string,
    body: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ) => Promise<StagedObject>
  /** Stages text that may come only in the place of the version that is there now. */
  readonly stageNext: (key: string, body: AsyncIterable<Uint8Array>) => Promise<StagedObject>
  readonly publish: (key: string, bytes: Uint8Array) => Promise<void>
  readonly write: (key: string, text: string, ifMatch: string | null) => Promise<string>
  /** Asserts that there is no object under the key, nor in the archive's list. */
  readonly seesNothing: (key: string) => Promise<void>
}

/** Rejects when the sink of the bench breaks the law. */
export type Check = (bench: Bench) => Promise<void>

/** A group of laws, by their sentences. */
export type Laws = Readonly<Record<string, Check>>

export const DAY = '2026-03-07'

export function bench(opened: SinkUnderTest): Bench {
  const { sink, archive } = opened
  const see = async (key: string): Promise<Buffer | null> => {
    const stored = await sink.read(key, { signal: quiet() })
    if (archive === undefined) return stored === null ? null : Buffer.from(stored.bytes)
    const opened = await gathered(archive.open(key)).catch((error: unknown) => {
      if (isDayfileError(error, 'SINK_NOT_FOUND')) return null
      throw error
    })
    assert.equal(opened === null, stored === null, 'sink and archive do not see the same')
    if (opened !== null && stored !== null) assertSame(opened, stored.bytes)
    return opened
  }
  const stage: Bench['stage'] = (key, body, signal = quiet()) =>
    sink.stage(key, body, { contentType: 'text/csv', signal })
  return {
    ...opened,
    key: sink.keys.data('contract', { day: DAY }, '.csv'),
    see,
    stage,
    stageNext: async (key, body) => {
      const ifMatch = (await sink.stat(key, { signal: quiet() }))?.etag ?? null
      return sink.stage(key, body, { contentType: 'text/csv', ifMatch, signal: quiet() })
    },
    publish: async (key, bytes) => {
      await (await stage(key, chunksOf(bytes))).commit()
    },
    write: async (key, text, ifMatch) => {
      const options = { contentType: 'application/json', ifMatch, signal: quiet() }
      return (await sink.write(key, Buffer.from(text), options)).etag
    },
    async seesNothing(key) {
      assert.equal(await see(key), null, 'an object exists that should not')
      if (archive === undefined) return
      const keys = await listed(archive, sink.keys.prefix)
      assert.ok(!keys.some((entry) => entry.key === key), 'the archive lists an object that should not exist')
    },
  }
}

export async function listed(archive: Archive, prefix: string): Promise<{ key: string; bytes: number }[]> {
  const entries: { key: string; bytes: number }[] = []
  for await (const { key, bytes } of archive.list(prefix)) entries.push({ key, bytes })
  return entries
}

export function quiet(): AbortSignal {
  return new AbortController().signal
}
