// A small JSON file that several processes change one after another, and that no kill leaves half of.

import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** Longer than anybody holds it: a lock that is older belongs to a process that is gone, on whatever machine. */
const STALE_LOCK_MS = 60_000
const POLL_MS = 50

/**
 * Does something while no other process does so with the same file. A lock that a killed process has left is taken over: should
 * two do that in the very same moment, both go on.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`
  while (!(await isTaken(lock))) await sleep(POLL_MS)
  try {
    return await work()
  } finally {
    await rm(lock, { force: true })
  }
}

async function isTaken(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, `${hostname()} ${process.pid}`, { flag: 'wx' })
    return true
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw error
    if (await isLeftOver(lock)) await rm(lock, { force: true })
    return false
  }
}

async function isLeftOver(lock: string): Promise<boolean> {
  try {
    const [host, pid] = (await readFile(lock, 'utf8')).split(' ')
    if (host === hostname() && pid !== undefined && !isRunning(Number(pid))) return true
    return Date.now() - (await stat(lock)).mtimeMs > STALE_LOCK_MS
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error
    return false
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return errno(error) !== 'ESRCH'
  }
}

/** What the file has; undefined when there is none, or no JSON in it. */
export async function readState(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError || errno(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The old content or the new one is there, whatever happens: it is written beside and renamed once it is on the disk. */
export async function writeState(path: string, state: unknown): Promise<void> {
  const beside = `${path}.${randomUUID()}`
  try {
    const file = await open(beside, 'wx')
    try {
      await file.writeFile(`${JSON.stringify(state, undefined, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

export function errno(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code
}
