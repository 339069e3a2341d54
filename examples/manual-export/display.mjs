// @ts-check
// In: the progress and each report. Out: a bar on a terminal; everywhere else a line for each, with no escape codes.

import { describeReport } from 'dayfile'
import { progressBar } from './progress-bar.mjs'

/**
 * @import { ExportProgress, ExportReport, FailedDay, PlannedDay } from 'dayfile'
 * @import { Arguments } from './arguments.mjs'
 */

/**
 * What is asked for goes to stdout; the bar and failures go to stderr.
 *
 * @param {Pick<Arguments, 'isQuiet' | 'isJson'>} given
 * @param {readonly PlannedDay[]} [planned] What the bar counts to, where there is one.
 */
export function display({ isQuiet, isJson }, planned) {
  let bar = planned === undefined ? undefined : progressBar(planned, process.stderr)
  const startedAt = performance.now()
  /** @type {(ExportReport | FailedDay)[]} */
  const held = []

  /** @param {ExportReport | FailedDay | PlannedDay} report */
  function print(report) {
    const hasFailed = outcomeOf(report) === 'failed'
    if (hasFailed) console.error(describeReport(report))
    if (isQuiet && !hasFailed) return
    if (isJson) console.log(JSON.stringify(report))
    else if (!hasFailed) console.log(describeReport(report))
  }

  return {
    print,
    /** @param {ExportProgress} progress */
    progress: (progress) => bar?.progress(progress),
    /** @param {ExportReport | FailedDay} report */
    report: (report) => {
      if (bar === undefined) {
        print(report)
        return
      }
      // The cursor is in the line of the bar.
      held.push(report)
      bar.report(report)
    },
    /** Puts the terminal back as it was. What is told from here on is printed at once. */
    end: () => {
      bar?.end()
      bar = undefined
      for (const report of held.splice(0)) print(report)
    },
    /** @param {readonly (ExportReport | FailedDay | PlannedDay)[]} reports */
    summary: (reports) => {
      if (isQuiet || isJson) return
      const outcomes = reports.map(outcomeOf)
      const counts = [...new Set(outcomes)].map(
        (outcome) => `${outcomes.filter((other) => other === outcome).length} ${outcome}`,
      )
      console.log(`${counts.join(', ')}; ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
    },
  }
}

/** @param {ExportReport | FailedDay | PlannedDay} report */
function outcomeOf(report) {
  if (report.outcome !== 'planned') return report.outcome
  return report.action === 'fail' ? 'failed' : `to ${report.action}`
}
