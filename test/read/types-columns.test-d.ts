import { column, events, paywallViews, type Archive } from 'dayfile'
import { readCsv, readDay, readDays } from 'dayfile/read'
import { describe, expectTypeOf, test } from 'vitest'

declare function rowOf<Row>(rows: AsyncGenerator<Row, void, void>): Row
declare function keyOf<Row>(rows: AsyncGenerator<Row, void, void>): keyof Row
declare const archive: Archive

const bytes = new Uint8Array()
const days = ['2026-03-07']

interface Revenue {
  profile_id: string | null
  revenue_usd: string | null
}

describe('rows have exactly the keys of `columns`', () => {
  test('which are said in the call, by all ways to read', () => {
    const columns = { columns: ['profile_id', 'revenue_usd'] } as const
    expectTypeOf(
      rowOf(readCsv(events, bytes, { columns: ['profile_id', 'revenue_usd'] })),
    ).toEqualTypeOf<Revenue>()
    expectTypeOf(rowOf(readDay(events, archive, '2026-03-07', columns))).toEqualTypeOf<Revenue>()
    expectTypeOf(rowOf(readDays(events, archive, days, columns))).toEqualTypeOf<Revenue>()
    expectTypeOf(
      rowOf(readDays(events, archive, { from: '2026-03-07', to: '2026-03-08' }, columns)),
    ).toEqualTypeOf<Revenue>()
  })

  test('which are a constant, whatever their order, once or twice', () => {
    const columns = ['revenue_usd', 'profile_id', 'revenue_usd'] as const
    expectTypeOf(rowOf(readCsv(events, bytes, { columns }))).toEqualTypeOf<Revenue>()
  })

  test('one, none and all of them', () => {
    expectTypeOf(rowOf(readCsv(events, bytes, { columns: ['idfa'] }))).toEqualTypeOf<{
      idfa: string | null
    }>()
    expectTypeOf(keyOf(readCsv(events, bytes, { columns: [] }))).toBeNever()
    expectTypeOf(keyOf(readCsv(paywallViews, bytes))).toEqualTypeOf<
      (typeof paywallViews.columns)[number]['name'] | 'added'
    >()
  })

  test('and no other: one that was not asked for is an error, and so is `added`', () => {
    const row = rowOf(readCsv(events, bytes, { columns: ['profile_id', 'revenue_usd'] }))
    expectTypeOf(row).not.toHaveProperty('store')
    expectTypeOf(row).not.toHaveProperty('added')
    // @ts-expect-error -- the column was not asked for
    expectTypeOf(row.store).toBeString()
    // @ts-expect-error -- undeclared columns are left out
    expectTypeOf(row.added).toBeObject()
  })

  test('a name that the dataset does not have is refused, by all ways to read', () => {
    // @ts-expect-error -- events have no such column
    readCsv(events, bytes, { columns: ['profile_id', 'revenue_eur'] })
    // @ts-expect-error -- the published name is profile_county
    readDay(events, archive, '2026-03-07', { columns: ['profile_country'] })
    // @ts-expect-error -- the other dataset has it
    readDays(paywallViews, archive, days, { columns: ['revenue_usd'] })
    // @ts-expect-error -- `added` is no column
    readCsv(events, bytes, { columns: ['added'] })
  })

  test('names that the types do not know are refused: say `as const`', () => {
    const names = ['profile_id', 'revenue_usd']
    // @ts-expect-error -- any strings
    readCsv(events, bytes, { columns: names })
    const options = { columns: ['profile_id', 'revenue_usd'] }
    // @ts-expect-error -- any strings
    readCsv(events, bytes, options)
    const forms = { decimals: 'number' }
    // @ts-expect-error -- any string
    readCsv(events, bytes, forms)
  })
})

describe('forms change the static type of their kind', () => {
  test('decimals', () => {
    expectTypeOf(rowOf(readCsv(events, bytes, { decimals: 'number' })).revenue_usd).toEqualTypeOf<
      number | null
    >()
    expectTypeOf(rowOf(readCsv(events, bytes, { decimals: 'string' })).revenue_usd).toEqualTypeOf<
      string | null
    >()
    expectTypeOf(rowOf(readCsv(events, bytes, { decimals: 'number' })).profile_id).toEqualTypeOf<
      string | null
    >()
  })

  test('instants', () => {
    expectTypeOf(rowOf(readCsv(events, bytes, { instants: 'date' })).event_datetime).toEqualTypeOf<Date>()
    expectTypeOf(rowOf(readCsv(events, bytes, { instants: 'string' })).event_datetime).toEqualTypeOf<string>()
    expectTypeOf(rowOf(readCsv(events, bytes, { instants: 'string' })).install_date).toEqualTypeOf<
      string | null
    >()
  })

  test('together with `columns`, by all ways to read', () => {
    const options = {
      columns: ['event_datetime', 'revenue_usd', 'paywall_revision'],
      decimals: 'number',
      instants: 'string',
      integers: 'bigint',
    } as const
    interface Expected {
      event_datetime: string
      revenue_usd: number | null
      paywall_revision: bigint | null
    }
    expectTypeOf(rowOf(readCsv(events, bytes, options))).toEqualTypeOf<Expected>()
    expectTypeOf(rowOf(readDay(events, archive, '2026-03-07', options))).toEqualTypeOf<Expected>()
    expectTypeOf(rowOf(readDays(events, archive, days, options))).toEqualTypeOf<Expected>()
    expectTypeOf(rowOf(readCsv(events, bytes, options)).revenue_usd).not.toEqualTypeOf<string | null>()
  })

  test('forms that there are not are refused', () => {
    // @ts-expect-error -- no such form
    readDay(events, archive, '2026-03-07', { decimals: 'bigint' })
    // @ts-expect-error -- no such form
    readDays(events, archive, days, { instants: 'number' })
    // @ts-expect-error -- no such form
    readCsv(events, bytes, { integers: 'string' })
    // @ts-expect-error -- no such option
    readCsv(events, bytes, { decimal: 'number' })
  })
})

describe('columns that were added', () => {
  test('are under `added` as text, where nobody declared them', () => {
    const { added } = rowOf(readDay(events, archive, '2026-03-07'))
    expectTypeOf(added).toEqualTypeOf<Readonly<Record<string, string | null>> | undefined>()
    // @ts-expect-error -- it is no column of the row itself
    expectTypeOf(rowOf(readCsv(events, bytes)).attributes).toBeUnknown()
  })

  test('have the type of their kind, where they were declared', () => {
    const longer = events
      .extend([column.json('attributes'), column.decimal('fee', { nullable: false })])
      .extend([
        column.instant('seen_at'),
        column.boolean('is_new'),
        column.date('due_on', { nullable: false }),
      ])
    const row = rowOf(readDay(longer, archive, '2026-03-07'))
    expectTypeOf(row.attributes).toEqualTypeOf<unknown>()
    expectTypeOf(row.fee).toEqualTypeOf<string>()
    expectTypeOf(row.seen_at).toEqualTypeOf<Date | null>()
    expectTypeOf(row.is_new).toEqualTypeOf<boolean | null>()
    expectTypeOf(row.due_on).toEqualTypeOf<string>()
    expectTypeOf(row.revenue_usd).toEqualTypeOf<string | null>()

    const columns = ['fee', 'seen_at', 'store'] as const
    expectTypeOf(
      rowOf(readDays(longer, archive, days, { columns, instants: 'string', decimals: 'number' })),
    ).toEqualTypeOf<{ fee: number; seen_at: string | null; store: string | null }>()
    // @ts-expect-error -- the dataset that was extended is as it was
    readCsv(events, bytes, { columns: ['fee'] })
  })
})
