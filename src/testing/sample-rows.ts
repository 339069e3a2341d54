// In: a day, a count and a seed. Out: rows as a real day has them, the same on every machine.

import { isCalendarDay } from '../calendar-day.js'
import type { EventRow } from '../datasets/events.js'
import type { PaywallViewRow } from '../datasets/paywall-views.js'
import { required, requireOptions, whole, type OptionTable } from '../options.js'
import {
  amounts,
  cancellationReason,
  DAY,
  nextExpiry,
  placement,
  SECOND,
  subscriber,
  transaction,
  TRIAL_DAYS,
  type Subscriber,
  type Transaction,
} from './sample-subscriber.js'
import { PLOTS, type EventType, type Plot, type Store } from './sample-vocabulary.js'
import { seededRandom, type SeededRandom } from './seeded-random.js'

/** Options of the sample rows. */
export interface SampleOptions {
  /** The UTC day that holds every row, 'YYYY-MM-DD'. */
  readonly day: string
  /** How many rows, 0 or more. Defaults to 1,000. */
  readonly count?: number | undefined
  /** Any safe integer. Defaults to 1. The same day, count and seed give the same rows. */
  readonly seed?: number | undefined
}

/**
 * Makes the events of a day: purchases, renewals, trials and refunds with consistent stores, ids and amounts.
 *
 * Rows are ordered by time; from two rows on, the first lies on the first millisecond of the day and the last on the
 * last one. Names hold quotes, commas, line breaks, emoji and what looks like a formula. The array is in memory as a
 * whole: take {@link generateEvents} for millions of rows.
 *
 * @throws TypeError or RangeError when an option does not fit; the message names it.
 * @example
 * sampleEvents({ day: '2026-03-07', count: 3 }).length // 3
 */
export function sampleEvents(options: SampleOptions): EventRow[] {
  return [...eventsOf(planOf('sampleEvents', options))]
}

/**
 * Makes the same rows as {@link sampleEvents} one by one, in memory that does not grow with the count.
 *
 * Every iteration starts anew and yields equal rows.
 *
 * @throws TypeError or RangeError when an option does not fit, at the call and not at the first row.
 * @example
 * [...generateEvents({ day: '2026-03-07', count: 2 })].length // 2
 */
export function generateEvents(options: SampleOptions): Iterable<EventRow> {
  const plan = planOf('generateEvents', options)
  return { [Symbol.iterator]: () => eventsOf(plan) }
}

/**
 * Makes the paywall views of a day: some profiles see several paywalls, some within a test.
 *
 * Order, bounds and memory are those of {@link sampleEvents}.
 *
 * @throws TypeError or RangeError when an option does not fit; the message names it.
 * @example
 * samplePaywallViews({ day: '2026-03-07', count: 100 }).length // 100
 */
export function samplePaywallViews(options: SampleOptions): PaywallViewRow[] {
  return [...paywallViewsOf(planOf('samplePaywallViews', options))]
}

/**
 * Makes the same rows as {@link samplePaywallViews} one by one, in memory that does not grow with the count.
 *
 * Every iteration starts anew and yields equal rows.
 *
 * @throws TypeError or RangeError when an option does not fit, at the call and not at the first row.
 * @example
 * [...generatePaywallViews({ day: '2026-03-07', count: 2 })].length // 2
 */
export function generatePaywallViews(options: SampleOptions): Iterable<PaywallViewRow> {
  const plan = planOf('generatePaywallViews', options)
  return { [Symbol.iterator]: () => paywallViewsOf(plan) }
}

interface Plan {
  readonly start: number
  readonly count: number
  readonly seed: number
}

interface Story {
  readonly plot: Plot
  readonly person: Subscriber
  readonly transaction: Transaction | null
  /** Some events come from the store alone: their person is unknown. */
  readonly anonymous: boolean
  step: number
}

// As many stories and visitors as are under way at a time; this is all that an iteration remembers.
const UNDER_WAY = 32

// Keeps the draws of the two datasets apart; the day number fills the other bits.
const EVENT_STREAM = 0x10000000
const VIEW_STREAM = 0x20000000

function* eventsOf({ start, count, seed }: Plan): Generator<EventRow, undefined> {
  const random = seededRandom(seed, EVENT_STREAM ^ (start / DAY))
  const stories: (Story | undefined)[] = []
  for (let index = 0; index < count; index++) {
    const now = start + timeOfDay(random, index, count)
    const slot = random.below(UNDER_WAY)
    let story = stories[slot]
    let type = story?.plot.steps[story.step]
    if (story === undefined || type === undefined) {
      story = stories[slot] = startStory(random, now, serialOf(start / DAY, index))
      type = story.plot.steps[0]
    }
    story.step++
    yield eventRow(random, story, type, now)
  }
}

function startStory(random: SeededRandom, now: number, serial: string): Story {
  const plot = random.pick(PLOTS)
  const store = plot.store ?? drawStore(random)
  const bought = plot.chain === 'none' ? null : transaction(random, store, plot.chain, serial)
  const installed = now - subscribedDays(plot, bought) * DAY - 1 - random.below(3 * DAY)
  return {
    plot,
    person: subscriber(random, store, installed),
    transaction: bought,
    anonymous: bought !== null && random.chance(5),
    step: 0,
  }
}

// 13 digits: the day, a 2 (ids of earlier days have a 1 there) and the row.
function serialOf(dayNumber: number, index: number): string {
  return `${String(Math.abs(dayNumber) % 1000).padStart(3, '0')}2${String(index).padStart(9, '0')}`
}

// The least that must have gone by since the installation for the plot to begin.
function subscribedDays({ chain, steps }: Plot, bought: Transaction | null): number {
  const opened = chain === 'first' && !steps[0].endsWith('_started')
  return bought === null ? 0 : bought.renewals * bought.product.days + (opened ? TRIAL_DAYS : 0)
}

function eventRow(random: SeededRandom, story: Story, type: EventType, now: number): EventRow {
  const { transaction: bought } = story
  const person = story.anonymous ? null : story.person
  const { store, market } = story.person
  const money = bought === null ? null : amounts(type, bought, market)
  const shown = bought?.placement ?? null
  const source = person?.attribution ?? null
  if (bought !== null) bought.expires = nextExpiry(random, type, now, bought)
  return {
    profile_id: person?.profile_id ?? null,
    event_type: type,
    event_datetime: new Date(now),
    transaction_id: bought?.id ?? null,
    original_transaction_id: bought?.original ?? null,
    subscription_expires_at: bought?.expires == null ? null : new Date(bought.expires),
    environment: bought?.environment ?? 'Production',
    revenue_usd: money?.usd.revenue ?? null,
    proceeds_usd: money?.usd.proceeds ?? null,
    net_revenue_usd: money?.usd.net ?? null,
    tax_amount_usd: money?.usd.tax ?? null,
    revenue_local: money?.local.revenue ?? null,
    cancellation_reason: cancellationReason(random, type, store),
    proceeds_local: money?.local.proceeds ?? null,
    net_revenue_local: money?.local.net ?? null,
    tax_amount_local: money?.local.tax ?? null,
    customer_user_id: person?.customer_user_id ?? null,
    store,
    product_id: bought?.product.id ?? null,
    base_plan_id: store === 'play_store' ? (bought?.product.basePlanId ?? null) : null,
    developer_id: shown?.developer_id ?? null,
    ab_test_name: shown?.ab_test_name ?? null,
    ab_test_revision: shown?.ab_test_revision ?? null,
    paywall_name: shown?.paywall_name ?? null,
    paywall_revision: shown?.paywall_revision ?? null,
    profile_county: person?.country ?? null,
    install_date: person === null ? null : new Date(person.installed),
    idfv: person?.idfv ?? null,
    idfa: person?.idfa ?? null,
    advertising_id: person?.advertising_id ?? null,
    ip_address: person?.ip_address ?? null,
    android_app_set_id: person?.android_app_set_id ?? null,
    android_id: person?.android_id ?? null,
    device: person?.device ?? null,
    currency: bought === null ? null : market.currency,
    store_country: bought === null ? null : market.country,
    attribution_source: source?.source ?? null,
    attribution_network_user_id: source?.networkUserId ?? null,
    attribution_status: source?.status ?? null,
    attribution_channel: source?.channel ?? null,
    attribution_campaign: source?.campaign ?? null,
    attribution_ad_group: source?.adGroup ?? null,
    attribution_ad_set: source?.adSet ?? null,
    attribution_creative: source?.creative ?? null,
  }
}

function* paywallViewsOf({ start, count, seed }: Plan): Generator<PaywallViewRow, undefined> {
  const random = seededRandom(seed, VIEW_STREAM ^ (start / DAY))
  const visitors: Subscriber[] = []
  for (let index = 0; index < count; index++) {
    const now = start + timeOfDay(random, index, count)
    const slot = random.below(UNDER_WAY)
    let person = visitors[slot]
    if (person === undefined || random.chance(600)) {
      const ageInSeconds = 1 + random.below(random.chance(500) ? 3600 : 400 * 86_400)
      person = visitors[slot] = subscriber(random, drawStore(random), now - ageInSeconds * SECOND)
    }
    const { developer_id, ab_test_name, ab_test_revision, paywall_name, paywall_revision } = placement(random)
    yield {
      profile_id: person.profile_id,
      customer_user_id: person.customer_user_id,
      profile_country: person.market.country,
      install_date: new Date(person.installed),
      store: person.store,
      paywall_showed_at: new Date(now),
      developer_id,
      ab_test_name,
      ab_test_revision,
      paywall_name,
      paywall_revision,
    }
  }
}

function drawStore(random: SeededRandom): Store {
  return random.chance(600) ? 'app_store' : 'play_store'
}

// Each row has its own slice of the day: the times are in order without being sorted.
function timeOfDay(random: SeededRandom, index: number, count: number): number {
  const drawn = Math.floor(((index + random.fraction()) / count) * DAY)
  if (index === 0) return 0
  return index === count - 1 ? DAY - 1 : drawn
}

const SAMPLE_OPTIONS = {
  day: required(["a day of the calendar as 'YYYY-MM-DD'", isCalendarDay, 'string']),
  count: whole('a whole number of 0 or more', 0),
  seed: whole('a safe integer', Number.MIN_SAFE_INTEGER),
} satisfies OptionTable<SampleOptions>

function planOf(place: string, options: SampleOptions): Plan {
  requireOptions(place, options, SAMPLE_OPTIONS)
  const { day, count = 1000, seed = 1 } = options
  return { start: Date.parse(day), count, seed }
}
