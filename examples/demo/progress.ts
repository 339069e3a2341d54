// How far an export has come: one line that is rewritten on a terminal, a line a second where the output is captured.

import type { ExportProgress, ExportReport } from 'dayfile'

const INTERVAL_MS = 1000

/** Shows the progress of one export. Call `end` before anything else is printed. */
export function progressLine() {
  let last: ExportProgress | undefined
  let printed: ExportProgress | undefined
  const print = (progress: ExportProgress): void => {
    console.log(lineOf(progress))
    printed = progress
  }
  return {
    show: (progress: ExportProgress): void => {
      last = progress
      if (process.stdout.isTTY) process.stdout.write(`\r${lineOf(progress)}\u001b[K`)
      else if (progress.elapsedMs - (printed?.elapsedMs ?? 0) >= INTERVAL_MS) print(progress)
    },
    end: (): void => {
      if (process.stdout.isTTY) process.stdout.write('\r\u001b[K')
      // What came after the last whole second, so that the shortest export has a line too.
      else if (last !== undefined && last.rows !== printed?.rows) print(last)
    },
  }
}

/** Prints what an export has published. */
export function printReport({ dataset, outcome, rows, csvBytes, bytes, timings }: ExportReport): void {
  const seconds = (timings.total / 1000).toFixed(1)
  console.log(
    `  ${dataset}: ${outcome}, ${rows} rows, ${megabytes(csvBytes)} of CSV in ${megabytes(bytes)} of gzip, ${seconds} s`,
  )
}

function lineOf({ dataset, rows, csvBytes, elapsedMs }: ExportProgress): string {
  const rate = Math.round(rows / (Math.max(elapsedMs, 1) / 1000))
  return `  ${dataset}: ${rows} rows, ${megabytes(csvBytes)} of CSV, ${rate} rows/s`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
