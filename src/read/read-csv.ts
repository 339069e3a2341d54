// In: the bytes of a file, plain or gzip. Out: typed rows.

import type { DecodedForms } from '../csv/cells.js'
import { DIALECT_OPTIONS, resolveDialect, type Dialect } from '../csv/dialect.js'
import type { DecodeRow } from '../csv/decoder.js'
import { MalformedCsv, RecordScanner } from '../csv/record-scanner.js'
import { csvMalformed, rowDecoder } from '../csv/row-decoder.js'
import { InvalidUtf8, utf8Pieces } from '../csv/utf8.js'
import { requireDataset, type Dataset } from '../datasets/dataset.js'
import {
  BOOLEAN,
  oneOf,
  requireOptions,
  requireShape,
  STRINGS,
  type OptionsOf,
  type OptionTable,
} from '../options.js'
import { isCsvBytes, plainChunks, type CsvBytes } from './csv-chunks.js'
import { rowIterator, type RowSupply } from './row-iterator.js'
import { STRICT_OPTIONS, strictReading, type StrictOptions } from './strict-rows.js'

/** Options of {@link readCsv}. */
export interface ReadCsvOptions<Name extends string = string> extends OptionsOf<DecodedForms> {
  /** Read these declared columns only: rows have exactly these keys. Defaults to all declared ones. */
  readonly columns?: readonly Name[] | undefined
  /**
   * What becomes of columns that the dataset does not declare. 'keep' (the default) hands them out as text under
   * `added`; 'drop' leaves them out; 'reject' is an error. With `columns` they are left out.
   */
  readonly addedColumns?: 'keep' | 'drop' | 'reject' | undefined
  /** Where the file is not RFC 4180. LF and CRLF both end a record, and a byte order mark is passed over, in any case. */
  readonly dialect?: OptionsOf<Dialect> | undefined
  /** Whether the file was written with `formulaGuard`; it is undone. */
  readonly formulaGuard?: boolean | undefined
  /**
   * Whether every row is validated, by TypeBox and beyond what reading needs: lists of values are closed, a required
   * text must not be an empty cell, a json cell must be JSON. Then the first problem does not end the reading but the
   * handing out, and the error lists all of them. Defaults to off; options are `true` with a limit or a schema of your own.
   */
  readonly strict?: boolean | StrictOptions | undefined
}

export const READ_CSV_OPTIONS = {
  columns: STRINGS,
  decimals: oneOf('string', 'number'),
  instants: oneOf('date', 'string'),
  integers: oneOf('number', 'bigint'),
  addedColumns: oneOf('keep', 'drop', 'reject'),
  dialect: { options: DIALECT_OPTIONS },
  formulaGuard: BOOLEAN,
  strict: { options: STRICT_OPTIONS, or: BOOLEAN },
} satisfies OptionTable<ReadCsvOptions>

/** What the reader hands out for each kind, by the forms that the options ask for. */
interface ReadCells<O> {
  text: string
  integer: Form<O, 'integers', 'bigint', bigint, number>
  decimal: Form<O, 'decimals', 'number', number, string>
  boolean: boolean
  date: string
  instant: Form<O, 'instants', 'string', string, Date>
  json: unknown
}

/** `Asked` where the option has the value, or else `Usual`; both where its type leaves open which. */
type Form<O, Option extends string, Value, Asked, Usual> = Option extends keyof O
  ? FormOf<O[Option], Value, Asked, Usual>
  : Usual
type FormOf<Given, Value, Asked, Usual> = Given extends Value ? Asked : Usual

/**
 * A row as the reader hands it out, by the options it got. With a list of `columns` that the types do not know to its
 * end (a `string[]` of names, and not a tuple), each of its columns may or may not be there.
 */
export type ReadRow<D extends Dataset, O = object> = 'columns' extends keyof O
  ? O['columns'] extends readonly (infer Name)[]
    ? IsOpen<O['columns'], Name> extends true
      ? Partial<Cells<D, O, Name>>
      : Cells<D, O, Name>
    : Partial<Cells<D, O, string>> & Undeclared<O>
  : Cells<D, O, string> & Undeclared<O>

// A list of any strings, for a dataset that is any dataset, makes an index signature: it says no more than that already.
type IsOpen<List extends readonly unknown[], Name> = string extends Name
  ? false
  : number extends List['length']
    ? true
    : false

type Cells<D extends Dataset, O, Name> = {
  [C in D['columns'][number] as NameAmong<C['name'], Name>]:
    // Not by a type with a name of its own: editors would show that name, and not `string | null`.
    ReadCells<O>[C['kind']] | (C['nullable'] extends false ? never : null)
}

// The names of a dataset that is any dataset are not known: they are the ones that were asked for.
type NameAmong<Declared extends string, Name> = string extends Declared
  ? Name & string
  : Extract<Declared, Name>

type Undeclared<O> = O extends { readonly addedColumns: 'drop' | 'reject' }
  ? unknown
  : {
      /** Undeclared columns by name, as text; only where the file has some. */
      added?: Readonly<Record<string, string | null>>
    }

/** Refuses options that there are not, which an inferred type of options would let pass. */
export type NoOthers<O, Known> = {
  readonly [Option in Exclude<keyof O, keyof Known>]?: 'there is no such option'
}

/**
 * Reads rows of CSV by the names of their columns, whatever their order.
 *
 * Takes plain and gzip files, chunks cut anywhere, LF and CRLF, with or without a byte order mark, and columns that
 * were added since. A nullable column that the file lacks is null. An empty cell is null, `""` is the empty string.
 * Instants are Dates (digits beyond milliseconds are cut off; read `instants: 'string'` to keep them), decimals are
 * strings (every digit), integers are numbers. Only what is read is made: six columns of 44 take less than half of the time.
 * Memory: one chunk, 64 KiB of it and the record under way, which may have 64 MiB; text that you keep keeps the text
 * of 4 KiB around it, or of its record if that is longer.
 * Before an error come the rows that stand before it.
 *
 * A file without a manifest cannot tell that whole rows are missing at its end: `readDay` compares with the manifest.
 *
 * @throws DayfileError `CSV_MALFORMED` with line and byte offset, `CSV_HEADER_MISMATCH` for a required column that is missing,
 * `CELL_UNDECODABLE` with line and column, `COLUMN_UNKNOWN` for a name in `columns` that is not declared, `CSV_INVALID`
 * under `strict`, with the first problems of the file: line, column and rule of each.
 * @throws TypeError or RangeError when an argument or an option has the wrong shape; TypeError, while reading, for a
 * chunk that is no bytes.
 * @example
 * const csv = Buffer.from('paywall_showed_at,paywall_name\n2026-03-07T12:00:00Z,Spring\n')
 * const names = []
 * for await (const view of readCsv(paywallViews, csv, { columns: ['paywall_name'] })) names.push(view.paywall_name)
 * names // ['Spring']
 */
export function readCsv<
  const D extends Dataset,
  const O extends ReadCsvOptions<D['columns'][number]['name']> & NoOthers<O, ReadCsvOptions> = object,
>(dataset: D, bytes: CsvBytes, options?: O): AsyncGenerator<ReadRow<D, O>, void, void> {
  requireOptions('readCsv', options ?? {}, READ_CSV_OPTIONS)
  return readRows(dataset, bytes, options ?? {}) as AsyncGenerator<ReadRow<D, O>, void, void>
}

/** Looks on while a file is read. */
export interface CsvObserver {
  /** Is given the bytes of the CSV, after decompression, and passes them on. */
  through(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
  /** Is set to the line on which the last record begins; the header's is 1. */
  line: number
}

/** {@link readCsv} without the types, for options that were checked. */
export function readRows(
  dataset: Dataset,
  bytes: CsvBytes,
  options: ReadCsvOptions,
  observer: CsvObserver = { through: (chunks) => chunks, line: 1 },
): AsyncGenerator<Record<string, unknown>, void, void> {
  requireDataset(dataset)
  requireShape('bytes', bytes, 'a Uint8Array, or an iterable of them such as a stream', isCsvBytes(bytes))
  const { forms, addedColumns, formulaGuard, dialect, strictly } = readingOptions(options)
  const scanner = new RecordScanner(dialect)
  const strict = strictly && strictReading(dataset, scanner, strictly, forms)
  const refuse = strict === undefined ? {} : { refuse: strict.refuse }
  const decoding = { ...forms, addedColumns, formulaGuard, dialect, ...refuse }
  const feeding = feed(scanner, observer.through(plainChunks(bytes)))
  let decode: DecodeRow | undefined
  let isLast = false

  // Whatever is wrong comes after the rows before it: what is read must not depend on where the chunks were cut.
  const supply: RowSupply<Record<string, unknown>> = {
    take() {
      try {
        while (scanner.next(isLast)) {
          observer.line = scanner.recordLine
          if (decode !== undefined) return decode()
          decode = rowDecoder(dataset, scanner, decoding)
        }
        return undefined
      } catch (error) {
        throw readingError(error, dataset.name, scanner)
      }
    },
    async pull() {
      if (isLast && decode === undefined) {
        const rule = 'the file is empty; even a day without rows has a header'
        throw csvMalformed({ dataset: dataset.name, line: 1, offset: scanner.offset, rule })
      }
      if (isLast) return false
      try {
        isLast = (await feeding.next()).done === true
        return true
      } catch (error) {
        throw readingError(error, dataset.name, scanner)
      }
    },
    async close() {
      await feeding.return()
    },
  }
  return rowIterator(strict === undefined ? supply : strict.over(supply))
}

/** The options with what is usual in the place of what was left out. */
function readingOptions(options: ReadCsvOptions) {
  const { columns, decimals = 'string', instants = 'date', integers = 'number' } = options
  const { addedColumns = 'keep', formulaGuard = false, strict = false } = options
  const forms = { columns, decimals, instants, integers }
  const strictly = strict === true ? {} : strict === false ? undefined : strict
  return { forms, addedColumns, formulaGuard, dialect: resolveDialect(options.dialect), strictly }
}

/** Gives the scanner one piece of the file after another. */
async function* feed(
  scanner: RecordScanner,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<void, void, void> {
  const utf8 = utf8Pieces()
  for await (const chunk of chunks) {
    for (const piece of utf8.write(chunk)) {
      scanner.write(piece)
      yield
    }
  }
  utf8.end()
}

function readingError(error: unknown, dataset: string, { line, offset }: RecordScanner): unknown {
  if (error instanceof MalformedCsv) {
    return csvMalformed({ dataset, line: error.line, offset: error.offset, rule: error.rule })
  }
  if (error instanceof InvalidUtf8) {
    return csvMalformed({ dataset, line, offset, rule: error.message })
  }
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  if (code?.startsWith('Z_') !== true) return error
  const rule = 'gzip data that is damaged or cut short'
  return csvMalformed({ dataset, line, offset, rule }, rule, error)
}
