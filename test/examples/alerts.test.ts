import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dayWindow, exportDays, exportDue } from 'dayfile'
import { s3Sink } from 'dayfile/s3'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { incidentAlerts } from '../../examples/alerts/incident-alerts.js'
import type { Observation } from '../../examples/alerts/incident.js'
import { observedDays, observedRun } from '../../examples/alerts/observations.js'
import { DAY, order, orders, window } from '../export/orders.js'
import { BUCKET, memoryPlace, opened, PREFIX, s3Place } from '../sinks/places.js'

type Answer = (response: ServerResponse) => void

const taken: Answer = (response) => response.end('ok')

let folder = ''
let statePath = ''
let webhookUrl = ''
let posted: string[] = []
let answer = taken
let close: () => Promise<void>
let warned: string[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dayfile-alerts-test-'))
  statePath = join(folder, 'alerts.json')
  posted = []
  answer = taken
  warned = []
  vi.spyOn(console, 'warn').mockImplementation((line: string) => void warned.push(line))
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      if (answer === taken) posted.push((JSON.parse(body) as { text: string }).text)
      answer(response)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  webhookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T00/SECRET`
  close = async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
})

afterEach(async () => {
  vi.restoreAllMocks()
  await close()
  await rm(folder, { recursive: true, force: true })
})

/** What a process that has just started would tell. */
const tell = (...observations: Observation[]) => incidentAlerts({ webhookUrl, statePath })(observations)

function observation(
  dataset: string,
  codes: readonly string[],
  by: Observation['by'] = 'export',
): Observation {
  const failures = codes.map((code) => ({ day: DAY, code, message: `${code}: do this`, retryable: false }))
  return { dataset, location: 's3://exports', by, at: new Date(Date.UTC(2026, 2, 8, 4)), failures }
}

const fails = (code = 'SOURCE_FAILED') => observation('events', [code])
const works = observation('events', [])

function kinds(texts: readonly string[]): string[] {
  return texts.map((text) => {
    const [, dataset = '', verb = ''] = /export of (\w+) to \S+ (fails|works)/.exec(text) ?? []
    return `${dataset} ${verb}`
  })
}

describe('one incident', () => {
  test('is one alert, whatever fails in it, and one message when it is over', async () => {
    await tell(works)
    await tell(fails())
    await tell(fails())
    await tell(fails('SINK_DENIED'))
    expect(kinds(posted)).toEqual(['events fails'])
    await tell(works)
    await tell(works)
    expect(kinds(posted)).toEqual(['events fails', 'events works'])
    expect(posted[0]).toContain(`${DAY} (SOURCE_FAILED)`)
    expect(posted[0]).toContain('SOURCE_FAILED: do this')
    expect(posted[1]).toContain('3 failures since 2026-03-08T04:00:00.000Z')
  })

  test('is of one dataset and one place', async () => {
    await tell(fails(), observation('paywall_views', ['SOURCE_FAILED']))
    await tell({ ...fails(), location: 's3://other' }, works)
    expect(kinds(posted)).toEqual(['events fails', 'paywall_views fails', 'events fails', 'events works'])
  })

  test('that a watchdog begins ends with either, and one of an export with an export alone', async () => {
    const misses = observation('events', ['MISSING'], 'watchdog')
    const misses0 = observation('events', [], 'watchdog')
    await tell(misses)
    await tell(misses)
    await tell(misses0)
    expect(kinds(posted)).toEqual(['events fails', 'events works'])
    await tell(fails())
    await tell(misses)
    await tell(misses0)
    expect(kinds(posted)).toHaveLength(3)
    await tell(works)
    expect(kinds(posted)).toHaveLength(4)
    await tell(misses)
    await tell(works)
    expect(kinds(posted)).toHaveLength(6)
  })
})

describe('a webhook that is down', () => {
  const faults: readonly (readonly [string, Answer])[] = [
    ['answers 503', (response) => response.writeHead(503).end()],
    ['cuts the connection', (response) => response.destroy()],
    ['sends elsewhere', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ]
  test.each(faults)('and %s gets what it has missed with the next run, in order', async (_, fault) => {
    answer = fault
    await tell(fails())
    await tell(works)
    expect(posted).toEqual([])
    answer = taken
    await tell(fails('SINK_DENIED'))
    expect(kinds(posted)).toEqual(['events fails', 'events works', 'events fails'])
    expect(posted[2]).toContain('SINK_DENIED')
  })

  test('is told without its address', async () => {
    await close()
    await tell(fails())
    const url = webhookUrl
    webhookUrl = 'no address SECRET'
    await tell(works)
    webhookUrl = url
    expect(warned.join('\n')).toContain('ECONNREFUSED')
    expect(warned).toHaveLength(2)
    expect(warned.join('\n')).not.toContain('SECRET')
    close = () => Promise.resolve()
  })
})

test('alerts and resolutions alternate, one each an incident, through restarts, silence and a webhook that is down', async () => {
  const DATASETS = ['events', 'paywall_views']
  const step = fc.record({
    dataset: fc.constantFrom(...DATASETS),
    codes: fc.subarray(['SOURCE_FAILED', 'SINK_DENIED', 'SINK_UNAVAILABLE']),
    isDown: fc.boolean(),
    // The same run told by two processes at once.
    isTwice: fc.boolean(),
    // Whether a process goes on or a new one has started.
    isNew: fc.boolean(),
  })
  let runs = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      posted = []
      statePath = join(folder, `${runs++}.json`)
      const expected: string[] = []
      const failing = new Set<string>()
      let alerts = incidentAlerts({ webhookUrl, statePath })
      for (const { dataset, codes, isDown, isTwice, isNew } of steps) {
        if (isNew) alerts = incidentAlerts({ webhookUrl, statePath })
        answer = isDown ? (response) => response.writeHead(500).end() : taken
        const isFailing = codes.length > 0
        if (isFailing !== failing.has(dataset)) expected.push(`${dataset} ${isFailing ? 'fails' : 'works'}`)
        if (isFailing) failing.add(dataset)
        else failing.delete(dataset)
        const observed = [observation(dataset, codes)]
        await Promise.all([alerts(observed), ...(isTwice ? [tell(...observed)] : [])])
        if (!isDown) expect(kinds(posted)).toEqual(expected)
      }
      answer = taken
      await tell()
      expect(kinds(posted)).toEqual(expected)
      for (const dataset of DATASETS) {
        const own = expected.filter((each) => each.startsWith(dataset))
        expect(own).toEqual(own.map((_, index) => `${dataset} ${index % 2 === 0 ? 'fails' : 'works'}`))
      }
    }),
    { numRuns: 60 },
  )
})

describe('processes', () => {
  const PROGRAM = fileURLToPath(new URL('alerts-program.ts', import.meta.url))
  const start = (): ChildProcess =>
    spawn(process.execPath, ['--import', 'tsx', PROGRAM, webhookUrl, statePath], { stdio: 'ignore' })

  test('that fail at once post one alert', async () => {
    const codes = await Promise.all([start(), start(), start()].map((child) => once(child, 'exit')))
    expect(codes.map(([code]) => code as unknown)).toEqual([0, 0, 0])
    expect(kinds(posted)).toEqual(['events fails'])
  })

  test('that are killed while they post lose no alert, and hold nobody up', async () => {
    const child = start()
    answer = () => child.kill('SIGKILL')
    await once(child, 'exit')
    answer = taken
    await tell(works)
    expect(kinds(posted)).toEqual(['events fails', 'events works'])
    expect(await readdir(folder)).toEqual(['alerts.json'])
  })
})

describe('a state that cannot be kept', () => {
  test('for want of its folder does not keep an alert back, nor break anything', async () => {
    statePath = join(folder, 'gone', 'alerts.json')
    await tell(fails())
    expect(kinds(posted)).toEqual(['events fails'])
    expect(warned.join()).toContain('ENOENT')
  })

  test.each(['', '{"incidents":', '[]', 'null', '{"incidents":{}}'])(
    'as it is %j is begun anew',
    async (content) => {
      await writeFile(statePath, content)
      await tell(fails())
      await tell(fails())
      await tell(works)
      expect(kinds(posted)).toEqual(['events fails', 'events works'])
    },
  )
})

describe('what is told', () => {
  test('of the reports of a run: failed days with their codes, and what to do', async () => {
    const { sink } = await memoryPlace()
    const days = [dayWindow('2026-03-06'), window]
    const source = ({ window: { day } }: { window: { day: string } }) => {
      if (day === DAY) throw new Error('the source of ada@example.com')
      return []
    }
    const destinations = [{ dataset: orders, source, sink }]
    const [run] = await exportDue({ days, destinations, onFailure: 'report' })
    if (run === undefined) throw new Error('there is one destination')
    await tell(observedRun(run, new Date()))
    expect(kinds(posted)).toEqual(['orders fails'])
    expect(posted[0]).toContain(`fails: ${DAY} (SOURCE_FAILED).`)
    expect(posted[0]).toContain('the next run tries again')
    expect(posted[0]).not.toContain('ada')
    const reports = await exportDays({ dataset: orders, days, source: () => [], sink })
    await tell(observedRun({ dataset: 'orders', location: sink.location, reports, error: null }, new Date()))
    expect(kinds(posted)).toEqual(['orders fails', 'orders works'])
  })

  test('of the days that are there: those that no export has run for, and those that are damaged', async () => {
    const place = await memoryPlace()
    const span = { from: '2026-03-06', to: '2026-03-08' }
    await exportDays({
      ...{ dataset: orders, sink: place.sink, source: () => [], compression: 'none' },
      days: [dayWindow('2026-03-07'), dayWindow('2026-03-08')],
    })
    await place.tamper(place.sink.keys.data('orders', window, '.csv'), (bytes) => bytes.subarray(1))
    await tell(await observedDays(orders, place.archive, span, new Date()))
    expect(posted[0]).toContain('2026-03-06 (MISSING), 2026-03-07 (SINK_CORRUPT).')
    expect(posted[0]).toContain('No export has run for it')
    const days = [dayWindow('2026-03-06'), window]
    await exportDays({
      ...{ dataset: orders, days, ifExists: 'replace' },
      sink: place.sink,
      source: () => [],
    })
    await tell(await observedDays(orders, place.archive, span, new Date()))
    expect(kinds(posted)).toEqual(['orders fails', 'orders works'])
  })

  test('of a bucket that refuses the watchdog', async () => {
    const place = await opened(() => s3Place())
    place.s3.fault({ times: Infinity }, { status: 403, code: 'AccessDenied' })
    const observed = await observedDays(orders, place.archive, { from: DAY, to: DAY }, new Date())
    expect(observed.failures).toMatchObject([{ day: 'no day', code: 'SINK_DENIED' }])
  })

  test('in a way that a chat takes for no link and no mention', async () => {
    const failure = { day: DAY, code: 'X', message: '<!channel> & <http://a>', retryable: true }
    await tell({ ...works, failures: [failure] })
    expect(posted[0]).toContain('&lt;!channel&gt; &amp; &lt;http://a&gt;')
  })

  test('never a cell, a credential or a mention', async () => {
    const place = await opened(() => s3Place())
    const { endpoint, region } = place.s3
    const credentials = { accessKeyId: 'AKIASECRETID', secretAccessKey: 'SECRETKEY' }
    const location = { endpoint, region, bucket: BUCKET, prefix: PREFIX, provider: 'aws' as const }
    const denied = s3Sink({ ...location, credentials })
    const secret = '<!channel> ada@example.com'
    const onProgress = () => Promise.reject(new RangeError(secret))
    const cases = [
      { source: () => [order(0, { total: secret as never })], sink: place.sink },
      { source: () => Promise.reject(new Error(secret)), sink: place.sink },
      { source: () => [null as never], sink: place.sink },
      { source: () => [], sink: place.sink, onProgress },
      { source: () => [], sink: denied },
    ]
    const codes: (string | undefined)[] = []
    for (const each of cases) {
      const reports = await exportDays({ dataset: orders, days: [window], onFailure: 'report', ...each })
      const about = { dataset: 'orders', location: place.sink.location, error: null }
      await tell(observedRun({ ...about, reports }, new Date()))
      codes.push(/\((\w+)\)/.exec(posted.at(-1) ?? '')?.[1])
      await tell(observedRun({ ...about, reports: [] }, new Date()))
    }
    const ofRows = ['CELL_UNENCODABLE', 'SOURCE_FAILED', 'ROW_INVALID']
    expect(codes).toEqual([...ofRows, 'RangeError', 'SINK_DENIED'])
    expect(posted).toHaveLength(10)
    expect(posted.join('\n')).not.toMatch(/ada@|<|AKIASECRETID|SECRETKEY/)
  })
})
