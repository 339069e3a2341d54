// @ts-check
// In: what was typed. Out: the dataset, its source and the windows, or a UsageError before anything is touched.

import { parseArgs } from 'node:util'
import { dayRange, eachDay, events, paywallViews, previousDay } from 'dayfile'
import { eventsOf, paywallViewsOf } from './rows.mjs'

/**
 * @import { DayWindow, Dataset, Source } from 'dayfile'
 * @typedef {{
 *   dataset: Dataset
 *   source: Source
 *   windows: DayWindow[]
 *   ifExists: 'skip' | 'replace'
 *   concurrency: number
 *   isPlan: boolean
 *   isJson: boolean
 *   isQuiet: boolean
 * }} Arguments
 */

export const USAGE = `usage: node manual-export.mjs DATASET FIRST_DAY LAST_DAY [options]

  DATASET              events or paywall_views
  FIRST_DAY LAST_DAY   YYYY-MM-DD, both included: from FIRST_DAY 00:00:00 up to LAST_DAY 23:59:59 in UTC

  --one-file           one file for all of the period; defaults to one file per day
  --plan               prints what would be done, and does nothing
  --replace            exports published days again
  --concurrency N      days exported at once; defaults to 1
  --json               prints each report as a line of JSON
  --quiet              prints failures only

exit codes: 0 all days are published · 1 something failed, and will fail again · 75 it failed, and may succeed later
            64 wrong arguments · 130, 143 interrupted by SIGINT (Ctrl-C), SIGTERM`

/** Arguments that cannot be meant. Its message is for whoever typed them. */
export class UsageError extends Error {}

/**
 * @param {string[]} args
 * @param {Date} now
 * @returns {Arguments | undefined} Undefined where help is asked for.
 */
export function readArguments(args, now) {
  const { values, positionals } = parse(args)
  const [name = '', firstDay = '', lastDay = '', ...others] = positionals
  if (values.help) return undefined
  if (positionals.length < 3) throw new UsageError('name a dataset, a first day and a last day')
  if (others.length > 0) throw new UsageError(`unexpected after the last day: ${others.join(' ')}`)
  const concurrency = Number(values.concurrency)
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new UsageError('--concurrency: expected a whole number, 1 at least')
  return {
    ...datasetNamed(name),
    windows: windowsOf(firstDay, lastDay, values['one-file'], now),
    isPlan: values.plan,
    ifExists: values.replace ? 'replace' : 'skip',
    isJson: values.json,
    isQuiet: values.quiet,
    concurrency,
  }
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        'one-file': { type: 'boolean', default: false },
        plan: { type: 'boolean', default: false },
        replace: { type: 'boolean', default: false },
        concurrency: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw usageError(error)
  }
}

/**
 * @param {string} name
 * @returns {{ dataset: Dataset, source: Source }}
 */
function datasetNamed(name) {
  if (name === events.name) return { dataset: events, source: eventsOf }
  if (name === paywallViews.name) return { dataset: paywallViews, source: paywallViewsOf }
  throw new UsageError(`dataset "${name}": expected ${events.name} or ${paywallViews.name}`)
}

/**
 * @param {string} firstDay
 * @param {string} lastDay
 * @param {boolean} isOneFile
 * @param {Date} now
 */
function windowsOf(firstDay, lastDay, isOneFile, now) {
  try {
    const range = dayRange(firstDay, lastDay)
    if (range.end <= now) return isOneFile ? [range] : eachDay(firstDay, lastDay)
  } catch (error) {
    throw usageError(error)
  }
  throw new UsageError(
    `day ${lastDay}: not over yet in UTC; the last one that is over is ${previousDay(now).day}`,
  )
}

/** @param {unknown} error */
function usageError(error) {
  return new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
}
