import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as dayfile from 'dayfile'
import { expect, test } from 'vitest'
import { columnsPage } from './columns-page.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('the page of columns is what the datasets say: run `npm run columns` if it is not', () => {
  expect(readFileSync(join(root, 'docs/columns.md'), 'utf8').replaceAll('\r\n', '\n')).toBe(columnsPage())
})

test('every dataset has its section, and every column its line', () => {
  const page = columnsPage()
  const datasets = Object.values<unknown>(dayfile).filter(isDataset)
  expect(datasets.length).toBeGreaterThan(1)
  const sections = page.split(/^## /m).slice(1)
  expect(sections.map((section) => section.split('\n')[0])).toEqual(datasets.map(({ name }) => name))
  for (const [index, { columns }] of datasets.entries()) {
    const named = [...(sections[index] ?? '').matchAll(/^\| \d+ \| `(\w+)` \|/gm)].map((match) => match[1])
    expect(named).toEqual(columns.map(({ name }) => name))
  }
})

function isDataset(value: unknown): value is dayfile.Dataset {
  return typeof value === 'object' && value !== null && 'columns' in value && 'fingerprint' in value
}
