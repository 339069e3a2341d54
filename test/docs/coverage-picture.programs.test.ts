import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { renderCoverage } from 'dayfile/calendar'
import { expect, test } from 'vitest'
import { sampleCoverage } from './coverage-sample.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const text = (file: string) => readFileSync(file, 'utf8').replaceAll('\r\n', '\n')

test('the picture of the guide is what is drawn now, and the guide has the same calendar as text', async () => {
  const sample = await sampleCoverage()
  expect(text(join(root, 'docs/coverage.svg'))).toBe(`${renderCoverage(sample, 'svg')}\n`)
  expect(text(join(root, 'docs/coverage.md'))).toContain(renderCoverage(sample, 'ansi', { color: false }))
})
