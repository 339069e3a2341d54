// In: rows of a dataset, one at a time. Out: CSV bytes, and a report of all that was not written as it came.

import { types } from 'node:util'
import { requireDataset, type Dataset } from '../datasets/dataset.js'
import { didYouMean, twinFinder } from '../did-you-mean.js'
import { DayfileError, isDayfileError } from '../errors.js'
import { requireOneOf } from '../options.js'
import type { CsvOptions, CsvReport, RejectedRow } from './csv-options.js'
import { MAX_RECORD_BYTES, resolveDialect, type Dialect } from './dialect.js'
import { headerBytes, recordEncoder, type EncodeRecord } from './encoder.js'
import { outputColumns, UnfitColumn, valueOf, type OutputColumn } from './output-columns.js'
import { RecordBytes, RecordTooLong, TooManyRecords } from './record-bytes.js'
import { isRow, undeclaredColumns, undeclaredKeys } from './undeclared-columns.js'
import { typeName } from './unfit-cell.js'

const REJECTIONS_KEPT = 20
// Keys can come from the outside: what is kept of them has to be bounded.
const DROPPED_NAMES_KEPT = 1000
const MEND = "fix it in the source, or skip such rows with onInvalidRow: 'skip'"

/** What only the rooms of this package set. */
export interface RowEncoderOptions extends CsvOptions {
  /** Whether bytes that were taken are written over by the next ones. */
  readonly lends?: boolean | undefined
  /** Keys that become no columns and are not counted. */
  readonly ignored?: readonly string[] | undefined
}

/** With options that were checked, writes rows to bytes that wait until they are taken. A row that cannot be written is never written in part. */
export class RowEncoder {
  /** Whether undeclared keys become columns, so that the first rows have to be seen before one is written. */
  readonly appends: boolean
  private readonly declared: readonly string[]
  private readonly dialect: Dialect
  private readonly ignored: readonly string[]
  private readonly addedColumns: 'append' | 'drop' | 'reject'
  private readonly formulaGuard: boolean
  private readonly onInvalidRow: NonNullable<CsvOptions['onInvalidRow']>
  // The row under way: 1 for the first one that came.
  private number = 0
  private rows = 0
  private bytes = 0
  private rejectedRows = 0
  private readonly rejections: RejectedRow[] = []
  private readonly dropped = new Map<string, number>()
  private records: RecordBytes
  private added: readonly string[] = []
  private headerLine: Uint8Array | undefined
  private output: readonly OutputColumn[] = []
  private encodeRecord: EncodeRecord = () => undefined
  private undeclared: (row: object) => readonly string[] = () => []
  private readonly twinOf: (key: string) => string | undefined

  constructor(
    private readonly dataset: Dataset,
    options: RowEncoderOptions,
  ) {
    const { addedColumns = 'append', formulaGuard = false, onInvalidRow = 'fail' } = options
    requireDataset(dataset)
    this.dialect = resolveDialect(options.dialect)
    this.declared = dataset.columns.map(({ name }) => name)
    this.ignored = options.ignored ?? []
    this.records = new RecordBytes(options.lends)
    this.addedColumns = addedColumns
    this.formulaGuard = formulaGuard
    this.onInvalidRow = onInvalidRow
    this.appends = addedColumns === 'append'
    this.twinOf = twinFinder(this.declared)
  }

  /** The columns of the file in order; asking fixes them. */
  get columns(): readonly string[] {
    this.fix([])
    return [...this.declared, ...this.added]
  }

  /** The header with its line end; asking fixes the columns. */
  header(): Uint8Array {
    return this.headerLine ?? this.fix([])
  }

  get isFixed(): boolean {
    return this.headerLine !== undefined
  }

  /** Fixes the columns, if they are not fixed yet: the declared ones, and undeclared keys of these rows. */
  fix(sample: readonly unknown[]): Uint8Array {
    if (this.headerLine !== undefined) return this.headerLine
    const { dataset, declared, ignored, dialect, formulaGuard } = this
    // A misspelt key does not become a column: its row fails, with its number.
    const keys = this.appends
      ? undeclaredKeys(sample, new Set([...declared, ...ignored])).filter(
          (key) => this.twinOf(key) === undefined,
        )
      : []
    const names = [...declared, ...keys]
    let header: Uint8Array
    try {
      header = headerBytes(names, dialect)
    } catch (error) {
      throw this.asDayfileError(error)
    }
    this.headerLine = header
    this.added = keys
    this.undeclared = undeclaredColumns(new Set([...names, ...ignored]))
    this.output = outputColumns(dataset.columns, keys, formulaGuard)
    this.encodeRecord = recordEncoder(this.output, this.dialect, this.records)
    this.bytes += header.length
    return header
  }

  /** Writes the row that came as this number, or leaves it out. Gives how many bytes wait. */
  write(row: unknown, number: number): number {
    this.number = number
    const { records } = this
    const start = records.length
    try {
      this.writeRecord(row)
    } catch (error) {
      records.length = start
      this.reject(error, row)
    }
    return records.length
  }

  /** Gives the bytes that wait. */
  take(): Uint8Array {
    const bytes = this.records.take()
    this.bytes += bytes.length
    return bytes
  }

  /** Forgets the bytes that wait: a row after them has thrown. */
  discard(): void {
    this.records.length = 0
  }

  /** Lets `work` write rows while one is under way: its bytes so far are left as they are. */
  within<T>(work: () => T): T {
    const { records, encodeRecord, number } = this
    try {
      this.records = new RecordBytes()
      this.encodeRecord = recordEncoder(this.output, this.dialect, this.records)
      return work()
    } finally {
      this.records = records
      this.encodeRecord = encodeRecord
      this.number = number
    }
  }

  /** A snapshot of the counts so far. */
  get report(): CsvReport {
    const { rows, bytes, added, dropped, rejectedRows, rejections } = this
    return {
      rows,
      bytes,
      addedColumns: [...added],
      droppedColumns: [...dropped].map(([name, count]) => ({ name, rows: count })),
      rejectedRows,
      rejections: [...rejections],
    }
  }

  private writeRecord(row: unknown): void {
    if (!isRow(row)) throw this.rowInvalid(`expected an object keyed by column, received ${typeName(row)}`)
    const names = this.undeclared(row)
    if (names.length > 0) this.countUndeclared(row, names)
    const { records } = this
    const start = records.length
    this.encodeRecord(row)
    // As a whole, since looking at each cell costs more: what the reader refuses must not be published.
    if (records.length - start > MAX_RECORD_BYTES) throw new RecordTooLong()
    this.rows++
  }

  private countUndeclared(row: object, names: readonly string[]): void {
    const { dropped } = this
    for (const name of names) {
      if (valueOf(row, name) === undefined) continue
      if (this.addedColumns === 'reject') throw this.columnUnknown(name)
      const twin = this.twinOf(name)
      // Dropping the key loses nothing if the row has the column, too.
      if (twin !== undefined && (this.appends || valueOf(row, twin) === undefined))
        throw this.columnMisspelt(name, twin)
      const key = dropped.has(name) || dropped.size < DROPPED_NAMES_KEPT ? name : '(other columns)'
      dropped.set(key, (dropped.get(key) ?? 0) + 1)
    }
  }

  // A row that may not be left out throws out of here; for one that may, nothing is written.
  private reject(error: unknown, row: unknown): void {
    if (error instanceof TooManyRecords) {
      const { message, mend, cause } = error
      throw this.rowInvalid(message, { mend, cause })
    }
    const { onInvalidRow, number } = this
    const failure = this.asDayfileError(error)
    if (failure.code === 'COLUMN_UNKNOWN' || onInvalidRow === 'fail') throw failure
    if (typeof onInvalidRow === 'function') {
      const answer = onInvalidRow(failure, row)
      if (answer === 'fail') throw failure
      // A promise would be taken for 'skip' whatever it brings.
      if (types.isPromise(answer)) answer.catch(() => undefined)
      if (answer !== undefined) requireOneOf('answer of option onInvalidRow', answer, ['fail', 'skip'])
    }
    this.rejectedRows++
    if (this.rejections.length < REJECTIONS_KEPT) {
      const { column = null, rule } = failure.details as { column?: string; rule: string }
      this.rejections.push({ row: number, column, rule })
    }
  }

  private asDayfileError(error: unknown): DayfileError {
    if (isDayfileError(error)) return error
    if (error instanceof UnfitColumn) {
      const { column, rule, missing } = error
      const details = { dataset: this.dataset.name, row: this.number, column, rule }
      return new DayfileError(
        missing ? 'ROW_INVALID' : 'CELL_UNENCODABLE',
        `${this.place()}, column "${column}": ${rule}; ${MEND}`,
        details,
      )
    }
    if (error instanceof RecordTooLong) return this.rowInvalid(`expected ${error.message}`)
    // A getter of your application's row threw; what it says may hold content, so it stays in `cause`.
    const rule = 'expected to read every column, but reading the row threw (see cause)'
    return this.rowInvalid(rule, { cause: error })
  }

  private rowInvalid(
    rule: string,
    { mend = MEND, ...options }: { mend?: string; cause?: unknown } = {},
  ): DayfileError {
    const details = { dataset: this.dataset.name, row: this.number, rule }
    return new DayfileError('ROW_INVALID', `${this.place()}: ${rule}; ${mend}`, details, options)
  }

  private columnUnknown(name: string): DayfileError {
    return new DayfileError(
      'COLUMN_UNKNOWN',
      `${this.place()}: column "${name}" is not declared; declare it with extend, or allow it with addedColumns${didYouMean(name, this.declared)}`,
      { dataset: this.dataset.name, column: name, row: this.number },
    )
  }

  private columnMisspelt(name: string, twin: string): DayfileError {
    return new DayfileError(
      'COLUMN_UNKNOWN',
      `${this.place()}: column "${name}" is not declared, and differs only in case or in _ and - from "${twin}", which is; rename the key to "${twin}", or declare "${name}" with extend`,
      { dataset: this.dataset.name, column: name, row: this.number },
    )
  }

  private place(): string {
    return `${this.dataset.name} row ${this.number}`
  }
}
