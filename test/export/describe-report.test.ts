import {
  dayRange,
  dayWindow,
  describeReport,
  exportDays,
  planDays,
  type ExportDaysOptions,
  type ExportReport,
  type FailedDay,
  type SourceRequest,
} from 'dayfile'
import { memorySink } from 'dayfile/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { order, orderRows, orders, window } from './orders.js'

const clock = () => {
  let now = Date.parse('2026-03-08T04:00:00Z')
  return () => new Date((now += 100))
}

type Options = Partial<ExportDaysOptions<typeof orders>>

async function reported(options: Options = {}): Promise<ExportReport | FailedDay> {
  const days = [window]
  const source = () => orderRows(1234)
  const [report] = await exportDays({
    dataset: orders,
    days,
    source,
    sink: memorySink(),
    now: clock(),
    onFailure: 'report',
    ...options,
  })
  if (report === undefined) throw new Error('expected a report')
  return report
}

const lineOf = async (options: Options = {}) =>
  describeReport(await reported(options))
    .replace(/[\d.]+ kB/, '# kB')
    .replace(/[\d.]+ s/, '# s')

test('a report is one line of what was published', async () => {
  expect(await lineOf()).toBe('orders 2026-03-07: published, 1,234 rows, revision 1, # kB in 1 file, # s')
  expect(await lineOf({ days: [dayRange('2026-03-07', '2026-03-08')], now: () => new Date() })).toMatch(
    /^orders 2026-03-07 to 2026-03-08: published, 1,234 rows/,
  )
  expect(await lineOf({ source: () => [order(1)], split: { maxRows: 1 } })).toContain('1 row, revision 1, ')
})

test('what somebody has to look at stands at its end', async () => {
  const source = () => [
    order(0, { total: 'none' }),
    order(1),
    order(2, { at: '2026-03-08T00:00:00Z' }),
    { ...order(3), more: 1 },
  ]
  const csv = { onInvalidRow: 'skip', addedColumns: 'drop' } as const
  const countRows = () => 1000
  const outsideWindow = 'exclude'
  expect(await lineOf({ source, csv, countRows, outsideWindow, onCountMismatch: 'warn' })).toMatch(
    /# s, 998 rows fewer than the source counts, 1 row rejected, 1 row filtered out \(1 outside the window\), 1 column dropped$/,
  )
  expect(await lineOf({ countRows: () => 1233, onCountMismatch: 'warn' })).toMatch(
    /, 1 row more than the source counts$/,
  )
})

test('a failure is its code and message, and of code of your application its name alone', async () => {
  const failing = () => {
    throw new Error('jane@example.com')
  }
  expect(await lineOf({ source: failing })).toMatch(
    /^orders 2026-03-07: failed: SOURCE_FAILED \(retryable\): orders: the source failed after 0 rows/,
  )
  expect(await lineOf({ onProgress: failing })).toBe(
    "orders 2026-03-07: failed: Error in your application's code; see the report's error",
  )
})

test('a planned day says what would become of it, and of how many days that is known', async () => {
  const sink = memorySink()
  const options = { dataset: orders, sink, source: () => [] as never[] }
  const source = ({ window: { start } }: SourceRequest) => [order(0, { at: start })]
  await exportDays({ ...options, source, days: ['2026-03-01', '2026-03-02'].map((day) => dayWindow(day)) })
  const days = ['2026-03-02', '2026-03-03', '2026-02-01', '2999-01-01'].map((day) => dayWindow(day))
  const plan = await planDays({ ...options, days })
  const lines = plan.map((day) => describeReport(day).replace(/\d+ bytes/, '# bytes'))
  expect(lines.slice(0, 3)).toEqual([
    'orders 2026-03-02: would be skipped (already published), 1 row, # bytes',
    'orders 2026-03-03: would be published, about 1 row, about # bytes, by 2 days near it',
    'orders 2026-02-01: would be published, of unknown size',
  ])
  expect(lines[3]).toMatch(/^orders 2999-01-01: would fail: WINDOW_INVALID \(retryable\): window 2999-01-01/)
})

test('sizes have three digits at most, in the largest unit that they fill', async () => {
  const report = (await reported()) as ExportReport
  const size = (bytes: number) =>
    describeReport({ ...report, bytes })
      .split(', ')
      .at(-2)
  expect([0, 1, 999, 1000, 9_949, 99_499, 999_499, 999_500, 1.5e9, 7e15].map(size)).toEqual(
    [
      '0 bytes',
      '1 byte',
      '999 bytes',
      '1.0 kB',
      '9.9 kB',
      '99.5 kB',
      '999 kB',
      '1.0 MB',
      '1.5 GB',
      '7.0 PB',
    ].map((text) => `${text} in 1 file`),
  )
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 999e12 }), (bytes) => {
      expect(size(bytes)).toMatch(/^(\d\d?\.\d|\d{3}) [kMGT]B in 1 file$/)
    }),
  )
})

test('it is one line, whatever an error says', async () => {
  const failed = await reported({ source: () => [] })
  const error = new Error('x')
  const lines = [failed, { ...failed, outcome: 'failed', error } as FailedDay]
  for (const each of lines) expect(describeReport(each)).not.toMatch(/[\r\n]/)
  const hostile = 'a\r\n\u2028\u2029\u0085\v\f\0\u001b[31m\u202e\u200bb'
  const line = describeReport({ outcome: 'failed', dataset: hostile, window, error })
  expect(line).toMatch(/^a \[31m b 2026-03-07: failed/)
  const endless = describeReport({ outcome: 'failed', dataset: ' '.repeat(200_000), window, error })
  expect(endless.length).toBe(2001)
})
