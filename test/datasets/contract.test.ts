// The columns that files have had since the first release. UPDATE_GOLDEN=1 takes over columns that were appended, and
// nothing else: what breaks others is not made right by writing it down.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import * as dayfile from 'dayfile'
import { describe, expect, test } from 'vitest'
import { compareColumns, type ContractColumn } from '../../src/datasets/compare-columns.js'

const folder = new URL('golden/', import.meta.url)
const isDataset = (value: unknown): value is dayfile.Dataset =>
  typeof value === 'object' && value !== null && 'columns' in value && 'fingerprint' in value
const datasets = Object.values<unknown>(dayfile).filter(isDataset)

const contractOf = ({ columns }: dayfile.Dataset): string =>
  JSON.stringify(columns, ['name', 'kind', 'nullable', 'since', 'aliases'], 2) + '\n'

describe.each(datasets)('the columns of $name', (dataset) => {
  const file = new URL(`${dataset.name}.json`, folder)
  // A new dataset breaks nobody.
  const golden = existsSync(file) ? readFileSync(file, 'utf8') : contractOf(dataset)
  const { breaks } = compareColumns(JSON.parse(golden) as ContractColumn[], dataset)

  test('are those of the golden file, with new ones at the end alone', () => {
    expect(breaks.map(({ message }) => message)).toEqual([])
  })

  test('are all in the golden file', () => {
    if (process.env.UPDATE_GOLDEN === '1' && breaks.length === 0) writeFileSync(file, contractOf(dataset))
    expect(contractOf(dataset)).toBe(existsSync(file) ? readFileSync(file, 'utf8') : '')
  })
})

test('every golden file is that of a dataset', () => {
  const files = datasets.map(({ name }) => `${name}.json`)
  expect(files).toContain('events.json')
  expect(readdirSync(folder).toSorted()).toEqual(files.toSorted())
})
