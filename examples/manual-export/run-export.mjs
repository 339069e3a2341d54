// @ts-check
// In: arguments and a sink. Out: files in it, lines on stdout and stderr, and the exit code of the process.

import { exportDays, isDayfileError } from 'dayfile'
import { readArguments, USAGE, UsageError } from './arguments.mjs'
import { display } from './display.mjs'
import { interruption } from './interruption.mjs'
import { planWindows } from './plan.mjs'

/**
 * @import { ExportReport, FailedDay, Sink } from 'dayfile'
 * @import { Arguments } from './arguments.mjs'
 */

// Of sysexits.h: "call me again later" and "call me differently".
const EX_TEMPFAIL = 75
const EX_USAGE = 64

/**
 * Does what the arguments say and tells how it went. Never rejects: gives the exit code.
 *
 * @param {string[]} args
 * @param {Sink | undefined} sink
 * @returns {Promise<number>}
 */
export async function runExport(args, sink) {
  try {
    const given = readArguments(args, new Date())
    if (given === undefined) {
      console.log(USAGE)
      return 0
    }
    if (sink === undefined) throw new UsageError('S3_BUCKET: set it to the name of a bucket')
    return await (given.isPlan ? tellPlan(given, sink) : exportPeriod(given, sink))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    if (!(error instanceof UsageError)) return exitCodeOf([error])
    console.error(`\n${USAGE}`)
    return EX_USAGE
  }
}

/**
 * @param {Arguments} given
 * @param {Sink} sink
 */
async function tellPlan(given, sink) {
  const show = display(given)
  const planned = await planWindows(given, sink)
  for (const plan of planned) show.print(plan)
  show.summary(planned)
  return exitCodeOf(planned.flatMap(({ error }) => error ?? []))
}

/**
 * @param {Arguments} given
 * @param {Sink} sink
 */
async function exportPeriod(given, sink) {
  const { dataset, source, ifExists, windows, concurrency, isQuiet } = given
  const hasBar = process.stderr.isTTY && !isQuiet
  const show = display(given, hasBar ? await planWindows(given, sink) : undefined)
  const stopped = interruption((name) => {
    show.end()
    console.error(`${name}: stopping and cleaning up; press again to quit now`)
  })
  /** @type {(ExportReport | FailedDay)[]} */
  const reports = []
  const [run] = await Promise.allSettled([
    exportDays({
      dataset,
      source,
      sink,
      ifExists,
      days: windows,
      concurrency,
      signal: stopped.signal,
      onFailure: 'report',
      onProgress: show.progress,
      // As each is over: the ones after it may be interrupted.
      onReport: (report) => {
        reports.push(report)
        show.report(report)
      },
    }),
  ])
  show.end()
  stopped.end()
  if (stopped.signal.aborted && reports.length < windows.length) {
    console.error(
      `${reports.length} of ${windows.length} are done, and nothing partial is left of the others; run it again`,
    )
    return stopped.exitCode()
  }
  if (run.status === 'rejected') throw run.reason
  show.summary(reports)
  return exitCodeOf(reports.flatMap((report) => (report.outcome === 'failed' ? [report.error] : [])))
}

/** @param {unknown[]} errors */
function exitCodeOf(errors) {
  if (errors.length === 0) return 0
  return errors.every((error) => isDayfileError(error) && error.retryable) ? EX_TEMPFAIL : 1
}
