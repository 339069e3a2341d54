import { getEventListeners } from 'node:events'
import {
  dayRange,
  dayWindow,
  eachDay,
  DayfileError,
  exportDays as exportDaysOrThrow,
  isDayfileError,
  type Sink,
  type SourceRequest,
} from 'dayfile'
import { memorySink } from 'dayfile/testing'
import { describe, expect, test } from 'vitest'
import { gate, order, orders, rejection, turns } from './orders.js'

/** Most of these tests look at each report of a run. */
const exportDays: typeof exportDaysOrThrow = (options) =>
  exportDaysOrThrow({ onFailure: 'report', ...options })

const days = eachDay('2026-03-01', '2026-03-05')

const source = ({ window }: SourceRequest) => [order(0, { at: window.start, event_type: window.day })]

/** The second day, which alone has failed. */
function failedSecond(reports: Awaited<ReturnType<typeof exportDays>>) {
  expect(reports.map(({ outcome }) => outcome)).toEqual([
    'published',
    'failed',
    'published',
    'published',
    'published',
  ])
  const [, failed] = reports
  if (failed?.outcome !== 'failed') throw new Error('expected a failed day')
  return failed
}

test('gives one report a day, in the order of the days', async () => {
  for (const concurrency of [1, 3, 10]) {
    const sink = memorySink()
    // Later days are the first to be done.
    const slow = async (request: SourceRequest) => {
      await turns(10 * (31 - Number(request.window.day.slice(-2))))
      return source(request)
    }
    const reports = await exportDays({ dataset: orders, days, source: slow, sink, concurrency })
    expect(reports.map(({ window }) => window.day)).toEqual(days.map(({ day }) => day))
    expect(reports.map(({ outcome }) => outcome)).toEqual(days.map(() => 'published'))
    expect(sink.objects.size).toBe(10)
  }
})

test('a day that fails hides no other, and its report survives JSON', async () => {
  const failing = (request: SourceRequest) => {
    if (request.window.day === '2026-03-02') throw new Error('personal data')
    return source(request)
  }
  const reports = await exportDays({
    dataset: orders,
    days,
    source: failing,
    sink: memorySink(),
    concurrency: 2,
  })
  const failed = failedSecond(reports)
  expect(isDayfileError(failed.error, 'SOURCE_FAILED')).toBe(true)
  expect(failed).toMatchObject({ dataset: 'orders', window: { day: '2026-03-02' } })
  const json = JSON.stringify(failed)
  expect(json).not.toContain('personal data')
  expect(JSON.parse(json)).toMatchObject({
    outcome: 'failed',
    error: { code: 'SOURCE_FAILED', retryable: true },
  })
})

test('runs no more days at once than asked, and the first ones first', async () => {
  const started: string[] = []
  let now = 0
  let most = 0
  const counted = async (request: SourceRequest) => {
    started.push(request.window.day)
    most = Math.max(most, ++now)
    await turns(3)
    now--
    return source(request)
  }
  await exportDays({ dataset: orders, days, source: counted, sink: memorySink(), concurrency: 2 })
  expect(most).toBe(2)
  expect(started).toEqual(days.map(({ day }) => day))
})

test('an abort ends the days under way, starts no more, and rejects with its reason', async () => {
  const abort = new AbortController()
  const sink = memorySink()
  const started: string[] = []
  const waiting = gate()
  const hanging = async (request: SourceRequest) => {
    started.push(request.window.day)
    if (request.window.day === '2026-03-01') return source(request)
    if (started.length === 3) setImmediate(waiting.open)
    return new Promise<never>(() => undefined)
  }
  const options = { dataset: orders, days, source: hanging, sink, concurrency: 2, signal: abort.signal }
  const run = rejection(exportDays(options))
  await waiting.passed
  abort.abort(new Error('stop'))
  expect(await run).toBe(abort.signal.reason)
  expect(started).toEqual(['2026-03-01', '2026-03-02', '2026-03-03'])
  expect([...sink.objects.keys()].every((key) => key.includes('2026-03-01'))).toBe(true)
})

test('an abort that makes a day fail rejects with its reason all the same', async () => {
  const abort = new AbortController()
  const failing = () => {
    abort.abort(new Error('stop'))
    throw new DayfileError('ZONE_UNKNOWN', 'of your application', { zone: 'x' })
  }
  const options = { dataset: orders, days, source: failing, sink: memorySink(), signal: abort.signal }
  expect(await rejection(exportDays(options))).toBe(abort.signal.reason)
})

test('many days at once put one listener on the signal of your application, and take it off again', async () => {
  const { signal } = new AbortController()
  const counts = new Set<number>()
  const counting = (request: SourceRequest) => {
    counts.add(getEventListeners(signal, 'abort').length)
    return source(request)
  }
  const month = eachDay('2026-03-01', '2026-03-20')
  await exportDays({
    dataset: orders,
    days: month,
    source: counting,
    sink: memorySink(),
    concurrency: 20,
    signal,
  })
  expect([...counts]).toEqual([1])
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('a day on which code of your application throws is a failed day, and the others go on', async () => {
  const stop = new Error('of your application')
  const onSecond = <T>(day: string, otherwise: T): T => {
    if (day === '2026-03-02') throw stop
    return otherwise
  }
  let asked = ''
  const cases: Partial<Parameters<typeof exportDays<typeof orders>>[0]>[] = [
    { source: (request) => (request.window.day === '2026-03-02' ? (undefined as never) : source(request)) },
    {
      source: (request) => {
        asked = request.window.day
        return [{ at: 'never' }, ...source(request)]
      },
      csv: { onInvalidRow: () => onSecond(asked, 'skip') },
    },
    {
      onProgress: ({ day }) => {
        onSecond(day, undefined)
      },
    },
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- hosts do
    { onProgress: ({ day }) => (day === '2026-03-02' ? Promise.reject('no error') : undefined) },
  ]
  for (const [index, each] of cases.entries()) {
    const reports = await exportDays({ dataset: orders, days, source, sink: memorySink(), ...each })
    const failed = failedSecond(reports)
    expect(failed.error).toBeInstanceOf(Error)
    if (index === 1 || index === 2) expect(failed.error).toBe(stop)
    if (index === 3) expect(failed.error.cause).toBe('no error')
  }
})

test('JSON of a day that failed in code of your application has no word of what it said', async () => {
  const error = new TypeError('jane@example.com')
  const onProgress = () => Promise.reject(error)
  const [failed] = await exportDays({
    dataset: orders,
    days: days.slice(0, 1),
    source,
    sink: memorySink(),
    onProgress,
  })
  expect(failed).toMatchObject({ outcome: 'failed', error })
  expect(JSON.parse(JSON.stringify(failed))).toEqual({
    outcome: 'failed',
    dataset: 'orders',
    window: JSON.parse(JSON.stringify(days[0])) as object,
    error: { name: 'TypeError' },
  })
})

test('starts with the oldest day, in whatever order they are given', async () => {
  const started: string[] = []
  const given = [days[3], days[0], days[4], days[1], days[2]].flatMap((day) => day ?? [])
  const noting = (request: SourceRequest) => {
    started.push(request.window.day)
    return source(request)
  }
  const reports = await exportDays({ dataset: orders, days: given, source: noting, sink: memorySink() })
  expect(started).toEqual(days.map(({ day }) => day))
  expect(reports.map(({ window }) => window.day)).toEqual(given.map(({ day }) => day))
})

test('days that are there are skipped by their manifest, or exported again where that is asked for', async () => {
  const sink = memorySink()
  const asked: string[] = []
  let rows = 1
  const run = async (more: object = {}) => {
    const counting = (request: SourceRequest) => {
      asked.push(request.window.day)
      return Array.from({ length: rows }, () => source(request)[0] ?? order(0))
    }
    const reports = await exportDays({ dataset: orders, days, source: counting, sink, ...more })
    return reports.map(({ outcome }) => outcome).join()
  }
  expect(await run({ days: days.slice(1, 3) })).toBe('published,published')
  expect(await run()).toBe('published,skipped,skipped,published,published')
  asked.length = 0
  expect(await run()).toBe('skipped,skipped,skipped,skipped,skipped')
  expect(asked).toEqual([])
  expect(await run({ lateRows: { lookbackDays: 2 } })).toBe('skipped,skipped,skipped,unchanged,unchanged')
  expect(asked).toEqual(['2026-03-04', '2026-03-05'])
  rows = 2
  expect(await run({ lateRows: { lookbackDays: 1 } })).toBe('skipped,skipped,skipped,skipped,replaced')
  expect(await run({ ifExists: 'replace' })).toBe('replaced,replaced,replaced,replaced,unchanged')
  expect(await run({ ifExists: 'fail' })).toBe('failed,failed,failed,failed,failed')
})

test('late days are counted back by the calendar, not by the list', async () => {
  const sink = memorySink()
  const apart = ['2026-03-01', '2026-03-09', '2026-03-11'].map((day) => dayWindow(day))
  const options = { dataset: orders, days: apart, source, sink }
  await exportDays(options)
  const reports = await exportDays({ ...options, lateRows: { lookbackDays: 3 } })
  expect(reports.map(({ outcome }) => outcome).join()).toBe('skipped,unchanged,unchanged')
})

test('two runs over the same days at once export each once, and neither fails', async () => {
  for (const lateRows of [undefined, { lookbackDays: 9 }]) {
    const sink = memorySink()
    const both = gate()
    let arrived = 0
    const meeting = async (request: SourceRequest) => {
      if (++arrived === 2) both.open()
      await both.passed
      return source(request)
    }
    const run = () =>
      exportDays({ dataset: orders, days, source: meeting, sink, ...(lateRows && { lateRows }) })
    const reports = await Promise.all([run(), run()])
    const outcomes = days.map((_, day) =>
      reports
        .map((report) => report[day]?.outcome)
        .sort()
        .join(),
    )
    for (const outcome of outcomes)
      expect(outcome).toBe(lateRows === undefined ? 'published,skipped' : 'published,unchanged')
  }
})

test('each report is told as its day is over, also of a run that is aborted', async () => {
  const abort = new AbortController()
  const told: string[] = []
  const options = { dataset: orders, days, sink: memorySink(), concurrency: 2, signal: abort.signal }
  const run = exportDays({
    ...options,
    source: (request: SourceRequest) => {
      if (request.window.day === '2026-03-02') throw new Error('down')
      if (request.window.day === '2026-03-04') return new Promise<never>(() => undefined)
      return source(request)
    },
    onReport: async ({ window, outcome }) => {
      await turns(1)
      told.push(`${window.day.slice(-2)} ${outcome}`)
      if (told.length === 4) abort.abort(new Error('stop'))
    },
  })
  expect(await rejection(run)).toBe(abort.signal.reason)
  expect(told.sort()).toEqual(['01 published', '02 failed', '03 published', '05 published'])
})

test('what onReport throws ends the run, once the days under way are over', async () => {
  for (const concurrency of [1, 2]) {
    const sink = memorySink()
    const stop = new Error('of your application')
    const started: string[] = []
    let ended = 0
    const run = exportDays({
      dataset: orders,
      days,
      sink,
      concurrency,
      source: async (request: SourceRequest) => {
        started.push(request.window.day)
        await turns(request.window.day === '2026-03-01' ? 1 : 40)
        return source(request)
      },
      onReport: () => (started.length > concurrency || ended++ > 0 ? undefined : Promise.reject(stop)),
    })
    expect(await rejection(run)).toBe(stop)
    expect(started.length).toBe(concurrency)
    expect([...sink.objects.keys()].filter((key) => key.endsWith('_manifest.json')).length).toBe(concurrency)
  }
})

test('an abort ends a run whose onReport or onProgress never settles', async () => {
  for (const name of ['onReport', 'onProgress'] as const) {
    const abort = new AbortController()
    const asked = gate()
    const hanging = () => {
      asked.open()
      return new Promise<never>(() => undefined)
    }
    const options = { dataset: orders, days, source, sink: memorySink(), signal: abort.signal }
    const run = rejection(exportDays({ ...options, [name]: hanging }))
    await asked.passed
    abort.abort(new Error('stop'))
    expect(await run).toBe(abort.signal.reason)
  }
})

test('of days in any order, and of windows over several, the newest counts for late rows', async () => {
  const sink = memorySink()
  const given = ['2026-03-11', '2026-03-10', '2026-03-01'].map((day) => dayWindow(day))
  const options = { dataset: orders, source, sink }
  const lateRows = { lookbackDays: 2 }
  await exportDays({ ...options, days: given })
  const reports = await exportDays({ ...options, days: given, lateRows })
  expect(reports.map(({ outcome }) => outcome).join()).toBe('unchanged,unchanged,skipped')
  const ranges = [dayRange('2026-03-01', '2026-03-31'), dayWindow('2026-03-11')]
  await exportDays({ ...options, days: ranges })
  const late = await exportDays({ ...options, days: ranges, lateRows })
  expect(late.map(({ outcome }) => outcome).join()).toBe('unchanged,skipped')
})

test('a conflict that the same run would have again is not tried again', async () => {
  let asked = 0
  const sink: Sink = {
    ...memorySink(),
    read: () => {
      asked++
      const details = { location: 'x', operation: 'read' }
      return Promise.reject(new DayfileError('SINK_CONFLICT', 'x', details, { retryable: false }))
    },
  }
  const [report] = await exportDays({ dataset: orders, days: days.slice(0, 1), source, sink })
  expect(report).toMatchObject({ outcome: 'failed', error: { code: 'SINK_CONFLICT' } })
  expect(asked).toBe(1)
})

test('a run that always loses ends', async () => {
  const sink = memorySink()
  let asked = 0
  // Another writer publishes each time while the source gives its rows.
  const losing = async (request: SourceRequest) => {
    const rows = Array.from({ length: ++asked }, () => order(0, { at: request.window.start }))
    await exportDays({
      dataset: orders,
      days: [request.window],
      source: () => rows,
      sink,
      ifExists: 'replace',
    })
    return []
  }
  const [report] = await exportDays({
    dataset: orders,
    days: days.slice(0, 1),
    onShrink: 'allow',
    source: losing,
    sink,
    ifExists: 'replace',
  })
  expect(report).toMatchObject({ outcome: 'failed', error: { code: 'SINK_CONFLICT', retryable: true } })
  expect(asked).toBe(3)
})

test('options of the wrong shape are refused for all days', async () => {
  const options = { dataset: orders, days, source, sink: memorySink() }
  for (const concurrency of [0, 1.5, -1, Number.NaN]) {
    expect(await rejection(exportDays({ ...options, concurrency }))).toBeInstanceOf(RangeError)
  }
  expect(await rejection(exportDays({ ...options, compression: 'zip' as never }))).toBeInstanceOf(TypeError)
  for (const wrong of [
    { csv: { addedColumns: 'keep' } },
    { csv: { formulaGuard: 'yes' } },
    { csv: { dialect: { quoting: 'none' } } },
    { sink: undefined },
    { eventTypes: 'sale' },
    { allowOpenWindow: 'yes' },
    { days: '2026-03-01' },
    { onReport: 'console' },
    { lateRows: 3 },
    { lateRows: { lookbackDays: 1 }, ifExists: 'replace' },
  ]) {
    expect(await rejection(exportDays({ ...options, ...(wrong as object) }))).toBeInstanceOf(TypeError)
  }
  expect(await exportDays({ ...options, days: [] })).toEqual([])
})

describe('a run in which a day failed', () => {
  const options = {
    dataset: orders,
    days: eachDay('2026-03-01', '2026-03-03'),
    source: ({ window }: SourceRequest) => {
      if (window.day === '2026-03-02') throw new Error('down')
      return []
    },
  }

  test('rejects after all days were tried, with every report and every error', async () => {
    const sink = memorySink()
    const error = await rejection(exportDaysOrThrow({ ...options, sink }))
    expect(error).toMatchObject({
      code: 'RUN_FAILED',
      retryable: true,
      details: { reports: [{ outcome: 'published' }, { outcome: 'failed' }, { outcome: 'published' }] },
      errors: [{ code: 'SOURCE_FAILED', cause: { message: 'down' } }],
    })
    expect((error as Error).message).toContain('1 of 3 exports failed')
    expect((error as Error).message).toContain('orders 2026-03-02: failed: SOURCE_FAILED')
    const again = await exportDaysOrThrow({ ...options, sink, source: () => [] })
    expect(again.map(({ outcome }) => outcome)).toEqual(['skipped', 'published', 'skipped'])
  })

  test('has an error that JSON keeps, without the causes', async () => {
    const error = await rejection(exportDaysOrThrow({ ...options, sink: memorySink() }))
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      code: 'RUN_FAILED',
      details: { reports: [{}, {}, {}] },
    })
    expect(JSON.stringify(error)).not.toContain('down')
  })
})

test('a day that is published while the run is aborted is reported, once', async () => {
  // The abort comes at each call of the sink in turn.
  for (let at = 0, isOver = false; !isOver; at++) {
    const sink = memorySink()
    const abort = new AbortController()
    let calls = 0
    const counted = <Method extends (...all: never[]) => unknown>(method: Method): Method =>
      ((...all: Parameters<Method>) => {
        if (calls++ === at) abort.abort(new Error('stop'))
        return method(...all)
      }) as Method
    const watched: typeof sink = {
      ...sink,
      read: counted((...all: Parameters<typeof sink.read>) => sink.read(...all)),
      stat: counted((...all: Parameters<typeof sink.stat>) => sink.stat(...all)),
      write: counted((...all: Parameters<typeof sink.write>) => sink.write(...all)),
      remove: counted((...all: Parameters<typeof sink.remove>) => sink.remove(...all)),
      async stage(...all) {
        const staged = await sink.stage(...all)
        return {
          ...staged,
          commit: counted((...how: Parameters<typeof staged.commit>) => staged.commit(...how)),
        }
      },
    }
    const told: string[] = []
    const run = exportDaysOrThrow({
      dataset: orders,
      days: eachDay('2026-03-01', '2026-03-02'),
      source: () => [],
      sink: watched,
      signal: abort.signal,
      onReport: ({ window, outcome }) => void told.push(`${window.day} ${outcome}`),
    })
    await run.catch((error: unknown) => {
      expect(error).toBe(abort.signal.reason)
    })
    isOver = !abort.signal.aborted
    const published = ['2026-03-01', '2026-03-02'].filter((day) =>
      sink.objects.has(sink.keys.manifest('orders', { day })),
    )
    expect(told).toEqual(published.map((day) => `${day} published`))
  }
})
