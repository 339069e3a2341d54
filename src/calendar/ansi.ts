// In: a coverage. Out: its calendar for a terminal, 21 columns a month.

import type { Coverage } from '../read/coverage.js'
import { calendarRows, WEEKDAYS, type CalendarMonth, type MonthsPerRow } from './months.js'
import { coverageTitle, findings, printable, totalsSentences, wrapped } from './sentences.js'
import { isResent, legendOf, lookOf, shadeSteps, type Look, type ShadeStep } from './shades.js'

/** Text in one style, as the parameters of SGR. */
interface Piece {
  readonly text: string
  readonly style?: string
}

type Line = readonly Piece[]

const DAY_WIDTH = 3
const MONTH_WIDTH = 7 * DAY_WIDTH
const GAP = '   '
const COLUMNS = 80

/** What stands behind the number of a day, so that it can be read without colours. */
const GLYPHS: Readonly<Record<Look, string>> = {
  shade1: '░',
  shade2: '▒',
  shade3: '▓',
  shade4: '█',
  empty: '○',
  missing: '×',
  damaged: '!',
}
const RESENT = '↻'

/** Of 256 colours: the ground and the ink, both set, as nobody knows what the terminal's own are. */
export const ANSI_COLORS: Readonly<Record<Look, readonly [ground: number, ink: number]>> = {
  shade1: [153, 16],
  shade2: [75, 16],
  shade3: [33, 16],
  shade4: [25, 231],
  empty: [250, 16],
  missing: [220, 16],
  damaged: [160, 231],
}

/** The calendar in lines without trailing spaces. */
export function ansiCalendar(coverage: Coverage, monthsPerRow: MonthsPerRow, color: boolean): string {
  const steps = shadeSteps(coverage.days)
  const months = calendarRows(coverage.days, monthsPerRow)
  const lines: Line[] = [
    [{ text: coverageTitle(coverage), style: '1' }],
    ...paragraph(printable(coverage.location)),
    [],
    ...months.flatMap((row) => [...monthLines(row, steps), []]),
    ...legendOf(coverage, steps).flatMap((entries) =>
      flowed(
        entries.map(({ look, text, replaced = false }) => [
          ...cell(' ', look, replaced),
          { text: ` ${text}` },
        ]),
      ),
    ),
    [],
    ...totalsSentences(coverage).flatMap(paragraph),
    ...findings(coverage).flatMap(paragraph),
  ]
  return lines.map((line) => printed(line, color)).join('\n')
}

function printed(line: Line, color: boolean): string {
  const texts = line.map(({ text, style }) =>
    color && style !== undefined ? `\u001B[${style}m${text}\u001B[0m` : text,
  )
  return texts.join('').trimEnd()
}

/** Months side by side: their names, the days of the week, the weeks. */
function monthLines(months: readonly (CalendarMonth | undefined)[], steps: readonly ShadeStep[]): Line[] {
  const weeks = Math.max(...months.map((month) => month?.weeks ?? 0))
  const blocks = months.map((month) => [
    centred(month?.name ?? ''),
    [{ text: (month === undefined ? '' : WEEKDAY_NAMES).padEnd(MONTH_WIDTH) }],
    ...Array.from({ length: weeks }, (_, week) => weekLine(month, week, steps)),
  ])
  return Array.from({ length: weeks + 2 }, (_, index) =>
    blocks.flatMap((block, place) => [...(place === 0 ? [] : [{ text: GAP }]), ...(block[index] ?? [])]),
  )
}

const WEEKDAY_NAMES = WEEKDAYS.map((name) => name.slice(0, 2).padEnd(DAY_WIDTH)).join('')

function centred(name: string): Line {
  const before = Math.ceil((MONTH_WIDTH - name.length) / 2)
  const after = MONTH_WIDTH - name.length - before
  return [{ text: ' '.repeat(before) }, { text: name, style: '1' }, { text: ' '.repeat(after) }]
}

function weekLine(month: CalendarMonth | undefined, week: number, steps: readonly ShadeStep[]): Line {
  const days = month?.days.filter((day) => day.week === week) ?? []
  return WEEKDAYS.flatMap((_, weekday) => {
    const placed = days.find((day) => day.weekday === weekday)
    if (placed === undefined) return [{ text: ' '.repeat(DAY_WIDTH) }]
    const look = lookOf(placed.day, steps)
    return cell(String(placed.number).padStart(2), look, isResent(placed.day))
  })
}

/** The glyph of a shade has the colour of the ground: where there are colours, they say it. */
function cell(text: string, look: Look, replaced: boolean): Line {
  const [ground, ink] = ANSI_COLORS[look]
  const isShade = look.startsWith('shade')
  return [
    { text, style: `38;5;${ink};48;5;${ground}` },
    {
      text: replaced ? RESENT : GLYPHS[look],
      style: `38;5;${isShade && !replaced ? ground : ink};48;5;${ground}`,
    },
  ]
}

/** Entries side by side, as many as fit. */
function flowed(entries: readonly Line[]): Line[] {
  const lines: Piece[][] = []
  for (const entry of entries) {
    const line = lines.at(-1)
    if (line === undefined || widthOf(line) + GAP.length + widthOf(entry) > COLUMNS) lines.push([...entry])
    else line.push({ text: GAP }, ...entry)
  }
  return lines
}

function widthOf(line: Line): number {
  return line.reduce((width, { text }) => width + text.length, 0)
}

function paragraph(text: string): Line[] {
  return wrapped(text, COLUMNS).map((line) => [{ text: line }])
}
