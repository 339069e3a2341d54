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

/** How much more than Node alone, by what csv-parse takes more: it took 17 ms where these were set as 60, 60 and 120 ms. */
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

const importing = (specifier: string): Program => ({
  name: specifier,
  text: `import ${JSON.stringify(specifier)}`,
})

export const imports: Subject = {
  name: 'import',
  async run({ rounds = 21, progress }) {
    const entries = dayfileEntries()
    const programs: readonly Program[] = [
      { name: NODE, text: '' },
      ...OTHERS.map(importing),
      ...entries.map(importing),
      { name: FIRST_EXPORT, text: EXPORT_PROGRAM },
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
        'Each is an ES module in a process of its own, from its start to its last line. All take turns. CPU ms is user and system time of all threads: it is not waiting, and what else the machine does changes it little. The first round, which reads the files from the disk, does not count.',
        '"Above Node" is without what Node itself takes to start. The targets compare it with that of csv-parse in the same run.',
      ],
      targets: targetsOf(timings, entries),
      tables: [costTable(timings)],
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
  const program = `${text}\nconst { user, system } = process.cpuUsage()\nconsole.log((user + system) / 1000)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: ROOT,
  })
  return Number(stdout)
}

function targetsOf(timings: readonly Timing[], entries: readonly string[]): Target[] {
  const ofYardstick = entries.flatMap((entry): Target[] => {
    const wanted = MOST_OF_YARDSTICK[entry]
    if (wanted === undefined) return []
    const measured = aboveNode(timings, entry) / aboveNode(timings, YARDSTICK)
    return [{ what: `${entry}: CPU above Node against ${YARDSTICK}'s`, bound: 'at most', wanted, measured }]
  })
  const measured = ratioOf(timingOf(timings, FIRST_EXPORT), timingOf(timings, NODE))
  return [
    ...ofYardstick,
    { what: `${FIRST_EXPORT}: CPU against ${NODE}`, bound: 'at most', wanted: MOST_OF_NODE, measured },
  ]
}

/** Of the medians: the difference within one round has the noise of both. */
function aboveNode(timings: readonly Timing[], name: string): number {
  return timingOf(timings, name).medianMs - timingOf(timings, NODE).medianMs
}

function costTable(timings: readonly Timing[]): Table {
  const node = timingOf(timings, NODE)
  const rows = timings.map((timing): Record<string, Value> => {
    const { name } = timing
    const isNode = name === NODE
    return {
      name: OTHERS.includes(name) ? `${name} ${versionOf(name)}` : name,
      cpuMs: timing.medianMs,
      aboveMs: isNode ? null : aboveNode(timings, name),
      ofYardstick: isNode ? null : aboveNode(timings, name) / aboveNode(timings, YARDSTICK),
      ofNode: ratioOf(timing, node),
      spread: (100 * (timing.slowestMs - timing.fastestMs)) / timing.medianMs,
    }
  })
  return {
    title: 'To its last line',
    columns: [
      { key: 'name', title: '' },
      { key: 'cpuMs', title: 'CPU ms', digits: 0 },
      { key: 'aboveMs', title: 'above Node', digits: 0 },
      { key: 'ofYardstick', title: `of ${YARDSTICK}'s`, digits: 1 },
      { key: 'ofNode', title: 'of Node', digits: 2 },
      { key: 'spread', title: 'spread %', digits: 0 },
    ],
    rows,
    notes: [
      `${FIRST_EXPORT} imports dayfile and dayfile/testing, and exports a day of one event to a memorySink by exportWindow.`,
    ],
  }
}
