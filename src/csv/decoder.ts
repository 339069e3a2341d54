// In: the cells of a record. Out: a row. Compiled to one function for the columns that are read; closures do the same,
// slower, where code generation from strings is not allowed.

import { allowsCodeGeneration, generatedFunction } from './code-generation.js'
import type { RecordCells } from './record-cells.js'

/** A column as the engines see it: where its cell is, and what makes a value of it. */
export interface InputColumn {
  readonly name: string
  /** Of the cell in a record; -1 where the file has none. */
  readonly index: number
  readonly nullable: boolean
  /** What reads it. Each gives the value that `decode` would make, the usual ones without calling it. */
  readonly reader: 'field' | 'integer' | 'decimal' | 'instant' | 'decoded'
  /** Reads the cell by the codec of its kind, empty ones too. Throws when it does not fit. */
  readonly decode: () => unknown
}

/** Makes the row of the record that the cells have come to. */
export type DecodeRow = () => Record<string, unknown>

/** The fastest engine that may run here. It reads from `cells`, and none after `last`. */
export function rowReader(columns: readonly InputColumn[], cells: RecordCells, last: number): DecodeRow {
  return allowsCodeGeneration()
    ? compiledRowReader(columns, cells, last)
    : closureRowReader(columns, cells, last)
}

/**
 * Generates the function for a list of columns. For a text column, a decimal one, a required instant, a JSON column and
 * one that the file does not have it reads
 *
 *     const template = {"profile_id": null, "revenue_usd": null, "event_datetime": null, "attributes": null, "device": null}
 *     return () => {
 *     cells.begin(44)
 *     const row = {...template}
 *     row["profile_id"] = cells.field(0, decode[0])
 *     row["revenue_usd"] = cells.decimal(7, decode[1])
 *     row["event_datetime"] = cells.instant(2, decode[2]) ?? decode[2]()
 *     row["attributes"] = cells.decoded(44, decode[3])
 *     return row
 *     }
 *
 * Names come into it as JSON string literals only, so that no name can be code. As in the encoder, branches for each
 * column would be learnt one by one, each at the cost of all.
 *
 * A copy and no object literal, which is as fast until a full collection falls among the first rows of a file: V8 then
 * takes rows for objects that live long, and makes all others in the old generation, at four times the cost. That was
 * every second process. A constructor is safe from it, too, but 15 % slower.
 */
export function compiledRowReader(
  columns: readonly InputColumn[],
  cells: RecordCells,
  last: number,
): DecodeRow {
  const properties = columns.map(({ name }) => `${propertyName(name)}: null`)
  const assignments = columns.flatMap(({ name, index, nullable, reader }, place) => {
    if (index < 0) return []
    const otherwise = nullable ? '' : reader === 'field' ? " ?? ''" : ` ?? decode[${place}]()`
    return `row[${JSON.stringify(name)}] = cells.${reader}(${index}, decode[${place}])${otherwise}`
  })
  const literal = `{${properties.join(', ')}}`
  const code = `const template = ${literal}
return () => {
cells.begin(${last})
const row = ${columns.length > MOST_COPIED ? literal : '{...template}'}
${assignments.join('\n')}
return row
}`
  const decode = columns.map((column) => column.decode)
  return generatedFunction(code, { cells, decode }) as DecodeRow
}

// `"__proto__": null` would set the prototype, and `["__proto__"]: null` does not; the row owns it, too, so that it can be
// assigned.
function propertyName(name: string): string {
  return name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)
}

// V8 copies more properties than these into a hash table. Each row of so many columns is a literal all the same.
const MOST_COPIED = 127

/** The same rows without code generation. */
export function closureRowReader(
  columns: readonly InputColumn[],
  cells: RecordCells,
  last: number,
): DecodeRow {
  return () => {
    cells.begin(last)
    const row: Record<string, unknown> = {}
    for (const column of columns) setOwn(row, column.name, valueOf(column, cells))
    return row
  }
}

function valueOf({ index, nullable, reader, decode }: InputColumn, cells: RecordCells): unknown {
  if (index < 0) return null
  const value = cells[reader](index, decode)
  if (value !== null || nullable) return value
  return reader === 'field' ? '' : decode()
}

/** Assigns a property of any name: assigning to __proto__ would set the prototype instead. */
export function setOwn(row: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true })
  } else row[name] = value
}
