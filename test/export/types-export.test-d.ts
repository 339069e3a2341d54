import {
  eachDay,
  events,
  exportDays,
  exportDue,
  exportWindow,
  paywallViews,
  dayWindow,
  dueDays,
  planDays,
  scheduledDays,
  type CsvOptions,
  type Dataset,
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

const sold = { event_type: 'a', event_datetime: new Date() }
const misspelt = { ...sold, revenueUsd: 1 }
const longer = [misspelt]
const options = { dataset: events, window: dayWindow('2026-03-01'), sink }

test('a key that the dataset does not declare is refused, whatever gives the rows', () => {
  // @ts-expect-error the column is revenue_usd
  void exportWindow({ ...options, source: () => [{ ...sold, revenueUsd: 1 }] })
  // @ts-expect-error the column is revenue_usd
  void exportWindow({ ...options, source: () => longer })
  void exportWindow({
    ...options,
    // @ts-expect-error the column is revenue_usd
    source: ({ window }) => Promise.resolve([{ ...misspelt, event_datetime: window.start }]),
  })
  void exportWindow({
    ...options,
    // @ts-expect-error the column is revenue_usd
    source: function* () {
      yield misspelt
    },
  })
  // @ts-expect-error the column is revenue_usd
  void exportWindow({ ...options, csv: { formulaGuard: true }, source: () => longer })
  // @ts-expect-error the column is revenue_usd
  void exportWindow({ ...options, csv: { addedColumns: 'reject' }, source: () => longer })
  // @ts-expect-error the column is revenue_usd
  void exportDays({ dataset: events, days, sink, source: () => longer })
  void exportDue({
    days,
    // @ts-expect-error the column is revenue_usd
    destinations: [
      { dataset: events, source: () => [sold], sink },
      { dataset: events, source: () => longer, sink },
    ],
  })
})

test('unless csv.addedColumns says what becomes of it', () => {
  for (const addedColumns of ['append', 'drop'] as const) {
    void exportWindow({ ...options, csv: { addedColumns }, source: () => longer })
    void exportDays({ dataset: events, days, sink, csv: { addedColumns }, source: () => longer })
    void exportDue({
      days,
      destinations: [
        { dataset: events, source: () => [sold], sink },
        { dataset: events, source: () => longer, sink, csv: { addedColumns } },
        { dataset: events, source: () => longer, sink, csv: { addedColumns, formulaGuard: true } },
      ],
    })
  }
  const csv: CsvOptions = {}
  void exportWindow({ ...options, csv, source: () => longer })
})

test('and unless the keys of either are not known to the types', () => {
  const records: Record<string, unknown>[] = []
  const any: Dataset = events
  void exportWindow({ ...options, dataset: any, source: () => longer })
  void exportWindow({ ...options, dataset: any, source: () => records })
  void exportWindow({ ...options, source: () => longer as unknown[] as never[] })
  void exportWindow({ ...options, source: () => JSON.parse('[]') as (EventRow & Record<string, unknown>)[] })
})
