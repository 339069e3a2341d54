// In: a server with a full table. Out: the figures of an export in a process of its own.

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SourceFigures, SourceOrder } from './source-program.js'
import type { SourceServer, SourceTable } from './source-server.js'

const PROGRAM = fileURLToPath(new URL('source-program.ts', import.meta.url))

/** Old objects may take so much: rows that were kept would not fit. */
export const HEAP_MIB = 64

export async function exportAlone(
  { reader }: SourceServer,
  { connection }: SourceTable,
  way: string,
  day: string,
): Promise<SourceFigures> {
  const root = await mkdtemp(join(tmpdir(), 'dayfile-source-'))
  const options = [`--max-old-space-size=${HEAP_MIB}`, '--disable-warning=NodeVersionSupportWarning']
  const child = fork(PROGRAM, { execArgv: [...process.execArgv, ...options] })
  try {
    const order: SourceOrder = { reader, connection, way, day, root }
    child.send(order)
    const [told] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => ['it has ended without a result']),
    ])) as [SourceFigures | string]
    assert.ok(typeof told === 'object', `${way}: ${JSON.stringify(told)}`)
    return told
  } finally {
    child.kill('SIGKILL')
    await rm(root, { recursive: true, force: true })
  }
}
