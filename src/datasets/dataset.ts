// In: columns. Out: a frozen dataset: the contract of one kind of file, as data and as types.

import { createHash } from 'node:crypto'
import { didYouMean } from '../did-you-mean.js'
import { isObject, requireOptions, requireShape, type OptionTable } from '../options.js'
import { isColumn, type Column, type ColumnKind } from './column.js'
import { rowSchema, type RowSchema } from './row-schema.js'

/** What one cell of each kind takes when a row is written. */
export interface WrittenCells {
  text: string
  integer: number | bigint | string
  decimal: number | bigint | string
  boolean: boolean | 0 | 1 | 'true' | 'false'
  date: string
  instant: Date | string
  json: unknown
}

/** The columns of a dataset in file order. */
export type Columns = readonly Column[]

/**
 * The row that a dataset takes when it is written, keyed by the CSV header byte for byte.
 *
 * Nullable columns are optional: null, undefined and a key left out are all the empty cell.
 */
export type RowOf<D extends { readonly columns: Columns }> = {
  // One mapped type, so that editors and errors name it instead of listing its properties.
  [Name in keyof CellsOf<D['columns'][number]>]: CellsOf<D['columns'][number]>[Name]
}

type CellsOf<C extends Column> = {
  [Each in C as Each['nullable'] extends false ? Each['name'] : never]: WrittenCells[Each['kind']]
} & {
  [Each in C as Each['nullable'] extends false ? never : Each['name']]?:
    WrittenCells[Each['kind']] | null | undefined
}

/** The keys of a row that its dataset does not declare; none where either of them is not known to the types. */
export type UndeclaredKeys<Row, D extends { readonly columns: Columns }> = string extends keyof Row
  ? never
  : Exclude<keyof Row, D['columns'][number]['name']>

/**
 * The names of the instant columns that every row fills: those that can place a row in a day. Without one, the
 * compiler's message says what is missing.
 */
export type TimeColumnOf<C extends Columns> = string extends C[number]['name']
  ? string
  : [RequiredInstant<C>] extends [never]
    ? 'the name of a column.instant with nullable: false'
    : RequiredInstant<C>

type RequiredInstant<C extends Columns> = Extract<C[number], Column<string, 'instant', false>>['name']

/** The contract of one kind of file: its columns in file order. Made by {@link defineDataset}. */
export interface Dataset<out C extends Columns = Columns> {
  /** Names the folder and the files: letters, digits, `_` and `-`. */
  readonly name: string
  readonly columns: C
  /**
   * The TypeBox schema of {@link RowOf}, for checks of your application's own: types, and the form of text in columns of numbers
   * dates and instants. It is not what decides: the encoder also writes numbers and booleans into text columns, and refuses
   * dates that the calendar does not have.
   */
  readonly schema: RowSchema
  /** The instant column that places a row in a day. */
  readonly timeColumn: string
  /** SHA-256 (hex) over name, kind and nullability of the columns in order. Equal fingerprints mean equal contracts. */
  readonly fingerprint: string
  /**
   * Makes the dataset with more columns, appended after the present ones; the row type grows with them.
   *
   * @throws TypeError when one of them is no column, or has a name that exists already: columns are only ever appended,
   * never renamed, moved or retyped.
   * @example
   * events.extend([column.json('attributes', { description: 'Custom attributes of the profile.' })]).columns.length // 45
   */
  extend<const More extends Columns>(columns: More): Dataset<readonly [...C, ...More]>
}

/** What {@link defineDataset} takes. */
export interface DatasetDefinition<C extends Columns = Columns> {
  readonly name: string
  /** A column of kind instant that is not nullable. */
  readonly timeColumn: TimeColumnOf<C>
  /** In file order. Once a file was published, columns are only appended. */
  readonly columns: C
}

const DEFINITION = { name: true, timeColumn: true, columns: true } satisfies OptionTable<DatasetDefinition>

const DATASET_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/

// The reader hands undeclared columns out under this key of a row.
const RESERVED_COLUMN = 'added'

/**
 * Defines a dataset: one kind of daily file.
 *
 * @throws TypeError if the name is not valid for a folder, if a column was not made by `column`, if two share a name or an
 * alias, if one is called `added` (where the reader puts undeclared columns), or if `timeColumn` is not a required instant
 * column.
 * @example
 * defineDataset({
 *   name: 'orders',
 *   timeColumn: 'ordered_at',
 *   columns: [
 *     column.text('order_id', { nullable: false }),
 *     column.instant('ordered_at', { nullable: false }),
 *     column.decimal('total'),
 *   ],
 * }).columns.map(({ name }) => name).join() // 'order_id,ordered_at,total'
 */
export function defineDataset<const C extends Columns>(definition: DatasetDefinition<C>): Dataset<C> {
  requireOptions('defineDataset', definition, DEFINITION)
  const { name, timeColumn, columns } = definition
  if (typeof name !== 'string' || !DATASET_NAME.test(name)) {
    throw new TypeError(
      'dataset name: expected 1 to 63 letters, digits, "_" or "-", the first a letter or digit: it names a folder',
    )
  }
  requireColumns(name, columns)
  requireDistinctNames(name, columns)
  const time = columns.find((candidate) => candidate.name === timeColumn)
  if (time === undefined && typeof timeColumn === 'string') {
    const names = columns.map((each) => each.name)
    throw new TypeError(
      `dataset ${name}: timeColumn "${timeColumn}" is not a column${didYouMean(timeColumn, names)}`,
    )
  }
  if (time?.kind !== 'instant' || time.nullable) {
    throw new TypeError(`dataset ${name}: timeColumn must name a column of kind instant that is not nullable`)
  }
  // Made when it is asked for: most processes never do, and all of them would wait for it at the import.
  let schema: RowSchema | undefined
  return Object.freeze({
    name,
    columns: Object.freeze([...columns]) as unknown as C,
    get schema() {
      return (schema ??= rowSchema(columns))
    },
    timeColumn,
    fingerprint: fingerprint(columns),
    extend<const More extends Columns>(more: More) {
      requireColumns(name, more)
      const appended: readonly [...C, ...More] = [...columns, ...more]
      return defineDataset({ name, columns: appended, timeColumn: timeColumn as never })
    },
  })
}

/** Throws TypeError for what is no dataset. */
export function requireDataset(value: unknown): void {
  const fits =
    isObject(value) && Array.isArray(value.columns) && [value.name, value.timeColumn].every(isString)
  requireShape('dataset', value, 'a dataset such as `events`', fits)
}

function isString(value: unknown): boolean {
  return typeof value === 'string'
}

function requireColumns(dataset: string, columns: readonly unknown[]): void {
  requireShape(`dataset ${dataset}: columns`, columns, 'a list of columns', Array.isArray(columns))
  for (const [index, each] of columns.entries()) {
    const place = `dataset ${dataset}: column ${index + 1}`
    requireShape(place, each, 'one made by column.text and the like', isColumn(each))
  }
}

function requireDistinctNames(dataset: string, columns: Columns): void {
  const taken = new Set<string>()
  const inAnyCase = new Map<string, string>()
  for (const { name, aliases } of columns) {
    if (name === RESERVED_COLUMN) {
      throw new TypeError(
        `dataset ${dataset}: the column name "added" is kept for undeclared columns; choose another`,
      )
    }
    for (const each of [name, ...aliases]) {
      if (taken.has(each)) {
        throw new TypeError(
          `dataset ${dataset}: column "${each}" exists already; columns are only appended, under new names`,
        )
      }
      taken.add(each)
    }
    const twin = inAnyCase.get(name.toLowerCase())
    if (twin !== undefined) {
      throw new TypeError(
        `dataset ${dataset}: columns "${twin}" and "${name}" differ only in case; choose another name, or make one an alias of the other`,
      )
    }
    inAnyCase.set(name.toLowerCase(), name)
  }
}

function fingerprint(columns: readonly { name: string; kind: ColumnKind; nullable: boolean }[]): string {
  const contract = columns.map(({ name, kind, nullable }) => [name, kind, nullable])
  return createHash('sha256').update(JSON.stringify(contract)).digest('hex')
}
