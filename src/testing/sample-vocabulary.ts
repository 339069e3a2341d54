export type Store = 'app_store' | 'play_store'

export type EventType =
  | 'subscription_started'
  | 'subscription_active'
  | 'subscription_renewed'
  | 'subscription_renewal_cancelled'
  | 'subscription_renewal_reactivated'
  | 'subscription_expired'
  | 'subscription_paused'
  | 'subscription_deferred'
  | 'non_subscription_purchase'
  | 'trial_started'
  | 'trial_active'
  | 'trial_converted'
  | 'trial_renewal_cancelled'
  | 'trial_renewal_reactivated'
  | 'trial_expired'
  | 'entered_grace_period'
  | 'billing_issue_detected'
  | 'subscription_refunded'
  | 'non_subscription_purchase_refunded'
  | 'access_level_updated'

/** What one transaction goes through in a day, in this order. */
export interface Plot {
  /** Where the transaction stands in its chain of renewals; `none` is a plot without a transaction. */
  readonly chain: 'first' | 'second' | 'later' | 'one_time' | 'none'
  readonly steps: readonly [EventType, ...EventType[]]
  /** Set where only one store knows the step. */
  readonly store?: Store
}

export interface Product {
  readonly id: string
  readonly basePlanId: string
  readonly tier: Tier
  /** Length of a period; 0 for what does not expire. */
  readonly days: number
}

type Tier = 'week' | 'month' | 'year' | 'lifetime' | 'pack'

export interface Market {
  readonly country: string
  readonly currency: string
  /** Decimal places of the currency. */
  readonly places: number
  /** US cents for a million of the currency's smallest units. */
  readonly centsPerMillion: number
  /** Tax included in the price, in per cent on top of the untaxed price. */
  readonly taxPercent: number
  /** In the currency's smallest unit. */
  readonly prices: Readonly<Record<Tier, number>>
}

export interface Paywall {
  readonly developerId: string
  readonly name: string
}

/** Repeats each item by its weight, so that an even draw is a weighted one. */
function weighted<T>(...entries: readonly (readonly [weight: number, item: T])[]): readonly T[] {
  return entries.flatMap(([weight, item]) => Array.from({ length: weight }, () => item))
}

function plot(chain: Plot['chain'], ...steps: Plot['steps']): Plot {
  return { chain, steps }
}

export const PLOTS = weighted<Plot>(
  [240, plot('later', 'subscription_renewed')],
  [80, plot('later', 'subscription_renewed', 'access_level_updated')],
  [60, plot('first', 'subscription_started', 'access_level_updated')],
  [130, plot('first', 'trial_started', 'access_level_updated')],
  [40, plot('first', 'trial_started', 'access_level_updated', 'trial_renewal_cancelled')],
  [8, plot('first', 'trial_renewal_cancelled', 'trial_renewal_reactivated')],
  [20, plot('first', 'trial_active')],
  [45, plot('second', 'trial_converted', 'access_level_updated')],
  [60, plot('first', 'trial_expired')],
  [40, plot('later', 'subscription_active')],
  [70, plot('later', 'subscription_renewal_cancelled')],
  [14, plot('later', 'subscription_renewal_cancelled', 'subscription_renewal_reactivated')],
  [70, plot('later', 'subscription_expired', 'access_level_updated')],
  [30, plot('later', 'billing_issue_detected', 'entered_grace_period')],
  [10, plot('later', 'billing_issue_detected', 'subscription_renewed', 'access_level_updated')],
  [10, { store: 'play_store', ...plot('later', 'subscription_paused', 'access_level_updated') }],
  [8, { store: 'play_store', ...plot('later', 'subscription_deferred') }],
  [14, plot('later', 'subscription_refunded', 'access_level_updated')],
  [6, plot('later', 'subscription_renewed', 'subscription_refunded', 'access_level_updated')],
  [45, plot('one_time', 'non_subscription_purchase')],
  [8, plot('one_time', 'non_subscription_purchase', 'non_subscription_purchase_refunded')],
  [6, plot('none', 'access_level_updated')],
)

export const SUBSCRIPTIONS = weighted<Product>(
  [3, { id: 'premium.weekly.trial7', basePlanId: 'weekly-trial', tier: 'week', days: 7 }],
  [4, { id: 'premium.monthly', basePlanId: 'monthly-autorenew', tier: 'month', days: 30 }],
  [3, { id: 'com.sample.app.premium.yearly', basePlanId: 'p1y', tier: 'year', days: 365 }],
)

export const ONE_TIME_PRODUCTS = weighted<Product>(
  [1, { id: 'com.sample.app.lifetime', basePlanId: 'lifetime-offer', tier: 'lifetime', days: 0 }],
  [3, { id: 'coins.pack.500', basePlanId: 'coins-500', tier: 'pack', days: 0 }],
)

function market(
  country: string,
  currency: string,
  [places, centsPerMillion, taxPercent]: readonly [number, number, number],
  [week, month, year, lifetime, pack]: readonly [number, number, number, number, number],
): Market {
  return {
    country,
    currency,
    places,
    centsPerMillion,
    taxPercent,
    prices: { week, month, year, lifetime, pack },
  }
}

// 2 decimal places mostly, none for JPY and KRW, 3 for KWD: whoever assumes cents should fail on sample rows.
export const MARKETS = weighted<Market>(
  [30, market('US', 'USD', [2, 1_000_000, 0], [499, 999, 5999, 14999, 199])],
  [8, market('GB', 'GBP', [2, 1_270_000, 20], [499, 999, 5999, 14999, 199])],
  [10, market('DE', 'EUR', [2, 1_080_000, 19], [599, 1099, 6499, 16999, 229])],
  [6, market('FR', 'EUR', [2, 1_080_000, 20], [599, 1099, 6499, 16999, 229])],
  [4, market('ES', 'EUR', [2, 1_080_000, 21], [599, 1099, 6499, 16999, 229])],
  [8, market('JP', 'JPY', [0, 670_000, 10], [700, 1500, 9000, 22000, 300])],
  [3, market('KR', 'KRW', [0, 72_000, 10], [6600, 14000, 88000, 199000, 3300])],
  [8, market('IN', 'INR', [2, 12_000, 18], [39900, 104900, 499900, 1249900, 19900])],
  [6, market('BR', 'BRL', [2, 200_000, 12], [2490, 4990, 29990, 74990, 990])],
  [4, market('MX', 'MXN', [2, 58_000, 16], [9900, 19900, 119900, 299900, 3900])],
  [4, market('TR', 'TRY', [2, 31_000, 20], [14999, 29999, 179999, 449999, 5999])],
  [3, market('AE', 'AED', [2, 272_000, 5], [1999, 3999, 22999, 59999, 799])],
  [1, market('KW', 'KWD', [3, 325_000, 0], [1490, 3090, 18490, 45990, 590])],
)

// Beside everyday names there is one for each way in which CSV goes wrong: separators, quotes, line breaks, blanks
// at the ends, what a spreadsheet takes for a formula, right-to-left text, characters outside the basic plane.
export const PAYWALLS = weighted<Paywall>(
  [12, { developerId: 'onboarding_main', name: 'Onboarding' }],
  [8, { developerId: 'settings_upgrade', name: 'Upgrade from settings' }],
  [5, { developerId: 'feature_gate_export', name: 'Feature gate: export' }],
  [2, { developerId: 'herbst_sale', name: 'Herbst "Sale", 50 %' }],
  [2, { developerId: 'black_friday', name: 'Black Friday 🖤🛍️' }],
  [1, { developerId: 'summer_jp', name: '夏のセール' }],
  [1, { developerId: 'ramadan_ar', name: 'عرض رمضان' }],
  [1, { developerId: 'two_lines', name: 'Go premium\nCancel any time' }],
  [1, { developerId: 'two_lines_windows', name: 'Alles freischalten\r\nJederzeit kündbar' }],
  [1, { developerId: 'formula_equals', name: '=1+1 free months' }],
  [1, { developerId: 'formula_plus', name: '+30 % more' }],
  [1, { developerId: 'formula_minus', name: '-20 % until Sunday' }],
  [1, { developerId: 'blanks', name: ' copy of Onboarding ' }],
)

export const AB_TESTS = weighted<string>(
  [4, 'Price test Q1'],
  [4, 'onboarding_v3'],
  [2, 'Trial 3 vs. 7 days, iOS'],
  [1, '"Free" or "Gratis"?'],
  [1, 'Tést prix €'],
  [1, '価格テスト'],
)

export const DEVICES: Readonly<Record<Store, readonly string[]>> = {
  app_store: ['iPhone 12', 'iPhone 13 Pro', 'iPhone 14', 'iPhone 15 Pro Max', 'iPhone SE', 'iPad Pro 11"'],
  play_store: ['Pixel 7', 'Pixel 8 Pro', 'SM-G991B', 'SM-A546E', 'Redmi Note 12', 'moto g(60), 128 GB'],
}

export const PAID_SOURCES = ['appsflyer', 'adjust', 'branch', 'apple_search_ads', 'facebook'] as const
export const CHANNELS = [
  'Facebook Ads',
  'googleadwords_int',
  'Apple Search Ads',
  'bytedanceglobal_int',
] as const
export const CAMPAIGNS = weighted<string>(
  [5, 'US_iOS_Prospecting_2026'],
  [5, 'EU | Lookalike 1 %'],
  [2, 'Winter, again'],
  [1, '春のキャンペーン'],
  [1, 'حملة الربيع'],
  [1, '@retargeting'],
)
export const AD_GROUPS = ['broad_25_44', 'lookalike_payers', 'keywords; exact', 'Frauen 30–45'] as const
export const AD_SETS = ['adset_01', 'adset_02', 'set "C"'] as const
export const CREATIVES = ['video_15s', 'carousel_b', 'fitness app', 'Ångström 🚀'] as const

export const CANCELLATION_REASONS: Readonly<Record<Store, readonly string[]>> = {
  app_store: weighted<string>(
    [80, 'voluntarily_cancelled'],
    [10, 'billing_error'],
    [3, 'upgraded'],
    [3, 'price_increase'],
    [2, 'unknown'],
    [1, 'product_was_not_available'],
  ),
  play_store: weighted<string>(
    [80, 'voluntarily_cancelled'],
    [12, 'billing_error'],
    [4, 'new_subscription_replace'],
    [2, 'cancelled_by_developer'],
  ),
}
