// In: the columns of a file, as its manifest names them. Out: how an engine that goes by position takes them by name.

import type { Column } from '../datasets/column.js'
import type { LoadRequest } from './engine.js'

/** The table, temporary, that takes a file whose columns are not all declared. */
export const STAGE = 'dayfile_stage'

/** A column of a staging table. */
export interface StagedColumn {
  /** Its name there: that of the file, unless the engine cannot have it. */
  readonly name: string
  /** The column of the dataset that it is; undefined for one that was added. */
  readonly declared: Column | undefined
}

/** What an engine says of the names of columns. */
export interface NameLimits {
  readonly bytes: number
  readonly foldsCase: boolean
}

/** The declared columns in the order of the file: those of the dataset when nothing is known of the file. */
export function columnsInFile({ columns, fileColumns }: LoadRequest): readonly Column[] {
  if (fileColumns === undefined) return columns
  const byName = new Map(columns.map((column) => [column.name, column]))
  return fileColumns.flatMap((name) => byName.get(name) ?? [])
}

/** Whether the file has columns that the dataset has not. */
export function hasAddedColumns({ columns, fileColumns = [] }: LoadRequest): boolean {
  const declared = new Set(columns.map(({ name }) => name))
  return fileColumns.some((name) => !declared.has(name))
}

/** A column for each of the file's: what a file holds beside the declared ones may have any name. */
export function stagedColumns(
  { columns, fileColumns = [] }: LoadRequest,
  limits: NameLimits,
): readonly StagedColumn[] {
  const byName = new Map(columns.map((column) => [column.name, column]))
  const taken = new Set<string>()
  return fileColumns.map((name, index) => {
    const fits = name !== '' && new TextEncoder().encode(name).length <= limits.bytes
    let own = fits ? name : `column ${index + 1}`
    if (taken.has(folded(own, limits))) own = `column ${index + 1}`
    while (taken.has(folded(own, limits))) own += '_'
    taken.add(folded(own, limits))
    return { name: own, declared: byName.get(name) }
  })
}

function folded(name: string, { foldsCase }: NameLimits): string {
  return foldsCase ? name.toLowerCase() : name
}

/** INSERT of the declared columns of the staging table, by their names, and the end of that table. */
export function insertStaged(
  staged: readonly StagedColumn[],
  { table, stage, quote, value = quote }: StagedInsert,
): readonly [insert: string, drop: string] {
  const kept = staged.flatMap(({ name, declared }) => (declared === undefined ? [] : [{ name, declared }]))
  return [
    `INSERT INTO ${table} (
${kept.map(({ declared }) => `  ${quote(declared.name)}`).join(',\n')}
)
SELECT
${kept.map(({ name, declared }) => `  ${value(name, declared)}`).join(',\n')}
FROM ${stage};`,
    `DROP TABLE ${stage};`,
  ]
}

/** Names, quoted already but for those of columns. */
export interface StagedInsert {
  readonly table: string
  readonly stage: string
  readonly quote: (name: string) => string
  /** What is selected of a staged column; the column as it is unless said. */
  readonly value?: (name: string, declared: Column) => string
}
