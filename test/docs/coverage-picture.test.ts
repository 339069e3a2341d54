import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { renderCoverage } from 'dayfile/calendar'
import { expect, onTestFinished, test } from 'vitest'
import { sampleCoverage } from './coverage-sample.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const text = (file: string) => readFileSync(file, 'utf8').replaceAll('\r\n', '\n')

function run(...args: string[]) {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'test/docs/coverage-picture.ts', ...args],
    { cwd: root, encoding: 'utf8' },
  )
  return { status, stderr }
}

test('the picture of the guide is what is drawn now, and the guide has the same calendar as text', async () => {
  const sample = await sampleCoverage()
  expect(text(join(root, 'docs/coverage.svg'))).toBe(`${renderCoverage(sample, 'svg')}\n`)
  expect(text(join(root, 'docs/coverage.md'))).toContain(renderCoverage(sample, 'ansi', { color: false }))
})

test('--check passes the picture, and fails for one that is older or not there, naming the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dayfile-picture-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true })
  })
  const file = join(folder, 'coverage.svg')
  const complaint = { status: 1, stderr: expect.stringContaining('run `npm run picture`') as string }
  expect(run(file, '--check')).toEqual(complaint)
  expect(run(file)).toEqual({ status: 0, stderr: '' })
  expect(run(file, '--check')).toEqual({ status: 0, stderr: '' })
  writeFileSync(file, text(file).replace('missing', 'lost'))
  expect(run(file, '--check')).toEqual(complaint)
  expect(run(file, '--chekc').status).toBe(2)
})
