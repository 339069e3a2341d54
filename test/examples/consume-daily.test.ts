// The consumer of examples/consume-daily is killed at each of its steps in turn, and then started again.

import { PGlite } from '@electric-sql/pglite'
import { dayWindow, directorySink, events, exportWindow } from 'dayfile'
import { directoryArchive, listDays, readDay, type EventRow } from 'dayfile/read'
import { sampleEvents } from 'dayfile/testing'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { consumeNew } from '../../examples/consume-daily/consume.js'

const PROGRAM = fileURLToPath(new URL('./consume-program.ts', import.meta.url))

const DAY = '2026-03-06'
const NEXT_DAY = '2026-03-07'

/** What a day holds, in a few characters: its rows in any order. */
type Contents = Record<string, string>

let home: string
/** A consumer that has taken DAY. Since then DAY was published again, and NEXT_DAY for the first time. */
let start: string
let taken: Contents
let published: Contents

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'dayfile-consume-daily-test-'))
  start = join(home, 'start')
  // More rows than one statement takes, before and after.
  await publish(DAY, sampleEvents({ day: DAY, count: 520 }))
  taken = await contentsOfFiles(start)
  await withDatabase(start, async (database) => {
    await consume(start, database)
    await database.exec('CREATE TABLE events_at_start AS TABLE events')
  })
  const late = sampleEvents({ day: DAY, count: 30, seed: 2 })
  await publish(DAY, [...sampleEvents({ day: DAY, count: 490 }), ...late])
  await publish(NEXT_DAY, sampleEvents({ day: NEXT_DAY, count: 40 }))
  published = await contentsOfFiles(start)
})

afterAll(() => rm(home, { recursive: true, force: true }))

async function publish(day: string, rows: EventRow[]): Promise<void> {
  const sink = directorySink({ root: join(start, 'exports') })
  await exportWindow({ dataset: events, window: dayWindow(day), source: () => rows, sink })
}

/** Returns what the consumer has said. */
async function consume(folder: string, database: PGlite): Promise<string[]> {
  const lines: string[] = []
  const archive = directoryArchive({ root: join(folder, 'exports') })
  await consumeNew(archive, database, join(folder, 'cursor.json'), (line) => lines.push(line))
  return lines
}

async function withDatabase<T>(folder: string, use: (database: PGlite) => Promise<T>): Promise<T> {
  const database = await PGlite.create({ dataDir: join(folder, 'database') })
  try {
    return await use(database)
  } finally {
    await database.close()
  }
}

async function contentsOfFiles(folder: string): Promise<Contents> {
  const archive = directoryArchive({ root: join(folder, 'exports') })
  const contents: Contents = {}
  for await (const { day } of listDays(events, archive)) {
    const rows: object[] = []
    for await (const row of readDay(events, archive, day)) rows.push(row)
    contents[day] = contentsOf(rows)
  }
  return contents
}

async function contentsOfTable(database: PGlite): Promise<Contents> {
  const days: Record<string, object[]> = {}
  const { rows } = await database.query<{ dt: string }>('SELECT * FROM events')
  for (const { dt, ...row } of rows) (days[dt] ??= []).push(row)
  return Object.fromEntries(Object.entries(days).map(([day, ofDay]) => [day, contentsOf(ofDay)]))
}

/** The cells of a row are in the order of the columns, in the file as in the table. */
function contentsOf(rows: readonly object[]): string {
  const sorted = rows.map((row) => JSON.stringify(row)).sort()
  return `${rows.length} rows ${createHash('sha256').update(sorted.join('\n')).digest('hex').slice(0, 12)}`
}

/** Lets a consumer be killed at that step. Returns the steps that it came to. */
async function killAt(step: number, folder: string): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, folder, String(step)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>
  const [printed, [code, signal]] = await Promise.all([text(child.stdout), exited])
  const steps = printed.trim().split('\n')
  if (signal !== 'SIGKILL') expect({ code, last: steps.at(-1) }).toEqual({ code: 0, last: 'end' })
  return steps
}

/** What the consumer that was killed has left is whole, and the next one brings it up to date. */
async function expectRecovery(folder: string, at: string): Promise<{ isRepeated: boolean }> {
  return withDatabase(folder, async (database) => {
    const found = await contentsOfTable(database)
    expect([taken[DAY], published[DAY]], at).toContain(found[DAY])
    expect([undefined, published[NEXT_DAY]], at).toContain(found[NEXT_DAY])
    const lines = await consume(folder, database)
    expect(await contentsOfTable(database), at).toEqual(published)
    expect(await consume(folder, database), at).toEqual(['nothing new'])
    await backToStart(folder, database)
    return { isRepeated: found[DAY] === published[DAY] && lines.some((line) => line.startsWith(DAY)) }
  })
}

async function backToStart(folder: string, database: PGlite): Promise<void> {
  await database.exec('TRUNCATE events; INSERT INTO events TABLE events_at_start')
  await cp(join(start, 'cursor.json'), join(folder, 'cursor.json'))
}

test('a consumer that is killed at any step and started again has each row of each publication exactly once', async () => {
  const killed: string[] = []
  const repeated: string[] = []
  let isOver = false
  let next = 0
  const work = async (_: unknown, worker: number): Promise<void> => {
    const folder = join(home, `worker-${worker}`)
    await cp(start, folder, { recursive: true })
    try {
      while (!isOver) {
        const step = next++
        const steps = await killAt(step, folder)
        const name = steps.at(-1) ?? ''
        const { isRepeated } = await expectRecovery(folder, `killed at step ${step}, ${name}`)
        if (steps.length <= step) return
        killed.push(name)
        if (isRepeated) repeated.push(name)
      }
    } finally {
      isOver = true
    }
  }
  // Two at a time: most of it is the start of processes.
  for (const worker of await Promise.allSettled(Array.from({ length: 2 }, work)))
    if (worker.status === 'rejected') throw worker.reason

  // On both sides of all that lasts; and some publications came twice.
  expect(killed).toEqual(
    expect.arrayContaining(['COMMIT', 'committed', 'write cursor', 'rename cursor', 'cursor renamed', 'end']),
  )
  expect(new Set(repeated)).toEqual(new Set(['committed', 'open cursor', 'write cursor', 'rename cursor']))
})
