import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as dayfile from 'dayfile'
import { expect, onTestFinished, test } from 'vitest'
import { columnsPage } from './columns-page.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

function run(...args: string[]) {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'test/docs/columns.ts', ...args],
    { cwd: root, encoding: 'utf8' },
  )
  return { status, stderr }
}

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

test('--check passes what was written, and fails for a page that is older or not there, naming the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dayfile-columns-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true })
  })
  const file = join(folder, 'columns.md')
  const complaint = { status: 1, stderr: expect.stringContaining('run `npm run columns`') as string }
  expect(run(file, '--check')).toEqual(complaint)
  expect(run(file)).toEqual({ status: 0, stderr: '' })
  expect(run(file, '--check')).toEqual({ status: 0, stderr: '' })

  const older = readFileSync(file, 'utf8').replace('| text |', '| json |')
  writeFileSync(file, older)
  expect(run(file, '--check')).toEqual(complaint)
  expect(readFileSync(file, 'utf8')).toBe(older)
  expect(run(file, '--chekc').status).toBe(2)
})

function isDataset(value: unknown): value is dayfile.Dataset {
  return typeof value === 'object' && value !== null && 'columns' in value && 'fingerprint' in value
}
