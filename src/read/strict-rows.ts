// In: rows as they are decoded. Out: those before the first that is wrong; then the first problems, as one error.

import type { RecordScanner } from '../csv/record-scanner.js'
import type { Dataset } from '../datasets/dataset.js'
import { DayfileError, isDayfileError, type CsvProblem } from '../errors.js'
import { isObject, whole, type OptionTable } from '../options.js'
import type { RowSupply } from './row-iterator.js'
import type { Finding } from './strict-findings.js'
import type { CheckedForms, FindingsIn } from './strict-schema.js'

/** Options of strict reading. */
export interface StrictOptions {
  /** The most problems to report; reading ends after them. 1 to 1,000; defaults to 10. */
  readonly maxProblems?: number | undefined
  /**
   * A TypeBox schema of your own for a row as it is handed out, beside the rules of the dataset: null for an empty cell,
   * and a Date, a number or a string by the other options. Without its `additionalProperties: false` it may name some
   * of the columns only. The message of a `Type.Refine` is made without the value.
   */
  readonly schema?: object | undefined
}

export interface StrictReading {
  /** Called with what the current record could not be decoded for. */
  readonly refuse: (finding: Finding) => void
  /** The supply with no row from the first problem on, and then the error in place of its end. */
  readonly over: (supply: RowSupply<Record<string, unknown>>) => RowSupply<Record<string, unknown>>
}

const MAX_PROBLEMS = 1000
const PROBLEMS_TOLD = 3

export const STRICT_OPTIONS = {
  maxProblems: whole(`a whole number of 1 to ${MAX_PROBLEMS}`, 1, MAX_PROBLEMS),
  schema: ['a TypeBox schema', (value) => isObject(value) && !Array.isArray(value)],
} satisfies OptionTable<StrictOptions>

/** Reads strictly what the scanner comes to. The schemas are compiled once for a file, before its first bytes are asked for. */
export function strictReading(
  dataset: Dataset,
  scanner: Pick<RecordScanner, 'recordLine'>,
  { maxProblems = 10, schema }: StrictOptions,
  forms: CheckedForms,
): StrictReading {
  // TypeBox takes longer to load than all of dayfile: only strict reading waits for it.
  let findingsIn: FindingsIn | undefined
  const problems: CsvProblem[] = []
  let refused: Finding[] = []

  function isRight(row: Record<string, unknown>): boolean {
    if (findingsIn === undefined) throw new Error(`${dataset.name}: a row before the first bytes of its file`)
    const findings = findingsIn(row, refused)
    if (findings.length === 0) return problems.length === 0
    refused = []
    for (const finding of findings) {
      problems.push({ line: scanner.recordLine, ...finding })
      if (problems.length === maxProblems) throw csvInvalid(dataset.name, problems, false)
    }
    return false
  }

  /** A file that is malformed after problems: these are not to be lost, nor is where they end. */
  function withProblems(error: unknown): unknown {
    if (problems.length === 0 || !isDayfileError(error, 'CSV_MALFORMED')) return error
    const { line, rule } = error.details
    return csvInvalid(dataset.name, [...problems, { line, rule }], false, error)
  }

  return {
    refuse(finding) {
      refused.push(finding)
    },
    over: ({ take, pull, close }) => ({
      take() {
        for (;;) {
          const row = rethrown(take, withProblems)
          if (row === undefined || isRight(row)) return row
        }
      },
      async pull() {
        findingsIn ??= (await import('./strict-schema.js')).rowFindings(dataset, schema, forms)
        const isMore = await pull().catch((error: unknown) => {
          throw withProblems(error)
        })
        if (!isMore && problems.length > 0) throw csvInvalid(dataset.name, problems, true)
        return isMore
      },
      close,
    }),
  }
}

function rethrown<Result>(work: () => Result, as: (error: unknown) => unknown): Result {
  try {
    return work()
  } catch (error) {
    throw as(error)
  }
}

function csvInvalid(
  dataset: string,
  problems: readonly CsvProblem[],
  complete: boolean,
  cause?: DayfileError,
): DayfileError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  const told = problems.slice(0, PROBLEMS_TOLD).map(({ line, column, rule }) => {
    const place = column === undefined ? '' : `, column "${column}"`
    return `line ${line}${place}: ${rule}`
  })
  const more =
    problems.length > PROBLEMS_TOLD ? [`and ${problems.length - PROBLEMS_TOLD} more in details.problems`] : []
  return new DayfileError(
    'CSV_INVALID',
    `${dataset}: ${complete ? '' : 'at least '}${count}: ${[...told, ...more].join('; ')}; have the file fixed, or read it without \`strict\``,
    { dataset, problems, complete },
    cause === undefined ? {} : { cause },
  )
}
