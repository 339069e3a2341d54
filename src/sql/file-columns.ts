// In: the columns of a file, as its manifest names them. Out: how an engine takes them by name, under an alias too.

import type { Column, ColumnKind } from '../datasets/column.js'
import { indented, type EngineModule, type LoadRequest } from './engine.js'
import { doubleQuoted, qualified } from './identifiers.js'

/** The table, temporary, that takes a file whose columns are not all declared. */
export const STAGE = 'dayfile_stage'

/** A column of a staging table. */
export interface StagedColumn {
  /** Its name there: that of the file, unless the engine cannot have it. */
  readonly name: string
  /** The column of the dataset that it is; undefined for one that was added. */
  readonly declared: Column | undefined
}

/** The aliases under which files carry the column: all that it has when nothing is known of the files. */
export function aliasesInFiles({ fileColumns }: LoadRequest, { name, aliases }: Column): readonly string[] {
  if (fileColumns === undefined) return aliases
  if (fileColumns.includes(name)) return []
  return aliases.filter((alias) => fileColumns.includes(alias)).slice(0, 1)
}

/** The first of the cells that is not NULL. */
export function coalesced(cells: readonly string[]): string {
  return cells.length === 1 ? cells.join() : `coalesce(${cells.join(', ')})`
}

/** The declared columns by their header in the file. */
function declaredByHeader(request: LoadRequest): ReadonlyMap<string, Column> {
  return new Map(
    request.columns.map((column) => [aliasesInFiles(request, column)[0] ?? column.name, column] as const),
  )
}

/** The declared columns in the order of the file: those of the dataset when nothing is known of the file. */
function columnsInFile(request: LoadRequest): readonly Column[] {
  if (request.fileColumns === undefined) return request.columns
  const declared = declaredByHeader(request)
  return request.fileColumns.flatMap((header) => declared.get(header) ?? [])
}

/** Whether the file has columns that the dataset has not, or has under an alias. */
function hasOtherColumns(request: LoadRequest): boolean {
  const { columns, fileColumns = [] } = request
  const declared = new Set(columns.map(({ name }) => name))
  return fileColumns.some((name) => !declared.has(name))
}

/** Throws TypeError when an engine that goes by name would miss a column: its file has it under an alias. */
export function requireNoAlias(request: LoadRequest): void {
  if (request.fileColumns === undefined) return
  for (const column of request.columns) {
    const [alias] = aliasesInFiles(request, column)
    if (alias === undefined) continue
    throw new TypeError(
      `${request.engine}: the files have column "${column.name}" under its alias "${alias}", where the engine does not find it; read them with readDay`,
    )
  }
}

/** Throws TypeError when an engine that reads the files by position would take one column for another. */
export function requirePositions(request: LoadRequest): void {
  if (request.fileColumns === undefined) return
  const inFile = declaredByHeader(request)
  for (const [index, { name }] of request.columns.entries()) {
    const header = request.fileColumns[index]
    if (header === undefined || inFile.get(header)?.name === name) continue
    throw new TypeError(
      `${request.engine}: column ${index + 1} of the files is "${header}", of the table "${name}", and the engine goes by position; read them with readDay, or publish the day again without it`,
    )
  }
}

/** A column for each of the file's: what a file holds beside the declared ones may have any name. */
export function stagedColumns(
  request: LoadRequest,
  { foldsCase, refuses }: Pick<EngineModule, 'foldsCase' | 'refuses'>,
): readonly StagedColumn[] {
  const declared = declaredByHeader(request)
  const folded = (name: string): string => (foldsCase ? name.toLowerCase() : name)
  const taken = new Set<string>()
  return (request.fileColumns ?? []).map((name, index) => {
    const fits = name !== '' && refuses?.(name) === undefined
    let own = fits ? name : `column ${index + 1}`
    if (taken.has(folded(own))) own = `column ${index + 1}`
    while (taken.has(folded(own))) own += '_'
    taken.add(folded(own))
    return { name: own, declared: declared.get(name) }
  })
}

/** INSERT of the declared columns of the staging table, by their names, and the end of that table. */
export function insertStaged(
  staged: readonly StagedColumn[],
  { table, stage, quote, value = quote, where }: StagedInsert,
): readonly [insert: string, drop: string] {
  const kept = staged.flatMap(({ name, declared }) => (declared === undefined ? [] : [{ name, declared }]))
  return [
    `INSERT INTO ${table} (
${kept.map(({ declared }) => `  ${quote(declared.name)}`).join(',\n')}
)
SELECT
${kept.map(({ name, declared }) => `  ${value(name, declared)}`).join(',\n')}
FROM ${stage}${where === undefined ? '' : `\nWHERE ${where}`};`,
    `DROP TABLE ${stage};`,
  ]
}

/** What COPY by position differs in from engine to engine. */
export interface CopyByPosition {
  readonly engine: Pick<EngineModule, 'foldsCase' | 'refuses'>
  readonly types: Readonly<Record<ColumnKind, string>>
  /** The staging table, and what creates it. */
  readonly stage: string
  readonly createStage: string
  /** Comments over the statements. */
  readonly notes: readonly string[]
  /** The comment for files whose columns are not known. */
  readonly unknownColumns: string
  copy(into: string, columns: readonly string[], isAsInFile: boolean): string
}

/** COPY into the table, or into a staging table where the file has columns that the table lacks. */
export function copyByPosition(request: LoadRequest, by: CopyByPosition): string {
  const table = qualified(request.table, doubleQuoted)
  const comments = (...more: readonly string[]): string =>
    [...by.notes, ...more].map((note) => `-- ${note}\n`).join('')
  if (!hasOtherColumns(request)) {
    const columns = columnsInFile(request).map(({ name }) => name)
    const notes = request.fileColumns === undefined ? [by.unknownColumns] : []
    return comments(...notes) + by.copy(table, columns, true)
  }
  const staged = stagedColumns(request, by.engine)
  const columns = staged.map(({ name }) => name)
  const isAsInFile = columns.every((name, index) => name === request.fileColumns?.[index])
  const definitions = staged.map(
    ({ name, declared }) => `${doubleQuoted(name)} ${by.types[declared?.kind ?? 'text']}`,
  )
  return [
    `${comments('Run this in one transaction. Added columns are not loaded.')}${by.createStage} ${by.stage} (
${indented(definitions)}
);`,
    by.copy(by.stage, columns, isAsInFile),
    ...insertStaged(staged, { table, stage: by.stage, quote: doubleQuoted }),
  ].join('\n\n')
}

/** Names, quoted already but for those of columns. */
export interface StagedInsert {
  readonly table: string
  readonly stage: string
  readonly quote: (name: string) => string
  /** What is selected of a staged column; defaults to the column as it is. */
  readonly value?: (name: string, declared: Column) => string
  readonly where?: string | undefined
}
