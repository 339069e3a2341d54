// In: the results of all subjects. Out: docs/benchmarks.md as a whole.

import type { Machine } from '../measure/machine.js'
import { formatted, isReached, type SubjectResult, type Table } from './result.js'

/** The page. Its words stand here, its numbers come from the run alone. */
export function benchmarksPage(machine: Machine, results: readonly SubjectResult[]): string {
  return [
    '# Benchmarks',
    'This page is written by the bench as a whole (`npm run bench -- --write`): its numbers are those of one run on one machine. Changes by hand are lost.',
    '## How to run',
    '    npm run bench                          # all subjects, some 20 minutes\n    npm run bench -- encode read           # some of them\n    npm run bench -- encode --rows 5000 --rounds 3\n    npm run bench -- --json > bench.json',
    'The bench imports the built package from `dist`, as an installed one would be. Run it on a machine that does nothing else.',
    '## The machine',
    machineLine(machine),
    versionsLine(machine),
    '## Targets',
    'Set before anything was measured. A target that is missed stands here all the same.',
    targetsTable(results),
    '## How to read the tables',
    READING,
    ...results.flatMap(section),
    '## Limits of these measurements',
    LIMITS,
  ]
    .join('\n\n')
    .concat('\n')
}

const READING = `- Every contender runs in a process of its own. They take turns, each round beginning with another one; the processes of the others are stopped meanwhile. But for jobs and uploads, their main threads all stay on the first core, as far as the system lets them. A turn is 200 ms or more that do not count (1.5 s of jobs) and 200 ms or more that do; the first rounds do not count either. A time is the median of the rounds, a ratio the median of the ratios within each round.
- "first rows/s" is the very first run of a process, with code that is not compiled and memory that comes page by page from the system: what a job sees that is started once a day.
- "dayfile is 2.00" means that dayfile was twice as fast as that line in the same run, and less than 1 that it was slower.
- "spread %" is the slowest round less the fastest one, in percent of the median. A ratio that is nearer to 1 than the spread says nothing.
- MB are 1,000,000 bytes of plain CSV, also where the file is compressed or the rows were never text; of uploads they are the bytes that are sent.
- "output" says whether a library makes the same bytes, or the same values, as the one that the bench compares with. Differences are listed below the table; most of them are a matter of taste, such as quotes around cells that need none.`

const LIMITS = `- One machine, one version of Node. Ratios carry over to other machines better than speeds do.
- On a virtual machine the neighbors are part of the measurement; the spread shows how much.
- The rows are made up. They have the columns, lengths, nulls and awkward cells of real events, and no more of the latter than those have. No cell is the empty string, which many of the libraries write like null.
- Every contender has a process of its own and runs for several turns before anything counts.
- Each library is used in the way that was the fastest found. Where a better one exists, it is a mistake of the bench; the ways are listed so that it can be found.
- The S3 server, unless another one is named, is a test double on the same machine: its times say what the client costs, not what a network does.`

function machineLine({ node, v8, cpu, cores, memoryGB, system }: Machine): string {
  return `Node ${node} (V8 ${v8}) on ${system}; ${cpu}, ${cores} cores, ${memoryGB} GB of memory.`
}

function versionsLine({ versions }: Machine): string {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `${list.join(', ')}.`
}

function targetsTable(results: readonly SubjectResult[]): string {
  const lines = results.flatMap(({ subject, targets }) =>
    targets.map((target) => {
      const { what, bound, wanted, measured } = target
      const verdict = isReached(target) ? 'reached' : '**missed**'
      return [subject, what, `${bound} ${wanted}`, formatted(measured, 2), verdict]
    }),
  )
  return markdownTable(['subject', 'what', 'target', 'measured', ''], ['', '', '', 'right', ''], lines)
}

function section({ subject, title, compared, tables }: SubjectResult): string[] {
  return [`## ${subject}: ${title}`, ...compared, ...tables.flatMap(tableParts)]
}

function tableParts({ title, columns, rows, notes = [] }: Table): string[] {
  const table = markdownTable(
    columns.map((column) => column.title),
    columns.map(({ digits }) => (digits === undefined ? '' : 'right')),
    rows.map((row) => columns.map(({ key, digits }) => formatted(row[key], digits))),
  )
  return [
    `### ${title}`,
    table,
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${escaped(note)}`).join('\n')]),
  ]
}

function markdownTable(
  titles: readonly string[],
  sides: readonly string[],
  lines: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`
  const rule = `| ${sides.map((side) => (side === 'right' ? '--:' : '---')).join(' | ')} |`
  return [line(titles), rule, ...lines.map(line)].join('\n')
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|')
}
