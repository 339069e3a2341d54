// In: a dataset and an archive. Out: what there is of each day of a span, as data that survives JSON.

import type { ErrorDetails, DayfileError } from '../errors.js'
import { requireOptions } from '../options.js'
import type { Archive } from './archive.js'
import type { NamedDataset } from './published-days.js'
import { checkedDays, FIND_GAPS_OPTIONS, type CheckedDay, type AuditDaysOptions } from './audit-days.js'

/**
 * What there is of a day:
 *
 * - `published`: rows, in the first revision.
 * - `replaced`: rows, in a later revision.
 * - `empty`: published without rows, in any revision.
 * - `missing`: no manifest.
 * - `damaged`: a manifest that cannot be read, or files that differ from it.
 */
export type CoverageState = 'published' | 'replaced' | 'empty' | 'missing' | 'damaged'

/** A day of a {@link Coverage}. */
export interface CoverageDay {
  readonly day: string
  readonly state: CoverageState
  /** As in the manifest, also for a damaged day; null without a manifest that can be read. */
  readonly revision: number | null
  readonly rows: number | null
  /** Bytes of its files as they are stored. */
  readonly bytes: number | null
  /** Files of an intact day that look like data and are not in the manifest: glob-based readers pick them up. */
  readonly extraFiles: number
  /** Of a damaged day: what is wrong with which object. */
  readonly problem: CoverageProblem | null
}

/** Why a day is damaged. */
export interface CoverageProblem {
  readonly code: 'SINK_CORRUPT' | 'MANIFEST_INVALID'
  readonly key: string | null
  readonly rule: string
}

/** How many days there are of each state, and what those that are whole hold together. */
export interface CoverageTotals extends Readonly<Record<CoverageState, number>> {
  readonly days: number
  readonly rows: number
  readonly bytes: number
  readonly extraFiles: number
}

/** What was published on which days: plain data, the same after `JSON.parse(JSON.stringify(coverage))`. */
export interface Coverage {
  readonly dataset: string
  /** Where it was read. */
  readonly location: string
  /** The ends of the span; null where none was named and nothing was published. */
  readonly from: string | null
  readonly to: string | null
  /** Every day of the span, in order. */
  readonly days: readonly CoverageDay[]
  readonly totals: CoverageTotals
}

/** Options of {@link coverage}: the ends, and what stops it. */
export type CoverageOptions = AuditDaysOptions

/**
 * Tells what there is of every day of a span: for a table, or for a calendar by `renderCoverage`.
 *
 * Between the first and the last day that were published, unless `from` and `to` say more. It costs what `auditDays` does:
 * one list of the dataset's objects, one read of each manifest, and reads of the files of those days alone whose sizes
 * or tags differ from their manifest. Memory: the list, and the days.
 *
 * @throws DayfileError `WINDOW_INVALID` when `from` and `to` are no dates in order, and `SINK_DENIED` or `SINK_UNAVAILABLE`.
 * @example
 * const archive = memorySink()
 * const source = () => sampleEvents({ day: '2026-03-07', count: 10 })
 * await exportWindow({ dataset: events, window: dayWindow('2026-03-07'), source, sink: archive })
 * const { days } = await coverage(events, archive, { to: '2026-03-08' })
 * days.map(({ day, state, rows }) => `${day}: ${state}, ${rows}`) // ['2026-03-07: published, 10', '2026-03-08: missing, null']
 */
export async function coverage(
  dataset: NamedDataset,
  archive: Archive,
  options: CoverageOptions = {},
): Promise<Coverage> {
  requireOptions('coverage', options, FIND_GAPS_OPTIONS)
  const days: CoverageDay[] = []
  for await (const checked of checkedDays(dataset, archive, options)) days.push(coverageDay(checked))
  const { from = days[0]?.day ?? null, to = days.at(-1)?.day ?? null } = options
  return { dataset: dataset.name, location: archive.location, from, to, days, totals: totalsOf(days) }
}

function coverageDay({ day, manifest, gap }: CheckedDay): CoverageDay {
  const { revision = null, totals } = manifest ?? {}
  return {
    day,
    state: gap === undefined || gap.reason === 'extra' ? wholeState(revision, totals?.rows) : gap.reason,
    revision,
    rows: totals?.rows ?? null,
    bytes: totals?.bytes ?? null,
    extraFiles: gap?.reason === 'extra' ? gap.keys.length : 0,
    problem: gap?.reason === 'damaged' ? problemOf(gap.error) : null,
  }
}

// That there are no rows is more to know than that they were sent again, which the revision says as well.
function wholeState(revision: number | null, rows: number | undefined): CoverageState {
  if (rows === 0) return 'empty'
  return revision === 1 ? 'published' : 'replaced'
}

function problemOf({ code, details }: DayfileError): CoverageProblem {
  // The only codes of a damaged day.
  const { key = null, rule } = details as ErrorDetails[CoverageProblem['code']]
  return { code: code as CoverageProblem['code'], key, rule }
}

function totalsOf(days: readonly CoverageDay[]): CoverageTotals {
  const count = (state: CoverageState): number => days.filter((day) => day.state === state).length
  const whole = days.filter(({ state }) => state !== 'damaged')
  const sum = (of: (day: CoverageDay) => number | null): number =>
    whole.reduce((total, day) => total + (of(day) ?? 0), 0)
  return {
    days: days.length,
    published: count('published'),
    replaced: count('replaced'),
    empty: count('empty'),
    missing: count('missing'),
    damaged: count('damaged'),
    rows: sum(({ rows }) => rows),
    bytes: sum(({ bytes }) => bytes),
    extraFiles: sum(({ extraFiles }) => extraFiles),
  }
}
