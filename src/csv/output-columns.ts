import type { Column, ColumnKind } from '../datasets/column.js'
import { cellEncoder, encodeAdded, guardFormula, type EncodeCell } from './cells.js'
import { UnfitCell } from './unfit-cell.js'

/** A column as the engines see it: where the value is, and what makes text of it. */
export interface OutputColumn {
  readonly name: string
  readonly nullable: boolean
  /** What writes it. Each writes the text that `encode` would make, the usual values without calling it. */
  readonly writer: 'text' | 'lowerCase' | 'integer' | 'decimal' | 'instant' | 'encoded'
  /** Makes text of a value that is neither null nor undefined. Throws {@link UnfitColumn}. */
  readonly encode: EncodeCell
}

/** A cell that cannot be written, with its column. `missing` when a required one is empty. */
export class UnfitColumn extends Error {
  readonly column: string
  readonly rule: string
  readonly missing: boolean
  constructor(column: string, rule: string, missing = false) {
    super(rule)
    this.column = column
    this.rule = rule
    this.missing = missing
  }
}

const WRITERS: Record<ColumnKind, OutputColumn['writer']> = {
  text: 'text',
  integer: 'integer',
  decimal: 'decimal',
  boolean: 'encoded',
  date: 'encoded',
  instant: 'instant',
  json: 'encoded',
}

/** The declared columns of a dataset, then the added ones. The formula guard touches text only. */
export function outputColumns(
  declared: readonly Column[],
  added: readonly string[],
  formulaGuard: boolean,
): OutputColumn[] {
  return [
    ...declared.map((column) => {
      const encode = cellEncoder(column)
      const guarded = formulaGuard && column.kind === 'text'
      return {
        name: column.name,
        nullable: column.nullable,
        writer: guarded ? 'encoded' : column.lowerCase ? 'lowerCase' : WRITERS[column.kind],
        encode: namingColumn(column.name, guarded ? (value) => guardFormula(encode(value)) : encode),
      }
    }),
    ...added.map((name) => ({
      name,
      nullable: true,
      writer: formulaGuard ? 'encoded' : WRITERS.text,
      encode: namingColumn(
        name,
        formulaGuard
          ? (value) => (typeof value === 'string' ? guardFormula(value) : encodeAdded(value))
          : encodeAdded,
      ),
    })),
  ]
}

/** The value of a cell, or null for the empty one. Throws {@link UnfitColumn} when a required one is empty. */
export function cellText(column: OutputColumn, row: object): string | null {
  const value = valueOf(row, column.name)
  if (value !== null && value !== undefined) return column.encode(value)
  if (!column.nullable) throw missingCell(column.name)
  return null
}

/**
 * Reads a property of a row: getters and inherited accessors of your application classes count, what every object
 * inherits (`constructor`, `toString`, `__proto__`) does not.
 */
export function valueOf(row: object, name: string): unknown {
  if (isInheritedByAll(name) && !Object.hasOwn(row, name)) return undefined
  return (row as Record<string, unknown>)[name]
}

/** Whether every plain object has a property of this name without owning it. */
export function isInheritedByAll(name: string): boolean {
  return name in Object.prototype
}

export function missingCell(column: string): UnfitColumn {
  return new UnfitColumn(column, 'expected a value, as the column is not nullable, received none', true)
}

function namingColumn(name: string, encode: EncodeCell): EncodeCell {
  return (value) => {
    try {
      return encode(value)
    } catch (error) {
      throw error instanceof UnfitCell ? new UnfitColumn(name, error.rule) : error
    }
  }
}
