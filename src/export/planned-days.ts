// In: the options of each day. Out: what an export would do with it, from manifests alone.

import { withSharedSignal } from '../abort.js'
import { isDayfileError } from '../errors.js'
import { normalizeFilter } from '../datasets/subscription-filter.js'
import type { Manifest } from '../publish/manifest.js'
import { dayAfter, dayBefore } from '../calendar-day.js'
import type { KeyWindow } from '../sinks/object-keys.js'
import type { DayRange, DayWindow } from '../windows/day-window.js'
import { asError, safeInJson } from './failed-day.js'
import { alreadyThere, findManifest, isCommitted } from '../publish/stored-day.js'
import { requireClosed, type ExportWindowOptions } from './plan.js'
import type { DayPlace } from '../publish/recover.js'

/** What `exportDays` would do with a day, as `planDays` returns it. */
export interface PlannedDay {
  readonly outcome: 'planned'
  readonly dataset: string
  readonly window: DayWindow | DayRange
  /**
   * 'publish': it is not published, or incomplete. 'compare': it is published and would be exported again, and replaced if its
   * content differs. 'skip': it is published and stays. 'fail': it would fail with `error`: it is not over, is published with
   * `ifExists: 'fail'`, or has a manifest that cannot be read.
   */
  readonly action: 'publish' | 'compare' | 'skip' | 'fail'
  /**
   * Rows of the day, stored bytes and bytes of CSV: those of the manifest if the day is published, otherwise the medians of the
   * days in `estimatedFrom`. null without such days.
   */
  readonly rows: number | null
  readonly bytes: number | null
  readonly csvBytes: number | null
  /** The published days, up to seven, nearest to it. Empty where nothing was estimated. */
  readonly estimatedFrom: readonly string[]
  readonly error?: Error
}

/** Days that an estimate is made of. */
const NEIGHBOUR_DAYS = 7
/** How far from a day they are looked for, on each side. */
const FARTHEST_DAYS = 14
/** Manifests that are asked for at once. */
const AT_ONCE = 16

type Totals = Manifest['totals']

/** Plans each window: see {@link planDays}. */
export async function planEach(days: readonly ExportWindowOptions[]): Promise<PlannedDay[]> {
  const [first] = days
  if (first === undefined) return []
  return withSharedSignal(first.signal, async (shared) => {
    const signal = shared ?? new AbortController().signal
    const found = await eachAtOnce(days, (options) => findPlanned(options, signal))
    // Of a window over several days nobody knows what one of them has.
    const single = found.filter(({ plan }) => !('lastDay' in plan.window))
    const known = new Map(
      single.flatMap(({ plan, totals }) => (totals === null ? [] : [[plan.window.day, totals]])),
    )
    const unknown = single.filter(({ plan, totals }) => plan.action === 'publish' && totals === null)
    const neighbours = new Set(unknown.flatMap(({ plan }) => daysAround(plan.window.day)))
    for (const { plan } of single) neighbours.delete(plan.window.day)
    await eachAtOnce([...neighbours], async (day) => {
      const totals = await totalsOfDay(first, day, signal)
      if (totals !== null) known.set(day, totals)
    })
    return found.map(({ plan, totals }) =>
      plan.action === 'publish' && totals === null ? { ...plan, ...estimate(plan, known) } : plan,
    )
  })
}

interface FoundPlan {
  readonly plan: PlannedDay
  /** Of the publication that is there. */
  readonly totals: Totals | null
}

async function findPlanned(options: ExportWindowOptions, signal: AbortSignal): Promise<FoundPlan> {
  const { dataset, window, ifExists, gracePeriodMs, allowOpenWindow, now = () => new Date() } = options
  const filter = normalizeFilter(options)
  let current: Manifest | null = null
  const planned = (action: PlannedDay['action'], error?: Error): FoundPlan => {
    const totals = current?.totals ?? null
    const { rows, bytes, csvBytes } = totals ?? UNKNOWN
    const day = { outcome: 'planned', dataset: dataset.name, window, action, rows, bytes, csvBytes } as const
    const plan = { ...day, estimatedFrom: [], ...(error === undefined ? {} : { error }) }
    return { plan: safeInJson<PlannedDay>(plan), totals }
  }
  try {
    const place = placeOf(options, window, signal)
    if (allowOpenWindow !== true) requireClosed(window, now(), gracePeriodMs)
    current = (await findManifest(place))?.manifest ?? null
    if (current === null) return planned('publish')
    if (ifExists === 'fail') return planned('fail', alreadyThere(place))
    if (ifExists === 'replace') return planned('compare')
    return planned((await isCommitted(place, current, { window, filter })) ? 'skip' : 'publish')
  } catch (error) {
    if (signal.aborted) throw signal.reason
    return planned('fail', asError(error))
  }
}

const UNKNOWN = { rows: null, bytes: null, csvBytes: null }

function estimate({ window }: PlannedDay, known: ReadonlyMap<string, Totals>): Partial<PlannedDay> {
  if ('lastDay' in window) return {}
  const nearest = daysAround(window.day)
    .filter((day) => known.has(day))
    .slice(0, NEIGHBOUR_DAYS)
    .sort()
  const totals = nearest.flatMap((day) => known.get(day) ?? [])
  if (totals.length === 0) return {}
  const middle = (of: (day: Totals) => number): number => median(totals.map(of))
  return {
    rows: middle(({ rows }) => rows),
    bytes: middle(({ bytes }) => bytes),
    csvBytes: middle(({ csvBytes }) => csvBytes),
    estimatedFrom: nearest,
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1)
  return Math.round(middle.reduce((sum, value) => sum + value, 0) / middle.length)
}

/** The days before and after it, the nearest ones of each side first. */
function daysAround(day: string): string[] {
  const days: string[] = []
  for (let before = day, after = day, far = 0; far < FARTHEST_DAYS; far++) {
    before = dayBefore(before)
    after = dayAfter(after)
    days.push(before, after)
  }
  return days
}

/** The totals of a neighboring day; null if it is not published or cannot be read: the estimate works without it. */
async function totalsOfDay(
  options: ExportWindowOptions,
  day: string,
  signal: AbortSignal,
): Promise<Totals | null> {
  try {
    const found = await findManifest(placeOf(options, { day }, signal))
    return found?.manifest.totals ?? null
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (isDayfileError(error)) return null
    throw error
  }
}

function placeOf(
  { dataset: { name: dataset }, sink }: ExportWindowOptions,
  window: KeyWindow,
  signal: AbortSignal,
): DayPlace {
  return { sink, dataset, window, manifestKey: sink.keys.manifest(dataset, window), signal }
}

async function eachAtOnce<T, R>(all: readonly T[], work: (each: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let start = 0; start < all.length; start += AT_ONCE) {
    results.push(...(await Promise.all(all.slice(start, start + AT_ONCE).map(work))))
  }
  return results
}
