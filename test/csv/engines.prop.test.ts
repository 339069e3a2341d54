import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from '../support/cases.js'
import { RFC_4180 } from '../../src/csv/dialect.js'
import {
  closureRecordEncoder,
  compiledRecordEncoder,
  stringifierRecordEncoder,
  type EncodeRecord,
} from '../../src/csv/encoder.js'
import { outputColumns, UnfitColumn } from '../../src/csv/output-columns.js'
import { RecordBytes } from '../../src/csv/record-bytes.js'
import { anyDataset, anyText, name, rowWith } from './arbitraries.js'

/** What makes one record at a time of an engine. */
function engine(make: (bytes: RecordBytes) => EncodeRecord): (row: object) => string {
  const bytes = new RecordBytes()
  const encode = make(bytes)
  return (row) => {
    bytes.length = 0
    encode(row)
    return Buffer.from(bytes.take()).toString()
  }
}

/** The record, or the column and rule that stand against it. */
function outcome(encode: (row: object) => string, row: object): unknown {
  try {
    return encode(row)
  } catch (error) {
    if (!(error instanceof UnfitColumn)) throw error
    const { column, rule, missing } = error
    return { column, rule, missing }
  }
}

test('the compiled, the closure and the csv-stringify engine agree on every record and every refusal', () => {
  const cases = anyDataset.chain((dataset) => {
    const declared = dataset.columns.map((column) => column.name)
    return fc
      .uniqueArray(
        name.filter((each) => !declared.includes(each)),
        { maxLength: 3 },
      )
      .chain((added) =>
        fc.record({
          dataset: fc.constant(dataset),
          added: fc.constant(added),
          formulaGuard: fc.boolean(),
          rows: fc.array(rowWith([...declared, ...added]), { minLength: 1, maxLength: 4 }),
        }),
      )
  })
  fc.assert(
    fc.property(cases, ({ dataset, added, formulaGuard, rows }) => {
      const columns = outputColumns(dataset.columns, added, formulaGuard)
      const compiled = engine((bytes) => compiledRecordEncoder(columns, bytes))
      const closures = engine((bytes) => closureRecordEncoder(columns, bytes))
      const stringifier = engine((bytes) => stringifierRecordEncoder(columns, RFC_4180, bytes))
      for (const row of rows) {
        const expected = outcome(compiled, row)
        expect(outcome(closures, row)).toEqual(expected)
        expect(outcome(stringifier, row)).toEqual(expected)
      }
    }),
    { numRuns: runs(1500) },
  )
})

test('they agree on rows that fit, whatever the text', () => {
  const columns = outputColumns([], ['a', '__proto__', 'c'], false)
  const engines = [compiledRecordEncoder, closureRecordEncoder].map((make) =>
    engine((bytes) => make(columns, bytes)),
  )
  const stringifier = engine((bytes) => stringifierRecordEncoder(columns, RFC_4180, bytes))
  fc.assert(
    fc.property(rowWith(['a', '__proto__', 'c'], anyText), (row) => {
      const expected = stringifier(row)
      for (const encode of engines) expect(encode(row)).toBe(expected)
    }),
    { numRuns: runs(1000) },
  )
})
