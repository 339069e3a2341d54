import { readFileSync } from 'node:fs'
import { events, paywallViews } from 'dayfile'
import { describe, expect, test } from 'vitest'

const specification = readFileSync(new URL('../fixtures/specification.md', import.meta.url), 'utf8')

/** The bold first cells of the table under a heading, in order. */
function tableUnder(heading: string): string[] {
  const section = specification.split(`### ${heading}\n`)[1]?.split(/\n##/)[0] ?? ''
  return [...section.matchAll(/^\| \*\*(\w+)\*\*/gm)].map((match) => match[1] ?? '')
}

describe('the datasets have the columns of the specification, byte for byte and in its order', () => {
  test('events: 44 columns', () => {
    expect(events.columns.map(({ name }) => name)).toEqual(tableUnder('Event file columns'))
    expect(events.columns).toHaveLength(44)
  })

  test('paywall views: 11 columns', () => {
    expect(paywallViews.columns.map(({ name }) => name)).toEqual(tableUnder('Paywall view file columns'))
    expect(paywallViews.columns).toHaveLength(11)
  })

  test.each([events, paywallViews])(
    'every column of $name has a sentence of meaning and its source',
    ({ columns }) => {
      for (const { name, description, source } of columns) {
        expect(description, name).toMatch(/^[A-Z].*\.$/)
        expect(source, name).toMatch(/^https:/)
      }
    },
  )
})
