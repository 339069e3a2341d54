// In: the built package, as it is imported. Out: what it costs a process to load each entry, and to export a first small day.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { versionOf } from './measure/machine.js'
import { ratioOf, timeInRounds, timingOf, type Timing } from './measure/rounds.js'
import type { Subject, Table, Target, Value } from './report/result.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const NODE = 'Node alone'
const YARDSTICK = 'csv-parse'
const FIRST_EXPORT = 'a first export to memory'

/** Libraries that are imported for scale. */
const OTHERS = [YARDSTICK, 'date-fns', 'date-fns-tz', 'typebox', '@aws-sdk/client-s3']

/** By what csv-parse takes: it took 17 ms where these were set as 60, 60 and 120 ms. */
const MOST_OF_YARDSTICK: Readonly<Record<string, number>> = {
  dayfile: 3.5,
  'dayfile/read': 3.5,
  'dayfile/s3': 7,
}
const MOST_OF_NODE = 3

const EXPORT_PROGRAM = `
  import { dayWindow, events, exportWindow } from 'dayfile'
  import { memorySink } from 'dayfile/testing'
  const row = { event_type: 'subscription_started', event_datetime: '2026-03-07T08:00:00Z' }
  const window = dayWindow('2026-03-07')
  const report = await exportWindow({ dataset: events, window, source: () => [row], sink: memorySink() })
  if (report.rows !== 1) throw new Error('the row was not exported')`

interface Program {
  readonly name: string
  readonly text: string
}

const CPU_MS =
  'const cpuMs = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 }'

// Within one process: the difference between two of them has the noise of both, which is as much as csv-parse takes.
const importing = (specifier: string): Program => ({
  name: specifier,
  text: `${CPU_MS}
    const before = cpuMs()
    await import(${JSON.stringify(specifier)})
    console.log(cpuMs() - before)`,
})

/** From the start of the process to the end of a program. */
const whole = (name: string, program: string): Program => ({
  name,
  text: `${program}\n${CPU_MS}\nconsole.log(cpuMs())`,
})

export const imports: Subject = {
  name: 'import',
  async run({ rounds = 21, progress }) {
    const entries = dayfileEntries()
    const programs: readonly Program[] = [
      ...OTHERS.map(importing),
      ...entries.map(importing),
      whole(NODE, ''),
      whole(FIRST_EXPORT, EXPORT_PROGRAM),
    ]
    progress(`import: ${rounds} rounds`)
    const timings = await timeInRounds(
      programs.map(({ name, text }) => ({ name, run: () => cpuMsOf(text) })),
      { rounds, warmUps: 1 },
    )
    return {
      subject: 'import',
      title: 'what a new process pays before it does anything',
      compared: [
        'Each is an ES module in a process of its own. All take turns. CPU ms is user and system time of all threads, without waiting. The first round, which reads the files from the disk, does not count.',
        'An import is what `await import()` takes in a process that has started. The targets compare it with csv-parse in the same run.',
      ],
      targets: targetsOf(timings, entries),
      tables: [importTable(timings, [...OTHERS, ...entries]), exportTable(timings)],
    }
  },
}

/** The entries that the package exports to programs. */
function dayfileEntries(): string[] {
  const { exports } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { exports: object }
  return Object.keys(exports)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => `dayfile${path.slice(1)}`)
}

async function cpuMsOf(text: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', text], {
    cwd: ROOT,
  })
  return Number(stdout)
}

function targetsOf(timings: readonly Timing[], entries: readonly string[]): Target[] {
  const ofYardstick = entries.flatMap((entry): Target[] => {
    const wanted = MOST_OF_YARDSTICK[entry]
    if (wanted === undefined) return []
    const measured = ratioOf(timingOf(timings, entry), timingOf(timings, YARDSTICK))
    return [{ what: `${entry}: CPU to import against ${YARDSTICK}'s`, bound: 'at most', wanted, measured }]
  })
  const measured = ratioOf(timingOf(timings, FIRST_EXPORT), timingOf(timings, NODE))
  return [
    ...ofYardstick,
    { what: `${FIRST_EXPORT}: CPU against ${NODE}`, bound: 'at most', wanted: MOST_OF_NODE, measured },
  ]
}

const spreadOf = ({ medianMs, slowestMs, fastestMs }: Timing): number =>
  (100 * (slowestMs - fastestMs)) / medianMs

function importTable(timings: readonly Timing[], names: readonly string[]): Table {
  const yardstick = timingOf(timings, YARDSTICK)
  const rows = names.map((name): Record<string, Value> => {
    const timing = timingOf(timings, name)
    return {
      name: OTHERS.includes(name) ? `${name} ${versionOf(name)}` : name,
      cpuMs: timing.medianMs,
      ofYardstick: ratioOf(timing, yardstick),
      spread: spreadOf(timing),
    }
  })
  return {
    title: 'To import',
    columns: [
      { key: 'name', title: '' },
      { key: 'cpuMs', title: 'CPU ms', digits: 0 },
      { key: 'ofYardstick', title: `of ${YARDSTICK}'s`, digits: 2 },
      { key: 'spread', title: 'spread %', digits: 0 },
    ],
    rows,
  }
}

function exportTable(timings: readonly Timing[]): Table {
  const node = timingOf(timings, NODE)
  const rows = [NODE, FIRST_EXPORT].map((name): Record<string, Value> => {
    const timing = timingOf(timings, name)
    return { name, cpuMs: timing.medianMs, ofNode: ratioOf(timing, node), spread: spreadOf(timing) }
  })
  return {
    title: 'From the start of the process',
    columns: [
      { key: 'name', title: '' },
      { key: 'cpuMs', title: 'CPU ms', digits: 0 },
      { key: 'ofNode', title: 'of Node', digits: 2 },
      { key: 'spread', title: 'spread %', digits: 0 },
    ],
    rows,
    notes: [
      `${FIRST_EXPORT} imports dayfile and dayfile/testing, and exports a day of one event to a memorySink by exportWindow.`,
    ],
  }
}
