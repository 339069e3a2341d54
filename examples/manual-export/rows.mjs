// @ts-check
// Your database stands here: SELECT … WHERE event_datetime >= window.start AND event_datetime < window.end

import { eachDay } from 'dayfile'
import { generateEvents, generatePaywallViews } from 'dayfile/testing'

/** @import { DayRange, DayWindow, SourceRequest } from 'dayfile' */

const ROWS_A_DAY = Number(process.env.ROWS_A_DAY ?? 20_000)

/** @param {SourceRequest} request */
export function* eventsOf({ window }) {
  for (const day of daysOf(window)) yield* generateEvents({ day, count: ROWS_A_DAY })
}

/** @param {SourceRequest} request */
export function* paywallViewsOf({ window }) {
  for (const day of daysOf(window)) yield* generatePaywallViews({ day, count: ROWS_A_DAY })
}

/** @param {DayWindow | DayRange} window */
function daysOf(window) {
  const lastDay = 'lastDay' in window ? window.lastDay : window.day
  return eachDay(window.day, lastDay).map(({ day }) => day)
}
