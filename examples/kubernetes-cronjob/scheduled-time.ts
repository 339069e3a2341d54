// In: what the pod knows of its Job. Out: the time that the CronJob had planned the Job for, however late the pod is.

const UTC_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z$/
const MINUTES_AT_THE_END = /-(\d{8})$/

/** A date at the end of a name, such as 20260308, would be a minute of 2008. */
const EARLIEST = Date.UTC(2020)

/**
 * The controller ends the name of a Job by its planned time, in minutes since 1970. (It writes it into an annotation of
 * the Job too, but a pod can read its own annotations alone.)
 */
export function scheduledTime({ SCHEDULED_AT: instant, JOB_NAME: name }: NodeJS.ProcessEnv): Date {
  if (instant !== undefined) {
    const at = new Date(UTC_INSTANT.test(instant) ? instant : Number.NaN)
    if (!Number.isNaN(at.getTime())) return at
    throw new RangeError('SCHEDULED_AT: expected an instant such as 2026-03-08T04:00:00Z')
  }
  const [, minutes] = MINUTES_AT_THE_END.exec(name ?? '') ?? []
  const at = new Date(Number(minutes) * 60_000)
  if (at.getTime() >= EARLIEST) return at
  throw new RangeError(
    'JOB_NAME: expected the name of a Job that ends with minutes since 1970, such as export-yesterday-29549040; ' +
      'give a Job that was made by hand such a name, or set SCHEDULED_AT',
  )
}
