// The script of examples/systemd-timer as a process, by the command of the service and by that of the crontab.

import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, onTestFinished, test } from 'vitest'
import type { FakeS3 } from '../support/fake-s3/index.js'
import { daysIn, startS3 } from './example-bucket.js'
import { environmentOf, startProcess } from './scheduler-process.js'

const FOLDER = fileURLToPath(new URL('../../examples/systemd-timer', import.meta.url))
const CLOCK = new URL('shifted-clock.ts', import.meta.url).href
const { PATH = '' } = process.env

const service = await readUnit('dayfile-export.service')
const timer = await readUnit('dayfile-export.timer')
const crontab = await readCrontab()

/** The last value of each setting. */
async function readUnit(name: string): Promise<Record<string, string>> {
  const lines = (await readFile(join(FOLDER, name), 'utf8')).split('\n')
  return Object.fromEntries(lines.filter((line) => /^\w+=/.test(line)).map((line) => splitAt(line, '=')))
}

async function readCrontab() {
  const lines = (await readFile(join(FOLDER, 'crontab'), 'utf8')).split('\n')
  const settings = Object.fromEntries(
    lines.filter((line) => /^\w+=/.test(line)).map((line) => splitAt(line, '=')),
  )
  // As cron does it: a % is the end of the command, unless it is written \%.
  const commands = lines.flatMap((line) => {
    const [, schedule, command] = /^(@reboot|[*/\d]+(?: [*/\d]+){4}) (.*)$/.exec(line) ?? []
    if (schedule === undefined || command === undefined) return []
    return { schedule, command: command.replace(/(?<!\\)%.*$/, '').replaceAll('\\%', '%') }
  })
  return { settings, commands }
}

function splitAt(line: string, separator: string): [string, string] {
  const at = line.indexOf(separator)
  return [line.slice(0, at), line.slice(at + 1)]
}

/** What the service starts, in the environment that it has. */
function startScript(env: NodeJS.ProcessEnv, ...args: string[]) {
  const [program, ...rest] = (service.ExecStart ?? '').split(' ')
  expect(program).toBe('node')
  return startProcess(process.execPath, [...rest, ...args], { cwd: FOLDER, env: { PATH, ...env } })
}

test('a run ends with 0, and one for the same day changes nothing', async () => {
  const s3 = await startS3()
  const first = startScript(environmentOf(s3), '--at', '2026-03-08T04:00:00Z')
  expect((await first.ended).code).toBe(0)
  expect(await daysIn(s3)).toEqual(['2026-03-07'])

  const published = new Map(s3.objects('analytics'))
  const again = startScript(environmentOf(s3), '--at', '2026-03-08T04:00:00Z')
  expect((await again.ended).code).toBe(0)
  expect(s3.objects('analytics')).toEqual(published)
})

test.each([
  ['a moment early', '2026-03-08T03:59:59.900Z', '2026-03-07'],
  ['on time', '2026-03-08T04:00:00.000Z', '2026-03-07'],
  ['after the next midnight', '2026-03-09T00:10:00.000Z', '2026-03-07'],
  ['an hour before the run of the day', '2026-03-08T03:00:00.000Z', '2026-03-06'],
])('without --at, a script that is started %s exports the day of the newest run', async (_, at, day) => {
  const env = { CLOCK_STARTS_AT: at, NODE_OPTIONS: `--import tsx --import ${CLOCK}` }
  const script = startScript(env)
  expect((await script.ended).code).toBe(0)
  expect(script.lines.join()).toContain(`events ${day}: published`)
})

test.each([
  ['what may pass', { status: 412, code: 'PreconditionFailed' }, 75],
  ['what will not', { status: 403, code: 'AccessDenied' }, 1],
])('%s ends with the exit code that the service tells apart', async (_, answer, expected) => {
  const s3 = await startS3()
  s3.fault({ operation: 'PutObject', key: /_manifest/, times: Infinity }, answer)
  const { code, stderr } = await startScript(environmentOf(s3), '--at', '2026-03-08T04:00:00Z').ended
  expect(stderr).toContain('export of the run at 2026-03-08T04:00:00Z: AggregateError')
  expect(code).toBe(expected)
  expect(service.Restart).toBe('on-failure')
  expect(service.RestartPreventExitStatus === String(code)).toBe(expected === 1)
})

test('one failure that will not pass among those that may is for someone to look at', async () => {
  const s3 = await startS3()
  s3.fault(
    { operation: 'PutObject', key: /events.*_manifest/, times: Infinity },
    { status: 412, code: 'PreconditionFailed' },
  )
  s3.fault({ operation: 'PutObject', key: /paywall/, times: Infinity }, { status: 403, code: 'AccessDenied' })
  expect((await startScript(environmentOf(s3), '--at', '2026-03-08T04:00:00Z').ended).code).toBe(1)
})

test('an instant that is none ends with 1 before anything is asked', async () => {
  const s3 = await startS3()
  const { code, stderr } = await startScript(environmentOf(s3), '--at', 'yesterday').ended
  expect(stderr).toContain('export of the run at yesterday: ')
  expect(code).toBe(1)
  expect(s3.operations).toEqual([])
})

test('a run that is stopped cleans up, and ends with the exit code of what may pass', async () => {
  const s3 = await startS3()
  const script = startScript(environmentOf(s3), '--at', '2026-03-08T04:00:00Z')
  await new Promise<void>((resolve) => {
    // The file is held until its client has gone.
    s3.fault({ operation: 'PutObject' }, () => {
      resolve()
      return script.ended.then(() => undefined)
    })
  })
  script.child.kill('SIGTERM')
  const { code, stderr } = await script.ended
  expect(stderr).toContain('stopped by SIGTERM')
  expect(code).toBe(75)
  expect([...s3.objects('analytics').keys()]).toEqual([])
  expect(s3.uploads('analytics')).toEqual([])
})

const programs = (...names: string[]) => names.every((name) => spawnSync('which', [name]).status === 0)

/** Runs a command of the crontab as cron does, at a time of the day in UTC. */
async function runAsCron(command: string, s3: FakeS3, time: string) {
  const home = await mkdtemp(join(tmpdir(), 'dayfile-crontab-'))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  await symlink(process.execPath, join(home, 'node'))
  await writeExecutable(join(home, 'date'), `#!/bin/sh\n[ "$*" = '-u +%H%M' ] && echo ${time}\n`)
  await writeExecutable(join(home, 'sleep'), '#!/bin/sh\n')
  const variables = Object.entries(environmentOf(s3)).map(([name, value]) => `${name}=${value ?? ''}\n`)
  await writeFile(join(home, 'export.env'), variables.join(''))

  const { PATH: path = '', EXPORT: run = '' } = crontab.settings
  const env = {
    ...crontab.settings,
    PATH: `${home}:${path}`,
    HOME: home,
    LOGNAME: 'root',
    SHELL: '/bin/sh',
    FOLDER,
    EXPORT: run.replace(service.EnvironmentFile ?? '', join(home, 'export.env')),
  }
  const process_ = startProcess('/bin/sh', ['-c', command], { cwd: home, env })
  const ended = process_.ended.then(async (end) => ({
    ...end,
    mail: [...process_.lines, end.stderr].join('\n'),
    log: await readFile(join(home, 'export.log'), 'utf8').catch(() => ''),
  }))
  return { env, ended }
}

async function writeExecutable(path: string, content: string): Promise<void> {
  await writeFile(path, content)
  await chmod(path, 0o755)
}

const hasPrograms = programs('flock', 'timeout')

test.skipIf(!hasPrograms)(
  'each line of the crontab exports, and a run that went well is no mail',
  async () => {
    expect(crontab.commands.map(({ schedule }) => schedule)).toEqual(['*/15 * * * *', '@reboot'])
    for (const { command } of crontab.commands) {
      const s3 = await startS3()
      const { mail, log } = await (await runAsCron(command, s3, '0400')).ended
      expect(mail).toBe('')
      expect(log).toMatch(/^events .*: published/)
      expect(await daysIn(s3)).toHaveLength(1)
    }
  },
)

test('the crontab asks for the hour in UTC, whatever the zone of cron', async () => {
  const s3 = await startS3()
  const { command = '' } = crontab.commands[0] ?? {}
  for (const time of ['0345', '0415', '1600']) {
    const { code, mail } = await (await runAsCron(command, s3, time)).ended
    expect({ code, mail }).toEqual({ code: 0, mail: '' })
  }
  expect(s3.operations).toEqual([])
})

test.skipIf(!hasPrograms)('a run of the crontab that fails is a mail with its exit code', async () => {
  const s3 = await startS3()
  s3.fault({ operation: 'PutObject', times: Infinity }, { status: 403, code: 'AccessDenied' })
  for (const { command } of crontab.commands) {
    const { mail } = await (await runAsCron(command, s3, '0400')).ended
    expect(mail).toContain('export of the run at ')
    expect(mail).toContain('the export ended with 1\n')
  }
})

test.skipIf(!hasPrograms)('a second run of the crontab does not join one that is under way', async () => {
  const s3 = await startS3()
  const { command = '' } = crontab.commands[0] ?? {}
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  onTestFinished(() => {
    release()
  })
  const begun = new Promise<void>((resolve) => {
    s3.fault({ operation: 'PutObject' }, () => {
      resolve()
      return held
    })
  })
  const first = await runAsCron(command, s3, '0400')
  await begun
  const asked = s3.operations.length
  expect((await (await runAsCron(command, s3, '0400')).ended).mail).toBe('the export ended with 75\n')
  expect(s3.operations).toHaveLength(asked)
  release()
  expect((await first.ended).mail).toBe('')
})

test('service, timer and crontab say the same', () => {
  const { FOLDER: folder, EXPORT: run } = crontab.settings
  expect(service.WorkingDirectory).toBe(folder)
  expect(run).toContain(`--env-file=${service.EnvironmentFile ?? ''} `)
  expect(run?.endsWith(' --import tsx export-daily.ts')).toBe(true)
  expect(`timeout -k 5m ${service.TimeoutStartSec ?? ''} `).toBe(/timeout -k 5m \S+ /.exec(run ?? '')?.[0])
  const [minute, hour] = '0 4 * * *'.split(' ')
  expect(timer.OnCalendar).toBe(
    `*-*-* ${hour?.padStart(2, '0') ?? ''}:${minute?.padStart(2, '0') ?? ''}:00 UTC`,
  )
})
