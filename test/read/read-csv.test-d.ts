import { column, events, paywallViews } from 'dayfile'
import { readCsv } from 'dayfile/read'
import { Type } from 'typebox'
import { describe, expectTypeOf, test } from 'vitest'

declare function rowOf<Row>(rows: AsyncGenerator<Row, void, void>): Row

const bytes = new Uint8Array()

describe('rows as they are read', () => {
  test('have every declared column, and `added` where the file has more', () => {
    const row = rowOf(readCsv(events, bytes))
    expectTypeOf<keyof typeof row>().toEqualTypeOf<(typeof events.columns)[number]['name'] | 'added'>()
    expectTypeOf(row.event_type).toEqualTypeOf<string>()
    expectTypeOf(row.event_datetime).toEqualTypeOf<Date>()
    expectTypeOf(row.subscription_expires_at).toEqualTypeOf<Date | null>()
    expectTypeOf(row.revenue_usd).toEqualTypeOf<string | null>()
    expectTypeOf(row.paywall_revision).toEqualTypeOf<number | null>()
    expectTypeOf(row.added).toEqualTypeOf<Readonly<Record<string, string | null>> | undefined>()
  })

  test('`columns` leaves these alone', () => {
    const row = rowOf(readCsv(paywallViews, bytes, { columns: ['paywall_showed_at', 'paywall_name'] }))
    expectTypeOf(row).toEqualTypeOf<{
      paywall_showed_at: Date
      paywall_name: string | null
    }>()
    expectTypeOf(row).not.toHaveProperty('store')
    expectTypeOf(row).not.toHaveProperty('added')
    // @ts-expect-error -- the column was not asked for
    expectTypeOf(row.store).toBeString()
    // @ts-expect-error -- the dataset has no such column
    readCsv(paywallViews, bytes, { columns: ['paywall_nam'] })
  })

  test('decimals, integers and instants change the type of their kind alone', () => {
    const options = { decimals: 'number', integers: 'bigint', instants: 'string' } as const
    const row = rowOf(readCsv(events, bytes, options))
    expectTypeOf(row.revenue_usd).toEqualTypeOf<number | null>()
    expectTypeOf(row.ab_test_revision).toEqualTypeOf<bigint | null>()
    expectTypeOf(row.event_datetime).toEqualTypeOf<string>()
    expectTypeOf(row.install_date).toEqualTypeOf<string | null>()
    expectTypeOf(row.idfa).toEqualTypeOf<string | null>()
    // @ts-expect-error -- no such form
    readCsv(events, bytes, { decimals: 'float' })
    // @ts-expect-error -- no such form
    readCsv(events, bytes, { instants: 'iso' })
  })

  test('`columns` and forms go together, and extended datasets give their new columns', () => {
    const extended = events.extend([column.json('attributes'), column.decimal('fee', { nullable: false })])
    const row = rowOf(readCsv(extended, bytes, { columns: ['fee', 'attributes'], decimals: 'number' }))
    expectTypeOf(row.fee).toEqualTypeOf<number>()
    expectTypeOf(row.attributes).toEqualTypeOf<unknown>()
  })

  test('strict reading leaves the row as it is', () => {
    const schema = Type.Object({ revenue_usd: Type.String() })
    const row = rowOf(
      readCsv(events, bytes, { strict: { maxProblems: 5, schema }, columns: ['revenue_usd'] }),
    )
    expectTypeOf(row).toEqualTypeOf<{ revenue_usd: string | null }>()
    readCsv(events, bytes, { strict: true })
    // @ts-expect-error -- no such option
    readCsv(events, bytes, { strict: { max: 5 } })
  })

  test('bytes come whole, or in chunks of any iterable', () => {
    readCsv(events, [bytes])
    readCsv(events, new Blob([]).stream())
    // @ts-expect-error -- text is no bytes
    readCsv(events, 'event_type\n')
  })
})
