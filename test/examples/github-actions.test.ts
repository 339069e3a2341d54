// The workflow of examples/github-actions: read as GitHub reads it, and its last step run as GitHub runs it.

import { validateWorkflow } from '@action-validator/core'
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import type { FakeS3 } from '../support/fake-s3/index.js'
import { daysIn, startS3 } from './example-bucket.js'
import { environmentOf, startProcess } from './scheduler-process.js'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
}

interface Workflow {
  readonly on: {
    readonly schedule: readonly { cron: string }[]
    readonly workflow_dispatch: { inputs: Record<string, object> }
  }
  readonly jobs: { readonly export: { readonly steps: readonly Step[] } }
}

const FOLDER = fileURLToPath(new URL('../../examples/github-actions', import.meta.url))
const source = await readFile(join(FOLDER, 'export-daily.yml'), 'utf8')
const workflow = parse(source) as Workflow
const { steps } = workflow.jobs.export
const last = steps.at(-1) ?? {}

test('the workflow is one by the schema of workflows', () => {
  expect(validateWorkflow(source)).toEqual({ actionType: 'workflow', errors: [] })
})

test('the first of its schedules is at 04:00, and GitHub counts in UTC', () => {
  expect(workflow.on.schedule[0]).toEqual({ cron: '0 4 * * *' })
})

test('every action is named by a commit, with its version beside it', () => {
  const actions = source.split('\n').filter((line) => line.includes('uses:'))
  expect(actions).toHaveLength(3)
  for (const action of actions) expect(action).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
})

test('no expression is written into a command, where an input would be one', () => {
  for (const { run = '' } of steps) expect(run).not.toContain('${{')
  const { inputs } = workflow.on.workflow_dispatch
  const named = Object.values(last.env ?? {}).flatMap((value) => /inputs\.(\w+)/.exec(value)?.[1] ?? [])
  expect(named).toEqual(Object.keys(inputs))
})

/** Runs the last step as a runner does: a script for `bash -e`, with inputs that are empty where they are not given. */
async function startStep(s3: FakeS3, inputs: { from?: string; to?: string } = {}, created?: string) {
  const home = await mkdtemp(join(tmpdir(), 'dayfile-workflow-'))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  await symlink(process.execPath, join(home, 'node'))
  // GitHub's own program, asked for the one thing that it is asked for here.
  const asked = 'api repos/example/exports/actions/runs/4711 --jq .created_at'
  const answer = created === undefined ? 'exit 1' : `echo ${created}`
  await writeFile(join(home, 'gh'), `#!/bin/sh\n[ "$*" = '${asked}' ] || exit 2\n${answer}\n`)
  await chmod(join(home, 'gh'), 0o755)
  await writeFile(join(home, 'step.sh'), last.run ?? '')

  const given = Object.entries(last.env ?? {}).map(([name, value]) => {
    const [, input] = /^\$\{\{ inputs\.(\w+) \}\}$/.exec(value) ?? []
    return [name, input === undefined ? 'set' : (inputs[input as keyof typeof inputs] ?? '')]
  })
  const env = {
    PATH: `${home}:${process.env.PATH ?? ''}`,
    HOME: home,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'example/exports',
    GITHUB_RUN_ID: '4711',
    ...(Object.fromEntries(given) as Record<string, string>),
    ...environmentOf(s3),
  }
  return startProcess('bash', ['-e', join(home, 'step.sh')], { cwd: FOLDER, env })
}

test.each([
  ['starts 47 minutes late', '2026-03-08T04:47:13Z'],
  ['is made after the next midnight', '2026-03-09T02:10:00Z'],
])('a run that %s exports the day of the newest run, also when it is run again', async (_, created) => {
  const s3 = await startS3()
  expect((await (await startStep(s3, {}, created)).ended).code).toBe(0)
  const published = new Map(s3.objects('analytics'))
  expect((await (await startStep(s3, {}, created)).ended).code).toBe(0)
  expect(s3.objects('analytics')).toEqual(published)
  expect(await daysIn(s3)).toEqual(['2026-03-07'])
})

test('a run whose time GitHub does not tell exports nothing, and fails', async () => {
  const s3 = await startS3()
  expect((await (await startStep(s3)).ended).code).toBe(1)
  expect(s3.operations).toEqual([])
})

test.each([
  [{ from: '2026-02-27', to: '2026-03-01' }, ['2026-02-27', '2026-02-28', '2026-03-01']],
  [{ from: '2026-02-27' }, ['2026-02-27']],
])('by hand, %o exports %o', async (inputs, days) => {
  const s3 = await startS3()
  expect((await (await startStep(s3, inputs, '2026-03-08T12:00:00Z')).ended).code).toBe(0)
  expect(await daysIn(s3)).toEqual(days)
})

test('an input is never a command', async () => {
  const s3 = await startS3()
  const { code, stderr } = await (
    await startStep(s3, { from: '$(exit)"; exit 0; "' }, '2026-03-08T12:00:00Z')
  ).ended
  expect(code).toBe(1)
  expect(stderr).toContain('DayfileError')
  expect(s3.operations).toEqual([])
})

test('a day that fails fails the run, after the others are there', async () => {
  const s3 = await startS3()
  s3.fault(
    { operation: 'PutObject', key: /2026-02-27/, times: Infinity },
    { status: 403, code: 'AccessDenied' },
  )
  const step = await startStep(s3, { from: '2026-02-27', to: '2026-02-28' }, '2026-03-08T12:00:00Z')
  const { code, stderr } = await step.ended
  expect(code).toBe(1)
  expect(stderr).toContain('export of the run at 2026-02-28T04:00:00.000Z: AggregateError')
  expect(await daysIn(s3)).toEqual(['2026-02-28'])
})

test('a run that is cancelled cleans up: the signal for the shell reaches the export', async () => {
  const s3 = await startS3()
  const step = await startStep(s3, { from: '2026-02-27', to: '2026-03-01' }, '2026-03-08T12:00:00Z')
  await new Promise<void>((resolve) => {
    s3.fault({ operation: 'PutObject' }, () => {
      resolve()
      return step.ended.then(() => undefined)
    })
  })
  step.child.kill('SIGINT')
  const { code, stderr } = await step.ended
  expect(stderr).toContain('stopped by SIGINT')
  expect(code).toBe(1)
  expect([...s3.objects('analytics').keys()]).toEqual([])
  expect(s3.uploads('analytics')).toEqual([])
})
