// In: a coverage. Out: what there is to say about it in words, for those who read it and those who listen.

import { counted, numberText, sizeText } from '../quantities.js'
import type { Coverage, CoverageDay } from '../read/coverage.js'

/** How many findings are listed: missing and damaged days, and days with extra files. */
const MOST_LISTED = 12

/** 'events, 2026-03-01 to 2026-03-31'. */
export function coverageTitle({ dataset, from, to }: Coverage): string {
  return printable(from === null || to === null ? dataset : `${dataset}, ${spanText(from, to)}`)
}

/** How many days there are of each state, and what they hold. */
export function totalsSentences({ totals }: Coverage): string[] {
  const states = (['published', 'replaced', 'empty', 'missing', 'damaged'] as const).map(
    (state) => `${numberText(totals[state])} ${state}`,
  )
  return [
    `${counted(totals.days, 'day')}: ${states.join(', ')}.`,
    `${counted(totals.rows, 'row')} in ${sizeText(totals.bytes)}.`,
  ]
}

/** '2026-03-07: published, 5,000 rows, revision 1'. */
export function daySentence(day: CoverageDay): string {
  const { state, revision, rows, extraFiles } = day
  const parts = [state === 'damaged' ? damage(day) : state]
  if (state === 'published' || state === 'replaced') parts.push(counted(rows ?? 0, 'row'))
  if (revision !== null) parts.push(`revision ${revision}`)
  if (extraFiles > 0) parts.push(counted(extraFiles, 'extra file'))
  return printable(`${day.day}: ${parts.join(', ')}`)
}

/**
 * The days that somebody has to look at, in order: missing, damaged, with extra files. Neighboring days with the same
 * finding are one entry; after the first entries, the rest is a number of days.
 */
export function findings({ days }: Coverage): string[] {
  const runs: { readonly from: string; to: string; days: number; readonly finding: string }[] = []
  let before: string | undefined
  for (const day of days) {
    const finding = findingOf(day)
    const run = runs.at(-1)
    if (run !== undefined && finding !== undefined && finding === before) {
      run.to = day.day
      run.days++
    } else if (finding !== undefined) {
      runs.push({ from: day.day, to: day.day, days: 1, finding })
    }
    before = finding
  }
  const listed = runs
    .slice(0, MOST_LISTED)
    .map(({ from, to, finding }) => printable(`${spanText(from, to)}: ${finding}`))
  const rest = runs.slice(MOST_LISTED).reduce((sum, run) => sum + run.days, 0)
  return rest === 0 ? listed : [...listed, `and ${counted(rest, 'more day')}`]
}

function findingOf(day: CoverageDay): string | undefined {
  if (day.state === 'missing') return 'missing'
  if (day.state === 'damaged') return damage(day)
  return day.extraFiles === 0 ? undefined : counted(day.extraFiles, 'extra file')
}

function damage({ problem }: CoverageDay): string {
  if (problem === null) return 'damaged'
  const name = problem.key?.slice(problem.key.lastIndexOf('/') + 1)
  return `damaged, ${name === undefined ? '' : `${name}: `}${problem.rule}`
}

function spanText(from: string, to: string): string {
  return from === to ? from : `${from} to ${to}`
}

/**
 * Text that neither a terminal takes for commands nor XML refuses: controls, marks that turn the direction of text, halves
 * of pairs and what is no character are replaced.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Noncharacter_Code_Point}]/gu, '\uFFFD')
}

/** The text in lines of at most so many characters, cut at spaces where there are any. */
export function wrapped(text: string, width: number): string[] {
  return text.match(new RegExp(`\\S.{0,${width - 1}}(?=\\s|$)|\\S{${width}}`, 'gu')) ?? []
}
