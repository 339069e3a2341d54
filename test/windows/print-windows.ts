// Run in a child process under some TZ: prints the bounds of the named cases, and a few runs, as JSON.

import { dayWindow, previousDay } from '../../src/windows/day-window.js'
import { scheduledDays, nextRunAt } from '../../src/windows/schedule.js'
import { MISSING_DAYS, NAMED_CASES } from './named-cases.js'

function attempt(make: () => unknown): unknown {
  try {
    return make()
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

process.stdout.write(
  JSON.stringify({
    // Proof that TZ took hold: the process's own offset.
    processOffset: new Date('2026-01-01T00:00:00Z').getTimezoneOffset(),
    windows: NAMED_CASES.map(([zone, day]) => attempt(() => dayWindow(day, { zone }))),
    missing: MISSING_DAYS.map(([zone, day]) => attempt(() => dayWindow(day, { zone }))),
    notADay: attempt(() => dayWindow('2026-02-30')),
    previous: NAMED_CASES.slice(4).map(([zone, , , end]) => previousDay(new Date(end), { zone }).day),
    due: scheduledDays({ after: '2023-04-26', now: new Date('2023-04-29T12:00:00Z'), zone: 'Africa/Cairo' }),
    next: NAMED_CASES.slice(4).map(([zone, , start]) => nextRunAt(new Date(start), { zone, runAt: '00:30' })),
  }),
)
