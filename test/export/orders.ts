import { column, dayWindow, defineDataset, isDayfileError, type AnyDayfileError, type RowOf } from 'dayfile'

/** A dataset small enough to read in a failure's message. */
export const orders = defineDataset({
  name: 'orders',
  timeColumn: 'at',
  columns: [
    column.instant('at', { nullable: false }),
    column.text('event_type', { lowerCase: true }),
    column.decimal('total'),
  ],
})

export type Order = RowOf<typeof orders>

export const DAY = '2026-03-07'
export const window = dayWindow(DAY)

export function order(index: number, more: Partial<Order> = {}): Order {
  const at = new Date(Date.UTC(2026, 2, 7) + (index % 86_400_000))
  return { at, event_type: 'sale', total: index, ...more }
}

export function orderRows(count: number, more: Partial<Order> = {}): Order[] {
  return Array.from({ length: count }, (_, index) => order(index, more))
}

/** Rows of 5,000 characters: 1,300 of them are more than one part of an upload. */
export function* noise(count: number): Generator<Order> {
  for (let index = 0; index < count; index++) {
    const from = (index * 7919) % (TEXT.length - 5000)
    yield order(index, { event_type: TEXT.slice(from, from + 5000) })
  }
}

const TEXT = Array.from({ length: 200_000 }, (_, index) =>
  (Math.imul(index + 1, 2_654_435_761) >>> 0).toString(36),
).join('')

export async function failure(promise: Promise<unknown>): Promise<AnyDayfileError> {
  const error: unknown = await rejection(promise)
  if (!isDayfileError(error)) throw new Error('expected a DayfileError', { cause: error })
  return error
}

export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`expected a rejection, got ${JSON.stringify(value)}`)
    },
    (error: unknown) => error,
  )
}

/** A promise and what resolves it. */
export function gate(): { readonly open: () => void; readonly passed: Promise<void> } {
  let open: () => void = () => undefined
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, passed }
}

export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}
