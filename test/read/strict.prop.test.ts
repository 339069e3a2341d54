// The laws of strict reading: over any file the problems that were put into it, and the rows before the first of them.

import { inspect } from 'node:util'
import { column, defineDataset, encodeCsv, isDayfileError } from 'dayfile'
import { readCsv, type ReadCsvOptions } from 'dayfile/read'
import fc from 'fast-check'
import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { runs } from '../support/cases.js'
import { day, decimalText, instant, int64, json, NASTY_NAMES, text } from '../csv/arbitraries.js'
import { gather } from '../csv/gather.js'
import { sales, strictOutcome, type SalesOptions } from './sales.js'

/** A cell as it stands in the file, and whether it is right. */
interface Cell {
  readonly text: string
  readonly isRight: boolean
}

const right = (...cells: string[]): fc.Arbitrary<Cell> =>
  fc.constantFrom(...cells.map((each) => ({ text: each, isRight: true })))
const wrong = (...cells: string[]): fc.Arbitrary<Cell> =>
  fc.constantFrom(...cells.map((each) => ({ text: each, isRight: false })))

const CELLS: Readonly<Record<string, readonly [fc.Arbitrary<Cell>, fc.Arbitrary<Cell>]>> = {
  at: [right('2026-03-07', '"2026-03-07T12:00:00.5+01:00"'), wrong('', '""', 'now', '"2026-02-\n30"')],
  id: [right('a', '""', '"\r\n\n"', 'é😀', '","""'), wrong('')],
  store: [right('', 'app_store', '"play_store"'), wrong('""', 'é', '"app\n_store"', 'App_store')],
  items: [right('', '""', '1', '"30"', '+2.0'), wrong('3', '1.5', '"\n1"', '9007199254740993')],
  total: [right('', '1', '-.5', '1e3', '"12.50"'), wrong('x', '"1,5"', 'NaN', '"\n"')],
  tags: [right('', 'null', '{}', '"{""a"":[1]}"', '"[\r\n]"'), wrong('{', `{'a': True}`, '"\n"')],
  gift: [right('', '""', 'true', '"false"', 'True', 'f', '1'), wrong('yes', '2', '"true\n"', 'null', 'on')],
  due_on: [
    right('', '2024-02-29', '"2026-03-07"'),
    wrong('2026-02-29', '2026-03-07T00:00:00Z', '"\n2026-03-07"'),
  ],
}
const NAMES = Object.keys(CELLS)

const cellOf = (name: string): fc.Arbitrary<Cell> => {
  const [good, bad] = CELLS[name] ?? [right(), wrong()]
  return fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: bad })
}
const record = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(...NAMES.map(cellOf)) },
  { weight: 1, arbitrary: fc.array(right('a', '"\n"'), { minLength: 1, maxLength: 5 }) },
)

const lineBreaks = (chunk: string): number => chunk.split('\n').length - 1

function expectedOf(records: readonly (readonly Cell[])[], maxProblems: number): object {
  const problems: { line: number; column?: string }[] = []
  let line = 2
  let rows = 0
  for (const cells of records) {
    if (cells.length !== NAMES.length) problems.push({ line })
    else
      problems.push(...NAMES.flatMap((column, at) => (cells[at]?.isRight === true ? [] : [{ line, column }])))
    if (problems.length === 0) rows++
    line += 1 + cells.reduce((sum, cell) => sum + lineBreaks(cell.text), 0)
  }
  return {
    rows,
    problems: problems.slice(0, maxProblems),
    complete: problems.length === 0 ? undefined : problems.length < maxProblems,
  }
}

async function foundIn(chunks: Iterable<Uint8Array>, maxProblems: number): Promise<object> {
  const { rows, error } = await strictOutcome(chunks, { strict: { maxProblems } })
  const details = (error as { details: { problems: { rule: string }[]; complete: boolean } } | undefined)
    ?.details
  const problems = (details?.problems ?? []).map(({ rule, ...place }) => {
    expect(rule).not.toBe('')
    return place
  })
  return { rows: rows.length, problems, complete: details?.complete }
}

test('the first problems are told with line and column, after the rows before them, wherever the file is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n'),
      fc.integer({ min: 1, max: 12 }),
      async (records, end, maxProblems) => {
        const lines = records.map((cells) => cells.map((cell) => cell.text).join())
        const bytes = Buffer.from([NAMES.join(), ...lines, ''].join(end))
        const expected = expectedOf(records, maxProblems)
        expect(await foundIn([bytes], maxProblems)).toEqual(expected)
        expect(
          await foundIn(
            [...bytes].map((byte) => Uint8Array.of(byte)),
            maxProblems,
          ),
        ).toEqual(expected)
      },
    ),
    { numRuns: runs(400) },
  )
})

const MARKER = 'j4ne'
/** Text around a marker, which is no value of any kind but text. */
const secret = fc
  .tuple(text, text)
  .map(([before, after]) => `"${(before + MARKER + after).replaceAll('"', '""')}"`)
const secretJson = fc.tuple(text, json).map(([key, value]) => {
  const cell = JSON.stringify({ [key + MARKER]: value, [MARKER]: MARKER })
  return `"${cell.replaceAll('"', '""')}"`
})

const SCHEMAS = [
  undefined,
  Type.Object({ id: Type.Literal('a'), tags: Type.Null() }),
  Type.Object({ id: Type.Union([Type.String({ maxLength: 3 }), Type.Literal('abcd')]) }),
  Type.Object({
    id: Type.String({ pattern: '^b' }),
    tags: Type.Record(Type.String({ pattern: '^c' }), Type.Null()),
  }),
  Type.Object({ tags: Type.Unsafe({ propertyNames: { maxLength: 1 }, additionalProperties: false }) }),
  Type.Object({
    id: Type.Refine(
      Type.String(),
      () => false,
      (value) => `not ${value}`,
    ),
  }),
  Type.Refine(
    Type.Object({}),
    () => false,
    (row) => `not ${JSON.stringify(row)}`,
  ),
]

test('the content of a cell is never in the error, in whatever way it is printed', async () => {
  const options = fc.record({
    decimals: fc.constantFrom('string' as const, 'number' as const),
    integers: fc.constantFrom('number' as const, 'bigint' as const),
    instants: fc.constantFrom('date' as const, 'string' as const),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(...NAMES.map(() => secret)),
      fc.tuple(secret, secretJson),
      fc.constantFrom(...SCHEMAS),
      options,
      async (cells, [id, tags], schema, forms) => {
        // One record that only a schema refuses, one with no cell that can be read but text, and one that is too short.
        const records = [`2026-03-07,${id},,,,${tags},,`, cells.join(), cells.slice(1).join()]
        const strict = { maxProblems: 1000, ...(schema === undefined ? {} : { schema }) }
        const error: unknown = await readAll([NAMES.join(), ...records].join('\n'), {
          ...forms,
          strict,
        }).catch((thrown: unknown) => thrown)
        if (!isDayfileError(error, 'CSV_INVALID')) throw new Error('expected CSV_INVALID', { cause: error })
        // Of tags all is told but where the text in the cell is JSON by chance.
        expect(error.details.problems.length).toBeGreaterThanOrEqual(schema === undefined ? 7 : 8)
        const printed = [JSON.stringify(error), String(error), error.stack, inspect(error, { depth: null })]
        expect(printed.join()).not.toContain(MARKER)
      },
    ),
    { numRuns: runs(500) },
  )
})

async function readAll(file: string, options: SalesOptions): Promise<void> {
  for await (const row of readCsv(sales, Buffer.from(file), options)) expect(row).toBeDefined()
}

const KINDS = {
  text,
  integer: int64,
  decimal: decimalText,
  boolean: fc.boolean(),
  date: day,
  instant,
  json: json.filter((value) => value !== null),
}

const listed = ['a', 'é"', '=1,']
const kinds = defineDataset({
  name: 'kinds',
  timeColumn: 'at',
  columns: [
    column.instant('at', { nullable: false }),
    ...(Object.keys(KINDS) as (keyof typeof KINDS)[]).map((kind, index) =>
      column[kind](NASTY_NAMES[index] ?? kind),
    ),
    column.text('required', { nullable: false }),
    column.text('listed', { values: listed }),
  ],
})
const names = kinds.columns.map(({ name }) => name)

const row = fc
  .tuple(
    instant,
    ...Object.values(KINDS).map((value) => fc.option<unknown>(value)),
    text,
    fc.option(fc.constantFrom(...listed)),
  )
  .map((cells) => Object.fromEntries(names.map((name, index) => [name, cells[index]])))

test('a file that was written right is read as it is without strict, in every form and with every option', async () => {
  const options: fc.Arbitrary<ReadCsvOptions> = fc.record(
    {
      decimals: fc.constantFrom('string' as const, 'number' as const),
      integers: fc.constant('bigint' as const),
      instants: fc.constantFrom('date' as const, 'string' as const),
      formulaGuard: fc.boolean(),
      columns: fc.subarray(names, { minLength: 1 }),
    },
    { requiredKeys: ['integers'] },
  )
  const gathered = async (bytes: Uint8Array, each: ReadCsvOptions): Promise<object[]> => {
    const found: object[] = []
    for await (const one of readCsv(kinds, bytes, each)) found.push(one)
    return found
  }
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 4 }), options, async (rows, each) => {
      const guard = { formulaGuard: each.formulaGuard === true }
      const bytes = await gather(encodeCsv(kinds, rows as never, guard))
      const strict = { schema: kinds.schema }
      // The schema of the dataset is for whole rows.
      const strictly = each.columns === undefined ? { ...each, strict } : { ...each, strict: true }
      expect(await gathered(bytes, strictly)).toEqual(await gathered(bytes, each))
    }),
    { numRuns: runs(500) },
  )
})
