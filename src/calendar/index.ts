import {
  BOOLEAN,
  isObject,
  oneOf,
  requireOneOf,
  requireOptions,
  requireShape,
  type OptionTable,
} from '../options.js'
import type { Coverage } from '../read/coverage.js'
import { ansiCalendar } from './ansi.js'
import { MONTHS_PER_ROW, type MonthsPerRow } from './months.js'
import { svgCalendar } from './svg.js'

const FORMATS = ['ansi', 'svg'] as const

/** For a terminal, or for a page. */
export type CoverageFormat = (typeof FORMATS)[number]

/** Options of {@link renderCoverage}. */
export interface RenderCoverageOptions {
  /** How many months stand side by side: 1, 2, 3, 4, 6 or 12. Defaults to 3, which fit a terminal of 80 columns. */
  readonly monthsPerRow?: MonthsPerRow | undefined
  /** Whether 'ansi' has colors. Defaults to true. Without them it is the same text with no escape sequences. */
  readonly color?: boolean | undefined
}

const RENDER_OPTIONS = {
  monthsPerRow: oneOf(...MONTHS_PER_ROW),
  color: BOOLEAN,
} satisfies OptionTable<RenderCoverageOptions>

/**
 * Draws a coverage as a calendar: a shade for the rows of each day, and what is empty, sent again, missing or damaged by
 * colour and mark. Below it stand the totals and the first of the days that somebody has to look at.
 *
 * 'svg' is a whole image, to be put into a page or a file: light or dark as the reader's system is, each day with its
 * words, and a description for screen readers. The same coverage always gives the same text. Memory: the text, about 200
 * bytes a day.
 *
 * @throws TypeError for an unknown format or option, or a value that `coverage` did not return.
 * @example
 * const archive = memorySink()
 * const source = () => sampleEvents({ day: '2026-03-07', count: 10 })
 * await exportWindow({ dataset: events, window: dayWindow('2026-03-07'), source, sink: archive })
 * const calendar = renderCoverage(await coverage(events, archive, { to: '2026-03-08' }), 'ansi', { color: false })
 * calendar.split('\n').at(-1) // '2026-03-08: missing'
 */
export function renderCoverage(
  coverage: Coverage,
  format: CoverageFormat,
  options: RenderCoverageOptions = {},
): string {
  const isCoverage = isObject(coverage) && Array.isArray(coverage.days) && isObject(coverage.totals)
  requireShape('coverage', coverage, 'what `coverage` returns', isCoverage)
  requireOneOf('format', format, FORMATS)
  requireOptions('renderCoverage', options, RENDER_OPTIONS)
  const { monthsPerRow = 3, color = true } = options
  return format === 'svg' ? svgCalendar(coverage, monthsPerRow) : ansiCalendar(coverage, monthsPerRow, color)
}
