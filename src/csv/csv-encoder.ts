// In: rows of a dataset. Out: CSV bytes, and a report of all that was not written as it came.

import { types } from 'node:util'
import { requireDataset, type Dataset, type RowOf } from '../datasets/dataset.js'
import { DayfileError, isDayfileError } from '../errors.js'
import { requireOneOf, requireShape } from '../options.js'
import { typeName } from './cells.js'
import type { CsvOptions, CsvReport, RejectedRow } from './csv-options.js'
import { isRfc4180, resolveDialect } from './dialect.js'
import { recordEncoder, type EncodeRecord } from './encoder.js'
import { headerBytes } from './header.js'
import { outputColumns, UnfitColumn, valueOf, type OutputColumn } from './output-columns.js'
import { OutOfMemory, RecordBytes, RecordTooLong } from './record-bytes.js'
import { MAX_RECORD_BYTES } from './record-limit.js'
import { stringifierRecordEncoder } from './stringifier.js'
import { isRow, undeclaredColumns, undeclaredKeys } from './undeclared-columns.js'

/** Encodes rows of one file. Made by {@link csvEncoder}. */
export interface CsvEncoder<Row = object> {
  /** The columns of the file in order; asking fixes them. */
  readonly columns: readonly string[]
  /** The header with its line end; asking fixes the columns. */
  header(): Uint8Array
  /** The records of these rows, without the header. The first call with rows fixes the columns by them. */
  encode(rows: Iterable<Row>): Uint8Array
  /** A snapshot of the counts so far. */
  readonly report: CsvReport
}

const REJECTIONS_KEPT = 20
// Keys can come from the outside: what is kept of them has to be bounded.
const DROPPED_NAMES_KEPT = 1000
const MEND = "mend it in the source, or leave such rows out with onInvalidRow: 'skip'"

/**
 * Encodes rows of a dataset to CSV bytes, batch by batch and synchronously.
 *
 * The header is the declared columns, and after them the undeclared keys of the first batch (with `addedColumns:
 * 'append'`); calling `header()` before `encode()` fixes it to the declared ones. A row that cannot be written is
 * never written in part. Memory: the records of one `encode` call, and a block of up to 256 KiB. What `encode` returns is
 * cut from that block and is not written again; copy it before you transfer its `buffer`, which holds others beside it.
 *
 * @throws DayfileError `ROW_INVALID`, `CELL_UNENCODABLE` or `COLUMN_UNKNOWN` from `encode`, naming row and column.
 * @throws TypeError or RangeError when an option has the wrong shape.
 * @example
 * const orders = defineDataset({
 *   name: 'orders',
 *   timeColumn: 'at',
 *   columns: [column.instant('at', { nullable: false }), column.decimal('total')],
 * })
 * const encoder = csvEncoder(orders)
 * const records = encoder.encode([{ at: '2026-03-07T12:00:00Z', total: 9.5 }])
 * Buffer.concat([encoder.header(), records]).toString() // 'at,total\r\n2026-03-07T12:00:00Z,9.5\r\n'
 */
export function csvEncoder<const D extends Dataset>(
  dataset: D,
  options: CsvOptions = {},
): CsvEncoder<RowOf<D>> {
  return selectingCsvEncoder(dataset, options, undefined)
}

/**
 * {@link csvEncoder} that passes over the rows which `select` refuses; they count in row numbers all the same. With `lends`
 * the bytes of one call of `encode` are written over by the next one. Keys that are `ignored` become no columns and are
 * not counted.
 */
export function selectingCsvEncoder(
  dataset: Dataset,
  options: CsvOptions,
  select: ((row: object) => boolean) | undefined,
  { lends = false, ignored = [] }: { lends?: boolean; ignored?: readonly string[] } = {},
): CsvEncoder {
  const { addedColumns = 'append', formulaGuard = false, onInvalidRow = 'fail' } = options
  requireDataset(dataset)
  requireOneOf('csv option addedColumns', addedColumns, ['append', 'drop', 'reject'])
  requireShape('csv option formulaGuard', formulaGuard, 'a boolean', typeof formulaGuard === 'boolean')
  if (typeof onInvalidRow !== 'function')
    requireOneOf('csv option onInvalidRow', onInvalidRow, ['fail', 'skip'])
  const dialect = resolveDialect(options.dialect)
  const declared = dataset.columns.map(({ name }) => name)

  let rowNumber = 0
  let rows = 0
  let bytes = 0
  let rejectedRows = 0
  const rejections: RejectedRow[] = []
  const dropped = new Map<string, number>()
  // Of the call of `encode` that is under way.
  let records = new RecordBytes(lends)
  let calls = 0

  let added: readonly string[] = []
  let header: Uint8Array | undefined
  let output: readonly OutputColumn[] = []
  let encodeRecord: EncodeRecord
  let undeclared: (row: object) => readonly string[]

  function fixColumns(sample: readonly unknown[]): Uint8Array {
    if (header !== undefined) return header
    const keys = addedColumns === 'append' ? undeclaredKeys(sample, new Set([...declared, ...ignored])) : []
    const names = [...declared, ...keys]
    try {
      header = headerBytes(names, dialect)
    } catch (error) {
      throw asDayfileError(error)
    }
    added = keys
    undeclared = undeclaredColumns(new Set([...names, ...ignored]))
    output = outputColumns(dataset.columns, added, formulaGuard)
    encodeRecord = recordEncoderFor(records)
    bytes += header.length
    return header
  }

  function recordEncoderFor(bytes: RecordBytes): EncodeRecord {
    return isRfc4180(dialect)
      ? recordEncoder(output, bytes)
      : stringifierRecordEncoder(output, dialect, bytes)
  }

  function isKept(row: unknown): boolean {
    if (select === undefined) return true
    try {
      return !isRow(row) || select(row)
    } catch (error) {
      if (isDayfileError(error)) throw error
      // Reading the row threw; writing it says so, with its number.
      return true
    }
  }

  function countUndeclared(row: object, names: readonly string[]): void {
    for (const name of names) {
      if (valueOf(row, name) === undefined) continue
      if (addedColumns === 'reject') throw columnUnknown(name)
      const key = dropped.has(name) || dropped.size < DROPPED_NAMES_KEPT ? name : '(other columns)'
      dropped.set(key, (dropped.get(key) ?? 0) + 1)
    }
  }

  function writeRecord(row: unknown): void {
    if (!isRow(row)) throw rowInvalid(`expected an object keyed by column, received ${typeName(row)}`)
    const names = undeclared(row)
    if (names.length > 0) countUndeclared(row, names)
    const start = records.length
    encodeRecord(row)
    // As a whole, since looking at each cell costs more: what the reader refuses must not be published.
    if (records.length - start > MAX_RECORD_BYTES) throw new RecordTooLong()
    rows++
  }

  function encodeAll(all: readonly unknown[], kept: readonly boolean[] | undefined): Uint8Array {
    // A row of the batch before may have thrown out of here.
    records.length = 0
    calls++
    try {
      for (let index = 0; index < all.length; index++) {
        rowNumber++
        if (kept?.[index] === false) continue
        const start = records.length
        try {
          writeRecord(all[index])
        } catch (error) {
          records.length = start
          reject(error, all[index])
        }
      }
      return records.take()
    } finally {
      calls--
    }
  }

  /** A getter of a row, or your application's onInvalidRow, encodes other rows: the records under way are left as they are. */
  function encodeWithin(all: readonly unknown[], kept: readonly boolean[] | undefined): Uint8Array {
    const [outerRecords, outerEncodeRecord] = [records, encodeRecord]
    try {
      records = new RecordBytes()
      encodeRecord = recordEncoderFor(records)
      return encodeAll(all, kept)
    } finally {
      records = outerRecords
      encodeRecord = outerEncodeRecord
    }
  }

  // A row that may not be left out throws out of here; for one that may, nothing is written.
  function reject(error: unknown, row: unknown): void {
    if (error instanceof OutOfMemory) throw error.cause
    const failure = asDayfileError(error)
    if (failure.code === 'COLUMN_UNKNOWN' || onInvalidRow === 'fail') throw failure
    if (typeof onInvalidRow === 'function') {
      const answer = onInvalidRow(failure, row)
      if (answer === 'fail') throw failure
      // A promise would be taken for 'skip' whatever it brings.
      if (types.isPromise(answer)) answer.catch(() => undefined)
      if (answer !== undefined) requireOneOf('answer of csv option onInvalidRow', answer, ['fail', 'skip'])
    }
    rejectedRows++
    if (rejections.length < REJECTIONS_KEPT) {
      const { column = null, rule } = failure.details as { column?: string; rule: string }
      rejections.push({ row: rowNumber, column, rule })
    }
  }

  function asDayfileError(error: unknown): DayfileError {
    if (isDayfileError(error)) return error
    if (error instanceof UnfitColumn) {
      const { column, rule, missing } = error
      const details = { dataset: dataset.name, row: rowNumber, column, rule }
      return new DayfileError(
        missing ? 'ROW_INVALID' : 'CELL_UNENCODABLE',
        `${place()}, column "${column}": ${rule}; ${MEND}`,
        details,
      )
    }
    if (error instanceof RecordTooLong) return rowInvalid(`expected ${error.message}`)
    // A getter of your application's row threw; what it says may hold content, so it stays in `cause`.
    return rowInvalid('expected to read every column, but reading the row threw (see cause)', {
      cause: error,
    })
  }

  function rowInvalid(rule: string, cause?: { cause: unknown }): DayfileError {
    return new DayfileError(
      'ROW_INVALID',
      `${place()}: ${rule}; ${MEND}`,
      { dataset: dataset.name, row: rowNumber, rule },
      cause,
    )
  }

  function columnUnknown(name: string): DayfileError {
    return new DayfileError(
      'COLUMN_UNKNOWN',
      `${place()}: column "${name}" is not declared; declare it with extend, or allow it with addedColumns`,
      { dataset: dataset.name, column: name, row: rowNumber },
    )
  }

  function place(): string {
    return `${dataset.name} row ${rowNumber}`
  }

  return {
    get columns() {
      fixColumns([])
      return [...declared, ...added]
    },
    header: () => fixColumns([]),
    encode(batch) {
      const all = Array.isArray(batch) ? (batch as unknown[]) : [...(batch as Iterable<unknown>)]
      // Once a row, as `select` counts what it refuses.
      const kept = select === undefined ? undefined : all.map(isKept)
      if (header === undefined) {
        const sample = kept === undefined ? all : all.filter((_, index) => kept[index])
        if (sample.length > 0) fixColumns(sample)
      }
      const encoded = calls === 0 ? encodeAll(all, kept) : encodeWithin(all, kept)
      bytes += encoded.length
      return encoded
    },
    get report() {
      return {
        rows,
        bytes,
        addedColumns: [...added],
        droppedColumns: [...dropped].map(([name, count]) => ({ name, rows: count })),
        rejectedRows,
        rejections: [...rejections],
      }
    },
  }
}
