// In: the cells of a record. Out: a row. Compiled to one function for the columns that are read; closures do the same,
// slower, where code generation from strings is not allowed.

import { allowsCodeGeneration } from './code-generation.js'
import type { RecordCells } from './record-cells.js'

/** A column as the engines see it: where its cell is, and what makes a value of it. */
export interface InputColumn {
  readonly name: string
  /** Of the cell in a record; -1 where the file has none. */
  readonly index: number
  readonly nullable: boolean
  /** What an engine may try before `decode`, with the same value in the end. undefined where nothing may be. */
  readonly reader: 'text' | 'integer' | 'decimal' | 'instant' | undefined
  /** Reads the cell by the codec of its kind, empty ones too. Throws when it does not fit. */
  readonly decode: () => unknown
}

/** Makes the row of the record that the cells have come to. */
export type DecodeRow = () => Record<string, unknown>

/** The fastest engine that may run here. It reads from `cells`. */
export function rowReader(columns: readonly InputColumn[], cells: RecordCells): DecodeRow {
  return allowsCodeGeneration() ? compiledRowReader(columns, cells) : closureRowReader(columns, cells)
}

/**
 * Generates the function for a list of columns. For a text column, a decimal one, a required instant, a JSON column and
 * one that the file does not have it reads
 *
 *     cells.begin()
 *     return {
 *     "profile_id": cells.field(0),
 *     "revenue_usd": cells.isEmpty(7) ? null : cells.decimal(7) ?? decode[1](),
 *     "event_datetime": cells.instant(2) ?? decode[2](),
 *     "attributes": decode[3](),
 *     "device": null,
 *     }
 *
 * Names come into it as JSON string literals only, so that no name can be code.
 */
export function compiledRowReader(columns: readonly InputColumn[], cells: RecordCells): DecodeRow {
  const properties = columns.map(({ name, index, nullable, reader }, place) => {
    const decoded = `decode[${place}]()`
    let value = decoded
    if (index < 0) value = 'null'
    else if (reader === 'text') value = `cells.field(${index})${nullable ? '' : " ?? ''"}`
    else if (reader !== undefined) {
      value = `${nullable ? `cells.isEmpty(${index}) ? null : ` : ''}cells.${reader}(${index}) ?? ${decoded}`
    }
    return `${propertyName(name)}: ${value},`
  })
  const code = `return () => {\ncells.begin()\nreturn {\n${properties.join('\n')}\n}\n}`
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the point of this engine; see the sample above
  const build = new Function('cells', 'decode', code) as (...values: unknown[]) => DecodeRow
  const decode = columns.map((column) => column.decode)
  return build(cells, decode)
}

// `"__proto__": v` would set the prototype, and `["__proto__"]: v` does not; but in brackets a name takes many times as
// long.
function propertyName(name: string): string {
  return name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)
}

/** The same rows without code generation. */
export function closureRowReader(columns: readonly InputColumn[], cells: RecordCells): DecodeRow {
  return () => {
    cells.begin()
    const row: Record<string, unknown> = {}
    for (const column of columns) setOwn(row, column.name, valueOf(column, cells))
    return row
  }
}

function valueOf({ index, nullable, reader, decode }: InputColumn, cells: RecordCells): unknown {
  if (index < 0) return null
  if (reader === 'text') return cells.field(index) ?? (nullable ? null : '')
  if (reader === undefined) return decode()
  if (nullable && cells.isEmpty(index)) return null
  return cells[reader](index) ?? decode()
}

/** Assigns a property of any name: assigning to __proto__ would set the prototype instead. */
export function setOwn(row: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true })
  } else row[name] = value
}
