// What the checks of sources know of a database, whichever it is.

import type { CountRows, EventRow, events, Source } from 'dayfile'

/** A database of which an example reads events, in one or more ways. */
export interface SourceServer {
  /** As it is called in the names of checks. */
  readonly name: string
  /** Why it cannot be started; undefined when it can. */
  readonly missing: () => string | undefined
  /** The ways to read it, the first of which is the usual one. */
  readonly ways: readonly string[]
  /** Path of the module that exports `openReader`: other processes read too. */
  readonly reader: string
  /** Starts it, with an empty table of events. */
  readonly start: () => Promise<SourceTable>
}

export interface SourceTable {
  /** Whatever a reader in any process needs to connect: JSON. */
  readonly connection: unknown
  readonly insert: (rows: Iterable<EventRow>) => Promise<void>
  /** How many queries of readers the server is at, or holds a connection open for. */
  readonly queries: () => Promise<number>
  /** Makes every query of the table wait, without a row, until the function that it gives is called. */
  readonly holdUp: () => Promise<() => Promise<void>>
  readonly close: () => Promise<void>
}

/** The source of an example, connected. */
export interface SourceReader {
  readonly source: Source<typeof events>
  readonly countRows: CountRows
  /** How many connections are in use. */
  readonly busy: () => number
  readonly close: () => Promise<void>
}

export type OpenReader = (connection: unknown, way: string) => SourceReader | Promise<SourceReader>
