// In: a dataset, and a schema of the consumer's own. Out: what is wrong with a row, by TypeBox, without what is in it.

import { types } from 'node:util'
import * as Type from 'typebox'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/schema'
import { cellDecoder, parseInstant, type DecodedForms } from '../csv/cells.js'
import { UnfitCell } from '../csv/unfit-cell.js'
import type { Column } from '../datasets/column.js'
import type { Dataset } from '../datasets/dataset.js'
import { canonicalDecimal } from '../datasets/decimals.js'
import { expectedOneOf, schemaFindings, type Finding } from './strict-findings.js'

/** Which columns are checked, and in which form they are handed out. */
export interface CheckedForms extends DecodedForms {
  /** All declared ones where undefined. */
  readonly columns: readonly string[] | undefined
}

/** What is wrong with a row, in the order of the columns; `refused` is what was found before it was made. */
export type FindingsIn = (row: Record<string, unknown>, refused: readonly Finding[]) => readonly Finding[]

const NOTHING: readonly Finding[] = []

/** Compiles the schemas of the dataset and of the consumer. */
export function rowFindings(dataset: Dataset, schema: TSchema | undefined, forms: CheckedForms): FindingsIn {
  const { columns } = dataset
  const checked = columns.filter(({ name }) => forms.columns?.includes(name) ?? true)
  const places = new Map<string | undefined, number>(columns.map(({ name }, place) => [name, place]))
  const placeOf = ({ column }: Finding): number =>
    places.get(column) ?? (column === undefined ? columns.length + 1 : columns.length)

  const declared = closedSchema(dataset, checked, forms)
  const ofDataset = Compile(declared)
  const ofConsumer = schema === undefined ? undefined : Compile(schema)

  return (row, refused) => {
    const isDecoded = refused.length === 0
    const fits = ofDataset.Check(row)
    // A row with a cell that could not be read is never handed out: the consumer's schema need not expect it.
    const satisfies = !isDecoded || ofConsumer === undefined || ofConsumer.Check(row)
    if (isDecoded && fits && satisfies) return NOTHING
    // That of a record as a whole stands alone.
    if (refused.some(({ column }) => column === undefined)) return refused
    const found = [
      ...refused,
      ...(fits ? [] : schemaFindings(declared, () => ofDataset.Errors(row))),
      ...(satisfies || schema === undefined ? [] : schemaFindings(schema, () => ofConsumer.Errors(row))),
    ]
    return firstOfEach(found).sort((a, b) => placeOf(a) - placeOf(b))
  }
}

/** The first finding of each column, and all of the row as a whole. */
function firstOfEach(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>()
  return findings.filter(({ column }) => {
    if (column === undefined) return true
    const isFirst = !seen.has(column)
    seen.add(column)
    return isFirst
  })
}

/** The dataset's schema of a row for the columns that are read, with the lists of values closed. */
function closedSchema(dataset: Dataset, columns: readonly Column[], forms: DecodedForms): TSchema {
  const cells = dataset.schema.properties as Readonly<Record<string, TSchema>>
  const properties = columns.map((column) => [column.name, closedCell(column, cells, forms)] as const)
  return Type.Object(Object.fromEntries(properties), { additionalProperties: true })
}

function closedCell(column: Column, cells: Readonly<Record<string, TSchema>>, forms: DecodedForms): TSchema {
  const { name, kind, values, nullable } = column
  if (values.length === 0) return cells[name] ?? Type.Unknown()
  if (kind === 'text') return { enum: nullable ? [...values, null] : values }
  const listed = new Set(values.map((text) => comparable(kind, decodedValue(column, text, forms))))
  return Type.Refine(
    Type.Unknown(),
    (value) => (value === null && nullable) || listed.has(comparable(kind, value)),
    () => expectedOneOf(values),
  )
}

function decodedValue({ kind }: Column, text: string, forms: DecodedForms): unknown {
  try {
    return cellDecoder(kind, forms)(text)
  } catch (error) {
    // A value that no cell of the column can have lists nothing.
    if (error instanceof UnfitCell) return undefined
    throw error
  }
}

/** What is the same for values that are: 1 and 1.0, an instant in two zones. */
function comparable(kind: Column['kind'], value: unknown): unknown {
  if (kind === 'decimal') return canonicalDecimal(String(value))
  if (kind === 'json') return JSON.stringify(value)
  if (kind !== 'instant') return value
  return types.isDate(value) ? value.getTime() : parseInstant(String(value))
}
