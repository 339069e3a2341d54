// The contract between a subject and what it compares.

/** One way to do the work of a subject. */
export interface Contender<Run> {
  readonly name: string
  /** The package whose version the report names; null for what is written here. */
  readonly package: string | null
  /** How it is used, and why that is its best way. */
  readonly way: string
  /** How much of the rows it gets, where all of them would take it minutes. Defaults to all. */
  readonly share?: number
  /** Flags of Node in its process. Where there are some its output is not compared: the referee runs without them. */
  readonly flags?: readonly string[]
  /** Loads the package, so that a process that runs one contender has none of the others in memory. */
  readonly load: () => Promise<Run>
}

/** Encodes rows as a whole file, header first. `take` is done with the bytes when it returns. */
export type Encode = (rows: readonly object[], take: (bytes: Uint8Array) => void) => void | Promise<void>

/** Reads a file that comes in chunks, and hands out its rows. */
export type Read = (chunks: readonly Uint8Array[], take: (row: object) => void) => void | Promise<void>

/** dayfile once more, where no functions may be made from strings. */
export function withoutCodeGeneration<Run>(dayfile: Contender<Run>): Contender<Run> {
  return {
    ...dayfile,
    name: 'dayfile, closures',
    way: 'The same under node --disallow-code-generation-from-strings. The tests run without code generation, too.',
    flags: ['--disallow-code-generation-from-strings'],
  }
}

/** The one called `name`. */
export function named<Run>(contenders: readonly Contender<Run>[], name: string): Contender<Run> {
  const found = contenders.find((contender) => contender.name === name)
  if (found === undefined) throw new RangeError(`there is no contender "${name}"`)
  return found
}

/** Every library is called with slices of so many rows where it does best with small ones. */
export const BATCH_ROWS = 64

export function* batchesOf<Row>(rows: readonly Row[], size = BATCH_ROWS): Generator<Row[], void, void> {
  for (let from = 0; from < rows.length; from += size) yield rows.slice(from, from + size)
}
