import { column, defineDataset, type Dataset } from 'dayfile'

/** Rows of one kind, with the dataset that they belong to. */
export interface Shape {
  readonly name: string
  readonly dataset: Dataset
  readonly rows: readonly object[]
}

export type CellOf = (row: number, column: number) => unknown

export interface ShapeOptions {
  readonly columns: number
  readonly rows: number
  readonly cell: CellOf
  readonly kinds?: readonly ('text' | 'integer' | 'decimal')[]
  /** Puts the entries of a row in the order in which they are set, or leaves some out. */
  readonly arrange?: (entries: [string, unknown][], row: number) => [string, unknown][]
}

// The first column is the time that every dataset has.
const TIME = 'at'
const START = Date.parse('2026-03-07T00:00:00Z')

export function shape(name: string, options: ShapeOptions): Shape {
  const { columns: count, kinds = ['text'], cell, arrange } = options
  const columns = Array.from({ length: count - 1 }, (_, index) => {
    const kind = kinds[index % kinds.length] ?? 'text'
    return column[kind](`column_${index}`)
  })
  const dataset = defineDataset({
    name: 'shape',
    timeColumn: TIME,
    columns: [column.instant(TIME, { nullable: false }), ...columns],
  })
  const rows = Array.from({ length: options.rows }, (_, row) => {
    const entries = columns.map(({ name }, index): [string, unknown] => [name, cell(row, index)])
    // Not by fromEntries: objects of a source have the shape of a literal, not that of a map.
    const object: Record<string, unknown> = { [TIME]: new Date(START + row).toISOString() }
    for (const [key, value] of arrange?.(entries, row) ?? entries) object[key] = value
    return object
  })
  return { name, dataset, rows }
}
