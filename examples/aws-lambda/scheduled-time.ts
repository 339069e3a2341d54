// In: an event, from anyone who may call the function. Out: the time that EventBridge Scheduler had planned it for.

const UTC_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/

/** Without it, an event of another kind would export whatever day the clock is on. */
export function scheduledTime(event: unknown): Date {
  const said = (event as { scheduledTime?: unknown } | null | undefined)?.scheduledTime
  const instant = new Date(typeof said === 'string' && UTC_INSTANT.test(said) ? said : Number.NaN)
  if (Number.isNaN(instant.getTime())) {
    throw new TypeError(
      'scheduledTime of the event: expected an instant such as 2026-03-08T04:00:00Z; ' +
        'give the schedule the Input {"scheduledTime": "<aws.scheduler.scheduled-time>"}',
    )
  }
  return instant
}
