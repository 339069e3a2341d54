// Writes the page of columns, or says whether it is the one that the datasets make: npm run columns [-- --check]

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { columnsPage } from './columns-page.js'

const [file, ...flags] = process.argv.slice(2)
const isCheck = flags.includes('--check')
if (file === undefined || flags.some((flag) => flag !== '--check')) {
  console.error('usage: columns.ts FILE [--check]')
  process.exitCode = 2
} else if (!isCheck) {
  writeFileSync(file, columnsPage())
} else if (!existsSync(file) || textOf(file) !== columnsPage()) {
  console.error(`${file} is not what the datasets say: run \`npm run columns\` and commit the page`)
  process.exitCode = 1
}

function textOf(path: string): string {
  return readFileSync(path, 'utf8').replaceAll('\r\n', '\n')
}
