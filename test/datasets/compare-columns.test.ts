import { column, csvEncoder, defineDataset, events, isDayfileError, type Column, type Dataset } from 'dayfile'
import { readCsv } from 'dayfile/read'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareColumns, type ColumnBreak, type ContractColumns } from '../../src/datasets/compare-columns.js'
import { columnNamed } from '../csv/arbitraries.js'

const at = column.instant('at', { nullable: false })

const dataset = (columns: readonly Column[]): Dataset =>
  defineDataset({ name: 'orders', timeColumn: 'at', columns: [at, ...columns] })

// Few names, so that two lists share some of them in any order.
const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), { maxLength: 8 })
const columns = names.chain((each) => fc.tuple(...each.map(columnNamed)))
const optional = (prefix: string) =>
  fc
    .array(fc.constantFrom('text', 'integer', 'decimal', 'instant', 'json'), { maxLength: 4 })
    .map((kinds): Column[] => kinds.map((kind, index) => column[kind](`${prefix}${index}`)))

async function rowsOf(reader: Dataset, file: Uint8Array): Promise<unknown[]> {
  const rows = []
  for await (const row of readCsv(reader, file)) rows.push(row)
  return rows
}

const rulesOf = (before: ContractColumns, after: ContractColumns) =>
  compareColumns(before, after).breaks.map(({ rule, column, was, is }) => ({ rule, column, was, is }))

/** What the contract is, said in another way: the old list is the head of the new one, and the rest may be empty. */
function isAppended(before: readonly Column[], after: readonly Column[]): boolean {
  const facts = after.map(({ name, kind, nullable }) => `${name} ${kind} ${nullable}`)
  return (
    before.every(({ name, kind, nullable }, index) => facts[index] === `${name} ${kind} ${nullable}`) &&
    after.slice(before.length).every(({ nullable }) => nullable)
  )
}

describe('aliases', () => {
  const city = column.text('city', { aliases: ['town', 'place'] })

  test('that go are breaks, and the reader of now does not find the column in files that have them', async () => {
    const after = column.text('city', { aliases: ['place'] })
    expect(compareColumns([at, city], [at, after]).breaks).toEqual([
      {
        rule: 'alias',
        column: 'city',
        was: 'town',
        is: null,
        message: expect.stringContaining('column 2 "city" is not found under "town" any more') as string,
      },
    ])
    const file = Buffer.from('at,town\n2026-03-07,Rome\n')
    expect(await rowsOf(dataset([city]), file)).toMatchObject([{ city: 'Rome' }])
    expect(await rowsOf(dataset([after]), file)).toMatchObject([{ city: null }])
  })

  test('that come are none, nor is an alias that became a column of its own', () => {
    expect(compareColumns([at, column.text('city')], [at, city]).breaks).toEqual([])
    const own = [at, column.text('city', { aliases: ['place'] }), column.text('town')]
    expect(compareColumns([at, city], own)).toMatchObject({ appendOnly: true, added: ['town'] })
  })

  test('are not asked for where the columns of before do not tell them, as in manifests', () => {
    const untold = [at, { name: 'city', kind: 'text', nullable: true }]
    expect(compareColumns(untold, [at, column.text('city')]).breaks).toEqual([])
  })

  test('of a new column that files have undeclared are held to its kind, as its name is', () => {
    const before = [at, { name: 'town', kind: 'added', nullable: true }]
    expect(rulesOf(before, [at, column.integer('size', { aliases: ['town'] })])).toEqual([
      { rule: 'kind', column: 'size', was: 'added', is: 'integer' },
    ])
    expect(rulesOf(before, [at, city])).toEqual([])
  })
})

test('lists of very many columns are compared', () => {
  const many = Array.from({ length: 15_000 }, (_, index) => ({
    name: `c${index}`,
    kind: 'text',
    nullable: true,
  }))
  expect(compareColumns(many.slice(0, 7500), many)).toMatchObject({ appendOnly: true, breaks: [] })
  expect(compareColumns(many, many.slice(0, 14_999)).breaks).toMatchObject([
    { rule: 'removed', column: 'c14999' },
  ])
})

describe('laws', () => {
  test('any columns that may be empty can be appended, and nothing breaks', () => {
    fc.assert(
      fc.property(columns, optional('new '), (before, more) => {
        expect(compareColumns(before, [...before, ...more])).toEqual({
          appendOnly: true,
          added: more.map(({ name }) => name),
          breaks: [],
        })
      }),
    )
  })

  test('two lists of any columns: append-only when the one begins with the other, and if not, it is said what broke', () => {
    fc.assert(
      fc.property(columns, columns, optional('new '), fc.boolean(), (before, others, more, isSameHead) => {
        const after = [...(isSameHead ? before : others), ...more]
        const { appendOnly, breaks } = compareColumns(before, after)
        expect(appendOnly).toBe(isAppended(before, after))
        expect(breaks.length === 0).toBe(appendOnly)
      }),
      { numRuns: 500 },
    )
  })

  test('any change of one thing is one break, of its rule, and of that column', () => {
    const list = events.columns as readonly Column[]
    const place = fc.nat(list.length - 1)
    fc.assert(
      fc.property(place, place, (from, to) => {
        const found = list[from] ?? at
        const { name, kind, nullable } = found
        const broken = (after: readonly Column[]) =>
          rulesOf(list, after).map((each) => `${each.rule} ${each.column}`)

        expect(broken(list.toSpliced(from, 1))).toEqual([`removed ${name}`])
        expect(broken(list.toSpliced(from, 0, column.text('x')))).toEqual(['inserted x'])
        expect(broken(list.with(from, { ...found, name: 'x' }))).toEqual([`renamed ${name}`])
        expect(broken(list.with(from, { ...found, kind: kind === 'json' ? 'text' : 'json' }))).toEqual([
          `kind ${name}`,
        ])
        expect(broken(list.with(from, { ...found, nullable: !nullable }))).toEqual([`nullable ${name}`])

        const moved = broken(list.toSpliced(from, 1).toSpliced(to, 0, found))
        // Two neighbours that changed places: either may be said to have moved.
        const neighbour = list[to]?.name ?? ''
        const expected =
          Math.abs(from - to) === 1 ? [`moved ${name}`, `moved ${neighbour}`] : [`moved ${name}`]
        expect(moved).toHaveLength(from === to ? 0 : 1)
        expect(expected).toEqual(expect.arrayContaining(moved))
      }),
      { numRuns: 200 },
    )
  })

  test('breaks are plain JSON, and each message names its column, in the order of the file', () => {
    fc.assert(
      fc.property(columns, columns, (before, after) => {
        const found = compareColumns(before, after)
        expect(JSON.parse(JSON.stringify(found))).toEqual(found)
        for (const { column, message } of found.breaks) expect(message).toMatch(`"${column}" `)
        const places = found.breaks.map(({ message }) => Number(/^column (\d+) /.exec(message)?.[1]))
        const old = places.filter((_, index) => !isNew(found.breaks[index]))
        expect(old).toEqual(old.toSorted((a, b) => a - b))
      }),
    )
  })

  test('the columns of a dataset, of a manifest and of a golden file are one to it', () => {
    fc.assert(
      fc.property(columns, columns, (before, after) => {
        const plain = (list: readonly Column[]) =>
          list.map(({ name, kind, nullable, since }) => ({ name, kind, nullable, since }))
        const expected = compareColumns(plain([at, ...before]), plain([at, ...after]))
        expect(compareColumns(dataset(before), dataset(after))).toEqual(expected)
        expect(compareColumns(plain([at, ...before]), dataset(after).columns)).toEqual(expected)
        expect(compareColumns({ columns: plain([at, ...before]) }, dataset(after))).toEqual(expected)
      }),
    )
  })
})

const isNew = (found: ColumnBreak | undefined): boolean => found?.was === null || found?.was === 'added'

describe('append-only is what both readers live by', () => {
  const time = '2026-03-07T12:00:00.000Z'

  const values = {
    text: 'a',
    integer: 7,
    decimal: '1.5',
    boolean: true,
    date: '2026-03-07',
    instant: time,
    json: {},
  }
  const row = ({ columns: all }: Dataset) =>
    Object.fromEntries(all.map(({ name, kind, nullable }) => [name, nullable ? null : values[kind]]))
  const fileOf = (written: Dataset): Uint8Array => {
    const encoder = csvEncoder(written)
    return Buffer.concat([encoder.header(), encoder.encode([row(written)])])
  }
  const reads = async (reader: Dataset, file: Uint8Array): Promise<boolean> => {
    try {
      return (await rowsOf(reader, file)).length === 1
    } catch (error) {
      if (isDayfileError(error)) return false
      throw error
    }
  }

  test('what it allows, the dataset of now reads in files of before, and that of before in files of now', async () => {
    await fc.assert(
      fc.asyncProperty(columns, optional('new '), async (before, more) => {
        const [old, now] = [dataset(before), dataset([...before, ...more])]
        expect(compareColumns(old, now).appendOnly).toBe(true)
        expect(await reads(now, fileOf(old))).toBe(true)
        expect(await reads(old, fileOf(now))).toBe(true)
        const header = Buffer.from(csvEncoder(old).header()).toString().trimEnd()
        expect(Buffer.from(fileOf(now)).toString().startsWith(header)).toBe(true)
      }),
    )
  })

  test.each([
    ['a new column that is required', [], [column.integer('n', { nullable: false })]],
    ['a column that is required now', [column.integer('n')], [column.integer('n', { nullable: false })]],
  ])('%s makes files of before unreadable, so it breaks', async (_, before, after) => {
    const [old, now] = [dataset(before), dataset(after)]
    expect(await reads(now, fileOf(old))).toBe(false)
    expect(compareColumns(old, now).appendOnly).toBe(false)
  })

  test.each([
    ['a column that may be empty now', [column.integer('n', { nullable: false })], [column.integer('n')]],
    ['a required column that is gone', [column.integer('n', { nullable: false })], []],
    [
      'a required column of another name, whatever its aliases',
      [column.integer('n', { nullable: false })],
      [column.integer('m', { nullable: false, aliases: ['n'] })],
    ],
  ])('%s stops the readers of before, so it breaks', async (_, before, after) => {
    const [old, now] = [dataset(before), dataset(after)]
    expect(await reads(old, fileOf(now))).toBe(false)
    expect(compareColumns(old, now).appendOnly).toBe(false)
  })
})

describe('what broke, by its rule', () => {
  const [a, b, c, d] = [column.text('a'), column.integer('b'), column.text('c'), column.text('d')] as const
  const abcd = [a, b, c, d]

  test.each<[string, readonly Column[], readonly Column[], readonly unknown[]]>([
    [
      'a rename in place',
      abcd,
      [a, b, column.text('x'), d],
      [{ rule: 'renamed', column: 'c', was: 'c', is: 'x' }],
    ],
    [
      'renames of neighbours, each to the one in its place',
      abcd,
      [column.text('x'), column.integer('y'), c, d],
      [
        { rule: 'renamed', column: 'a', was: 'a', is: 'x' },
        { rule: 'renamed', column: 'b', was: 'b', is: 'y' },
      ],
    ],
    [
      'another kind in the place is no rename',
      abcd,
      [a, column.json('x'), c, d],
      [
        { rule: 'removed', column: 'b', was: 2, is: null },
        { rule: 'inserted', column: 'x', was: null, is: 2 },
      ],
    ],
    [
      'a rename and a move are known by the alias',
      abcd,
      [b, c, d, column.text('x', { aliases: ['a'] })],
      [
        { rule: 'renamed', column: 'a', was: 'a', is: 'x' },
        { rule: 'moved', column: 'a', was: 1, is: 4 },
      ],
    ],
    [
      'two columns that became one',
      abcd,
      [a, b, column.text('x', { aliases: ['c', 'd'] })],
      [
        { rule: 'renamed', column: 'c', was: 'c', is: 'x' },
        { rule: 'removed', column: 'd', was: 4, is: null },
      ],
    ],
    [
      'a column that is now an alias of one that was there',
      abcd,
      [a, b, column.text('c', { aliases: ['d'] })],
      [{ rule: 'removed', column: 'd', was: 4, is: null }],
    ],
    ['neighbours that changed places', abcd, [a, c, b, d], [{ rule: 'moved', column: 'b', was: 2, is: 3 }]],
    [
      'columns far apart that changed places',
      abcd,
      [d, b, c, a],
      [
        { rule: 'moved', column: 'a', was: 1, is: 4 },
        { rule: 'moved', column: 'd', was: 4, is: 1 },
      ],
    ],
    [
      'a required column in the middle breaks twice',
      abcd,
      [a, column.text('x', { nullable: false }), b, c, d],
      [
        { rule: 'inserted', column: 'x', was: null, is: 2 },
        { rule: 'required', column: 'x', was: null, is: 2 },
      ],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(rulesOf(before, after)).toEqual(expected)
  })

  test('messages say what happened, whom it breaks and what to do', () => {
    const after = [a, column.text('x'), column.text('b'), column.text('y', { aliases: ['c'] }), d]
    expect(compareColumns(abcd, after).breaks.map(({ message }) => message)).toEqual([
      'column 2 "b" was integer and is text now: tables and types made for it no longer fit; append a column of the new kind under another name',
      'column 3 "c" became "y": its readers find nothing (an alias helps only readers that use this package); keep the header, or append "y" beside it',
      'column 2 "x" is new and comes before existing columns: loads by position mix up columns; append it at the end',
    ])
  })
})

describe('columns of a file that nobody declared', () => {
  const declared = { name: 'a', kind: 'text', nullable: true }
  const undeclared = { name: 'x', kind: 'added', nullable: true }

  test('may come and go and change places', () => {
    const other = { ...undeclared, name: 'y' }
    expect(compareColumns([declared, undeclared], [declared])).toEqual({
      appendOnly: true,
      added: [],
      breaks: [],
    })
    expect(compareColumns([declared, undeclared, other], [declared, other, undeclared])).toEqual({
      appendOnly: true,
      added: [],
      breaks: [],
    })
    expect(compareColumns([declared], [declared, undeclared]).added).toEqual(['x'])
  })

  test.each(['text', 'json'] as const)('may be declared as %s, which takes any text', async (kind) => {
    const declaring = column[kind]('x')
    const found = compareColumns([declared, undeclared], [declared, declaring])
    expect(found).toEqual({ appendOnly: true, added: ['x'], breaks: [] })
    const file = 'at,x\r\n2026-03-07T12:00:00Z,not {json\r\n'
    expect(await rowsOf(dataset([declaring]), Buffer.from(file))).toMatchObject([{ x: 'not {json' }])
  })

  test('are not taken for what came in place of a declared one', () => {
    expect(rulesOf([declared, undeclared], [column.text('x')])).toEqual([
      { rule: 'removed', column: 'a', was: 1, is: null },
    ])
  })

  test.each(['integer', 'decimal', 'instant'] as const)('break as %s, which not every text is', (kind) => {
    expect(rulesOf([declared, undeclared], [declared, column[kind]('x')])).toEqual([
      { rule: 'kind', column: 'x', was: 'added', is: kind },
    ])
  })

  test('a declared column that is declared no longer breaks', () => {
    const message =
      'column 1 "a" was text and is not declared now: tables and types made for it no longer fit; append a column of the new kind under another name'
    expect(compareColumns([declared], [{ ...declared, kind: 'added' }]).breaks).toMatchObject([{ message }])
  })
})

describe('what is no list of columns is a TypeError that says which one', () => {
  test.each<[unknown, string]>([
    [undefined, 'received undefined'],
    ['events', 'received string'],
    [{}, 'received object'],
    [{ columns: 'a' }, 'received string'],
    [[{ name: 'a' }], 'received an array'],
    [[{ name: 'a', kind: 'text', nullable: 'yes' }], 'received an array'],
    [[{ name: 'a', kind: 'text', nullable: true, aliases: 'b' }], 'received an array'],
    [[null], 'received an array'],
  ])('%j', (value, received) => {
    const calls = [
      ['columns before', () => compareColumns(value as never, events)],
      ['columns after', () => compareColumns(events, value as never)],
    ] as const
    for (const [what, call] of calls) {
      expect(call).toThrow(TypeError)
      expect(call).toThrow(
        `${what}: expected a dataset, or a list of columns with name, kind and nullable, ${received}`,
      )
    }
  })

  test('a name that is there twice', () => {
    const twice = [column.text('a'), column.integer('a')]
    expect(() => compareColumns([], twice)).toThrow('columns after: column 2 "a" exists already')
  })
})
