import { column, defineDataset, jsonSchema } from 'dayfile'
import { readCsv } from 'dayfile/read'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cellDecoder, cellEncoder } from '../../src/csv/cells.js'
import { isDecimal, writeDecimalText } from '../../src/csv/number-bytes.js'
import { decimalParts } from '../../src/datasets/decimals.js'
import { rejection } from '../export/orders.js'

const amounts = defineDataset({
  name: 'amounts',
  timeColumn: 'at',
  columns: [column.instant('at', { nullable: false }), column.decimal('total')],
})

const totalsOf = async (cell: string, decimals: 'string' | 'number') => {
  const csv = Buffer.from(`at,total\n2026-03-07T12:00:00Z,${cell}\n`)
  const totals = []
  for await (const { total } of readCsv(amounts, csv, { decimals })) totals.push(total)
  return totals
}

test.each(['e5', '.e5', '+e5', '-.E-3'])(
  'an exponent without digits before it is no decimal: %s',
  async (cell) => {
    for (const decimals of ['string', 'number'] as const)
      expect(await rejection(totalsOf(cell, decimals))).toMatchObject({ code: 'CELL_UNDECODABLE' })
  },
)

const forms = { decimals: 'string', instants: 'date', integers: 'number' } as const
const refuses = (work: () => unknown): boolean => {
  try {
    work()
    return false
  } catch {
    return true
  }
}

test('bytes, codecs and schemas take the same decimals', () => {
  const { pattern: plain = '' } = jsonSchema(amounts).properties.total ?? {}
  const [, , { pattern: scientific }] = (
    amounts.schema.properties.total as { anyOf: [{ anyOf: [object, object, { pattern: string }] }] }
  ).anyOf[0].anyOf
  const near = fc.string({
    unit: fc.constantFrom('0', '1', '5', '9', '.', '+', '-', 'e', 'E', ' '),
    maxLength: 8,
  })
  fc.assert(
    fc.property(near, (text) => {
      const parts = decimalParts(text)
      const isPlain = parts !== undefined && !parts.hasExponent
      const bytes = Buffer.from(text)
      expect(new RegExp(plain).test(text)).toBe(isPlain)
      expect(new RegExp(scientific).test(text)).toBe(parts !== undefined)
      expect(writeDecimalText(Buffer.alloc(8), 0, text)).toBe(isPlain ? text.length : 0)
      expect(isDecimal(bytes, 0, bytes.length)).toBe(isPlain)
      // The encoder writes no more than 1,000 digits.
      const isShort = parts !== undefined && Math.abs(parts.point) + parts.digits.length <= 1000
      expect(refuses(() => cellEncoder({ kind: 'decimal' })(text))).toBe(!isShort)
      expect(refuses(() => cellDecoder('decimal', forms)(text))).toBe(parts === undefined)
    }),
    { numRuns: 5000 },
  )
})
