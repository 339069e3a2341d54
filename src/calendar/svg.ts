// In: a coverage. Out: its calendar as one SVG, which needs nothing beside it.

import type { Coverage } from '../read/coverage.js'
import { calendarRows, WEEKDAYS, type CalendarMonth, type MonthsPerRow } from './months.js'
import { coverageTitle, daySentence, findings, printable, totalsSentences, wrapped } from './sentences.js'
import {
  isResent,
  legendOf,
  lookOf,
  shadeSteps,
  type LegendEntry,
  type Look,
  type ShadeStep,
} from './shades.js'

// In units of the image, which are pixels where there is room for it.
const DAY = 20
const PITCH = 22
const MONTH_WIDTH = 7 * PITCH - (PITCH - DAY)
const MONTH_HEAD = 38
const MONTH_GAP = 20
const ROW_GAP = 16
const PADDING = 14
const LINE = 18
const ENTRY_WIDTH = 124
const ENTRY_HEIGHT = 26
/** Of a character on average, rather too much: fonts differ. */
const CHARACTER = 6.8
const TITLE_CHARACTER = 9.5

/** The image, without a line break at its end. */
export function svgCalendar(coverage: Coverage, monthsPerRow: MonthsPerRow): string {
  const steps = shadeSteps(coverage.days)
  const inner = monthsPerRow * (MONTH_WIDTH + MONTH_GAP) - MONTH_GAP
  const totals = totalsSentences(coverage)
  const notes = findings(coverage)
  const parts: string[] = []
  let y = PADDING

  const write = (text: string, kind: string, characterWidth = CHARACTER): void => {
    for (const line of wrapped(text, Math.floor(inner / characterWidth))) {
      parts.push(`<text class="${kind}" x="${PADDING}" y="${y + 13}">${escaped(line)}</text>`)
      y += LINE
    }
  }

  write(coverageTitle(coverage), 'title', TITLE_CHARACTER)
  write(printable(coverage.location), 'quiet')
  y += LINE / 2
  for (const row of calendarRows(coverage.days, monthsPerRow)) {
    for (const [place, month] of row.entries()) {
      if (month === undefined) continue
      parts.push(monthImage(month, PADDING + place * (MONTH_WIDTH + MONTH_GAP), y, steps))
    }
    y += MONTH_HEAD + Math.max(...row.map((month) => month?.weeks ?? 0)) * PITCH + ROW_GAP
  }
  y += LINE / 2
  for (const entries of legendOf(coverage, steps)) {
    const longest = Math.max(0, ...entries.map(({ text }) => text.length))
    const width = Math.max(ENTRY_WIDTH, ENTRY_HEIGHT + longest * CHARACTER + MONTH_GAP / 2)
    const perLine = Math.max(1, Math.floor(inner / width))
    for (const [index, entry] of entries.entries()) {
      const x = PADDING + Math.floor((index % perLine) * width)
      parts.push(entryImage(entry, x, y + Math.floor(index / perLine) * ENTRY_HEIGHT))
    }
    y += Math.ceil(entries.length / perLine) * ENTRY_HEIGHT
  }
  y += LINE / 2
  for (const sentence of [...totals, ...notes]) write(sentence, 'note')

  const width = inner + 2 * PADDING
  const height = y + PADDING
  const description = [...totals, ...notes.map((note) => `${note}.`)].join(' ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="dayfile-coverage" role="img" lang="en" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${escaped(coverageTitle(coverage))}</title>`,
    `<desc>${escaped(description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<path class="card" d="M.5 .5h${width - 1}v${height - 1}H.5z"/>`,
    ...parts,
    '</svg>',
  ].join('\n')
}

function monthImage(month: CalendarMonth, x: number, y: number, steps: readonly ShadeStep[]): string {
  const heads = WEEKDAYS.map(
    (name, weekday) =>
      `<text class="weekday quiet" x="${weekday * PITCH + DAY / 2}" y="31">${name.slice(0, 1)}</text>`,
  )
  const days = month.days.map(({ day, number, weekday, week }) => {
    const look = lookOf(day, steps)
    const at = { x: weekday * PITCH, y: MONTH_HEAD + week * PITCH }
    const words = `<title>${escaped(daySentence(day))}</title>`
    const rect = `<rect class="${look}" x="${at.x}" y="${at.y}" width="${DAY}" height="${DAY}" rx="3">${words}</rect>`
    return rect + inkOf({ look, text: String(number), replaced: isResent(day) }, at)
  })
  const head = `<text class="month" x="0" y="13">${month.name}</text>${heads.join('')}`
  return [`<g transform="translate(${x} ${y})">`, head, ...days, '</g>'].join('\n')
}

/** The number of a day, and what tells states apart without colours: an exclamation mark, a folded corner. */
function inkOf({ look, text, replaced = false }: LegendEntry, { x, y } = { x: 0, y: 0 }): string {
  const mark = look === 'damaged' ? '!' : ''
  const corner = replaced ? `<path class="on-${look}" d="M${x + DAY - 7} ${y}h4a3 3 0 0 1 3 3v4z"/>` : ''
  return `<text class="number on-${look}" x="${x + DAY / 2}" y="${y + 14}">${text}${mark}</text>${corner}`
}

function entryImage(entry: LegendEntry, x: number, y: number): string {
  const ground = `<path class="${entry.look}" d="M3 0H17a3 3 0 0 1 3 3V17a3 3 0 0 1-3 3H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z"/>`
  const text = `<text x="${DAY + 6}" y="14">${escaped(entry.text)}</text>`
  return `<g transform="translate(${x} ${y})">${ground}${inkOf({ ...entry, text: '' })}${text}</g>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A day's ground, what is written on it, and its outline where it has one. */
interface Paint {
  readonly ground: string
  readonly ink: string
  readonly outline?: string
}

interface Palette extends Readonly<Record<Look, Paint>> {
  readonly card: Paint
  /** Of what matters less: on the ground of the card. */
  readonly quiet: string
}

export const LIGHT: Palette = {
  card: { ground: '#ffffff', ink: '#1f2328', outline: '#d0d7de' },
  quiet: '#59636e',
  shade1: { ground: '#d6e8fa', ink: '#1f2328' },
  shade2: { ground: '#9ac8f2', ink: '#1f2328' },
  shade3: { ground: '#4c9ae0', ink: '#101418' },
  shade4: { ground: '#0b559f', ink: '#ffffff' },
  empty: { ground: '#ffffff', ink: '#59636e', outline: '#8c959f' },
  missing: { ground: '#fff3cd', ink: '#5c4300', outline: '#9a6700' },
  damaged: { ground: '#c02a1d', ink: '#ffffff' },
}

export const DARK: Palette = {
  card: { ground: '#0d1117', ink: '#e6edf3', outline: '#30363d' },
  quiet: '#9198a1',
  shade1: { ground: '#12304f', ink: '#e6edf3' },
  shade2: { ground: '#1b558f', ink: '#ffffff' },
  shade3: { ground: '#4393dd', ink: '#0d1117' },
  shade4: { ground: '#a5d3fb', ink: '#0d1117' },
  empty: { ground: '#0d1117', ink: '#9198a1', outline: '#6e7681' },
  missing: { ground: '#332700', ink: '#f2cc60', outline: '#d29922' },
  damaged: { ground: '#da3633', ink: '#ffffff' },
}

const ROOT = '.dayfile-coverage'

/** Every rule is of the image alone: within a page the style holds for the whole page. */
export const STYLE = [
  `${ROOT}{max-width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}`,
  `${ROOT} text,${ROOT} path{pointer-events:none}`,
  `${ROOT} .title{font-size:15px;font-weight:600}`,
  `${ROOT} .month{font-weight:600}`,
  `${ROOT} .number,${ROOT} .weekday{font-size:10.5px;text-anchor:middle}`,
  `${ROOT} .missing{stroke-dasharray:3 2}`,
  `${ROOT} .on-damaged{font-weight:700}`,
  ...colors(LIGHT),
  `@media (prefers-color-scheme:dark){`,
  ...colors(DARK),
  '}',
].join('\n')

function colors({ card, quiet, ...looks }: Palette): string[] {
  return [
    `${ROOT} .card{fill:${card.ground};stroke:${card.outline ?? 'none'}}`,
    `${ROOT} text{fill:${card.ink}}`,
    `${ROOT} .quiet{fill:${quiet}}`,
    ...Object.entries(looks).flatMap(([look, { ground, ink, outline }]) => [
      `${ROOT} .${look}{fill:${ground}${outline === undefined ? '' : `;stroke:${outline}`}}`,
      `${ROOT} .on-${look}{fill:${ink}}`,
    ]),
  ]
}
