// Coverages of any days, as `coverage` gives them.

import type { Coverage, CoverageDay, CoverageState, CoverageTotals } from 'dayfile/read'
import fc from 'fast-check'

const DAY_MS = 86_400_000
const STATES = ['published', 'replaced', 'empty', 'missing', 'damaged'] as const

/** Beside what is usual, what a terminal or XML takes for something else. */
export const hostileText = fc.oneof(
  fc.constantFrom(
    'is not there',
    'has 5 bytes and not 6',
    '</desc><script>',
    '&amp;',
    'a & b',
    ']]>',
    '\u001B[2J\u0007',
    '"',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '\uD800',
    'a\uFFFFb',
    '\u202Eabc',
    'line\nbreak\u2028',
    '\u0085\u009B31m',
    'x'.repeat(300),
    '',
  ),
)

export const problem = fc.record({
  code: fc.constantFrom('SINK_CORRUPT' as const, 'MANIFEST_INVALID' as const),
  key: fc.option(fc.constantFrom('a/_manifest.json', 'a/b.csv', '_manifest.json')),
  rule: hostileText,
})

function stateDay(day: string): fc.Arbitrary<CoverageDay> {
  const rows = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 9_999_999 }))
  return fc.record({ state: fc.constantFrom(...STATES), rows, problem, extraFiles: fc.nat(2) }).map((any) => {
    const isMissing = any.state === 'missing'
    const isDamaged = any.state === 'damaged'
    return {
      day,
      state: any.state,
      revision: isMissing ? null : any.state === 'published' ? 1 : 2 - (any.rows % 2),
      rows: isMissing ? null : any.state === 'empty' ? 0 : any.rows,
      bytes: isMissing ? null : any.rows * 7,
      extraFiles: isMissing || isDamaged ? 0 : any.extraFiles,
      problem: isDamaged ? any.problem : null,
    }
  })
}

/** Of neighbouring days. */
export function coverages({ maxDays = 400 } = {}): fc.Arbitrary<Coverage> {
  const first = fc.integer({ min: Date.parse('1999-01-01') / DAY_MS, max: Date.parse('2101-01-01') / DAY_MS })
  return fc
    .tuple(first, fc.integer({ min: 0, max: maxDays }), hostileText)
    .chain(([start, count, location]) =>
      fc
        .tuple(...Array.from({ length: count }, (_, index) => stateDay(dayText(start + index))))
        .map((days) => coverageOf(days, location)),
    )
}

function dayText(number: number): string {
  return new Date(number * DAY_MS).toISOString().slice(0, 10)
}

export function coverageOf(days: readonly CoverageDay[], location = 'memory:'): Coverage {
  const ends = { from: days[0]?.day ?? null, to: days.at(-1)?.day ?? null }
  return { dataset: 'orders', location, ...ends, days, totals: totalsOf(days) }
}

function totalsOf(days: readonly CoverageDay[]): CoverageTotals {
  const count = (state: CoverageState) => days.filter((day) => day.state === state).length
  const states = Object.fromEntries(STATES.map((state) => [state, count(state)])) as Record<
    CoverageState,
    number
  >
  const rows = days.reduce((sum, day) => sum + (day.rows ?? 0), 0)
  return { ...states, days: days.length, rows, bytes: rows * 7, extraFiles: 0 }
}
