// The hidden folders in which files of a directory are written, each beside its place: on the same file system.

import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { nullIfMissing } from './directory.js'
import { inTurn } from './turns.js'

// The names of the staging folders that this process has made and not removed yet.
const inUse = new Set<string>()

/** Makes an empty folder for the next version of a file, after clearing what killed runs have left beside it. */
export function makeStaging(path: string): Promise<string> {
  const parent = dirname(path)
  // In turn: what another call sees of this one is either not there yet, or known to be in use.
  return inTurn(parent, async () => {
    await mkdir(parent, { recursive: true })
    await clearStaging(path)
    const folder = await mkdtemp(join(parent, `${stagingPrefix(path)}${process.pid}-`))
    inUse.add(basename(folder))
    return folder
  })
}

function stagingPrefix(path: string): string {
  return `.${basename(path)}.staging-`
}

/** Removes the folder with its contents; a missing folder is not a failure. */
export async function removeStaging(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  inUse.delete(basename(folder))
}

/** The folders in which versions of files whose paths begin so are being written, or were when their run was killed. */
export async function stagingsOf(
  pathPrefix: string,
): Promise<{ readonly file: string; readonly folder: string }[]> {
  const names = (await readdir(dirname(pathPrefix)).catch(nullIfMissing)) ?? []
  return names.flatMap((folder) => {
    const file = /^\.(.+)\.staging-/.exec(folder)?.[1]
    return file?.startsWith(basename(pathPrefix)) === true ? [{ file, folder }] : []
  })
}

async function clearStaging(path: string): Promise<void> {
  for (const entry of await readdir(dirname(path), { withFileTypes: true })) {
    // What cannot be removed, as it is another user's, is in nobody's way.
    if (isLeftover(entry)) await removeStaging(join(dirname(path), entry.name)).catch(() => undefined)
  }
}

// A killed run may have left its data, compressed or not, or its manifest. A live run keeps what it stages
// until another one publishes. It is alive when the folder is in use here, or the process whose number the name holds is running.
// This process's own number, not in use here, is that of an earlier process: in a container the first one
// often has the same. Between machines or containers that share a disk, and between threads or the ESM and
// the CommonJS copy of this module, numbers say nothing: a live run may then lose its folder, and ends with
// SINK_CONFLICT. Age decides nothing: a source may be silent for hours, and a run is often started again at
// once.
function isLeftover(entry: { readonly name: string; isDirectory(): boolean }): boolean {
  const match = /^\..+\.staging-(?:(\d+)-)?[A-Za-z0-9]{6}$/.exec(entry.name)
  if (match === null || !entry.isDirectory() || inUse.has(entry.name)) return false
  const pid = match[1]
  return pid === undefined || Number(pid) === process.pid || !isRunning(Number(pid))
}

/** Whether there is a process with this number, be it another user's. */
function isRunning(pid: number): boolean {
  try {
    // Signal 0 is never sent: it asks whether there is such a process.
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
