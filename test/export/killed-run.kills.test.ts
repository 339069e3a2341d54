// A process that exports is killed at each of its steps in turn, and then the run is repeated.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { exportWindow, isDayfileError, type SplitOptions } from 'dayfile'
import { verifyDay } from 'dayfile/read'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BUCKET, directoryPlace, MIB, PREFIX, s3Place, type Place, type S3Place } from '../sinks/places.js'
import { DAY, noise, orderRows, orders, window } from './orders.js'

// As one file: to start it from its sources took most of the time of each kill.
const folder = mkdtempSync(join(tmpdir(), 'dayfile-kills-'))
const PROGRAM = join(folder, 'export-program.mjs')

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('./export-program.ts', import.meta.url))],
    outfile: PROGRAM,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    logLevel: 'error',
  })
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Rows of the day before, and so many that they are more than one part. */
const OLD = 3
const NEXT = 1300

const CASES = [
  ['a first publication', false],
  ['a replacement', true],
] as const

/** The same, and with a day of two files each time. */
const SPLIT_CASES = [
  ...CASES.map(([name, replaces]) => [name, replaces, undefined] as const),
  ['a replacement by as many files', true, { old: { maxRows: 2 }, next: { maxRows: 1000 } }],
] as const

/** A process that exports {@link NEXT} rows. */
function program(options: object, { ulimit, env = {} }: { ulimit?: string; env?: NodeJS.ProcessEnv } = {}) {
  const argument = JSON.stringify({ rows: NEXT, ...options })
  const limit = ulimit === undefined ? '' : `ulimit ${ulimit}; `
  const command = `${limit}exec "$0" "$1" "$2"`
  const child = spawn('bash', ['-c', command, process.execPath, PROGRAM, argument], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, ...env },
  })
  return {
    exited: once(child, 'exit'),
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    goOn: () => child.stdin.write('\n'),
    kill: () => child.kill('SIGKILL'),
  }
}

interface Splits {
  readonly old: SplitOptions
  readonly next: SplitOptions
}

function run(place: Place, rows: number, split?: SplitOptions) {
  const source = () => (rows < 1000 ? orderRows(rows) : noise(rows))
  return exportWindow({
    onShrink: 'allow',
    dataset: orders,
    window,
    source,
    sink: place.sink,
    compression: 'none',
    ...(split === undefined ? {} : { split }),
  })
}

/** Readers see the old day or the new one; the repeated run leaves the new one alone. */
async function expectRecovery(place: Place, replaces: boolean, splits?: Splits): Promise<void> {
  const seen = await verifyDay(orders, place.archive, DAY).then(
    ({ rows }) => rows,
    (error: unknown) => (isDayfileError(error) ? error.code : error),
  )
  expect([replaces ? OLD : 'SINK_NOT_FOUND', NEXT]).toContain(seen)
  await run(place, NEXT, splits?.next)
  const revision = replaces ? 2 : 1
  expect(await verifyDay(orders, place.archive, DAY)).toMatchObject({ rows: NEXT, revision })
  const names = (await place.keys()).map((key) => key.slice(key.lastIndexOf('/') + 1))
  const files = splits === undefined ? ['.csv'] : [0, 1].map((index) => `_part-0000${index}-of-00002_r2.csv`)
  expect(names).toEqual(['_manifest.json', ...files.map((ending) => `orders_${DAY}${ending}`)])
  expect(await place.residue()).toEqual([])
}

/** Whether the run has got so far. */
async function isKilledAtRequest(index: number, replaces: boolean, splits?: Splits): Promise<boolean> {
  // Of AWS, whose takeovers wait for nothing.
  const place: S3Place = await s3Place({ provider: 'aws' })
  try {
    if (replaces) await run(place, OLD, splits?.old)
    const { endpoint, region, credentials } = place.s3
    const location = { endpoint, region, credentials, bucket: BUCKET, prefix: PREFIX, provider: 'aws' }
    const { exited, lines, kill } = program({ place: { s3: location }, split: splits?.next })
    place.s3.fault({ index: place.s3.operations.length + index }, async () => {
      kill()
      await exited
    })
    const told: unknown = (await lines.next()).value
    await exited
    if (told === undefined) await expectRecovery(place, replaces, splits)
    else expect(told).toBe(replaces ? 'replaced 2' : 'published 1')
    return told === undefined
  } finally {
    await place.close()
  }
}

async function isKilledAtStep(index: number, replaces: boolean): Promise<boolean> {
  const place = await directoryPlace()
  try {
    if (replaces) await run(place, OLD)
    const { exited, lines, goOn, kill } = program({ place: { root: place.root }, steps: true })
    for (let step = 0; ; step++) {
      const { value: told } = (await lines.next()) as { value: string }
      if (/ \d$/.test(told)) {
        await exited
        return false
      }
      if (step < index) goOn()
      else break
    }
    kill()
    await exited
    await expectRecovery(place, replaces)
    return true
  } finally {
    await place.close()
  }
}

/** How often the run was killed: at its first step, at its second one, and so on until it comes to its end. */
async function kills(killAt: (index: number) => Promise<boolean>): Promise<number> {
  let next = 0
  let count = 0
  let isOver = false
  // Two at a time: most of it is the start of processes.
  const work = async (): Promise<void> => {
    while (!isOver) {
      if (await killAt(next++)) count++
      else isOver = true
    }
  }
  await Promise.all([work(), work()])
  return count
}

describe('a run that is killed and repeated leaves one file, its manifest, and nothing else:', () => {
  test.each(SPLIT_CASES)('%s, at each request to S3', async (_, replaces, splits) => {
    const count = await kills((index) => isKilledAtRequest(index, replaces, splits))
    expect(count).toBeGreaterThanOrEqual(12)
  })

  test.each(CASES)('%s, at each step in a directory', async (_, replaces) => {
    const count = await kills((index) => isKilledAtStep(index, replaces))
    expect(count).toBeGreaterThanOrEqual(5)
  })

  test.each(CASES)('%s in a directory on a disk that is full', async (_, replaces) => {
    const place = await directoryPlace()
    if (replaces) await run(place, OLD)
    // Blocks of 1 KiB: the limit on the size of a file is the full disk that needs no disk.
    const { lines, exited } = program({ place: { root: place.root } }, { ulimit: `-f ${MIB / 1024}` })
    expect((await lines.next()).value).toBe('SINK_UNAVAILABLE')
    await exited
    expect(await place.residue()).toEqual([])
    await expectRecovery(place, replaces)
    await place.close()
  })
})

test('a split day whose disk for temporary files is full is SINK_UNAVAILABLE', async () => {
  const place = await directoryPlace()
  const options = { place: { root: place.root }, split: { maxRows: 1000 } }
  const { lines, exited } = program(options, { ulimit: `-f ${MIB / 1024}` })
  expect((await lines.next()).value).toBe('SINK_UNAVAILABLE')
  await exited
  expect(await place.keys()).toEqual([])
  await place.close()
})

test('a run of a split day that is killed leaves nothing in the folder for temporary files', async () => {
  const place = await directoryPlace()
  const folder = mkdtempSync(join(tmpdir(), 'killed-split-'))
  try {
    const options = { place: { root: place.root }, steps: true, split: { maxRows: 1000 } }
    const { exited, lines, kill } = program(options, { env: { TMPDIR: folder } })
    // By now all rows are on the disk.
    expect((await lines.next()).value).toBe('stage')
    kill()
    await exited
    // The loader of TypeScript keeps what it has compiled there.
    expect(readdirSync(folder).filter((name) => name.startsWith('dayfile'))).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
    await place.close()
  }
})
