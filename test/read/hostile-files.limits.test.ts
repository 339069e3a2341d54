// Files that are made to take a process down. They are read in processes of their own, with a heap of 512 MB.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Outcome } from './hostile-program.js'

const KIB = 1024
const MIB = 1024 * KIB
const PEAK_MB = 700

const PROGRAM = fileURLToPath(new URL('./hostile-program.ts', import.meta.url))

function outcomesOf(...files: string[]): Outcome[] {
  const args = ['--max-old-space-size=512', '--import', 'tsx', PROGRAM, ...files]
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    // They take seconds where the time grows with the size, and minutes where it grows with its square.
    timeout: 55_000,
  })
  if (status !== 0) {
    const reason = /^(?:FATAL ERROR|\w*Error)\b.*$/m.exec(stderr)?.[0] ?? stderr
    throw new Error(`reading took the process down (${signal ?? `status ${status}`}): ${reason}`)
  }
  const outcomes = JSON.parse(stdout) as Outcome[]
  expect(outcomes).toHaveLength(files.length)
  for (const { closed, peakMb } of outcomes) {
    expect(closed).toBe(true)
    expect(peakMb).toBeGreaterThan(0)
    expect(peakMb).toBeLessThan(PEAK_MB)
  }
  return outcomes
}

const TOO_LONG = {
  code: 'CSV_MALFORMED',
  details: { line: 2, rule: expect.stringMatching(/a record of more than 67108864 /) as string },
}

describe('a cell of 1 GiB is refused by the limit of a record, long before its end', () => {
  test.each([
    ['of letters, in quotes or not', ['quoted 1 MiB', 'quoted 4 KiB', 'unquoted 1 MiB', 'unquoted 4 KiB']],
    ['of doubled quotes', ['quotes 1 MiB', 'quotes 4 KiB']],
    ['of quotes behind another escape', ['escapes 1 MiB', 'escapes 4 KiB']],
  ])('%s, in large chunks and in small ones', (_, files) => {
    for (const { rows, error, pulled } of outcomesOf(...files)) {
      expect(error).toMatchObject(TOO_LONG)
      expect(rows).toBe(0)
      expect(pulled).toBeLessThan(66 * MIB)
    }
  })

  test('of line ends, in the same place whatever the chunks', () => {
    const [large, small] = outcomesOf('lines 1 MiB', 'lines 4 KiB')
    expect(large?.error).toMatchObject({ code: 'CSV_MALFORMED' })
    expect(small?.error).toEqual(large?.error)
  })
})

test('a record just as long as the limit is read, and none beyond it, whatever the chunks', () => {
  for (const chunks of ['in one chunk', 'in small chunks']) {
    const [limit, beyond] = outcomesOf(`limit ${chunks}`, `beyond ${chunks}`)
    expect(limit, chunks).toMatchObject({ rows: 1, cells: [[64 * MIB - 12, 'object']], error: null })
    expect(beyond, chunks).toMatchObject({ rows: 0, error: TOO_LONG })
  }
})

describe('2 GiB that come out of a small gzip file', () => {
  test('are an error when they are zeros', () => {
    const [outcome] = outcomesOf('bomb of zeros')
    expect(outcome).toMatchObject({ rows: 0, error: { code: 'CSV_MALFORMED', details: { line: 1 } } })
  })

  test('are rows when they are rows, and nobody has to take them all', () => {
    const [outcome] = outcomesOf('bomb of rows')
    expect(outcome).toMatchObject({ rows: 1_000_000, error: null })
    // Its 128 members of more than a million rows are 4 MiB.
    expect(outcome?.pulled).toBeLessThan(MIB)
  })
})

test('ten million empty lines are an error at the first of them', () => {
  const [alone, afterHeader] = outcomesOf('empty lines', 'empty lines after a header')
  expect(alone).toMatchObject({ rows: 0, error: { code: 'CSV_HEADER_MISMATCH' } })
  expect(alone?.pulled).toBe(64 * KIB)
  expect(afterHeader).toMatchObject({ rows: 0, error: { code: 'CSV_MALFORMED', details: { line: 2 } } })
  expect(afterHeader?.pulled).toBeLessThan(MIB)
})

test('a million columns are read in time in proportion', () => {
  expect(outcomesOf('million columns')).toMatchObject([{ rows: 1, error: null }])
})

test('values a million deep are read; left open they are text', () => {
  const [arrays, objects] = outcomesOf('deep arrays', 'deep objects')
  expect(arrays).toMatchObject({ rows: 3, error: null })
  expect(objects).toMatchObject({ rows: 3, error: null })
  // The value or its text; the text; the value of the row behind them.
  expect([2_000_000, 'object']).toContain(arrays?.cells[0]?.[1])
  expect([6_000_001, 'object']).toContain(objects?.cells[0]?.[1])
  expect([arrays, objects].map((each) => each?.cells[1]?.[1])).toEqual([1_000_000, 5_000_000])
  expect([arrays, objects].map((each) => each?.cells[2]?.[1])).toEqual(['object', 'object'])
})
