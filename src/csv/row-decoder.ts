// In: the header of a file, then its records. Out: typed rows by name, whatever the order of the columns.

import type { Column } from '../datasets/column.js'
import type { Columns, Dataset } from '../datasets/dataset.js'
import { ExportError, type ErrorDetails } from '../errors.js'
import { cellDecoder, unguardFormula, UnfitCell, type DecodeCell, type DecodedForms } from './cells.js'
import { csvMalformed, type CsvRecord, type Field } from './parser.js'

/** Which columns are read, and in which form. */
export interface RowDecoderOptions extends DecodedForms {
  /** The names to read, or undefined for all declared ones. */
  readonly columns: readonly string[] | undefined
  readonly addedColumns: 'keep' | 'drop' | 'reject'
  readonly formulaGuard: boolean
}

const CHECK_FILE = 'read the columns you need with `columns`, or check which dataset the file holds'

type DecodeField = (field: Field | undefined) => unknown

/**
 * Binds the columns of a file to those of a dataset.
 *
 * @throws ExportError `CSV_HEADER_MISMATCH` for a repeated header, a required column that is missing, or an
 * undeclared one under 'reject'; `COLUMN_UNKNOWN` for a name asked for that the dataset does not declare.
 */
export function rowDecoder(
  dataset: Pick<Dataset, 'name'> & { readonly columns: Columns },
  header: readonly Field[],
  options: RowDecoderOptions,
): (record: CsvRecord) => Record<string, unknown> {
  const names = header.map((name) => name ?? '')
  const selected = selectColumns(dataset, options.columns)
  const sources = dataset.columns.map((column) => ({ column, index: indexOf(names, column) }))
  const missing = selected.filter((column) => !column.nullable && indexOf(names, column) < 0)
  if (missing.length > 0) {
    throw headerMismatch(
      dataset.name,
      missing.map(({ name }) => name),
      `required but not in the header; ${CHECK_FILE}`,
    )
  }
  // What the first line holds may be a row, with somebody's data: no name of it comes into a message before some are
  // known to be columns.
  if (sources.every(({ index }) => index < 0)) {
    throw headerMismatch(
      dataset.name,
      selected.map(({ name }) => name),
      'none of them is in the first line; check that the file has a header, and which dataset it holds',
    )
  }
  requireDistinct(dataset.name, names)
  const declaredIndexes = new Set(sources.map(({ index }) => index))
  const added = names
    .map((name, index) => ({ name, index }))
    .filter(({ index }) => !declaredIndexes.has(index))
  if (options.addedColumns === 'reject' && added.length > 0) {
    throw headerMismatch(
      dataset.name,
      added.map(({ name }) => name),
      'not declared; declare them with extend, or allow them with addedColumns',
    )
  }
  const bindings = sources
    .filter(({ column }) => selected.includes(column))
    .map(({ column, index }) => ({ name: column.name, index, decode: fieldDecoder(column, options) }))
  const keepsAdded = options.addedColumns === 'keep' && options.columns === undefined && added.length > 0
  const decodeAdded: DecodeField = (field) =>
    field === undefined || field === null ? null : options.formulaGuard ? unguardFormula(field) : field

  return ({ fields, line }) => {
    if (fields.length !== names.length) {
      const rule = `${names.length} cells expected, ${fields.length} found`
      const told = `expected ${names.length} cells as in the header, found ${fields.length}; the file may be cut short`
      throw csvMalformed({ dataset: dataset.name, line, rule }, { told })
    }
    const row: Record<string, unknown> = {}
    for (const { name, index, decode } of bindings) {
      try {
        setOwn(row, name, index < 0 ? null : decode(fields[index]))
      } catch (error) {
        if (!(error instanceof UnfitCell)) throw error
        throw cellUndecodable({ dataset: dataset.name, line, column: name, rule: error.rule })
      }
    }
    if (keepsAdded) {
      const extra: Record<string, unknown> = {}
      for (const { name, index } of added) setOwn(extra, name, decodeAdded(fields[index]))
      row.added = extra
    }
    return row
  }
}

function selectColumns(
  dataset: Pick<Dataset, 'name'> & { columns: Columns },
  names: readonly string[] | undefined,
): Columns {
  if (names === undefined) return dataset.columns
  return names.map((name) => {
    const column = dataset.columns.find((candidate) => candidate.name === name)
    if (column !== undefined) return column
    throw new ExportError(
      'COLUMN_UNKNOWN',
      `${dataset.name}: column "${name}" is asked for but not declared; declare it with extend`,
      { dataset: dataset.name, column: name },
    )
  })
}

function indexOf(names: readonly string[], { name, aliases }: Column): number {
  for (const each of [name, ...aliases]) {
    const index = names.indexOf(each)
    if (index >= 0) return index
  }
  return -1
}

function requireDistinct(dataset: string, names: readonly string[]): void {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const name of names) (seen.has(name) ? repeated : seen).add(name)
  if (repeated.size > 0) {
    throw headerMismatch(
      dataset,
      [...repeated],
      'in the header more than once',
      'get a file that has each name once',
    )
  }
}

/** `next` says what to do where the rule does not. */
function headerMismatch(
  dataset: string,
  columns: readonly string[],
  rule: string,
  next?: string,
): ExportError {
  const list = columns.map((name) => `"${name}"`).join(', ')
  const told = next === undefined ? rule : `${rule}; ${next}`
  return new ExportError('CSV_HEADER_MISMATCH', `${dataset}: ${list}: ${told}`, { dataset, columns, rule })
}

function cellUndecodable(details: ErrorDetails['CELL_UNDECODABLE']): ExportError {
  const { dataset, line, column, rule } = details
  // The rules of numbers that are too large say themselves how they are read.
  const told = rule.includes('; ') ? rule : `${rule}; ${CHECK_FILE}`
  return new ExportError('CELL_UNDECODABLE', `${dataset} line ${line}, column "${column}": ${told}`, details)
}

function fieldDecoder({ kind, nullable }: Column, options: RowDecoderOptions): DecodeField {
  const decode: DecodeCell = cellDecoder(kind, options)
  if (kind === 'text') {
    const text = options.formulaGuard ? unguardFormula : (field: string): string => field
    // Files that quote nothing write the empty string and null alike; a required text cannot be null.
    return (field) => (field === null || field === undefined ? (nullable ? null : '') : text(field))
  }
  // Files that quote everything write null as "".
  return (field) => {
    if (field !== null && field !== undefined && field !== '') return decode(field)
    if (nullable) return null
    throw new UnfitCell('expected a value, as the column is not nullable')
  }
}

// Assigning to __proto__ would set the prototype instead of a property.
function setOwn(row: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true })
  } else row[name] = value
}
