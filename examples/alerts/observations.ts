// What the reports of a run, or the gaps between the days that are there, mean for an incident.

import { isDayfileError, type Archive, type Dataset, type DestinationReport } from 'dayfile'
import { auditDays } from 'dayfile/read'
import type { Failure, Observation } from './incident.js'

/** Of what `exportDue` gives for a destination; `exportDays` has the same reports. */
export function observedRun(
  {
    dataset,
    location,
    reports,
    error,
  }: Pick<DestinationReport, 'dataset' | 'location' | 'reports' | 'error'>,
  at: Date,
): Observation {
  const failures = reports.flatMap((report) =>
    report.outcome === 'failed' ? [failureOf(report.window.day, report.error)] : [],
  )
  if (error !== null) failures.push(failureOf('no day', error))
  // A destination whose options are wrong may have neither.
  return { dataset: dataset ?? '', location: location ?? '', by: 'export', at, failures }
}

/** Of the days between the first and the last that have to be there by now. */
export async function observedDays(
  dataset: Dataset,
  archive: Archive,
  days: { readonly from: string; readonly to: string },
  at: Date,
): Promise<Observation> {
  const failures: Failure[] = []
  try {
    for await (const gap of auditDays(dataset, archive, days)) {
      const { day } = gap
      if (gap.reason === 'missing') failures.push({ day, ...NOT_RUN })
      if (gap.reason === 'damaged') failures.push(failureOf(day, gap.error))
    }
  } catch (error) {
    failures.push(failureOf('no day', error))
  }
  return { dataset: dataset.name, location: archive.location, by: 'watchdog', at, failures }
}

const NOT_RUN = {
  code: 'MISSING',
  message: 'No export has run for it: look at the scheduler, and export the day again.',
  retryable: false,
}

/** The message of a DayfileError says what to do, and has no content; that of another error may have, and is left out. */
function failureOf(day: string, error: unknown): Failure {
  if (isDayfileError(error)) {
    const { code, message, retryable } = error
    return { day, code, message, retryable }
  }
  const code = error instanceof Error ? error.name : 'thrown'
  return {
    day,
    code,
    message: 'Your application code threw it: see its log.',
    retryable: false,
  }
}
