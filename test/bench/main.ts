// In: the command line. Out: tables of what was measured, JSON of it, or docs/benchmarks.md.

import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { benchArguments } from './arguments.js'
import { encode } from './encode.js'
import { imports } from './import.js'
import { job } from './job.js'
import { machine } from './measure/machine.js'
import { memory } from './memory.js'
import { read } from './read.js'
import { benchmarksPage } from './report/page.js'
import type { Subject, SubjectResult } from './report/result.js'
import { machineLines, resultLines } from './report/terminal.js'
import { shapes } from './shapes.js'
import { upload } from './upload.js'

const SUBJECTS: readonly Subject[] = [encode, read, job, upload, memory, shapes, imports]
const PAGE = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url))

const asked = benchArguments(
  process.argv.slice(2),
  SUBJECTS.map(({ name }) => name),
)
// On the other stream, so that `--json` is JSON.
const progress = (line: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`)
}

const where = machine()
if (!asked.json) console.log(machineLines(where).join('\n'))
const results: SubjectResult[] = []
for (const subject of SUBJECTS.filter(({ name }) => asked.subjects.includes(name))) {
  const result = await subject.run({ rows: asked.rows, rounds: asked.rounds, progress })
  results.push(result)
  if (!asked.json) console.log(resultLines(result).join('\n'))
}
if (asked.json) console.log(JSON.stringify({ machine: where, results }, null, 2))
if (asked.write) {
  const path = asked.out ?? PAGE
  await writeFile(path, benchmarksPage(where, results))
  progress(`wrote ${path}`)
}
