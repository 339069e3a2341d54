// @ts-check
// In: the planned days, and how far each has come. Out: one line on the terminal with a bar and the time that is left.

import { Presets, SingleBar } from 'cli-progress'

/** @import { ExportProgress, ExportReport, FailedDay, PlannedDay } from 'dayfile' */

/**
 * Moves on with the rows of each day, as far as anybody knows how many it has: by the plan, or as the days before it have
 * had. Nothing else may be printed before `end`.
 *
 * @param {readonly PlannedDay[]} planned
 * @param {NodeJS.WriteStream} stream
 */
export function progressBar(planned, stream) {
  const expected = new Map(planned.map(({ window, rows }) => [window.day, rows]))
  /** @type {Map<string, { rows: number, bytes: number, isOver: boolean }>} */
  const seen = new Map()
  const startedAt = performance.now()
  let failed = 0
  let value = 0
  const bar = new SingleBar(
    {
      stream,
      format: '{bar} {percentage}% | ETA {eta_formatted} | {done}',
      formatTime: (seconds) => timeOf(seconds),
      barsize: 24,
      // Ten values a second: the time that is left follows the last ten seconds.
      etaBuffer: 100,
      hideCursor: true,
    },
    Presets.shades_classic,
  )

  function show() {
    const days = [...seen.values()]
    const over = days.filter(({ isOver }) => isOver)
    const rows = sum(days.map((day) => day.rows))
    const rate = rows / ((performance.now() - startedAt) / 1000)
    const done = [
      `${over.length}/${planned.length} done`,
      `${countOf(rows)} rows`,
      `${countOf(rate)}/s`,
      `${(sum(days.map(({ bytes }) => bytes)) / 1e6).toFixed(1)} MB`,
      ...(failed === 0 ? [] : [`${failed} failed`]),
    ].join(' | ')
    const sent = over.flatMap((day) => (day.rows > 0 ? day.rows : []))
    const typicalRows = sent.length === 0 ? null : sum(sent) / sent.length
    const parts = [...seen].map(([day, now]) => {
      const rowsOfDay = expected.get(day) ?? typicalRows
      if (now.isOver) return 1
      return rowsOfDay === null ? 0 : Math.min(1, now.rows / Math.max(1, rowsOfDay))
    })
    // One that stands still would be taken for an end that never comes.
    const isSame = sum(parts) === value
    value = sum(parts)
    if (isSame) bar.update({ done })
    else bar.update(value, { done })
  }

  bar.start(planned.length, 0, { done: `0/${planned.length} done` })
  return {
    /** @param {ExportProgress} progress */
    progress: ({ day, rows, bytes }) => {
      seen.set(day, { rows, bytes, isOver: false })
      show()
    },
    /** @param {ExportReport | FailedDay} report */
    report: (report) => {
      const { day } = report.window
      if (report.outcome === 'failed') failed++
      // Nothing of it was sent.
      const isNothing = report.outcome === 'failed' || report.outcome === 'skipped'
      const { rows, bytes } = isNothing ? { rows: 0, bytes: 0 } : report
      seen.set(day, { rows, bytes, isOver: true })
      show()
    },
    end: () => {
      bar.stop()
    },
  }
}

/** @param {unknown} seconds As cli-progress has it: a number, or a word while there is no telling. */
function timeOf(seconds) {
  if (typeof seconds !== 'number') return '…'
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.round(seconds) % 60]
  const [hours = 0, minutes = 0] = parts
  if (hours > 0) return `${hours}h${minutes}m`
  return minutes > 0 ? `${minutes}m${parts[2]}s` : `${parts[2]}s`
}

/** @param {number} count */
function countOf(count) {
  return Math.round(count).toLocaleString('en')
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0)
}
