import { dayWindow, eachDay, exportWindow } from 'dayfile'
import { renderCoverage } from 'dayfile/calendar'
import { coverage, type Coverage, type CoverageDay } from 'dayfile/read'
import { memorySink } from 'dayfile/testing'
import { describe, expect, test } from 'vitest'
import { ANSI_COLORS } from '../../src/calendar/ansi.js'
import { lookOf, shadeSteps } from '../../src/calendar/shades.js'
import { DARK, LIGHT } from '../../src/calendar/svg.js'
import { orders } from '../export/orders.js'
import { coverageOf } from './arbitraries.js'

const exported = (day: string, rows = 100): CoverageDay => ({
  day,
  state: 'published',
  revision: 1,
  rows,
  bytes: rows * 7,
  extraFiles: 0,
  problem: null,
})
const missing = (day: string): CoverageDay => ({
  ...exported(day),
  state: 'missing',
  revision: null,
  rows: null,
  bytes: null,
})
const damaged = (day: string, rule: string): CoverageDay => ({
  ...exported(day),
  state: 'damaged',
  problem: { code: 'SINK_CORRUPT', key: 'orders/data.csv', rule },
})
const days = (from: string, to: string): string[] => eachDay(from, to).map(({ day }) => day)
const plain = (of: Coverage) => renderCoverage(of, 'ansi', { color: false })

test('what was exported looks the same after it was JSON', async () => {
  const sink = memorySink()
  for (const day of ['2026-03-01', '2026-03-03']) {
    const source = () => [{ at: day, event_type: 'sale', total: 1 }]
    await exportWindow({ dataset: orders, window: dayWindow(day), source, sink })
  }
  const found = await coverage(orders, sink)
  const again = JSON.parse(JSON.stringify(found)) as Coverage
  expect(again).toEqual(found)
  for (const format of ['ansi', 'svg'] as const)
    expect(renderCoverage(again, format)).toBe(renderCoverage(found, format))
  expect(plain(found)).toBe(`orders, 2026-03-01 to 2026-03-03
memory:

      March 2026
Mo Tu We Th Fr Sa Su
                   1█
 2× 3█

 █ ≤ 1 row
 × missing

3 days: 2 published, 0 replaced, 0 empty, 1 missing, 0 damaged.
2 rows in ${found.totals.bytes} bytes.
2026-03-02: missing`)
})

test('nothing is drawn as nothing', () => {
  const nothing = coverageOf([])
  expect(plain(nothing)).toContain('0 days: 0 published')
  expect(renderCoverage(nothing, 'svg')).not.toContain('<rect')
})

test('ten years have a row for each year, and every day', () => {
  const decade = coverageOf(days('2016-01-01', '2025-12-31').map((day) => exported(day)))
  const svg = renderCoverage(decade, 'svg', { monthsPerRow: 12 })
  expect(svg.match(/<rect /g)).toHaveLength(3653)
  const heights = new Set([...svg.matchAll(/<g transform="translate\(\d+ (\d+)\)">\n/g)].map(([, y]) => y))
  expect(heights.size).toBe(10)
  expect(plain(decade).match(/\d█/g)).toHaveLength(3653)
})

describe('the days to look at', () => {
  const told = (of: readonly CoverageDay[]) => plain(coverageOf(of)).split('\n').slice(-13)

  test('are one entry where neighbours have the same', () => {
    const all = [
      missing('2026-03-01'),
      missing('2026-03-02'),
      damaged('2026-03-03', 'is not there'),
      damaged('2026-03-04', 'is not there'),
      damaged('2026-03-05', 'is cut'),
      { ...exported('2026-03-06'), extraFiles: 1 },
      exported('2026-03-07'),
      { ...exported('2026-03-08'), extraFiles: 1 },
    ]
    expect(told(all).slice(-5)).toEqual([
      '2026-03-01 to 2026-03-02: missing',
      '2026-03-03 to 2026-03-04: damaged, data.csv: is not there',
      '2026-03-05: damaged, data.csv: is cut',
      '2026-03-06: 1 extra file',
      '2026-03-08: 1 extra file',
    ])
    const svg = renderCoverage(coverageOf(all), 'svg')
    expect(svg).toContain('<title>2026-03-05: damaged, data.csv: is cut, revision 1</title>')
    expect(svg).toContain('<title>2026-03-06: published, 100 rows, revision 1, 1 extra file</title>')
    expect(/<desc>(.*)<\/desc>/.exec(svg)?.[1]).toContain(
      ' 2026-03-01 to 2026-03-02: missing. 2026-03-03 to ',
    )
  })

  test('are the first twelve entries, and then a number of days', () => {
    const every = (step: number) =>
      days('2026-01-01', '2026-02-09').map((day, index) =>
        index % step === 0 ? exported(day) : missing(day),
      )
    expect(told(every(3)).at(-2)).toBe('2026-02-04 to 2026-02-05: missing')
    expect(told(every(3)).at(-1)).toBe('and 2 more days')
    expect(told(every(4)).at(-1)).toBe('2026-02-07 to 2026-02-09: missing')
    expect(renderCoverage(coverageOf(every(3)), 'svg')).toContain('and 2 more days.</desc>')
  })
})

describe('shades', () => {
  const steps = (...rows: number[]) =>
    shadeSteps(rows.map((count, index) => exported(`2026-03-${String(index + 1).padStart(2, '0')}`, count)))

  test('have a quarter of the days each', () => {
    const quarters = steps(80, 10, 70, 20, 60, 30, 50, 40)
    expect(quarters).toEqual([
      { shade: 'shade1', upTo: 20 },
      { shade: 'shade2', upTo: 40 },
      { shade: 'shade3', upTo: 60 },
      { shade: 'shade4', upTo: 80 },
    ])
    const looks = [10, 20, 30, 40, 50, 60, 70, 80].map((rows) =>
      lookOf(exported('2026-03-01', rows), quarters),
    )
    expect(looks).toEqual([1, 1, 2, 2, 3, 3, 4, 4].map((number) => `shade${number}`))
  })

  test('are fewer where days are alike, up to the last one', () => {
    expect(steps(5, 5, 5)).toEqual([{ shade: 'shade4', upTo: 5 }])
    expect(steps(5, 5, 5, 9)).toEqual([
      { shade: 'shade2', upTo: 5 },
      { shade: 'shade4', upTo: 9 },
    ])
    expect(steps()).toEqual([])
  })

  test('leave out of account what was damaged', () => {
    expect(shadeSteps([exported('2026-03-01', 7), damaged('2026-03-02', 'is cut')])).toEqual([
      { shade: 'shade4', upTo: 7 },
    ])
  })
})

/** By the rules of WCAG 2.2. */
function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [one, other].map(luminance).sort((a, b) => b - a)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** A colour of the 256 of a terminal: a cube of 6 × 6 × 6, and greys. */
function terminalColor(index: number): string {
  const parts =
    index >= 232
      ? [0, 0, 0].map(() => 8 + (index - 232) * 10)
      : [36, 6, 1].map((weight) => [0, 95, 135, 175, 215, 255][Math.floor((index - 16) / weight) % 6] ?? 0)
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}

describe('text has a contrast of 4.5 or more', () => {
  test.each([
    ['light', LIGHT],
    ['dark', DARK],
  ])('in the image, %s', (_, { quiet, ...paints }) => {
    const low = Object.entries(paints).filter(([, { ground, ink }]) => contrast(ground, ink) < 4.5)
    expect(low).toEqual([])
    expect(contrast(quiet, paints.card.ground)).toBeGreaterThanOrEqual(4.5)
    // Outlines say what the day is: those have 3.
    for (const { outline } of [paints.empty, paints.missing])
      expect(contrast(outline ?? '', paints.card.ground)).toBeGreaterThanOrEqual(3)
  })

  test('in the terminal', () => {
    const colors = Object.values(ANSI_COLORS).map((pair) => pair.map(terminalColor))
    expect(colors.filter(([ground = '', ink = '']) => contrast(ground, ink) < 4.5)).toEqual([])
  })
})

test.each([
  [undefined, 'svg', {}, 'coverage: expected what `coverage` returns, received undefined'],
  [{ days: 1 }, 'svg', {}, 'coverage: expected what `coverage` returns, received object'],
  [coverageOf([]), 'png', {}, 'format: expected one of "ansi", "svg"'],
  [coverageOf([]), 'ansi', null, 'options of renderCoverage: expected an object of options'],
  [
    coverageOf([]),
    'ansi',
    { color: 'no' },
    'renderCoverage: option color: expected a boolean, received string',
  ],
  [
    coverageOf([]),
    'svg',
    { monthsPerRow: 5 },
    'renderCoverage: option monthsPerRow: expected one of 1, 2, 3, 4, 6, 12',
  ],
])('what is no coverage, format or option is refused: %j %s %j', (of, format, options, message) => {
  expect(() => renderCoverage(of as never, format as never, options as never)).toThrow(message)
  expect(() => renderCoverage(of as never, format as never, options as never)).toThrow(TypeError)
})
