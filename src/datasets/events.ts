import { column } from './column.js'
import { defineDataset, type Dataset, type RowOf } from './dataset.js'

const source = 'https://adapty.io/docs/s3-exports#event-file-columns'

const dataset = defineDataset({
  name: 'events',
  timeColumn: 'event_datetime',
  columns: [
    column.text('profile_id', {
      source,
      description: 'Id of the profile that the event belongs to; empty for an event without a profile.',
    }),
    column.text('event_type', {
      source,
      nullable: false,
      lowerCase: true,
      description: 'Name of the event, in lower case.',
      values: [
        'subscription_started',
        'subscription_active',
        'subscription_renewed',
        'subscription_renewal_cancelled',
        'subscription_renewal_reactivated',
        'subscription_expired',
        'subscription_paused',
        'subscription_deferred',
        'non_subscription_purchase',
        'trial_started',
        'trial_active',
        'trial_converted',
        'trial_renewal_cancelled',
        'trial_renewal_reactivated',
        'trial_expired',
        'entered_grace_period',
        'billing_issue_detected',
        'subscription_refunded',
        'non_subscription_purchase_refunded',
        'access_level_updated',
      ],
    }),
    column.instant('event_datetime', {
      source,
      nullable: false,
      description: 'When the event happened; it places the event in a day.',
    }),
    column.text('transaction_id', {
      source,
      description: 'Id of the single purchase or renewal; empty when the event has no transaction.',
    }),
    column.text('original_transaction_id', {
      source,
      description:
        'Id of the first purchase in the chain of renewals; empty when the event has no transaction.',
    }),
    column.instant('subscription_expires_at', {
      source,
      description: 'When the subscription ends, mostly in the future; empty for what does not expire.',
    }),
    column.text('environment', {
      source,
      description: 'Whether the store was the live one or the test one.',
      values: ['Sandbox', 'Production'],
    }),
    column.decimal('revenue_usd', {
      source,
      description: 'Gross revenue in USD, negative for a refund; empty when no money moved.',
    }),
    column.decimal('proceeds_usd', {
      source,
      description: "Revenue in USD after the store's commission; empty when no money moved.",
    }),
    column.decimal('net_revenue_usd', {
      source,
      description: 'Income in USD after commission and taxes; empty when no money moved.',
    }),
    column.decimal('tax_amount_usd', {
      source,
      description: 'Taxes taken off, in USD; empty when no money moved.',
    }),
    column.decimal('revenue_local', {
      source,
      description: 'Gross revenue in the currency of the transaction; empty when no money moved.',
    }),
    column.text('cancellation_reason', {
      source,
      description: 'Why the subscription was cancelled; empty when it was not.',
      values: [
        'voluntarily_cancelled',
        'billing_error',
        'refund',
        'price_increase',
        'product_was_not_available',
        'unknown',
        'upgraded',
        'new_subscription_replace',
        'cancelled_by_developer',
      ],
    }),
    column.decimal('proceeds_local', {
      source,
      description:
        "Revenue after the store's commission, in the transaction's currency; empty when no money moved.",
    }),
    column.decimal('net_revenue_local', {
      source,
      description:
        "Income after commission and taxes, in the transaction's currency; empty when no money moved.",
    }),
    column.decimal('tax_amount_local', {
      source,
      description: "Taxes taken off, in the transaction's currency; empty when no money moved.",
    }),
    column.text('customer_user_id', {
      source,
      description: "The user's id in the app's own system; empty when the app set none.",
    }),
    column.text('store', {
      source,
      description: 'Store of the purchase.',
      values: ['app_store', 'play_store'],
    }),
    column.text('product_id', { source, description: 'Id of the product in the store.' }),
    column.text('base_plan_id', {
      source,
      description: 'Base plan in Google Play or price in Stripe; empty in other stores.',
    }),
    column.text('developer_id', {
      source,
      description: "The app's own id of the paywall that led to the transaction; empty when there was none.",
    }),
    column.text('ab_test_name', {
      source,
      description: 'A/B test that led to the transaction; empty outside of a test.',
    }),
    column.integer('ab_test_revision', {
      source,
      description: 'Revision of that A/B test; empty outside of a test.',
    }),
    column.text('paywall_name', {
      source,
      description: 'Paywall that led to the transaction; empty when there was none.',
    }),
    column.integer('paywall_revision', {
      source,
      description: 'Revision of that paywall; empty when there was none.',
    }),
    column.text('profile_county', {
      source,
      // The published table spells it without the r; the header is the contract.
      aliases: ['profile_country'],
      description:
        "Country of the profile, taken from its IP address (the header's spelling is the contract).",
    }),
    column.instant('install_date', { source, description: 'When the app was installed.' }),
    column.text('idfv', {
      source,
      description: "The vendor's identifier of an iOS device; empty elsewhere.",
    }),
    column.text('idfa', {
      source,
      description: 'The advertising identifier of an iOS device; empty elsewhere.',
    }),
    column.text('advertising_id', {
      source,
      description: 'The advertising identifier of an Android device; empty elsewhere.',
    }),
    column.text('ip_address', { source, description: 'Last known address of the device, IPv4 or IPv6.' }),
    column.text('android_app_set_id', {
      source,
      description: "The developer's app set identifier on an Android device; empty elsewhere.",
    }),
    column.text('android_id', {
      source,
      description: 'Identifier of an Android device as 16 hexadecimal digits; empty elsewhere.',
    }),
    column.text('device', { source, description: 'Model of the device as its user knows it.' }),
    column.text('currency', { source, description: 'Currency of the transaction, an ISO 4217 code.' }),
    column.text('store_country', { source, description: 'Country of the profile according to the store.' }),
    column.text('attribution_source', {
      source,
      description: 'Who attributed the installation; the attribution columns are empty when nobody did.',
    }),
    column.text('attribution_network_user_id', {
      source,
      description: 'Id of the user at the attribution source.',
    }),
    column.text('attribution_status', {
      source,
      description: 'Whether the installation came by itself or from advertising.',
      values: ['organic', 'non_organic', 'unknown'],
    }),
    column.text('attribution_channel', { source, description: 'Marketing channel.' }),
    column.text('attribution_campaign', { source, description: 'Marketing campaign.' }),
    column.text('attribution_ad_group', { source, description: 'Group of ads within the campaign.' }),
    column.text('attribution_ad_set', { source, description: 'Set of ads within the campaign.' }),
    column.text('attribution_creative', { source, description: 'Keyword of the creative.' }),
  ],
})

/** The type of {@link events}: a name, so that editors and errors do not list its columns. */
export interface EventsDataset extends Dataset<(typeof dataset)['columns']> {
  readonly name: 'events'
}

/**
 * Subscription events: purchases, renewals, trials, refunds. 44 columns, in the order of the published table.
 *
 * Only `event_type` and `event_datetime` are required: an event can be without a profile, without a transaction and
 * without amounts.
 *
 * @example
 * events.columns.length // 44
 */
export const events = dataset as EventsDataset

/** A row of {@link events} as it is accepted when writing. */
export type EventRow = RowOf<EventsDataset>
