import {
  column,
  csvEncoder,
  defineDataset,
  encodeCsv,
  events,
  paywallViews,
  type EventRow,
  type PaywallViewRow,
  type RowOf,
} from 'dayfile'
import { describe, expectTypeOf, test } from 'vitest'

type EventName =
  | 'profile_id'
  | 'event_type'
  | 'event_datetime'
  | 'transaction_id'
  | 'original_transaction_id'
  | 'subscription_expires_at'
  | 'environment'
  | 'revenue_usd'
  | 'proceeds_usd'
  | 'net_revenue_usd'
  | 'tax_amount_usd'
  | 'revenue_local'
  | 'cancellation_reason'
  | 'proceeds_local'
  | 'net_revenue_local'
  | 'tax_amount_local'
  | 'customer_user_id'
  | 'store'
  | 'product_id'
  | 'base_plan_id'
  | 'developer_id'
  | 'ab_test_name'
  | 'ab_test_revision'
  | 'paywall_name'
  | 'paywall_revision'
  | 'profile_county'
  | 'install_date'
  | 'idfv'
  | 'idfa'
  | 'advertising_id'
  | 'ip_address'
  | 'android_app_set_id'
  | 'android_id'
  | 'device'
  | 'currency'
  | 'store_country'
  | 'attribution_source'
  | 'attribution_network_user_id'
  | 'attribution_status'
  | 'attribution_channel'
  | 'attribution_campaign'
  | 'attribution_ad_group'
  | 'attribution_ad_set'
  | 'attribution_creative'

type PaywallViewName =
  | 'profile_id'
  | 'customer_user_id'
  | 'profile_country'
  | 'install_date'
  | 'store'
  | 'paywall_showed_at'
  | 'developer_id'
  | 'ab_test_name'
  | 'ab_test_revision'
  | 'paywall_name'
  | 'paywall_revision'

const time = '2026-03-07T12:00:00Z'

describe('rows as they are written', () => {
  test('have the 44 and the 11 columns as keys, and no other', () => {
    expectTypeOf<keyof EventRow>().toEqualTypeOf<EventName>()
    expectTypeOf<keyof PaywallViewRow>().toEqualTypeOf<PaywallViewName>()
    expectTypeOf(events.columns.length).toEqualTypeOf<44>()
    expectTypeOf(paywallViews.columns.length).toEqualTypeOf<11>()
  })

  test('each kind takes what the encoder takes', () => {
    expectTypeOf<EventRow['event_type']>().toEqualTypeOf<string>()
    expectTypeOf<EventRow['event_datetime']>().toEqualTypeOf<Date | string>()
    expectTypeOf<EventRow['revenue_usd']>().toEqualTypeOf<number | bigint | string | null | undefined>()
    expectTypeOf<EventRow['paywall_revision']>().toEqualTypeOf<number | bigint | string | null | undefined>()
    expectTypeOf<EventRow['idfa']>().toEqualTypeOf<string | null | undefined>()
  })

  test('a boolean is no other number or text, and a calendar day no Date', () => {
    const orders = defineDataset({
      name: 'orders',
      timeColumn: 'at',
      columns: [
        column.instant('at', { nullable: false }),
        column.boolean('gift', { nullable: false }),
        column.date('due_on'),
      ],
    })
    type Order = RowOf<typeof orders>
    expectTypeOf<Order['gift']>().toEqualTypeOf<boolean | 0 | 1 | 'true' | 'false'>()
    expectTypeOf<Order['due_on']>().toEqualTypeOf<string | null | undefined>()
    csvEncoder(orders).encode([{ at: time, gift: 1, due_on: '2026-03-07' }])
    // @ts-expect-error -- no boolean
    csvEncoder(orders).encode([{ at: time, gift: 2 }])
    // @ts-expect-error -- the day of a Date depends on the zone
    csvEncoder(orders).encode([{ at: time, gift: true, due_on: new Date(0) }])
    // @ts-expect-error -- a day does not place a row in a window
    defineDataset({ name: 'orders', timeColumn: 'on', columns: [column.date('on', { nullable: false })] })
  })

  test('required columns are required, and the others may be left out', () => {
    csvEncoder(events).encode([{ event_type: 'trial_started', event_datetime: time }])
    // @ts-expect-error -- the time is missing
    csvEncoder(events).encode([{ event_type: 'trial_started' }])
    // @ts-expect-error -- a required column is not null
    csvEncoder(events).encode([{ event_type: null, event_datetime: time }])
    // @ts-expect-error -- a time is no number
    csvEncoder(events).encode([{ event_type: 'trial_started', event_datetime: 0 }])
    // @ts-expect-error -- the published name is profile_county
    csvEncoder(events).encode([{ event_type: 'trial_started', event_datetime: time, profile_country: 'DE' }])
    // @ts-expect-error -- a decimal is no object
    encodeCsv(events, [{ event_type: 'trial_started', event_datetime: time, revenue_usd: {} }])
  })

  test('extend lets the row grow', () => {
    const extended = events.extend([column.json('attributes'), column.text('campaign', { nullable: false })])
    expectTypeOf<keyof RowOf<typeof extended>>().toEqualTypeOf<EventName | 'attributes' | 'campaign'>()
    expectTypeOf(extended.columns.length).toEqualTypeOf<46>()
    // @ts-expect-error -- the new column is required
    csvEncoder(extended).encode([{ event_type: 'trial_started', event_datetime: time }])
  })

  test('only a required instant places a row in a day', () => {
    // @ts-expect-error -- the column may be empty
    defineDataset({ name: 'orders', timeColumn: 'at', columns: [column.instant('at')] })
    // @ts-expect-error -- the column is text
    defineDataset({ name: 'orders', timeColumn: 'at', columns: [column.text('at', { nullable: false })] })
  })

  test('options are the ones that there are', () => {
    csvEncoder(events, { addedColumns: 'drop', onInvalidRow: () => 'skip', dialect: { delimiter: '\t' } })
    // @ts-expect-error -- no such policy
    csvEncoder(events, { addedColumns: 'ignore' })
    // @ts-expect-error -- no such outcome
    csvEncoder(events, { onInvalidRow: () => 'ignore' })
    // @ts-expect-error -- no such line end
    csvEncoder(events, { dialect: { recordDelimiter: '\r' } })
  })
})
