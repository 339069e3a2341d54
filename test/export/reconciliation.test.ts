import {
  exportDays,
  exportWindow,
  isDayfileError,
  type ExportWindowOptions,
  type SourceRequest,
} from 'dayfile'
import { memorySink } from 'dayfile/testing'
import { expect, test } from 'vitest'
import { failure, gate, order, orderRows, orders, rejection, window } from './orders.js'

type Options = Partial<ExportWindowOptions<typeof orders>>

const run = (options: Options = {}) =>
  exportWindow({ dataset: orders, window, source: () => orderRows(3), sink: memorySink(), ...options })

test('a count that agrees is in the report, in whatever form a database gives it', async () => {
  for (const count of [3, 3n, '3', Promise.resolve(3n)]) {
    const { reconciliation, outcome } = await run({ countRows: () => count })
    expect(outcome).toBe('published')
    expect(reconciliation).toEqual({ outcome: 'equal', counted: 3, written: 3, difference: 0 })
  }
  expect((await run()).reconciliation).toBeNull()
})

test('a count that differs publishes nothing, unless your application only wants to know', async () => {
  const sink = memorySink()
  const error = await failure(run({ sink, countRows: () => 5 }))
  expect(error).toMatchObject({
    code: 'COUNT_MISMATCH',
    retryable: true,
    details: { dataset: 'orders', day: window.day, counted: 5, written: 3 },
  })
  expect(sink.objects.size).toBe(0)
  expect(await sink.stagings?.('', { signal: new AbortController().signal })).toEqual([])
  const warned = await run({ sink, countRows: () => 5, onCountMismatch: 'warn' })
  expect(warned).toMatchObject({
    outcome: 'published',
    reconciliation: { outcome: 'different', counted: 5, written: 3, difference: -2 },
  })
  const [failed] = await exportDays({
    dataset: orders,
    days: [window],
    source: () => orderRows(4),
    sink,
    ifExists: 'replace',
    onFailure: 'report',
    countRows: () => 3,
  })
  expect(failed).toMatchObject({ outcome: 'failed', error: { code: 'COUNT_MISMATCH' } })
})

test('what is compared is what was written: rows that were rejected or left out are missing', async () => {
  const rows = [order(0), order(1, { total: 'none' }), order(2, { event_type: 'trial' })]
  const { reconciliation } = await run({
    source: () => rows,
    csv: { onInvalidRow: 'skip' },
    eventTypes: ['sale'],
    countRows: () => 3,
    onCountMismatch: 'warn',
  })
  expect(reconciliation).toMatchObject({ written: 1, difference: -2 })
})

test('the count has the request of the source, and comes after its last row', async () => {
  const steps: string[] = []
  let asked: SourceRequest | undefined
  await run({
    *source() {
      yield order(0)
      steps.push('last row')
    },
    eventTypes: ['Sale'],
    countRows(counted, request) {
      asked = request
      expect(counted).toEqual(window)
      steps.push('count')
      return 1
    },
  })
  expect(steps).toEqual(['last row', 'count'])
  expect(asked).toMatchObject({ window, columns: ['at', 'event_type', 'total'], eventTypes: ['sale'] })
  expect(asked?.signal).toBeInstanceOf(AbortSignal)
})

test('an unchanged day is counted too, and one that is skipped is not', async () => {
  const sink = memorySink()
  await run({ sink })
  expect(await run({ sink, countRows: () => 3 })).toMatchObject({
    outcome: 'unchanged',
    reconciliation: { outcome: 'equal' },
  })
  const never = () => {
    throw new Error('asked')
  }
  expect(await run({ sink, ifExists: 'skip', countRows: never })).toMatchObject({
    outcome: 'skipped',
    reconciliation: null,
  })
})

test('a count that fails, hangs or is none publishes nothing', async () => {
  const cause = new Error('of the database')
  const sink = memorySink()
  const thrown = await failure(run({ sink, countRows: () => Promise.reject(cause) }))
  expect(isDayfileError(thrown, 'SOURCE_FAILED')).toBe(true)
  expect(thrown.cause).toBe(cause)
  for (const count of [-1, 1.5, Number.NaN, '3 rows', '', null, {}, 2n ** 64n]) {
    expect(await rejection(run({ sink, countRows: () => count as never }))).toBeInstanceOf(TypeError)
  }
  const abort = new AbortController()
  const hanging = gate()
  const aborted = rejection(
    run({
      sink,
      signal: abort.signal,
      countRows: () => {
        hanging.open()
        return new Promise<never>(() => undefined)
      },
    }),
  )
  await hanging.passed
  abort.abort(new Error('stop'))
  expect(await aborted).toBe(abort.signal.reason)
  expect(sink.objects.size).toBe(0)
  expect(await rejection(run({ onCountMismatch: 'ignore' as never }))).toBeInstanceOf(TypeError)
})
