import {
  eachDay,
  events,
  exportDays,
  exportDue,
  paywallViews,
  dueDays,
  planDays,
  scheduledDays,
  type DayWindow,
  type DestinationReport,
  type EventRow,
  type ExportReport,
  type FailedDay,
  type PaywallViewRow,
  type PlannedDay,
} from 'dayfile'
import { memorySink } from 'dayfile/testing'
import { expectTypeOf, test } from 'vitest'

declare const event: EventRow
declare const view: PaywallViewRow

const sink = memorySink()
const days = eachDay('2026-03-01', '2026-03-02')

test('exportDays resolves to reports, and planDays to planned days', () => {
  const options = { dataset: events, source: () => [event], sink, days }
  expectTypeOf(exportDays(options)).resolves.toEqualTypeOf<(ExportReport | FailedDay)[]>()
  expectTypeOf(planDays(options)).resolves.toEqualTypeOf<PlannedDay[]>()
})

test('scheduledDays is a list, and dueDays a promise', () => {
  const now = new Date()
  expectTypeOf(scheduledDays({ after: '2026-03-01', now })).toEqualTypeOf<DayWindow[]>()
  expectTypeOf(dueDays({ dataset: events, archive: sink, now })).resolves.toEqualTypeOf<DayWindow[]>()
  // @ts-expect-error one of the two is needed
  void dueDays({ now })
})

test('the source of each destination gives rows of its own dataset', () => {
  expectTypeOf(
    exportDue({
      scheduledAt: new Date(),
      destinations: [
        { dataset: events, source: () => [event], sink, archive: sink, excludeHistorical: true },
        {
          dataset: paywallViews,
          source: ({ window }) => [{ ...view, paywall_showed_at: window.start }],
          sink,
        },
      ],
    }),
  ).resolves.toEqualTypeOf<DestinationReport[]>()
  void exportDue({
    scheduledAt: new Date(),
    destinations: [
      { dataset: events, source: () => [event], sink },
      // @ts-expect-error rows without their time
      { dataset: paywallViews, source: () => [{ store: 'app_store' }], sink },
    ],
  })
})
