import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { MISSING_DAYS, NAMED_CASES } from './named-cases.js'

const PRINT_WINDOWS = fileURLToPath(new URL('./print-windows.ts', import.meta.url))

// Apia is here because a Date made from local fields cannot hold the day it skipped.
const PROCESS_OFFSETS = {
  UTC: 0,
  'America/New_York': 300,
  'Africa/Cairo': -120,
  'Asia/Kolkata': -330,
  'Pacific/Apia': -780,
}

interface Printed {
  processOffset: number
  windows: unknown
  missing: unknown
  notADay: unknown
  previous: unknown
  due: { day: string }[]
  next: unknown
}

/** The zone is set before Node starts: a running process reads it only once. */
async function printUnder(zone: string): Promise<Printed> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', PRINT_WINDOWS], {
    env: { ...process.env, TZ: zone },
  })
  return JSON.parse(stdout) as Printed
}

test('windows and runs are the same, and right, whatever zone the process runs in', async () => {
  const zones = Object.keys(PROCESS_OFFSETS)
  const printed = await Promise.all(zones.map(printUnder))
  expect(printed.map(({ processOffset }) => processOffset)).toEqual(Object.values(PROCESS_OFFSETS))

  const results = printed.map((each) => ({ ...each, processOffset: undefined }))
  for (const [index, result] of results.entries()) expect(result, zones[index]).toEqual(results[0])

  expect(results[0]).toMatchObject({
    windows: NAMED_CASES.map(([zone, day, start, end]) => ({
      day,
      start: new Date(start).toISOString(),
      end: new Date(end).toISOString(),
      zone,
    })),
    missing: MISSING_DAYS.map(() => 'WINDOW_INVALID'),
    notADay: 'WINDOW_INVALID',
    previous: NAMED_CASES.slice(4).map(([, day]) => day),
  })
  expect(results[0]?.due.map(({ day }) => day)).toEqual(['2023-04-27', '2023-04-28'])
})
