import {
  dayWindow,
  dueDays,
  scheduledDays,
  eachDay,
  exportDays,
  exportWindow,
  isDayfileError,
  nextRunAt,
  type Archive,
  type SourceRequest,
} from 'dayfile'
import { memorySink } from 'dayfile/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from '../support/cases.js'
import { order, orders, rejection } from './orders.js'

const names = (windows: readonly { readonly day: string }[]) => windows.map(({ day }) => day).join()
const source = ({ window }: SourceRequest) => [order(0, { at: window.start })]

async function publish(sink: ReturnType<typeof memorySink>, first: string, last: string) {
  const days = eachDay(first, last)
  await exportDays({ dataset: orders, days, source, sink, now: () => new Date('2026-06-01T00:00:00Z') })
}

test('are those without a manifest, from the first published day on, or from a named one', async () => {
  const archive = memorySink()
  const now = new Date('2026-03-10T04:00:00Z')
  const due = (more: object = {}) => dueDays({ dataset: orders, archive, now, ...more })
  // Where nothing is, the newest day alone: how far back the rows go is for your application to say.
  expect(names(await due())).toBe('2026-03-09')
  expect(names(await due({ from: '2026-03-07' }))).toBe('2026-03-07,2026-03-08,2026-03-09')
  await publish(archive, '2026-03-05', '2026-03-05')
  await publish(archive, '2026-03-07', '2026-03-07')
  expect(names(await due())).toBe('2026-03-06,2026-03-08,2026-03-09')
  expect(names(await due({ from: '2026-03-08' }))).toBe('2026-03-08,2026-03-09')
  expect(names(await due({ from: '2026-03-10' }))).toBe('')
  await publish(archive, '2026-03-05', '2026-03-09')
  expect(await due()).toEqual([])
})

test('come once their run has, or up to a minute before by another clock', async () => {
  const archive = memorySink()
  await publish(archive, '2026-03-05', '2026-03-05')
  const at = async (time: string, more: object = {}) =>
    names(await dueDays({ dataset: orders, archive, now: new Date(time), ...more }))
  expect(await at('2026-03-07T03:58:59.999Z')).toBe('')
  expect(await at('2026-03-07T03:59:00Z')).toBe('2026-03-06')
  expect(await at('2026-03-07T03:59:59.900Z')).toBe('2026-03-06')
  expect(await at('2026-03-07T03:59:59.900Z', { earlyMs: 0 })).toBe('')
  expect(await at('2026-03-07T04:00:00Z', { earlyMs: 0 })).toBe('2026-03-06')
  expect(await at('2026-03-07T04:30:00Z', { runAt: '04:45' })).toBe('')
})

test('the list without an archive takes an early firing only as far as it is told to', () => {
  const now = new Date('2026-03-07T03:59:59.900Z')
  expect(names(scheduledDays({ after: '2026-03-05', now }))).toBe('')
  expect(names(scheduledDays({ after: '2026-03-05', now, earlyMs: 99 }))).toBe('')
  expect(names(scheduledDays({ after: '2026-03-05', now, earlyMs: 100 }))).toBe('2026-03-06')
  for (const earlyMs of [-1, Number.NaN, 86_400_000, '1' as never])
    expect(() => scheduledDays({ after: '2026-03-05', now, earlyMs })).toThrow(RangeError)
})

test('what is not the whole day is due: of another zone, a part of it; not a manifest that cannot be read', async () => {
  const archive = memorySink()
  const run = (day: string, options: object) =>
    exportWindow({ dataset: orders, window: dayWindow(day), source, sink: archive, ...options })
  await publish(archive, '2026-03-01', '2026-03-05')
  await run('2026-03-02', { window: dayWindow('2026-03-02', { zone: 'Asia/Tokyo' }) })
  await run('2026-03-06', { allowOpenWindow: true, now: () => new Date('2026-03-06T12:00:00Z') })
  archive.objects.set(archive.keys.manifest('orders', { day: '2026-03-04' }), Buffer.from('{}'))
  const due = await dueDays({ dataset: orders, archive, now: new Date('2026-03-07T04:00:00Z') })
  expect(names(due)).toBe('2026-03-02,2026-03-06')
})

test('the last days are due again for late rows, published or not', async () => {
  const archive = memorySink()
  await publish(archive, '2026-03-01', '2026-03-08')
  const now = new Date('2026-03-10T04:00:00Z')
  const due = await dueDays({ dataset: orders, archive, now, lateRows: { lookbackDays: 3 } })
  expect(names(due)).toBe('2026-03-07,2026-03-08,2026-03-09')
  for (const lateRows of [{ lookbackDays: 0 }, { lookbackDays: 1.5 }, {}])
    expect(
      await rejection(dueDays({ dataset: orders, archive, now, lateRows: lateRows as never })),
    ).toBeInstanceOf(RangeError)
})

test('a bucket that has only days to come lacks the newest one', async () => {
  const archive = memorySink()
  await publish(archive, '2026-03-20', '2026-03-20')
  const due = await dueDays({ dataset: orders, archive, now: new Date('2026-03-10T04:00:00Z') })
  expect(names(due)).toBe('2026-03-09')
})

test('where runs are at midnight, a day that is not over by the firing is not due', async () => {
  const due = async (now: string) =>
    names(await dueDays({ dataset: orders, archive: memorySink(), now: new Date(now), runAt: '00:00' }))
  expect(await due('2026-03-07T23:59:59.900Z')).toBe('')
  expect(await due('2026-03-08T00:00:00Z')).toBe('2026-03-07')
})

test('an outage makes no day due, and an abort ends the asking', async () => {
  const archive = memorySink()
  await publish(archive, '2026-03-05', '2026-03-05')
  const now = new Date('2026-03-06T04:00:00Z')
  const down: Archive = {
    ...archive,
    async *open() {
      throw new Error('down')
    },
  }
  expect(await rejection(dueDays({ dataset: orders, archive: down, now }))).toMatchObject({ message: 'down' })
  const signal = AbortSignal.abort(new Error('stop'))
  expect(await rejection(dueDays({ dataset: orders, archive, now, signal }))).toBe(signal.reason)
})

test('an archive that cannot be asked is an error, and so are dates that are none', async () => {
  const denied: Archive = {
    ...memorySink(),
    async *list() {
      throw new Error('denied')
    },
  }
  const now = new Date('2026-03-10T04:00:00Z')
  expect(await rejection(dueDays({ dataset: orders, archive: denied, now }))).toMatchObject({
    message: 'denied',
  })
  const archive = memorySink()
  for (const wrong of [{ from: '2026-02-30' }, { now: new Date('x') }, { runAt: '4:00' }]) {
    const error = await rejection(dueDays({ dataset: orders, archive, now, ...wrong }))
    expect(isDayfileError(error, 'WINDOW_INVALID')).toBe(true)
  }
})

// A host over some weeks, as hosts are: down for days, fired twice or early, with a database that fails. Each run is the
// same few lines. In the end each day must be there once, at revision 1, with its own row.
const firing = fc.record({
  up: fc.boolean(),
  twice: fc.boolean(),
  earlyMs: fc.constantFrom(0, 100, 59_999),
  lateMs: fc.constantFrom(0, 1000, 10 * 3_600_000),
  failing: fc.boolean(),
})
const zones = fc.constantFrom('UTC', 'Africa/Cairo', 'America/St_Johns', 'Pacific/Auckland')

test('no day is skipped or doubled, whatever a host goes through', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(firing, { minLength: 1, maxLength: 25 }), zones, async (firings, zone) => {
      const sink = memorySink()
      let clock = nextRunAt(new Date('2026-04-10T00:00:00Z'), { zone })
      const from = '2026-04-01'
      const run = async (at: Date, failing: boolean) => {
        const now = () => new Date(at.getTime() + 60_000)
        const days = await dueDays({ dataset: orders, archive: sink, from, now: at, zone })
        let asked = 0
        const sometimes = (request: SourceRequest) => {
          if (failing && asked++ % 2 === 0) throw new Error('down')
          return source(request)
        }
        return exportDays({
          dataset: orders,
          days,
          source: sometimes,
          sink,
          now,
          concurrency: 2,
          onFailure: 'report',
        })
      }
      for (const { up, twice, earlyMs, lateMs, failing } of firings) {
        const at = new Date(clock.getTime() + (lateMs === 0 ? -earlyMs : lateMs))
        const runs = up ? await Promise.all([run(at, failing), ...(twice ? [run(at, false)] : [])]) : []
        // The other of two runs at once is no failure.
        const failed = runs.flat().filter(({ outcome }) => outcome === 'failed')
        expect(failed.every(() => failing)).toBe(true)
        clock = nextRunAt(clock, { zone })
      }
      // The next good run.
      for (const report of await run(clock, false)) expect(report.outcome).toBe('published')
      const wanted = eachDay(from, clock.toISOString().slice(0, 10), { zone }).filter(
        ({ end }) => nextRunAt(new Date(end.getTime() - 1), { zone }) <= clock,
      )
      const manifests = [...sink.objects].filter(([key]) => key.endsWith('/_manifest.json'))
      expect(manifests.map(([key]) => key).sort()).toEqual(
        wanted.map(({ day }) => sink.keys.manifest('orders', { day })).sort(),
      )
      for (const [, bytes] of manifests) {
        const { revision, totals } = JSON.parse(String(bytes)) as {
          revision: number
          totals: { rows: number }
        }
        expect({ revision, rows: totals.rows }).toEqual({ revision: 1, rows: 1 })
      }
      expect(await run(clock, false)).toEqual([])
    }),
    { numRuns: runs(150) },
  )
})
