// In: two numbers of rows, one ten times the other. Out: whether the memory grows with them.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { CHILD_ENVIRONMENT } from './measure/contender-process.js'
import type { Subject, Target, Value } from './report/result.js'

export type MemoryJob =
  | { readonly does: 'export'; readonly root: string; readonly rows: number }
  | { readonly does: 'read'; readonly file: string }

export interface MemoryAnswer {
  readonly rows: number
  readonly file: string
  readonly seconds: number
  readonly peakMB: number
}

const HEAP_MB = 256
const TIMES = 10
const MOST_GROWTH = 1.15
const CHILD = fileURLToPath(new URL('memory/child.ts', import.meta.url))

export const memory: Subject = {
  name: 'memory',
  async run({ rows = 1_000_000, progress }) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-memory-'))
    try {
      const few = await exportAndRead(rows, join(folder, 'few'), progress)
      const many = await exportAndRead(rows * TIMES, join(folder, 'many'), progress)
      return {
        subject: 'memory',
        title: `peak memory for ${rows.toLocaleString('en-US')} rows and ${TIMES} times as many`,
        compared: [
          `Each line is a process of its own under --max-old-space-size=${HEAP_MB}. The exports take rows from a generator, which makes each when it is asked for, and write a gzip file to a directory; the readings take that file. Peak MB is the maximum resident set, with Node, tsx and the bench in it.`,
        ],
        targets: [growth('exporting', few.exported, many.exported), growth('reading', few.read, many.read)],
        tables: [
          {
            title: 'Peak memory',
            columns: [
              { key: 'what', title: '' },
              { key: 'rows', title: 'rows', digits: 0 },
              { key: 'seconds', title: 's', digits: 1 },
              { key: 'peakMB', title: 'peak MB', digits: 0 },
            ],
            rows: [
              line('export to a directory, gzip', few.exported),
              line('export to a directory, gzip', many.exported),
              line('read it back', few.read),
              line('read it back', many.read),
            ],
          },
        ],
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function exportAndRead(rows: number, root: string, progress: (line: string) => void) {
  progress(`memory: exports ${rows} rows`)
  const exported = await answerOf({ does: 'export', root, rows })
  progress(`memory: reads ${rows} rows`)
  const read = await answerOf({ does: 'read', file: exported.file })
  if (exported.rows !== rows || read.rows !== rows) {
    throw new Error(`dayfile: ${exported.rows} rows were exported and ${read.rows} read of ${rows}`)
  }
  return { exported, read }
}

async function answerOf(job: MemoryJob): Promise<MemoryAnswer> {
  const flags = [`--max-old-space-size=${HEAP_MB}`, '--import', 'tsx']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, CHILD, JSON.stringify(job)], {
    env: CHILD_ENVIRONMENT,
  })
  return JSON.parse(stdout) as MemoryAnswer
}

function growth(what: string, few: MemoryAnswer, many: MemoryAnswer): Target {
  return {
    what: `${what}: peak with ${TIMES} times the rows, as a multiple`,
    bound: 'at most',
    wanted: MOST_GROWTH,
    measured: many.peakMB / few.peakMB,
  }
}

function line(what: string, { rows, seconds, peakMB }: MemoryAnswer): Record<string, Value> {
  return { what, rows, seconds, peakMB }
}
