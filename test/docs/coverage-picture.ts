// Writes the picture of the guide, or says whether it is the one that is drawn now:
// tsx test/docs/coverage-picture.ts docs/coverage.svg [--check]

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { renderCoverage } from 'dayfile/calendar'
import { sampleCoverage } from './coverage-sample.js'

const [file, ...flags] = process.argv.slice(2)
const isCheck = flags.includes('--check')
if (file === undefined || flags.some((flag) => flag !== '--check')) {
  console.error('usage: coverage-picture.ts FILE [--check]')
  process.exitCode = 2
} else if (!isCheck) {
  writeFileSync(file, await picture())
} else if (!existsSync(file) || readFileSync(file, 'utf8').replaceAll('\r\n', '\n') !== (await picture())) {
  console.error(`${file} is not what is drawn now: run \`npm run picture\` and commit the picture`)
  process.exitCode = 1
}

async function picture(): Promise<string> {
  return `${renderCoverage(await sampleCoverage(), 'svg')}\n`
}
