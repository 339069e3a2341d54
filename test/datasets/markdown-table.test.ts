// A real reader of Markdown says what each cell shows, and a plain count of bars how many there are: readers differ in
// whether a backslash escapes the bar behind it, so that none may stand in a cell.

import { column, events } from 'dayfile'
import fc from 'fast-check'
import { marked } from 'marked'
import { expect, test } from 'vitest'
import { markdownTable } from '../../src/datasets/markdown-table.js'
import { anyText, name } from '../csv/arbitraries.js'

const MARKS = [
  '|',
  '\\|',
  '\\\\|',
  '`',
  '``',
  '*',
  '_',
  '~~',
  '[a](b)',
  '![',
  '<b>',
  '</td>',
  '<!--',
  '&amp;',
  '&',
]
const text = fc
  .array(fc.oneof(fc.constantFrom(...MARKS, '$', '# ', '- ', '1. ', '\n\n', '\u2028', '---'), anyText), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''))
const hostileName = fc.oneof(
  name,
  text.map(headerOf).filter((each) => each !== ''),
)

const hostileColumn = fc
  .record({
    name: hostileName,
    description: text,
    values: fc.array(text),
    aliases: fc.array(hostileName),
    since: text,
  })
  .map(({ name: each, ...options }) => column.text(each, options))

/** What is left of a text that may be a header. */
function headerOf(each: string): string {
  return each
    .toWellFormed()
    .replace(/[\p{Cc}\uFEFF]/gu, '')
    .slice(0, 100)
    .toWellFormed()
}

/** The cells as they are shown, by row: what a browser makes of the HTML. */
function shown(markdown: string): string[][] {
  return [...marked.parse(markdown, { async: false }).matchAll(/<tr>([^]*?)<\/tr>/g)].map(([, row = '']) =>
    [...row.matchAll(/<t[dh][^>]*>([^]*?)<\/t[dh]>/g)].map(([, cell = '']) =>
      cell
        .replace(/<[^>]*>/g, '')
        .replace(/&(?:#(\d+)|(\w+));/g, (_, code?: string, called?: string) =>
          code === undefined ? (NAMED[called ?? ''] ?? '') : String.fromCodePoint(Number(code)),
        ),
    ),
  )
}

const NAMED: Readonly<Record<string, string>> = { quot: '"', lt: '<', gt: '>', amp: '&' }

const inOneLine = (each: string) =>
  each
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
const visible = (each: string) => each.toWellFormed().replace(/\p{Cc}/gu, '\uFFFD')

test('whatever names, values and descriptions hold, each row has six cells, and they show just that', () => {
  fc.assert(
    fc.property(fc.array(hostileColumn, { minLength: 1, maxLength: 5 }), (columns) => {
      const table = markdownTable({ columns })
      const lines = table.split(/[\n\r\u2028\u2029\u0085]/)
      expect(lines.map((line) => line.split('|').length)).toEqual(Array(columns.length + 2).fill(8))

      const [titles, ...rows] = shown(table)
      expect(titles).toEqual(['#', 'column', 'kind', 'may be empty', 'since', 'meaning'])
      expect(rows).toEqual(
        columns.map(({ name: each, description, values, aliases, since }, index) => {
          const known = values.length === 0 ? '' : `Known so far: ${values.map(visible).join(', ')}.`
          const others =
            aliases.length === 0 ? '' : `Also read under the name ${aliases.map(visible).join(' or ')}.`
          const meaning = [inOneLine(description), known, others].filter((part) => part !== '').join(' ')
          return [String(index + 1), visible(each), 'text', 'yes', inOneLine(since ?? ''), meaning]
        }),
      )
    }),
    { numRuns: 300 },
  )
})

test('plain names are in backticks, and sentences as they were written', () => {
  const lines = markdownTable(events).split('\n')
  expect(lines).toHaveLength(46)
  expect(lines[4]).toBe(
    '| 3 | `event_datetime` | instant | no |  | When the event happened; it places the event in a day. |',
  )
  expect(markdownTable(events)).not.toMatch(/&#|<code>/)
})

test('two dollar signs make no formula', () => {
  const columns = [column.text('price', { description: 'From $5 to $6.' })]
  expect(markdownTable({ columns })).toContain('From &#36;5 to &#36;6.')
})
