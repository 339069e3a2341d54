import { DayfileError, type ErrorDetails } from '../errors.js'

/** The error of a file that is not CSV. `told` is the rule in a sentence, if `rule` is not one. */
export function csvMalformed(
  details: ErrorDetails['CSV_MALFORMED'],
  { told = details.rule, cause }: { readonly told?: string; readonly cause?: unknown } = {},
): DayfileError {
  const { dataset, line, offset } = details
  return new DayfileError(
    'CSV_MALFORMED',
    `${dataset} line ${line} (byte ${offset}): ${told}; get the file again, or have the day exported again`,
    details,
    cause === undefined ? {} : { cause },
  )
}
