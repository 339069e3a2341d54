// In: the header of a file, then its records. Out: typed rows by name, whatever the order of the columns.

import type { Column } from '../datasets/column.js'
import type { Columns, Dataset } from '../datasets/dataset.js'
import { didYouMean, findSlip } from '../did-you-mean.js'
import { DayfileError, type ErrorDetails } from '../errors.js'
import { cellDecoder, unguardFormula, type DecodeCell, type DecodedForms } from './cells.js'
import { rowReader, setOwn, type DecodeRow, type InputColumn } from './decoder.js'
import type { Dialect } from './dialect.js'
import { decodeStrictJson } from './json-cells.js'
import { RecordCells, type Field } from './record-cells.js'
import type { RecordScanner } from './record-scanner.js'
import { UnfitCell } from './unfit-cell.js'

/** Which columns are read, and in which form. */
export interface RowDecoderOptions extends DecodedForms {
  /** The names to read, or undefined for all declared ones. */
  readonly columns: readonly string[] | undefined
  readonly addedColumns: 'keep' | 'drop' | 'reject'
  readonly formulaGuard: boolean
  readonly dialect: Dialect
  /**
   * Called for every cell that does not fit and for records with another number of cells, instead of throwing at the
   * first of them; their rows are of no use. An empty cell of a required text column and invalid JSON do not fit
   * either then.
   */
  readonly refuse?: (refusal: { readonly column?: string; readonly rule: string }) => void
}

// A file can have any number of columns; an error is for somebody to read.
const NAMES_TOLD = 20

const CHECK_FILE = 'read the columns you need with `columns`, or check which dataset the file holds'

/**
 * Binds the columns of a file to those of a dataset by the record that the scanner has come to, which is the header.
 *
 * @throws DayfileError `CSV_HEADER_MISMATCH` for a repeated header, a required column that is missing, or an
 * undeclared one under 'reject'; `COLUMN_UNKNOWN` for a name asked for that the dataset does not declare.
 */
export function rowDecoder(
  dataset: Pick<Dataset, 'name'> & { readonly columns: Columns },
  scanner: RecordScanner,
  options: RowDecoderOptions,
): DecodeRow {
  const cells = new RecordCells(scanner, options.dialect)
  const names = headerNames(scanner, cells)
  const selected = selectColumns(dataset, options.columns)
  const sources = dataset.columns.map((column) => ({ column, index: indexOf(names, column) }))
  // What the first line holds may be a row, with somebody's data: no name of it comes into a message before some are
  // known to be columns.
  const isHeader = sources.some(({ index }) => index >= 0)
  const lacking = selected.filter((column) => indexOf(names, column) < 0)
  if (isHeader) requireNoSlip(dataset, names, lacking)
  const missing = selected.filter((column) => !column.nullable && indexOf(names, column) < 0)
  if (missing.length > 0) {
    throw headerMismatch(
      dataset.name,
      missing.map(({ name }) => name),
      `required but not in the header; ${CHECK_FILE}`,
    )
  }
  if (!isHeader) {
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
  const columns = sources
    .filter(({ column }) => selected.includes(column))
    .map(({ column, index }) => inputColumn(dataset.name, column, index, { scanner, cells, options }))
  const keepsAdded = options.addedColumns === 'keep' && options.columns === undefined && added.length > 0
  const last = keepsAdded ? names.length - 1 : Math.max(-1, ...columns.map(({ index }) => index))
  const read = rowReader(columns, cells, last)

  return () => {
    if (scanner.count !== names.length) {
      if (options.refuse === undefined) throw otherCount(dataset.name, names.length, scanner)
      options.refuse({ rule: countRule(names.length, scanner) })
      return {}
    }
    const row = read()
    if (keepsAdded) {
      const extra: Record<string, unknown> = {}
      for (const { name, index } of added) setOwn(extra, name, textOf(cells.field(index), options))
      row.added = extra
    }
    return row
  }
}

function headerNames(scanner: RecordScanner, cells: RecordCells): string[] {
  cells.begin(scanner.count - 1)
  return Array.from({ length: scanner.count }, (_, index) => cells.field(index) ?? '')
}

function countRule(expected: number, { count }: RecordScanner): string {
  return `${expected} cells expected, ${count} found`
}

function otherCount(dataset: string, expected: number, scanner: RecordScanner): DayfileError {
  const { count, recordLine, recordOffset } = scanner
  const rule = countRule(expected, scanner)
  const sentence = `expected ${expected} cells as in the header, found ${count}; the file may be cut short`
  return csvMalformed({ dataset, line: recordLine, offset: recordOffset, rule }, sentence)
}

/** The error of a file that is not CSV; `sentence` says it where the rule does not. */
export function csvMalformed(
  details: ErrorDetails['CSV_MALFORMED'],
  sentence = details.rule,
  cause?: unknown,
): DayfileError {
  const { dataset, line, offset } = details
  return new DayfileError(
    'CSV_MALFORMED',
    `${dataset} line ${line} (byte ${offset}): ${sentence}; get the file again, or have the day exported again`,
    details,
    cause === undefined ? {} : { cause },
  )
}

function inputColumn(
  dataset: string,
  column: Column,
  index: number,
  from: { readonly scanner: RecordScanner; readonly cells: RecordCells; readonly options: RowDecoderOptions },
): InputColumn {
  const { scanner, cells, options } = from
  const { name, nullable } = column
  const decodeField = fieldDecoder(column, options)
  return {
    name,
    index,
    nullable,
    reader: readerOf(column, options),
    decode() {
      try {
        return decodeField(cells.field(index))
      } catch (error) {
        if (!(error instanceof UnfitCell)) throw error
        if (options.refuse !== undefined) {
          options.refuse({ column: name, rule: error.rule })
          return undefined
        }
        throw cellUndecodable({ dataset, line: scanner.recordLine, column: name, rule: error.rule })
      }
    },
  }
}

// What the usual forms of numbers and instants are made of.
const NUMERIC = /[\d.+\-:TZ]/

/** What reads the usual form of a kind, where the caller wants the usual thing. */
function readerOf({ kind, nullable }: Column, options: RowDecoderOptions): InputColumn['reader'] {
  const { formulaGuard, integers, decimals, instants, dialect, refuse } = options
  if (kind === 'text' && !nullable && refuse !== undefined) return 'decoded'
  if (kind === 'text' && !formulaGuard) return 'field'
  // Such a cell is to be read only after its escapes have been taken away.
  if (NUMERIC.test(dialect.quote + dialect.escape)) return 'decoded'
  if (kind === 'integer' && integers === 'number') return 'integer'
  if (kind === 'decimal' && decimals === 'string') return 'decimal'
  if (kind === 'instant' && instants === 'date') return 'instant'
  return 'decoded'
}

/** The columns of the names, or all columns without names; `COLUMN_UNKNOWN` for one that is not declared. */
export function selectColumns(
  dataset: Pick<Dataset, 'name'> & { columns: Columns },
  names: readonly string[] | undefined,
): Columns {
  if (names === undefined) return dataset.columns
  return names.map((name) => {
    const column = dataset.columns.find((candidate) => candidate.name === name)
    if (column !== undefined) return column
    const owner = dataset.columns.find(({ aliases }) => aliases.includes(name))
    const known = dataset.columns.map((each) => each.name)
    const guess = owner === undefined ? didYouMean(name, known) : `; did you mean ${owner.name}?`
    throw new DayfileError(
      'COLUMN_UNKNOWN',
      `${dataset.name}: column "${name}" is asked for but not declared${guess || '; declare it with extend'}`,
      { dataset: dataset.name, column: name },
    )
  })
}

/** As null for ever, a misspelt column would pass for one that the file does not have. */
function requireNoSlip(
  dataset: Pick<Dataset, 'name'> & { readonly columns: Columns },
  names: readonly string[],
  lacking: Columns,
): void {
  const slip = findSlip(names, dataset.columns, lacking)
  if (slip === undefined) return
  throw headerMismatch(
    dataset.name,
    [slip.found, slip.declared],
    'the header has the first, which is not declared, but not the second, which is',
    'correct the name in the dataset, or make the first an alias of the second; if they are two columns, declare both',
  )
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
): DayfileError {
  const first = columns.slice(0, NAMES_TOLD)
  const more = columns.length > NAMES_TOLD ? `, and ${columns.length - NAMES_TOLD} more` : ''
  const list = first.map((name) => `"${name}"`).join(', ') + more
  const told = next === undefined ? rule : `${rule}; ${next}`
  return new DayfileError('CSV_HEADER_MISMATCH', `${dataset}: ${list}: ${told}`, {
    dataset,
    columns: first,
    rule,
  })
}

function cellUndecodable(details: ErrorDetails['CELL_UNDECODABLE']): DayfileError {
  const { dataset, line, column, rule } = details
  // The rules of numbers that are too large say themselves how they are read.
  const told = rule.includes('; ') ? rule : `${rule}; ${CHECK_FILE}`
  return new DayfileError('CELL_UNDECODABLE', `${dataset} line ${line}, column "${column}": ${told}`, details)
}

function fieldDecoder({ kind, nullable }: Column, options: RowDecoderOptions): (field: Field) => unknown {
  const isStrict = options.refuse !== undefined
  if (kind === 'text' && !nullable && isStrict) return (field) => textOf(field, options) ?? emptyCell()
  // Files that quote nothing write the empty string and null alike; a required text cannot be null.
  if (kind === 'text') return (field) => textOf(field, options) ?? (nullable ? null : '')
  const decode: DecodeCell = isStrict && kind === 'json' ? decodeStrictJson : cellDecoder(kind, options)
  // Files that quote everything write null as "".
  return (field) => {
    if (field !== null && field !== '') return decode(field)
    return nullable ? null : emptyCell()
  }
}

function emptyCell(): never {
  throw new UnfitCell('expected a value, as the column is not nullable')
}

function textOf(field: Field, { formulaGuard }: RowDecoderOptions): Field {
  return field !== null && formulaGuard ? unguardFormula(field) : field
}
