// The units and the crontab of examples/systemd-timer, as systemd and cron of Debian take them.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { unavailable } from '../servers/packages.js'
import type { Check } from './check.js'

const fileOf = (name: string): string =>
  fileURLToPath(new URL(`../../../examples/systemd-timer/${name}`, import.meta.url))

function answer(program: string, ...args: string[]): string {
  const env = { ...process.env, TZ: 'Asia/Kolkata' }
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env })
  assert.equal(status, 0, `${program} ${args[0] ?? ''}: ${stderr}`)
  return stdout + stderr
}

const units: Check = {
  name: 'systemd takes the units of the example, and finds the next runs at 04:00 UTC in a zone of its own',
  skip: () => unavailable({ name: 'systemd', packages: ['systemd'], programs: ['systemd-analyze'] }),
  async run() {
    const files = ['service', 'timer'].map((end) => fileOf(`dayfile-export.${end}`))
    // What it warns of it takes all the same.
    assert.equal(answer('systemd-analyze', 'verify', '--man=no', ...files), '')
    const now = '--base-time=2026-03-08 04:00:00 UTC'
    const runs = answer('systemd-analyze', 'calendar', now, '--iterations=2', '*-*-* 04:00:00 UTC')
    for (const next of ['2026-03-09 04:00:00 UTC', '2026-03-10 04:00:00 UTC']) assert.ok(runs.includes(next))
    return Promise.resolve(undefined)
  },
}

const crontab: Check = {
  name: 'cron takes the crontab of the example',
  skip: () => unavailable({ name: 'cron', packages: ['cron'], programs: ['crontab'] }),
  async run() {
    answer('crontab', '-n', fileOf('crontab'))
    return Promise.resolve(undefined)
  },
}

export const scheduleChecks: readonly Check[] = [units, crontab]
