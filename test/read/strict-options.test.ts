import { readCsv } from 'dayfile/read'
import { expect, test } from 'vitest'
import { sales } from './sales.js'

test.each<[unknown, string]>([
  ['yes', 'readCsv: option strict: expected a boolean or an object of options, received string'],
  [1, 'readCsv: option strict: expected a boolean or an object of options, received number'],
  [null, 'readCsv: option strict: expected a boolean or an object of options, received null'],
  [[], 'readCsv: option strict: expected a boolean or an object of options, received an array'],
  [
    { maxProblems: '10' },
    'readCsv: option strict.maxProblems: expected a whole number of 1 to 1000, received string',
  ],
  [
    { maxProblems: null },
    'readCsv: option strict.maxProblems: expected a whole number of 1 to 1000, received null',
  ],
  [{ schema: true }, 'readCsv: option strict.schema: expected a TypeBox schema, received boolean'],
  [{ schema: [] }, 'readCsv: option strict.schema: expected a TypeBox schema, received an array'],
  [{ schema: null }, 'readCsv: option strict.schema: expected a TypeBox schema, received null'],
])('strict: %j is a TypeError at the call that names the option', (strict, message) => {
  const call = () => readCsv(sales, [], { strict: strict as never })
  expect(call).toThrow(TypeError)
  expect(call).toThrow(message)
})

test.each([0, -1, 1.5, NaN, Infinity, 1001])(
  'maxProblems of %d is a RangeError at the call',
  (maxProblems) => {
    const call = () => readCsv(sales, [], { strict: { maxProblems } })
    expect(call).toThrow(RangeError)
    expect(call).toThrow('readCsv: option strict.maxProblems: expected a whole number of 1 to 1000')
  },
)

test.each([true, false, undefined, {}, { maxProblems: 1 }, { maxProblems: 1000, schema: {} }])(
  'strict: %j is an option',
  (strict) => {
    expect(() => readCsv(sales, [], { strict: strict as never })).not.toThrow()
  },
)
