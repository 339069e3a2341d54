import { column, defineDataset, events, jsonSchema, paywallViews } from 'dayfile'
import Schema from 'typebox/schema'
import { describe, expect, test } from 'vitest'
import { orders } from '../sql/orders.js'

// A copy through JSON proves that the schema is plain JSON; `typebox/schema` checks it as JSON Schema.
const accepts = (schema: object, row: unknown): boolean =>
  Schema.Check(JSON.parse(JSON.stringify(schema)) as object, row)

const row = { order_id: 'a', ordered_at: '2026-03-07T00:00:00.000Z' }

describe('the schema of orders', () => {
  const schema = jsonSchema(orders)

  test.each<[string, object]>([
    ['required columns alone', row],
    ['nulls', { ...row, note: null, total: null, items: null, tags: null }],
    ['a decimal of 18 digits', { ...row, total: '-123456789.012345678' }],
    ['any JSON', { ...row, tags: [{ deep: [1, null] }] }],
    ['a boolean and a day', { ...row, gift: true, due_on: '2024-02-29' }],
    ['a value that is not in the list', { ...row, note: 'for my aunt' }],
    ['an added column', { ...row, 'added later': 1 }],
  ])('accepts %s', (_, each) => {
    expect(accepts(schema, each)).toBe(true)
  })

  test.each<[string, object]>([
    ['a row without a required column', { order_id: 'a' }],
    ['null in a required column', { ...row, order_id: null }],
    ['a decimal as a number', { ...row, total: 1.5 }],
    ['a decimal in exponent form', { ...row, total: '1e3' }],
    ['a fraction in an integer column', { ...row, items: 1.5 }],
    ['a boolean as text', { ...row, gift: 'true' }],
    ['a day that the calendar does not have', { ...row, due_on: '2026-02-29' }],
    ['an instant that is none', { ...row, ordered_at: 'yesterday' }],
  ])('refuses %s', (_, each) => {
    expect(accepts(schema, each)).toBe(false)
  })

  test('describes a column', () => {
    expect(schema.properties.note).toEqual({
      type: ['string', 'null'],
      description: 'What the buyer wrote; empty when nothing.',
      examples: ['gift'],
    })
  })
})

test('every column is a property, __proto__ included, in file order', () => {
  for (const dataset of [events, paywallViews, orders]) {
    expect(Object.keys(jsonSchema(dataset).properties)).toEqual(dataset.columns.map(({ name }) => name))
  }
})

test('required json stays required', () => {
  const dataset = defineDataset({
    name: 'logs',
    timeColumn: 'at',
    columns: [column.instant('at', { nullable: false }), column.json('body', { nullable: false })],
  })
  expect(jsonSchema(dataset).required).toEqual(['at', 'body'])
})
