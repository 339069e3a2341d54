import type { Dataset } from 'dayfile'

/** What every contender knows of the file. */
export interface FileColumns {
  readonly dataset: Dataset
  readonly names: readonly string[]
  readonly instants: ReadonlySet<string>
  readonly integers: ReadonlySet<string>
  /** With its line end. */
  readonly header: Uint8Array
}

export function fileColumns(dataset: Dataset): FileColumns {
  const names = dataset.columns.map(({ name }) => name)
  const ofKind = (wanted: string): Set<string> =>
    new Set(dataset.columns.filter(({ kind }) => kind === wanted).map(({ name }) => name))
  return {
    dataset,
    names,
    instants: ofKind('instant'),
    integers: ofKind('integer'),
    header: Buffer.from(`${names.join(',')}\r\n`),
  }
}
