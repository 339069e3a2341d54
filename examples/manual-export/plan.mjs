// @ts-check
// In: what is asked for. Out: what would be done with each window, and how many rows that may be.

import { eachDay, planDays } from 'dayfile'

/**
 * @import { PlannedDay, Sink } from 'dayfile'
 * @import { Arguments } from './arguments.mjs'
 */

/**
 * @param {Arguments} given
 * @param {Sink} sink
 * @returns {Promise<PlannedDay[]>}
 */
export async function planWindows({ dataset, source, ifExists, windows }, sink) {
  const options = { dataset, source, sink, ifExists }
  const planned = await planDays({ ...options, days: windows })
  return Promise.all(
    planned.map(async (plan) => {
      const { window, action, rows } = plan
      if (!('lastDay' in window) || action !== 'publish' || rows !== null) return plan
      // What a period has nobody knows, but its days may be there one by one, or others near them.
      const days = await planDays({ ...options, days: eachDay(window.day, window.lastDay) })
      return { ...plan, rows: sumOf(days.map((day) => day.rows)), bytes: sumOf(days.map((day) => day.bytes)) }
    }),
  )
}

/** @param {(number | null)[]} numbers */
function sumOf(numbers) {
  return numbers.reduce((sum, number) => (sum === null || number === null ? null : sum + number), 0)
}
