// Misspelt columns: each would be NULL, or left out, without a word.

import { column, csvEncoder, defineDataset } from 'dayfile'
import { readCsv } from 'dayfile/read'
import { loadCommand } from 'dayfile/sql'
import { describe, expect, test } from 'vitest'

const at = column.instant('at', { nullable: false })
const sales = defineDataset({
  name: 'sales',
  timeColumn: 'at',
  columns: [at, column.text('event_type'), column.decimal('price_1', { aliases: ['Cost'] })],
})

async function reading(header: string, options: object = {}): Promise<unknown> {
  try {
    for await (const row of readCsv(sales, Buffer.from(`${header}\n`), options)) expect(row).toBeDefined()
    return undefined
  } catch (error) {
    return error
  }
}

describe('a header with a slip of a nullable column', () => {
  test.each(['eventType', 'Event_Type', 'EVENT-TYPE', 'event_typ', 'evnet_type'])('%s', async (found) => {
    expect(await reading(`at,${found}`)).toMatchObject({
      code: 'CSV_HEADER_MISMATCH',
      message: expect.stringContaining(`"${found}", "event_type"`) as string,
      details: { columns: [found, 'event_type'] },
    })
  })

  test.each(['price_2', 'other', 'Cost', 'event_type_of_another_app'])('is not %s', async (found) => {
    expect(await reading(`at,${found}`)).toBeUndefined()
  })

  test('matters only where the column is read, and is missing', async () => {
    expect(await reading('at,eventType', { columns: ['at'] })).toBeUndefined()
    expect(await reading('at,eventType,event_type')).toBeUndefined()
  })

  test('is refused by loads of files with such columns', () => {
    const columns = ['at', 'eventType']
    expect(() => loadCommand(sales, 'duckdb', { location: 's3://b/', columns })).toThrow(
      'the files have "eventType" and not "event_type"',
    )
  })
})

test('a name that is asked for and not declared comes with the one that was meant', async () => {
  const message = (name: string): unknown => expect.stringContaining(`did you mean ${name}?`)
  expect(await reading('at', { columns: ['event_typ'] })).toMatchObject({ message: message('event_type') })
  expect(await reading('at', { columns: ['Cost'] })).toMatchObject({ message: message('price_1') })
  const encoder = csvEncoder(sales, { addedColumns: 'reject' })
  expect(() => encoder.encode([{ at: '2026-03-07', eventTyp: 'x' } as never])).toThrow(
    'did you mean event_type?',
  )
  expect(() => defineDataset({ name: 'x', timeColumn: 'att' as never, columns: [at] })).toThrow(
    'timeColumn "att" is not a column; did you mean at?',
  )
})

test('names that differ only in case are refused, but for the aliases of one column', () => {
  const message = 'columns "event_type" and "Event_Type" differ only in case'
  expect(() => sales.extend([column.text('Event_Type')])).toThrow(message)
  expect(() => sales.extend([column.text('note', { aliases: ['Note'] })])).not.toThrow()
})
