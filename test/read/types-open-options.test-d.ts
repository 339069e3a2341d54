// Options whose types leave something open: what comes may be either, and the row's type says so.

import { events, paywallViews, type Archive, type Dataset } from 'dayfile'
import { readCsv, readDay, readDays, type ReadCsvOptions } from 'dayfile/read'
import { describe, expectTypeOf, test } from 'vitest'

declare function rowOf<Row>(rows: AsyncGenerator<Row, void, void>): Row
declare function keyOf<Row>(rows: AsyncGenerator<Row, void, void>): keyof Row
declare const archive: Archive

const bytes = new Uint8Array()

describe('what the options leave open, the row leaves open', () => {
  test('a list that is no tuple may lack any of its names', () => {
    const columns: ('profile_id' | 'store')[] = ['store']
    expectTypeOf(rowOf(readCsv(events, bytes, { columns }))).toEqualTypeOf<{
      profile_id?: string | null
      store?: string | null
    }>()
    expectTypeOf(rowOf(readDay(events, archive, '2026-03-07', { columns }))).toEqualTypeOf<{
      profile_id?: string | null
      store?: string | null
    }>()
  })

  test('columns that are asked for or not', () => {
    const options = {} as ReadCsvOptions<'store'>
    const row = rowOf(readCsv(paywallViews, bytes, options))
    expectTypeOf(row.profile_id).toEqualTypeOf<string | null | undefined>()
    expectTypeOf(row.store).toEqualTypeOf<string | null | undefined>()
    expectTypeOf(row.added).toEqualTypeOf<Readonly<Record<string, string | null>> | undefined>()
  })

  test('a form that is either, or that is asked for or not', () => {
    const form = 'number' as 'number' | 'string'
    const { revenue_usd } = rowOf(readCsv(events, bytes, { columns: ['revenue_usd'], decimals: form }))
    expectTypeOf(revenue_usd).toEqualTypeOf<number | string | null>()
    const options = {} as { instants?: 'string' }
    expectTypeOf(rowOf(readCsv(events, bytes, options)).event_datetime).toEqualTypeOf<Date | string>()
  })

  test('a dataset that is any dataset has the columns that were asked for', () => {
    const dataset = events as Dataset
    const rows = readCsv(dataset, bytes, { columns: ['store', 'idfa'] })
    expectTypeOf(keyOf(rows)).toEqualTypeOf<'store' | 'idfa'>()
  })

  test('rows of which undeclared columns are dropped or rejected have no `added`', () => {
    for (const addedColumns of ['drop', 'reject'] as const) {
      const rows = readCsv(paywallViews, bytes, { addedColumns })
      expectTypeOf(keyOf(rows)).toEqualTypeOf<(typeof paywallViews.columns)[number]['name']>()
    }
    const either = 'drop' as 'drop' | 'keep'
    expectTypeOf(rowOf(readCsv(paywallViews, bytes, { addedColumns: either }))).toHaveProperty('added')
  })
})

test('an option that there is not is refused, beside others too', () => {
  // @ts-expect-error -- the option is decimals
  readCsv(events, bytes, { columns: ['revenue_usd'], decimal: 'number' })
  // @ts-expect-error -- the manifest says the dialect
  readDay(events, archive, '2026-03-07', { columns: ['store'], dialect: {} })
  // @ts-expect-error -- the option is addedColumns
  readDays(events, archive, ['2026-03-07'], { decimals: 'number', added: 'drop' })
})
