// In: what servers need. Out: whether it is there, after it was installed where that is possible.

import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Startable } from './live-server.js'

// Daemons lie where only root has them in the PATH.
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
let updated = false

/** Why a server cannot be started; undefined when it can. */
export function unavailable({
  name,
  packages,
  programs,
}: Pick<Startable, 'name' | 'packages' | 'programs'>): string | undefined {
  const missing = () => programs.filter((program) => !isThere(program))
  if (missing().length === 0) return undefined
  const said = `${missing().join(', ')} not installed`
  if (!isThere('apt-get')) return `${said}, and there is no apt-get`
  if (process.getuid?.() !== 0) return `${said}, and only root may install packages`
  console.log(`${name}: installing ${packages.join(' ')}`)
  const failure = updated ? undefined : aptGet('update')
  updated = true
  const installing = aptGet('install', '-y', '--no-install-recommends', ...packages) ?? failure
  return missing().length === 0 ? undefined : `${said}: ${installing ?? 'the packages do not have it'}`
}

function isThere(program: string): boolean {
  return FOLDERS.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** The last lines of what it said when it failed. */
function aptGet(...args: string[]): string | undefined {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, error, stdout, stderr } = spawnSync('apt-get', args, { env, encoding: 'utf8' })
  if (status === 0) return undefined
  const lines = `${stdout}\n${stderr}`.trim().split('\n').slice(-5).join(' / ')
  return `apt-get ${args[0] ?? ''} failed: ${error?.message ?? lines}`
}
