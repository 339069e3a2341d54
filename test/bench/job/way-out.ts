import type { EventRow } from 'dayfile'

/** What a round of one contender leaves: the CSV, for the comparison, and how large the file is as it is stored. */
export interface Published {
  /** After decompression. */
  csv(): Promise<Buffer>
  storedBytes(): Promise<number>
  remove(): Promise<void>
}

/** One way to bring rows in memory to a file. */
export interface WayOut {
  readonly name: string
  readonly package: string | null
  readonly way: string
  /** Publishes into a place that nobody has used: the number of the round. */
  readonly publish: (round: number) => Promise<Published>
}

export interface JobInput {
  readonly rows: readonly EventRow[]
  readonly golden: Buffer
  /** A folder of the bench's own. */
  readonly folder: string
}
