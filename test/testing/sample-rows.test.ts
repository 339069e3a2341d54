import { createHash } from 'node:crypto'
import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { events, type EventRow } from '../../src/datasets/events.js'
import { paywallViews } from '../../src/datasets/paywall-views.js'
import {
  generateEvents,
  generatePaywallViews,
  sampleEvents,
  samplePaywallViews,
  type SampleOptions,
} from '../../src/testing/sample-rows.js'

const day = '2026-03-07'
const kinds = [
  {
    dataset: events,
    sample: (options: SampleOptions): object[] => sampleEvents(options),
    generate: (options: SampleOptions): Iterable<object> => generateEvents(options),
    digest: 'e1fad68184a655922237fa40b04b8b46cd104861cbca691caf0cf924848a4aaf',
  },
  {
    dataset: paywallViews,
    sample: (options: SampleOptions): object[] => samplePaywallViews(options),
    generate: (options: SampleOptions): Iterable<object> => generatePaywallViews(options),
    digest: 'b3b53455a8a38a1ce4eaea9b980a7d0e73e616175536640513852425a44c16cb',
  },
]

describe.each(kinds)('sample rows of $dataset.name', ({ dataset, sample, generate, digest }) => {
  const times = (rows: object[]) =>
    rows.map((row) => ((row as Record<string, unknown>)[dataset.timeColumn] as Date).getTime())

  it('have every column of the dataset as a key, in file order', () => {
    const names = dataset.columns.map(({ name }) => name)
    for (const row of sample({ day, count: 500 })) expect(Object.keys(row)).toEqual(names)
  })

  it('fit the schema of the dataset', () => {
    const misfits = sample({ day, count: 1000 }).filter((row) => !Value.Check(dataset.schema, row))
    expect(misfits).toEqual([])
  })

  it('never hold undefined, and leave the text of no cell ill-formed', () => {
    for (const value of sample({ day, count: 1000 }).flatMap((row) => Object.values(row) as unknown[])) {
      expect(value).not.toBeUndefined()
      if (typeof value === 'string') expect(value.isWellFormed()).toBe(true)
    }
  })

  it('are the same for a seed on every machine', () => {
    const rows = JSON.stringify(sample({ day, count: 100 }))
    expect(createHash('sha256').update(rows).digest('hex')).toBe(digest)
    expect(JSON.stringify(sample({ day, count: 100, seed: 1 }))).toBe(rows)
  })

  it('differ for another seed and on another day', () => {
    const first = sample({ day, count: 20 })
    for (const seed of [0, 2, -1, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
      expect(sample({ day, count: 20, seed })).not.toEqual(first)
    }
    const profiles = new Set(first.map((row) => (row as EventRow).profile_id))
    const next = sample({ day: '2026-03-08', count: 20 }).map((row) => (row as EventRow).profile_id)
    expect(next.filter((id) => profiles.has(id))).toEqual([])
  })

  it('are 1,000 unless said, and as many as said', () => {
    expect(sample({ day })).toHaveLength(1000)
    for (const count of [0, 1, 2, 777]) expect(sample({ day, count })).toHaveLength(count)
  })

  it.each([2, 3, 1000])(
    'reach from the first to the last millisecond of the day in order, %i of them',
    (count) => {
      const found = times(sample({ day, count }))
      expect(found[0]).toBe(Date.parse('2026-03-07T00:00:00.000Z'))
      expect(found.at(-1)).toBe(Date.parse('2026-03-07T23:59:59.999Z'))
      expect(found).toEqual(found.toSorted((a, b) => a - b))
    },
  )

  it('lie inside the day when there is but one, and on days before 1970 and leap days', () => {
    expect(times(sample({ day, count: 1 }))).toEqual([Date.parse('2026-03-07T00:00:00.000Z')])
    for (const other of ['1969-12-31', '2024-02-29']) {
      const found = sample({ day: other, count: 50 }).map((row) => JSON.stringify(row))
      expect(found.every((row) => row.includes(`"${other}T`))).toBe(true)
    }
  })

  it('come one by one as they come at once, as often as asked for', () => {
    const rows = generate({ day, count: 300, seed: 7 })
    expect([...rows]).toEqual(sample({ day, count: 300, seed: 7 }))
    expect([...rows]).toEqual(sample({ day, count: 300, seed: 7 }))
  })

  it('come without making those that nobody asks for', () => {
    const iterator = generate({ day, count: Number.MAX_SAFE_INTEGER })[Symbol.iterator]()
    expect(iterator.next().done).toBe(false)
  })

  it('share no Date between rows', () => {
    const dates = sample({ day, count: 300 }).flatMap((row) =>
      Object.values(row).filter((value: unknown) => value instanceof Date),
    )
    expect(new Set(dates).size).toBe(dates.length)
  })

  it.each([
    [{ day: 20260307 }, TypeError, 'day: expected a day'],
    [{}, TypeError, 'day: expected a day'],
    [{ day: '2026-3-7' }, RangeError, 'day: expected a day'],
    [{ day: '2026-02-30' }, RangeError, 'day: expected a day'],
    [{ day: '2026-13-01' }, RangeError, 'day: expected a day'],
    [{ day: '2026-03-07T00:00:00Z' }, RangeError, 'day: expected a day'],
    [{ day, count: '3' }, TypeError, 'count: expected a whole number'],
    [{ day, count: -1 }, RangeError, 'count: expected a whole number'],
    [{ day, count: 1.5 }, RangeError, 'count: expected a whole number'],
    [{ day, count: Infinity }, RangeError, 'count: expected a whole number'],
    [{ day, seed: 'a' }, TypeError, 'seed: expected a safe integer'],
    [{ day, seed: NaN }, RangeError, 'seed: expected a safe integer'],
  ])('refuse %j at the call, naming the option', (options, type, message) => {
    for (const make of [sample, generate]) {
      const call = () => make(options as unknown as SampleOptions)
      expect(call).toThrow(type)
      expect(call).toThrow(message)
    }
  })
})

describe('sampleEvents', () => {
  const rows = sampleEvents({ day, count: 5000 })
  const text = (row: EventRow) => Object.values(row).filter((value) => typeof value === 'string')

  it('has every documented event type and no other', () => {
    const documented = events.columns.find(({ name }) => name === 'event_type')?.values ?? []
    expect(new Set(rows.map((row) => row.event_type))).toEqual(new Set(documented))
  })

  it('has the values that are hard for CSV within 2,000 rows', () => {
    const cells = rows.slice(0, 2000).flatMap(text)
    for (const pattern of [
      /"/,
      /,/,
      /[^\r]\n/,
      /\r\n/,
      /^=/,
      /^\+/,
      /^-\d+ /,
      /^ .* $/,
      /\p{Emoji_Presentation}/u,
    ]) {
      expect(cells.some((cell) => pattern.test(cell))).toBe(true)
    }
    for (const script of [/\p{Script=Hiragana}/u, /\p{Script=Arabic}/u]) {
      expect(cells.some((cell) => script.test(cell))).toBe(true)
    }
  })

  it('leaves each nullable column empty somewhere, and each filled somewhere', () => {
    const alwaysFilled = ['event_type', 'event_datetime', 'environment', 'store']
    for (const { name } of events.columns) {
      const filled = rows.filter((row) => row[name] !== null).length
      expect(filled, name).toBeGreaterThan(0)
      if (!alwaysFilled.includes(name)) expect(filled, name).toBeLessThan(rows.length)
    }
  })

  it('moves money only where money moves, and back for a refund', () => {
    const moving = rows.filter((row) => row.revenue_usd !== null)
    const refunds = moving.filter((row) => row.event_type.endsWith('_refunded'))
    expect(refunds.length).toBeGreaterThan(10)
    for (const row of refunds) {
      expect(row.revenue_usd).toMatch(/^-\d+\.\d\d$/)
      expect(row.revenue_local).toMatch(/^-\d/)
      expect(row.net_revenue_usd).toMatch(/^-\d/)
      expect(row.cancellation_reason).toBe('refund')
    }
    expect(new Set(moving.map((row) => row.event_type))).toEqual(
      new Set([
        'subscription_started',
        'subscription_renewed',
        'trial_converted',
        'non_subscription_purchase',
        'subscription_refunded',
        'non_subscription_purchase_refunded',
      ]),
    )
  })

  it('takes back what the same transaction brought', () => {
    const purchases = new Map(
      rows
        .filter((row) => row.event_type === 'non_subscription_purchase')
        .map((row) => [row.transaction_id, row.revenue_local]),
    )
    const pairs = rows
      .filter((row) => row.event_type === 'non_subscription_purchase_refunded')
      .map((row) => [row.revenue_local, purchases.get(row.transaction_id)])
      .filter(([, bought]) => bought !== undefined)
    expect(pairs.length).toBeGreaterThan(0)
    for (const [refund, bought] of pairs) expect(refund).toBe(`-${String(bought)}`)
  })

  it('splits revenue into commission, tax and the rest to the smallest unit', () => {
    // Digits without the point are whole numbers of the smallest unit.
    const units = (cell: unknown) => BigInt(String(cell).replace('.', ''))
    for (const row of rows.filter((each) => each.revenue_usd !== null)) {
      expect(units(row.net_revenue_usd)).toBe(units(row.proceeds_usd) - units(row.tax_amount_usd))
      expect(units(row.net_revenue_local)).toBe(units(row.proceeds_local) - units(row.tax_amount_local))
      const kept = Number(row.proceeds_usd) / Number(row.revenue_usd)
      expect(Math.min(Math.abs(kept - 0.7), Math.abs(kept - 0.85))).toBeLessThan(0.01)
    }
  })

  it('writes local amounts with the places of their currency', () => {
    const places: Record<string, RegExp> = { JPY: /^-?\d+$/, KRW: /^-?\d+$/, KWD: /^-?\d+\.\d{3}$/ }
    for (const row of rows.filter((each) => each.revenue_local !== null)) {
      expect(row.revenue_local).toMatch(places[row.currency ?? ''] ?? /^-?\d+\.\d\d$/)
    }
  })

  it('chains renewals to their first purchase', () => {
    for (const row of rows.filter((each) => each.event_type === 'subscription_renewed')) {
      expect(row.original_transaction_id).not.toBe(row.transaction_id)
      if (row.store === 'play_store') {
        expect(row.transaction_id?.replace(/\.\.\d+$/, '')).toBe(row.original_transaction_id)
      }
    }
    for (const row of rows.filter((each) => each.event_type === 'subscription_started')) {
      expect(row.original_transaction_id).toBe(row.transaction_id)
    }
  })

  it('never gives one transaction id to two transactions, on one day or two', () => {
    const products = new Map<string, unknown>()
    for (const row of [...rows, ...sampleEvents({ day: '2026-03-08', count: 5000 })]) {
      if (row.transaction_id == null) continue
      const told = [row.original_transaction_id, row.product_id, row.profile_id].join()
      expect(products.get(row.transaction_id) ?? told).toBe(told)
      products.set(row.transaction_id, told)
    }
    expect(products.size).toBeGreaterThan(3000)
  })

  it('keeps the columns of each store to that store', () => {
    for (const row of rows.filter((each) => each.store === 'app_store')) {
      expect([row.advertising_id, row.android_id, row.android_app_set_id, row.base_plan_id]).toEqual(
        Array.from({ length: 4 }, () => null),
      )
      expect(row.transaction_id ?? '000000000000000').toMatch(/^\d{15,16}$/)
      expect(row.idfv ?? 'A').toMatch(/^[0-9A-F-]+$/)
    }
    for (const row of rows.filter((each) => each.store === 'play_store')) {
      expect([row.idfv, row.idfa]).toEqual([null, null])
      expect(row.transaction_id ?? 'GPA.1').toMatch(/^GPA\./)
      expect(row.android_id ?? '0'.repeat(16)).toMatch(/^[0-9a-f]{16}$/)
    }
    expect(rows.some((row) => row.idfa === '00000000-0000-0000-0000-000000000000')).toBe(true)
  })

  it('has few rows of the test store and few without a profile', () => {
    const share = (test: (row: EventRow) => boolean) => rows.filter(test).length / rows.length
    expect(share((row) => row.environment === 'Sandbox')).toBeCloseTo(0.02, 1)
    expect(share((row) => row.profile_id === null)).toBeCloseTo(0.005, 2)
    expect(share((row) => row.attribution_source !== null)).toBeCloseTo(0.4, 1)
    expect(share((row) => row.ip_address?.includes(':') ?? false)).toBeCloseTo(0.15, 1)
  })
})
