// Options of everything that writes CSV, and the report of what was written.

import type { DayfileError } from '../errors.js'
import { BOOLEAN, oneOf, type OptionsOf, type OptionTable } from '../options.js'
import { DIALECT_OPTIONS, type Dialect } from './dialect.js'

/** Decides what becomes of a row that cannot be written: 'skip' (or nothing) leaves it out, 'fail' ends the run. */
export type InvalidRowHandler = (error: DayfileError, row: unknown) => 'fail' | 'skip' | undefined

/** What may become of keys that the dataset does not declare. */
export type AddedColumns = 'append' | 'drop' | 'reject'

/** Options of everything that writes CSV. */
export interface CsvOptions<Added extends AddedColumns = AddedColumns> {
  /**
   * What becomes of keys that the dataset does not declare. 'append' (the default) makes columns of those that appear
   * among the first rows, after the declared ones, 10,000 at most, and counts others in the report; 'drop' leaves all of
   * them out and counts them; 'reject' fails the run. Unless it is 'append' or 'drop', the compiler refuses such keys in
   * the rows of a source.
   */
  readonly addedColumns?: Added | undefined
  /** Where the file is not to be RFC 4180. */
  readonly dialect?: OptionsOf<Dialect> | undefined
  /**
   * Puts a ' before text that a spreadsheet would run as a formula; the reader takes it away again. Defaults to off.
   * Numbers are never touched: refunds are negative.
   */
  readonly formulaGuard?: boolean | undefined
  /** What becomes of a row that cannot be written. Defaults to 'fail'. */
  readonly onInvalidRow?: 'fail' | 'skip' | InvalidRowHandler | undefined
}

export const CSV_OPTIONS = {
  addedColumns: oneOf('append', 'drop', 'reject'),
  dialect: { options: DIALECT_OPTIONS },
  formulaGuard: BOOLEAN,
  onInvalidRow: [
    '"fail", "skip" or a function',
    (value) => value === 'fail' || value === 'skip' || typeof value === 'function',
  ],
} satisfies OptionTable<CsvOptions>

/** Rows left out because they could not be written. */
export interface RejectedRow {
  /** 1 for the first row that came. */
  readonly row: number
  readonly column: string | null
  readonly rule: string
}

/** Keys that were not written: how many rows had a value under each. */
export interface DroppedColumn {
  readonly name: string
  readonly rows: number
}

/** What became of the rows so far. */
export interface CsvReport {
  /** Rows written, without the header. */
  readonly rows: number
  /** Bytes written, the header's among them. */
  readonly bytes: number
  /** Undeclared keys that became columns, in file order. */
  readonly addedColumns: readonly string[]
  readonly droppedColumns: readonly DroppedColumn[]
  /** Rows left out because they could not be written. */
  readonly rejectedRows: number
  /** The first 20 of them. */
  readonly rejections: readonly RejectedRow[]
}
