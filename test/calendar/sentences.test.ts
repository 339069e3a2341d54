import fc from 'fast-check'
import { expect, test } from 'vitest'
import { totalsSentences, wrapped } from '../../src/calendar/sentences.js'
import { coverageOf } from './arbitraries.js'

test('wrapped lines lose nothing but spaces, are never too wide, and are as few as words allow', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '.'), minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), fc.integer({ min: 5, max: 20 }), (words, width) => {
      const lines = wrapped(words.join(' '), width)
      expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''))
      const widths = lines.map((line) => Array.from(line).length)
      expect(widths.filter((each) => each > width)).toEqual([])
      // The first word of a line had no place in the one before.
      for (const [index, line] of lines.slice(1).entries())
        expect((widths[index] ?? 0) + 1 + Array.from(line.split(' ')[0] ?? '').length).toBeGreaterThan(width)
    }),
  )
})

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1500, '1.5 kB'],
  [1_000_000, '1.0 MB'],
  [28_900_000, '28.9 MB'],
  [7e18, '7000 PB'],
])('%d bytes are %s', (bytes, text) => {
  const nothing = coverageOf([])
  const [, held] = totalsSentences({ ...nothing, totals: { ...nothing.totals, rows: 1, bytes } })
  expect(held).toBe(`1 row in ${text}.`)
})
