import { types } from 'node:util'
import * as Type from 'typebox'
import type { TObject, TSchema } from 'typebox'
import type { Column, ColumnKind } from './column.js'
import { SCIENTIFIC_PATTERN } from './decimals.js'

/** A TypeBox schema of a row: JSON Schema, but for dates and big integers. */
export interface RowSchema {
  readonly type: 'object'
  /** The schema of each column, by its name. */
  readonly properties: Readonly<Record<string, object>>
  readonly required?: readonly string[] | undefined
  readonly additionalProperties: true
}

/**
 * The TypeBox schema of `RowOf`: a check of types and forms. What the reader yields fits it too.
 *
 * Additional properties are allowed: columns get added, and nobody's check may break when they are.
 */
export function rowSchema(columns: readonly Column[]): RowSchema {
  // Object.fromEntries defines own properties, so that a column called __proto__ is one as well.
  const properties = Object.fromEntries(columns.map((column) => [column.name, columnSchema(column)]))
  return Type.Object(properties, { additionalProperties: true }) as TObject & { additionalProperties: true }
}

function columnSchema({ kind, nullable, description }: Column): TSchema {
  const cell = cellSchema(kind)
  const described = description === '' ? {} : { description }
  return nullable ? Type.Optional(Type.Union([cell, Type.Null()], described)) : { ...cell, ...described }
}

function cellSchema(kind: ColumnKind): TSchema {
  switch (kind) {
    case 'text':
      return Type.String()
    case 'integer':
      return Type.Union([Type.Integer(), Type.BigInt(), Type.String({ pattern: '^[+-]?[0-9]+$' })])
    case 'decimal':
      return Type.Union([Type.Number(), Type.BigInt(), Type.String({ pattern: SCIENTIFIC_PATTERN })])
    case 'boolean':
      return Type.Union([Type.Boolean(), ...[0, 1, 'true', 'false'].map((each) => Type.Literal(each))])
    case 'date':
      return Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' })
    case 'instant':
      return Type.Union([dateSchema(), Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}' })])
    case 'json':
      return Type.Unknown()
  }
}

// JSON Schema has no Date: an unconstrained schema with a predicate beside it.
function dateSchema(): TSchema {
  return Type.Refine(
    Type.Unsafe<Date>({}),
    (value) => types.isDate(value) && !Number.isNaN(value.getTime()),
    () => 'must be a valid Date',
  )
}
