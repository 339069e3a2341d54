import { dayWindow, exportWindow, listDays, type Archive, type ListDaysOptions } from 'dayfile'
import { memorySink } from 'dayfile/testing'
import { describe, expect, test } from 'vitest'
import { orders } from '../csv/orders.js'

const DAYS = ['2026-03-06', '2026-03-07', '2026-03-08']

async function delivered(): Promise<Archive> {
  const sink = memorySink()
  for (const day of DAYS)
    await exportWindow({ dataset: orders, window: dayWindow(day), source: () => [{ at: day }], sink })
  return sink
}

async function list(archive: Archive, options: ListDaysOptions): Promise<string[]> {
  const days: string[] = []
  for await (const { day } of listDays(orders, archive, options)) days.push(day)
  return days
}

describe('the days to list', () => {
  test.each<[ListDaysOptions, string[]]>([
    [{}, DAYS],
    [{ from: '2026-03-07' }, ['2026-03-07', '2026-03-08']],
    [{ to: '2026-03-06' }, ['2026-03-06']],
    [{ from: '2026-03-07', to: '2026-03-07' }, ['2026-03-07']],
    [{ from: '2024-02-29', to: '2025-12-31' }, []],
  ])('are those of %o', async (options, days) => {
    expect(await list(await delivered(), options)).toEqual(days)
  })

  test.each([
    { from: '2026-3-6' },
    { from: '2026-02-30' },
    { from: '' },
    { from: '07.03.2026' },
    { from: '2026-03-06T00:00:00Z' },
    { from: new Date('2026-03-06') },
    { from: null },
    { to: '2026-13-01' },
    { from: '2026-03-06', to: 'today' },
    { from: '2026-03-07', to: '2026-03-06' },
  ])('are refused when they are no dates in order: %o', async (options) => {
    await expect(list(memorySink(), options as ListDaysOptions)).rejects.toMatchObject({
      code: 'WINDOW_INVALID',
      message: expect.stringContaining("'YYYY-MM-DD'") as string,
    })
  })
})

describe('an abort ends the listing with its reason', () => {
  const reason = new Error('shutting down')

  test('at the start, before the archive is asked', async () => {
    const archive = { ...(await delivered()), list: () => expect.unreachable('was asked') }
    await expect(list(archive, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  test('while keys are listed, whatever the archive makes of the signal', async () => {
    const archive = await delivered()
    const controller = new AbortController()
    async function* endless(): AsyncGenerator<{ key: string; bytes: number }> {
      for (let count = 0; ; count++) {
        if (count === 3) controller.abort(reason)
        yield { key: 'orders/x', bytes: 1 }
      }
    }
    const listing = list({ ...archive, list: endless }, { signal: controller.signal })
    await expect(listing).rejects.toBe(reason)
  })

  test('between two days', async () => {
    const controller = new AbortController()
    const seen: string[] = []
    const listing = (async () => {
      for await (const { day } of listDays(orders, await delivered(), { signal: controller.signal })) {
        seen.push(day)
        controller.abort(reason)
      }
    })()
    await expect(listing).rejects.toBe(reason)
    expect(seen).toEqual(DAYS.slice(0, 1))
  })
})

test.each([undefined, 'orders', {}])('a dataset that is none is a TypeError: %o', async (dataset) => {
  const listing = listDays(dataset as never, memorySink()).next()
  await expect(listing).rejects.toThrow(TypeError)
  await expect(listDays(dataset as never, memorySink()).next()).rejects.toThrow('dataset: expected')
})
