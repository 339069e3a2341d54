import { column } from './column.js'
import { defineDataset, type Dataset, type RowOf } from './dataset.js'

const source = 'https://adapty.io/docs/s3-exports#paywall-view-file-columns'

const dataset = defineDataset({
  name: 'paywall_views',
  timeColumn: 'paywall_showed_at',
  columns: [
    column.text('profile_id', { source, description: 'Id of the profile that saw the paywall.' }),
    column.text('customer_user_id', {
      source,
      description: "The user's id in the app's own system; empty when the app set none.",
    }),
    column.text('profile_country', { source, description: 'Country of the profile according to the store.' }),
    column.instant('install_date', { source, description: 'When the app was installed.' }),
    column.text('store', {
      source,
      description: 'Store from which the app was installed.',
      values: ['app_store', 'play_store'],
    }),
    column.instant('paywall_showed_at', {
      source,
      nullable: false,
      description: 'When the paywall was shown; it places the view in a day.',
    }),
    column.text('developer_id', { source, description: "The app's own id of the paywall." }),
    column.text('ab_test_name', {
      source,
      description: 'A/B test in which the paywall was shown; empty outside of a test.',
    }),
    column.integer('ab_test_revision', {
      source,
      description: 'Revision of that A/B test; empty outside of a test.',
    }),
    column.text('paywall_name', { source, description: 'Name of the paywall.' }),
    column.integer('paywall_revision', { source, description: 'Revision of the paywall.' }),
  ],
})

/** The type of {@link paywallViews}: a name, so that editors and errors do not list its columns. */
export interface PaywallViewsDataset extends Dataset<(typeof dataset)['columns']> {
  readonly name: 'paywall_views'
}

/**
 * Views of paywalls. 11 columns, in the order of the published table; only `paywall_showed_at` is required.
 *
 * @example
 * paywallViews.columns.length // 11
 */
export const paywallViews = dataset as PaywallViewsDataset

/** A row of {@link paywallViews} as it is accepted when writing. */
export type PaywallViewRow = RowOf<PaywallViewsDataset>
