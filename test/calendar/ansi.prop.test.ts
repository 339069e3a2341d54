// The calendar of a terminal, read back from its text: each day in its place, with the glyph of its state.

import { renderCoverage } from 'dayfile/calendar'
import { type Coverage, type CoverageDay } from 'dayfile/read'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from '../support/cases.js'
import { coverages } from './arbitraries.js'

const plain = (coverage: Coverage, monthsPerRow: 1 | 2 | 3 = 3) =>
  renderCoverage(coverage, 'ansi', { color: false, monthsPerRow })

const MONTH_WIDTH = 21
const GAP = 3
const WEEKDAYS = 'Mo Tu We Th Fr Sa Su'

/** Which day of the week a date is, counted from a Monday. */
function weekdayOf(day: string): number {
  const days = (Date.parse(day) - Date.parse('1990-01-01')) / 86_400_000
  return ((days % 7) + 7) % 7
}

/** The days that can be read in the text: '2026-03-07', and the glyph behind its number. */
function daysRead(text: string): { day: string; weekday: number; glyph: string }[] {
  const lines = text.split('\n')
  return lines.flatMap((line, index) => {
    if (!line.includes(WEEKDAYS)) return []
    const weeks = lines.slice(index + 1, lines.indexOf('', index))
    const months = Array.from({ length: 3 }, (_, place) => place * (MONTH_WIDTH + GAP))
    return months.flatMap((start) => {
      const name = (lines[index - 1] ?? '').slice(start, start + MONTH_WIDTH).trim()
      return weeks.flatMap((week) =>
        Array.from({ length: 7 }, (_, weekday) => {
          const cell = week.slice(start + weekday * 3, start + weekday * 3 + 3)
          return { name, weekday, number: cell.slice(0, 2).trim(), glyph: cell.slice(2) }
        })
          .filter(({ number }) => number !== '')
          .map(({ number, ...rest }) => ({
            day: dateOf(name, number),
            weekday: rest.weekday,
            glyph: rest.glyph,
          })),
      )
    })
  })
}

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)

function dateOf(month: string, number: string): string {
  const [name = '', year = ''] = month.split(' ')
  return `${year}-${String(MONTHS.indexOf(name) + 1).padStart(2, '0')}-${number.padStart(2, '0')}`
}

function isGlyphOf(glyph: string, { state, revision }: CoverageDay): boolean {
  if (state === 'missing') return glyph === '×'
  if (state === 'damaged') return glyph === '!'
  if (revision !== 1) return glyph === '↻'
  return state === 'empty' ? glyph === '○' : '░▒▓█'.includes(glyph)
}

test('every day of the span stands once in its month, under its weekday, with the glyph of its state', () => {
  fc.assert(
    fc.property(
      coverages(),
      fc.constantFrom(1 as const, 2 as const, 3 as const),
      (coverage, monthsPerRow) => {
        const read = daysRead(plain(coverage, monthsPerRow))
        const byDay = [...read].sort((a, b) => (a.day < b.day ? -1 : 1))
        expect(byDay.map(({ day }) => day)).toEqual(coverage.days.map(({ day }) => day))
        for (const [index, { day, weekday, glyph }] of byDay.entries()) {
          expect(weekday).toBe(weekdayOf(day))
          const of = coverage.days[index]
          expect(of !== undefined && isGlyphOf(glyph, of)).toBe(true)
        }
      },
    ),
    { numRuns: runs(50) },
  )
})

test('what is left without its escape sequences is the text without colours, and holds no other control', () => {
  fc.assert(
    fc.property(coverages(), (coverage) => {
      const colored = renderCoverage(coverage, 'ansi')
      expect(colored.replaceAll(/\p{Cc}\[[\d;]+m/gu, '')).toBe(plain(coverage))
      expect(plain(coverage).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u)
    }),
    { numRuns: runs(100) },
  )
})

test('no line is wider than 80 columns or ends in a space, and months of a year have columns of their own', () => {
  fc.assert(
    fc.property(coverages(), (coverage) => {
      const lines = plain(coverage).split('\n')
      expect(lines.filter((line) => Array.from(line).length > 80 || line !== line.trimEnd())).toEqual([])
      const named = lines.flatMap((line) => (/^ *[A-Z][a-z]+ \d{4}( |$)/.test(line) ? [line] : []))
      if (named.length < 2) return
      for (const line of named) {
        for (const [index, name] of MONTHS.entries())
          if (line.includes(name))
            expect(Math.floor(line.indexOf(name) / (MONTH_WIDTH + GAP))).toBe(index % 3)
      }
    }),
    { numRuns: runs(100) },
  )
})

test('without colours a day of more rows has no lighter glyph, and the legend names the most rows', () => {
  fc.assert(
    fc.property(coverages(), (coverage) => {
      const glyphs = new Map(daysRead(plain(coverage)).map(({ day, glyph }) => [day, '░▒▓█'.indexOf(glyph)]))
      const exported = coverage.days.filter(({ state }) => state === 'published')
      const byRows = [...exported].sort((a, b) => (a.rows ?? 0) - (b.rows ?? 0))
      const shades = byRows.map(({ day }) => glyphs.get(day) ?? -1)
      expect(shades).toEqual([...shades].sort((a, b) => a - b))
      const shaded = coverage.days.flatMap(({ state, rows }) =>
        state === 'published' || state === 'replaced' ? [rows ?? 0] : [],
      )
      if (shaded.length === 0) return
      expect(plain(coverage)).toContain(`█ ≤ ${Math.max(...shaded).toLocaleString('en-US')} row`)
    }),
    { numRuns: runs(100) },
  )
})
