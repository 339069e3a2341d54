import { types } from 'node:util'
import {
  Type,
  type TBigInt,
  type TInteger,
  type TNull,
  type TNumber,
  type TObject,
  type TOptional,
  type TProperties,
  type TSchema,
  type TString,
  type TUnion,
  type TUnknown,
  type TUnsafe,
} from 'typebox'
import type { Column, ColumnKind } from './column.js'

interface CellSchemas {
  text: TString
  integer: TUnion<[TInteger, TBigInt, TString]>
  decimal: TUnion<[TNumber, TBigInt, TString]>
  instant: TUnion<[TUnsafe<Date>, TString]>
  json: TUnknown
}

/** The schema of each property of a row; of any, where the names are not known to the types. */
export type RowProperties<C extends readonly Column[]> = string extends C[number]['name']
  ? TProperties
  : {
      [Each in C[number] as Each['name']]: Each['nullable'] extends false
        ? CellSchemas[Each['kind']]
        : TOptional<TUnion<[CellSchemas[Each['kind']], TNull]>>
    }

/**
 * The TypeBox schema of `RowOf`: a check of types and forms. What the reader yields fits it too.
 *
 * Additional properties are allowed: columns get added, and nobody's check may break when they are.
 */
export function rowSchema<const C extends readonly Column[]>(columns: C): TObject<RowProperties<C>> {
  // Object.fromEntries defines own properties, so that a column called __proto__ is one as well.
  const properties = Object.fromEntries(columns.map((column) => [column.name, columnSchema(column)]))
  return Type.Object(properties, { additionalProperties: true }) as unknown as TObject<RowProperties<C>>
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
      return Type.Union([
        Type.Number(),
        Type.BigInt(),
        Type.String({ pattern: '^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?$' }),
      ])
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
