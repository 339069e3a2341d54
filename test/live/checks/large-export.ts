// One gibibyte: how fast, and in how much memory.

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Check } from './check.js'
import type { LargeFigures } from './large-writer.js'

const PROGRAM = fileURLToPath(new URL('large-writer.ts', import.meta.url))
const MIB = 1024 * 1024
const BYTES = 1024 * MIB
/** Parts of 8 MiB, of which up to five are held, beside Node, the SDK and TypeScript's compiler. */
const MEMORY_MIB = 400

export const largeExport: Check = {
  name: `an export of 1 GiB is whole, in less than ${MEMORY_MIB} MiB of memory`,
  alone: true,
  async run({ name, provider, bucket, connection, prefix }) {
    // A process of its own, as its memory is looked at.
    const child = fork(PROGRAM, {
      execArgv: [...process.execArgv, '--disable-warning=NodeVersionSupportWarning'],
    })
    try {
      child.send({ bytes: BYTES, server: { name, provider, bucket, connection, prefix, gaps: {} } })
      const [told] = (await Promise.race([
        once(child, 'message'),
        once(child, 'exit').then(() => ['it has ended without a result']),
      ])) as [LargeFigures | string]
      assert.ok(typeof told === 'object', JSON.stringify(told))
      const { rows, bytes, exportMs, verifyMs, exportPeakMib } = told
      assert.ok(bytes >= BYTES, `it has ${bytes} bytes only`)
      assert.ok(exportPeakMib < MEMORY_MIB, `its memory was ${exportPeakMib} MiB at its peak`)
      const speed = (ms: number) => Math.round(bytes / MIB / (ms / 1000))
      return (
        `${rows} rows at ${speed(exportMs)} MiB/s, peak ${exportPeakMib} MiB; ` +
        `verified at ${speed(verifyMs)} MiB/s`
      )
    } finally {
      child.kill('SIGKILL')
    }
  },
}
