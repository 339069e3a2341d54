// Programs that write a file of docs/, or say whether it is the one that they would write now.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

function run(program: string, ...args: string[]) {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', `test/docs/${program}`, ...args],
    { cwd: root, encoding: 'utf8' },
  )
  return { status, stderr }
}

test.each([
  ['columns.ts', 'columns.md', 'npm run columns', '| text |', '| json |'],
  ['coverage-picture.ts', 'coverage.svg', 'npm run picture', 'missing', 'lost'],
])(
  '%s --check passes what it wrote, and fails for what is older or does not exist, naming the command',
  (program, name, command, now, before) => {
    const folder = mkdtempSync(join(tmpdir(), 'dayfile-docs-'))
    onTestFinished(() => {
      rmSync(folder, { recursive: true })
    })
    const file = join(folder, name)
    const complaint = { status: 1, stderr: expect.stringContaining(`run \`${command}\``) as string }
    expect(run(program, file, '--check')).toEqual(complaint)
    expect(run(program, file)).toEqual({ status: 0, stderr: '' })
    expect(run(program, file, '--check')).toEqual({ status: 0, stderr: '' })

    const older = readFileSync(file, 'utf8').replace(now, before)
    writeFileSync(file, older)
    expect(run(program, file, '--check')).toEqual(complaint)
    expect(readFileSync(file, 'utf8')).toBe(older)
    expect(run(program, file, '--chekc').status).toBe(2)
  },
)
