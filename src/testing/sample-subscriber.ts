// In: draws. Out: the people and the transactions that sample rows are about, with exact amounts.

import type { SeededRandom } from './seeded-random.js'
import * as words from './sample-vocabulary.js'
import type { EventType, Market, Plot, Product, Store } from './sample-vocabulary.js'

export const SECOND = 1000
export const DAY = 86_400 * SECOND

export const TRIAL_DAYS = 7
const GRACE_DAYS = 16
const NO_ADVERTISING_ID = '00000000-0000-0000-0000-000000000000'

const MOVES_MONEY: Partial<Record<EventType, 1 | -1>> = {
  subscription_started: 1,
  subscription_renewed: 1,
  trial_converted: 1,
  non_subscription_purchase: 1,
  subscription_refunded: -1,
  non_subscription_purchase_refunded: -1,
}

const ENDS: ReadonlySet<EventType> = new Set([
  'subscription_expired',
  'trial_expired',
  'billing_issue_detected',
])

const CANCELS: ReadonlySet<EventType> = new Set([
  'subscription_renewal_cancelled',
  'trial_renewal_cancelled',
  'subscription_expired',
  'trial_expired',
])

export type Subscriber = ReturnType<typeof subscriber>
export type Transaction = ReturnType<typeof transaction>

/** Draws a person with a device: what the rows of one profile have in common. */
export function subscriber(random: SeededRandom, store: Store, installed: number) {
  const market = random.pick(words.MARKETS)
  const ios = store === 'app_store'
  return {
    profile_id: random.uuid(),
    customer_user_id: customerUserId(random),
    store,
    market,
    // Some travel: the store's country stays, the address says another.
    country: random.chance(30) ? random.pick(words.MARKETS).country : market.country,
    /** Milliseconds since the epoch: each row gets a Date of its own. */
    installed,
    idfv: ios ? random.uuid().toUpperCase() : null,
    idfa: ios ? (advertisingId(random, 250)?.toUpperCase() ?? null) : null,
    advertising_id: ios ? null : advertisingId(random, 700),
    android_app_set_id: ios || random.chance(250) ? null : random.uuid(),
    android_id: ios ? null : random.hex16(),
    ip_address: ipAddress(random),
    device: random.pick(words.DEVICES[store]),
    attribution: random.chance(400) ? attribution(random) : null,
  }
}

// Who did not allow it has zeros, or nothing where the app never asked.
function advertisingId(random: SeededRandom, allowedPerMille: number): string | null {
  if (random.chance(allowedPerMille)) return random.uuid()
  return random.chance(600) ? NO_ADVERTISING_ID : null
}

function customerUserId(random: SeededRandom): string | null {
  const form = random.below(10)
  if (form < 4) return null
  return form < 7 ? `user+${random.digits(6)}@example.com` : random.uuid()
}

// Only from the ranges kept for documentation: a sample row points at nobody's device.
function ipAddress(random: SeededRandom): string {
  if (random.chance(850)) {
    return `${random.pick(['192.0.2', '198.51.100', '203.0.113'])}.${random.below(256)}`
  }
  const group = () => (1 + random.below(0xffff)).toString(16)
  return `2001:db8:${group()}:${group()}:${group()}:${group()}:${group()}:${group()}`
}

function attribution(random: SeededRandom) {
  const source = random.pick(words.PAID_SOURCES)
  const networkUserId = `${random.digits(9)}${random.digits(4)}-${random.digits(7)}`
  const status = random.pick(['organic', 'non_organic', 'non_organic', 'non_organic', 'unknown'])
  const paid = status === 'non_organic'
  return {
    source,
    networkUserId,
    status,
    channel: paid ? random.pick(words.CHANNELS) : null,
    campaign: paid ? random.pick(words.CAMPAIGNS) : null,
    adGroup: paid ? random.pick(words.AD_GROUPS) : null,
    adSet: paid ? random.pick(words.AD_SETS) : null,
    creative: paid ? random.pick(words.CREATIVES) : null,
  }
}

/** Draws where something was shown or bought: the paywall, and the test around it for some. */
export function placement(random: SeededRandom) {
  const paywall = random.pick(words.PAYWALLS)
  const tested = random.chance(350)
  return {
    developer_id: paywall.developerId,
    ab_test_name: tested ? random.pick(words.AB_TESTS) : null,
    ab_test_revision: tested ? 1 + random.below(5) : null,
    paywall_name: paywall.name,
    paywall_revision: 1 + random.below(12),
  }
}

/** Draws the transaction of a plot; `serial`, 13 digits, keeps the transactions of days and rows apart. */
export function transaction(random: SeededRandom, store: Store, chain: Plot['chain'], serial: string) {
  const product = random.pick(chain === 'one_time' ? words.ONE_TIME_PRODUCTS : words.SUBSCRIPTIONS)
  const renewals = renewalsOf(random, chain, product)
  const sandbox = random.chance(20)
  const ids =
    store === 'app_store' ? appStoreIds(random, sandbox, renewals, serial) : playStoreIds(random, renewals)
  return {
    id: ids.id,
    original: ids.original,
    product,
    renewals,
    environment: sandbox ? 'Sandbox' : 'Production',
    // Google takes the lower share of every subscription, Apple from the second year on.
    commissionPercent:
      renewals * product.days >= 360 || (store === 'play_store' && product.days > 0) ? 15 : 30,
    placement: random.chance(650) ? placement(random) : null,
    /** Milliseconds since the epoch, null for what does not expire. It moves with the steps of the plot. */
    expires: null as number | null,
  }
}

function renewalsOf(random: SeededRandom, chain: Plot['chain'], product: Product): number {
  if (chain === 'second') return 1
  return chain === 'later' ? 1 + random.below(product.days === 365 ? 4 : 24) : 0
}

// Apple numbers every transaction anew.
function appStoreIds(random: SeededRandom, sandbox: boolean, renewals: number, serial: string) {
  const prefix = () => (sandbox ? '200' : String(20 + random.below(70)))
  const id = prefix() + serial
  return { id, original: renewals === 0 ? id : `${prefix()}0001${random.digits(9)}` }
}

// Google counts the renewals of an order behind its id, from zero.
function playStoreIds(random: SeededRandom, renewals: number) {
  const original = `GPA.33${random.digits(2)}-${random.digits(4)}-${random.digits(4)}-${random.digits(5)}`
  return { id: renewals === 0 ? original : `${original}..${renewals - 1}`, original }
}

/** Where the end of the subscription lies once `type` has happened at `now`. */
export function nextExpiry(
  random: SeededRandom,
  type: EventType,
  now: number,
  { product, expires }: Transaction,
): number | null {
  if (product.days === 0) return null
  if (type === 'trial_started') return now + TRIAL_DAYS * DAY
  if (type === 'entered_grace_period') return now + GRACE_DAYS * DAY
  if (type === 'subscription_refunded') return now
  if (MOVES_MONEY[type] !== undefined) return now + product.days * DAY
  if (ENDS.has(type)) return now - random.below(3600) * SECOND
  return expires ?? now + (1 + random.below(TRIAL_DAYS * 86_400)) * SECOND
}

/** Why `type` came about, among the reasons that the store knows. */
export function cancellationReason(random: SeededRandom, type: EventType, store: Store): string | null {
  if (type === 'billing_issue_detected') return 'billing_error'
  if (MOVES_MONEY[type] === -1) return 'refund'
  return CANCELS.has(type) ? random.pick(words.CANCELLATION_REASONS[store]) : null
}

/** The amounts of an event in US dollars and in the market's currency; null when no money moved. */
export function amounts(type: EventType, { product, commissionPercent }: Transaction, market: Market) {
  const sign = MOVES_MONEY[type]
  if (sign === undefined) return null
  const price = market.prices[product.tier]
  return {
    usd: split(
      share(price, market.centsPerMillion, 1_000_000),
      2,
      sign,
      commissionPercent,
      market.taxPercent,
    ),
    local: split(price, market.places, sign, commissionPercent, market.taxPercent),
  }
}

// Whole numbers of the smallest unit throughout: the parts add up to the digit.
function split(revenue: number, places: number, sign: 1 | -1, commissionPercent: number, taxPercent: number) {
  const proceeds = revenue - share(revenue, commissionPercent, 100)
  const tax = share(revenue, taxPercent, 100 + taxPercent)
  return {
    revenue: decimalText(sign * revenue, places),
    proceeds: decimalText(sign * proceeds, places),
    net: decimalText(sign * (proceeds - tax), places),
    tax: decimalText(sign * tax, places),
  }
}

/** `amount * part / whole`, rounded half up. */
function share(amount: number, part: number, whole: number): number {
  return Math.floor((2 * amount * part + whole) / (2 * whole))
}

function decimalText(amount: number, places: number): string {
  const sign = amount < 0 ? '-' : ''
  const digits = String(Math.abs(amount)).padStart(places + 1, '0')
  if (places === 0) return sign + digits
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`
}
