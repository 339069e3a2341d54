// In: a failure, with its cause. Out: one error class whose `code` callers can switch on.

/** What the details of each code hold. Never a cell's content, never a credential. */
export interface ErrorDetails {
  /** `readyAt`: the instant from which on the same window is taken. */
  WINDOW_INVALID: { day?: string; zone?: string; reason: string; readyAt?: string; row?: number }
  DAY_SHRANK: { dataset: string; day: string; published: number; rows: number }
  ZONE_UNKNOWN: { zone: string }
  COLUMN_UNKNOWN: { dataset: string; column: string; row?: number }
  ROW_INVALID: { dataset: string; row: number; column?: string; rule: string }
  CELL_UNENCODABLE: { dataset: string; row: number; column: string; rule: string }
  CELL_UNDECODABLE: { dataset: string; line: number; column: string; rule: string }
  SOURCE_FAILED: { dataset: string; rows: number }
  COUNT_MISMATCH: { dataset: string; day: string; counted: number; written: number }
  SINK_DENIED: SinkErrorDetails
  SINK_NOT_FOUND: SinkErrorDetails
  SINK_CONFLICT: SinkErrorDetails
  SINK_UNAVAILABLE: SinkErrorDetails
  SINK_CORRUPT: SinkErrorDetails & { rule: string; line?: number }
  MANIFEST_INVALID: { key: string; rule: string }
  KEY_INVALID: { key: string; rule: string }
  CSV_MALFORMED: { dataset: string; line: number; offset: number; rule: string }
  CSV_HEADER_MISMATCH: { dataset: string; columns: readonly string[]; rule: string }
  CSV_INVALID: { dataset: string; problems: readonly CsvProblem[]; complete: boolean }
  OPTIONS_INVALID: { destination: string; reason: string }
  /** `reports` has every day of the run, published and failed; `destinations` only after `exportDue`. */
  RUN_FAILED: {
    reports: readonly RunReport[]
    destinations?: readonly RunDestination[] | undefined
  }
}

/** What every report of a day has: see `ExportReport` and `FailedDay`, which `exportDays` resolves to. */
export interface RunReport {
  readonly outcome: 'published' | 'replaced' | 'unchanged' | 'skipped' | 'failed'
  readonly dataset: string
  readonly window: { readonly day: string; readonly start: Date; readonly end: Date; readonly zone: string }
  /** Only of a day that failed. */
  readonly error?: Error
}

/** What a report of a destination has: see `DestinationReport`, which `exportDue` resolves to. */
export interface RunDestination {
  readonly destination: string
  readonly dataset: string | null
  readonly location: string | null
  readonly reports: readonly RunReport[]
  readonly error: Error | null
}

/** What strict reading found wrong: where, and the rule that it breaks. Without a column it is about the whole record. */
export interface CsvProblem {
  readonly line: number
  readonly column?: string
  readonly rule: string
}

/** Where a sink or an archive failed: the operation by its own name, the object, the status if one came. */
export interface SinkErrorDetails {
  location: string
  operation: string
  key?: string
  status?: number
  reason?: string
}

/** The stable codes. Adding one is a minor release; removing one or giving it another meaning is a major one. */
export type ErrorCode = keyof ErrorDetails

/** Options beside the message of a {@link DayfileError}. */
export interface DayfileErrorOptions {
  /** What was thrown first; kept as it is. */
  cause?: unknown
  /** Whether the same call, made again later, may succeed with nothing changed. Defaults to false. */
  retryable?: boolean | undefined
  /** The errors of a run of several exports. */
  errors?: readonly Error[] | undefined
}

const BRAND = Symbol.for('dayfile.DayfileError')

/**
 * The one error class of this package.
 *
 * `code` says what happened and is stable; `retryable` whether the same call may succeed later; `details` holds
 * the dataset, row, column, line or key by code; `cause` what was thrown first, of the AWS SDK without what may hold a
 * credential; `errors` those of a run. The message says what to do next. Neither the message nor the details ever hold a
 * cell's content. Recognize it by
 * {@link isDayfileError} and not by `instanceof`, which fails between the ESM and the CommonJS copy.
 *
 * @example
 * const error = new DayfileError('ZONE_UNKNOWN', 'zone "Mars/Base": not an IANA time zone', { zone: 'Mars/Base' })
 * error.code // 'ZONE_UNKNOWN'
 */
export class DayfileError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code
  readonly retryable: boolean
  readonly details: Readonly<ErrorDetails[Code]>
  /** The error of each export that failed, for `RUN_FAILED`; else empty. */
  declare readonly errors: readonly Error[]

  constructor(code: Code, message: string, details: ErrorDetails[Code], options: DayfileErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.retryable = options.retryable ?? false
    this.details = details
    // Not enumerable, as those of an AggregateError: the reports in `details` have them too.
    Object.defineProperty(this, 'errors', { value: options.errors ?? [], configurable: true })
  }

  /** What a report or a log keeps of the error: no stack and no cause, which may hold anything. */
  toJSON(): {
    name: string
    code: Code
    message: string
    retryable: boolean
    details: Readonly<ErrorDetails[Code]>
  } {
    const { name, code, message, retryable, details } = this
    return { name, code, message, retryable, details }
  }
}

Object.defineProperties(DayfileError.prototype, {
  name: { value: 'DayfileError', writable: true, configurable: true },
  [BRAND]: { value: true },
})

/** A {@link DayfileError} as a union of its codes, so that testing `code` narrows `details`. */
export type AnyDayfileError = { [Code in ErrorCode]: DayfileError<Code> }[ErrorCode]

/**
 * Tells whether a value is a {@link DayfileError}, of the given code if one is named.
 *
 * Recognises errors of another copy of this package too (ESM beside CommonJS, two versions).
 *
 * @example
 * isDayfileError(new Error('no'), 'SINK_CONFLICT') // false
 */
export function isDayfileError(value: unknown): value is AnyDayfileError
export function isDayfileError<Code extends ErrorCode>(
  value: unknown,
  code: Code,
): value is DayfileError<Code>
export function isDayfileError(value: unknown, code?: ErrorCode): boolean {
  if (typeof value !== 'object' || value === null || !(BRAND in value)) return false
  return code === undefined || (value as { code?: unknown }).code === code
}
