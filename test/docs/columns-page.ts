// In: the datasets of the package. Out: docs/columns.md as a whole.

import { events, paywallViews, type Dataset } from 'dayfile'
import { markdownTable } from '../../src/datasets/markdown-table.js'

/** The page. Its words stand here, its tables come from the datasets. */
export function columnsPage(): string {
  return [
    '# Columns',
    'Every file has these columns, in this order, under these names byte for byte. This page is written from the datasets as a whole (`npm run columns`): changes by hand are lost.',
    READING,
    ...[events, paywallViews].flatMap(section),
  ]
    .join('\n\n')
    .concat('\n')
}

const READING = `- [csv.md](csv.md) says how a value of each kind is written and read.
- A column that may not be empty is required: a row without it is not exported.
- "since" is the day or version from which files have the column. Where it is blank, the first file had it.
- Lists of known values are open: others are written and read all the same.
- [column-contract.md](column-contract.md) says what may change here, and how it is tested. For a dataset of your own, \`markdownTable(dataset)\` and \`jsonSchema(dataset)\` from \`dayfile\` write such a table and a JSON Schema.`

function section(dataset: Dataset): string[] {
  const { name, columns, timeColumn } = dataset
  const sources = new Set(columns.flatMap(({ source }) => (source === null ? [] : [`<${source}>`])))
  const documented = sources.size === 0 ? '' : ` Documented at ${[...sources].join(', ')}.`
  return [
    `## ${name}`,
    `${columns.length} columns. \`${timeColumn}\` places a row in its day.${documented}`,
    markdownTable(dataset),
  ]
}
