// In: the rows of days. Out: the shade of each day: a quarter of the days has the same one, or the look of its state.

import { counted } from '../quantities.js'
import type { Coverage, CoverageDay } from '../read/coverage.js'

export const SHADES = ['shade1', 'shade2', 'shade3', 'shade4'] as const
export type Shade = (typeof SHADES)[number]

/** How a day is drawn. */
export type Look = Shade | 'empty' | 'missing' | 'damaged'

/** The days of up to so many rows, and of more than the step before, have the shade. */
export interface ShadeStep {
  readonly shade: Shade
  readonly upTo: number
}

/**
 * The steps of a coverage, ascending: quarters of its days, so that a day stands out among its neighbours whatever the
 * size of the dataset. There are fewer where days have the same rows, spread over the shades.
 */
export function shadeSteps(days: readonly CoverageDay[]): ShadeStep[] {
  const counts = days.filter(isShaded).map(({ rows }) => rows ?? 0)
  counts.sort((a, b) => a - b)
  const quarters = SHADES.map(
    (_, index) => counts[Math.ceil((counts.length * (index + 1)) / SHADES.length) - 1],
  )
  const steps = [...new Set(quarters)].filter((upTo) => upTo !== undefined)
  return steps.map((upTo, index) => {
    const shade = SHADES[Math.round(((index + 1) * SHADES.length) / steps.length) - 1] ?? 'shade4'
    return { shade, upTo }
  })
}

/** The look of a day by its state and, where it has rows, by the steps. */
export function lookOf(day: CoverageDay, steps: readonly ShadeStep[]): Look {
  const { state, rows } = day
  if (state === 'empty' || state === 'missing' || state === 'damaged') return state
  return steps.find(({ upTo }) => (rows ?? 0) <= upTo)?.shade ?? 'shade4'
}

/** Whether it was sent again: a day of no rows may have been as well. */
export function isResent({ state, revision }: CoverageDay): boolean {
  return (state === 'replaced' || state === 'empty') && (revision ?? 0) > 1
}

/** An entry of the legend: a look, and what it means. */
export interface LegendEntry {
  readonly look: Look
  readonly text: string
  readonly replaced?: boolean
}

/** The entries of the shades, and those of the states that the coverage has. */
export function legendOf({ days, totals }: Coverage, steps: readonly ShadeStep[]): LegendEntry[][] {
  const replaced: LegendEntry[] = [{ look: 'shade2', text: 'replaced', replaced: true }]
  const states = (['empty', 'missing', 'damaged'] as const).filter((state) => totals[state] > 0)
  return [
    steps.map(({ shade, upTo }) => ({ look: shade, text: `≤ ${counted(upTo, 'row')}` })),
    [...(days.some(isResent) ? replaced : []), ...states.map((state) => ({ look: state, text: state }))],
  ]
}

function isShaded({ state }: CoverageDay): boolean {
  return state === 'published' || state === 'replaced'
}
