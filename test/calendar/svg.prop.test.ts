// The calendar as an image, read by an XML parser: python3's, where there is one.

import { spawnSync } from 'node:child_process'
import { renderCoverage } from 'dayfile/calendar'
import { type Coverage, type CoverageDay } from 'dayfile/read'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from '../support/cases.js'
import { daySentence } from '../../src/calendar/sentences.js'
import { coverageOf, coverages } from './arbitraries.js'

interface Rect {
  readonly title: string
  readonly class: string
  readonly x: number
  readonly y: number
  /** Where its month begins. */
  readonly top: number
}

interface Image {
  readonly tag: string
  readonly attributes: Readonly<Record<string, string>>
  readonly title: string
  readonly desc: string
  readonly children: string[]
  readonly rects: readonly Rect[]
}

const READER = String.raw`
import json, re, sys, xml.etree.ElementTree as ET
ns = '{http://www.w3.org/2000/svg}'
def image(text):
    svg = ET.fromstring(text)
    rects = []
    for group in svg.iter(ns + 'g'):
        dx, dy = map(float, re.match(r'translate\((\S+) (\S+)\)$', group.get('transform')).groups())
        for rect in group.findall(ns + 'rect'):
            rects.append({'title': rect.find(ns + 'title').text, 'class': rect.get('class'),
                          'x': dx + float(rect.get('x')), 'y': dy + float(rect.get('y')), 'top': dy})
    assert len(rects) == len(list(svg.iter(ns + 'rect')))
    return {'tag': svg.tag, 'attributes': svg.attrib, 'title': svg.find(ns + 'title').text,
            'desc': svg.find(ns + 'desc').text, 'children': [each.tag.replace(ns, '') for each in svg], 'rects': rects}
print(json.dumps([image(text) for text in json.load(sys.stdin)]))
`

function parsed(images: readonly string[]): Image[] {
  const { stdout, stderr } = spawnSync('python3', ['-c', READER], {
    input: JSON.stringify(images),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout) as Image[]
}

const isPythonHere = spawnSync('python3', ['--version']).status === 0
if (!isPythonHere)
  console.log('coverage as SVG: python3 is not installed here, and the test by its parser is skipped')

const STATE_WORDS = {
  published: 'published',
  replaced: 'replaced',
  empty: 'empty',
  missing: 'missing',
  damaged: 'damaged',
}

function expectTitled(title: string, { day, state, rows, revision }: CoverageDay): void {
  expect(title.startsWith(`${day}: ${STATE_WORDS[state]}`)).toBe(true)
  if (state === 'published' || state === 'replaced')
    expect(title).toContain(
      `, ${(rows ?? 0).toLocaleString('en-US')} row${rows === 1 ? '' : 's'}, revision ${revision ?? 0}`,
    )
}

function expectImageOf(coverage: Coverage | undefined, image: Image): void {
  const { days, totals } = coverage ?? coverageOf([])
  expect(image.tag).toBe('{http://www.w3.org/2000/svg}svg')
  expect(image.attributes).toMatchObject({ role: 'img', lang: 'en' })
  expect(image.children.slice(0, 3)).toEqual(['title', 'desc', 'style'])
  const [, , width = 0, height = 0] = image.attributes.viewBox?.split(' ').map(Number) ?? []
  expect(image.rects).toHaveLength(days.length)
  for (const [index, { title, x, y, ...rect }] of image.rects.entries()) {
    const day = days[index]
    if (day === undefined) throw new Error('a day too many')
    expectTitled(title, day)
    // Nothing is lost or added by escaping: problems hold all that XML takes for something else.
    expect(title).toBe(daySentence(day))
    const state = ['published', 'replaced'].includes(day.state)
      ? /^shade[1-4]$/
      : new RegExp(`^${day.state}$`)
    expect(rect.class).toMatch(state)
    expect(((x - 14) % 172) / 22).toBe((Date.parse(day.day) / 86_400_000 + 3) % 7)
    expect(x >= 0 && x + 20 <= width && y >= 0 && y + 20 <= height).toBe(true)
  }
  // No two days lie upon each other.
  expect(new Set(image.rects.map(({ x, y }) => `${x} ${y}`)).size).toBe(days.length)
  // Nor upon the head of a month below.
  for (const { top } of image.rects)
    expect(image.rects.filter((rect) => rect.top < top && rect.y + 20 > top)).toEqual([])
  const toLookAt = totals.missing + totals.damaged + days.filter(({ extraFiles }) => extraFiles > 0).length
  for (const state of ['missing', 'damaged'] as const) {
    expect(image.desc).toContain(`${totals[state].toLocaleString('en-US')} ${state}`)
    const first = days.find((day) => day.state === state)
    if (first !== undefined && toLookAt <= 12) expect(image.desc).toContain(first.day)
  }
}

test.skipIf(!isPythonHere)(
  'is well-formed whatever the texts are, and has one titled rectangle a day, in its place',
  () => {
    const some = fc.array(coverages({ maxDays: 120 }), { minLength: 20, maxLength: 20 })
    fc.assert(
      fc.property(some, fc.constantFrom(1 as const, 3 as const, 12 as const), (all, monthsPerRow) => {
        const images = parsed(all.map((coverage) => renderCoverage(coverage, 'svg', { monthsPerRow })))
        expect(images).toHaveLength(all.length)
        for (const [index, image] of images.entries()) expectImageOf(all[index], image)
      }),
      { numRuns: runs(4), endOnFailure: true },
    )
  },
)
