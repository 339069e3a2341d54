// Shows that memory does not grow with the number of rows: exports 5 million events to a directory in a process whose
// heap may not exceed 256 MB, and prints the peak. `npm run bench:memory [-- ROWS]`

import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dayWindow, directorySink, events, exportWindow } from 'dayfile'
import { generateEvents } from 'dayfile/testing'

const HEAP_MB = 256
const DAY = '2026-03-07'
const rows = Number(process.argv[2] ?? 5_000_000)

if (process.env.MEMORY_BENCH_CHILD === undefined) {
  const { status } = spawnSync(
    process.execPath,
    [`--max-old-space-size=${HEAP_MB}`, '--import', 'tsx', fileURLToPath(import.meta.url), String(rows)],
    { stdio: 'inherit', env: { ...process.env, MEMORY_BENCH_CHILD: '1' } },
  )
  process.exitCode = status ?? 1
} else {
  const root = await mkdtemp(join(tmpdir(), 'dayfile-memory-'))
  try {
    const report = await exportWindow({
      dataset: events,
      window: dayWindow(DAY),
      source: () => generateEvents({ day: DAY, count: rows }),
      sink: directorySink({ root }),
    })
    const seconds = report.timings.total / 1000
    const peak = process.resourceUsage().maxRSS / 1024
    console.log(
      `node ${process.version}: ${report.rows} rows, ${(report.csvBytes / 1e9).toFixed(2)} GB of CSV, ` +
        `${(report.bytes / 1e6).toFixed(0)} MB of gzip in ${seconds.toFixed(0)} s; ` +
        `heap limit ${HEAP_MB} MB, peak RSS ${peak.toFixed(0)} MB`,
    )
    if (report.rows !== rows) throw new Error(`expected ${rows} rows`)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
