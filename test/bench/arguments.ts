import { parseArgs } from 'node:util'

/** What the bench is asked for on the command line. */
export interface BenchArguments {
  readonly subjects: readonly string[]
  readonly json: boolean
  readonly write: boolean
  readonly out: string | undefined
  readonly rows: number | undefined
  readonly rounds: number | undefined
}

export const USAGE =
  'npm run bench -- [encode|read|job|upload|memory|shapes|import ...] [--json] [--write [--out FILE]] [--rows N] [--rounds N]'

/** @throws TypeError or RangeError when one does not fit. */
export function benchArguments(given: readonly string[], known: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...given],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      out: { type: 'string' },
      rows: { type: 'string' },
      rounds: { type: 'string' },
    },
  })
  const unknown = positionals.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new RangeError(`there is no subject "${unknown}": ${USAGE}`)
  if (values.write && values.out === undefined && positionals.length > 0) {
    throw new RangeError('--write: the page has all subjects; name none, or another file with --out')
  }
  return {
    subjects: positionals.length === 0 ? known : positionals,
    json: values.json,
    write: values.write,
    out: values.out,
    rows: wholeNumber('rows', values.rows),
    rounds: wholeNumber('rounds', values.rounds),
  }
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text.replaceAll('_', ''))
  if (!Number.isSafeInteger(number) || number < 1)
    throw new RangeError(`--${option}: expected a whole number`)
  return number
}
