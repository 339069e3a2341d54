import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { column, defineDataset, events, paywallViews } from 'dayfile'
import { readCsv, type CsvBytes, type ReadCsvOptions } from 'dayfile/read'
import { describe, expect, test } from 'vitest'
import { at, allKinds as orders } from '../csv/orders.js'

async function read(
  bytes: CsvBytes | string,
  options: ReadCsvOptions = {},
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  const chunks = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  for await (const row of readCsv(orders, chunks, options as object)) rows.push(row)
  return rows
}

const HEADER = 'at,note,items,total,tags'
const row = (cells: object): object => ({
  at: new Date(at),
  note: null,
  items: null,
  total: null,
  tags: null,
  gift: null,
  due_on: null,
  ...cells,
})

const NASTY = [
  `\uFEFFat,"no""te",note,total,added é`,
  `${at},"",,1.50,"a\r\nb"`,
  `${at},"é😀\n,""","""",,`,
  `"${at}",\u00a0,"\uFEFF","-0.10",\uFEFF`,
].join('\r\n')

describe('where chunks are cut makes no difference', () => {
  const bytes = Buffer.from(NASTY)
  const expected = [
    row({ total: '1.50', added: { 'no"te': '', 'added é': 'a\r\nb' } }),
    row({ note: '"', added: { 'no"te': 'é😀\n,"', 'added é': null } }),
    row({ note: '\uFEFF', total: '-0.10', added: { 'no"te': '\u00a0', 'added é': '\uFEFF' } }),
  ]

  test.each([
    ['plain', bytes],
    ['gzip', gzipSync(bytes)],
    ['gzip in two members', Buffer.concat([gzipSync(bytes.subarray(0, 70)), gzipSync(bytes.subarray(70))])],
  ])('%s: at every byte, and at all of them', async (_, file) => {
    expect(await read(file)).toEqual(expected)
    for (let cut = 0; cut <= file.length; cut++) {
      expect(await read([file.subarray(0, cut), file.subarray(cut)])).toEqual(expected)
    }
    expect(await read([...file].map((byte) => Uint8Array.of(byte)))).toEqual(expected)
    expect(await read(Readable.from([file]))).toEqual(expected)
  })

  test('a chunk of many records is read piece by piece', async () => {
    const line = `${at},é${'x'.repeat(99)},,,\n`
    const rows = readCsv(orders, Buffer.from(`${HEADER}\n${line.repeat(20_000)}`))
    let count = 0
    for await (const { note } of rows) {
      if (note?.length !== 100) expect.unreachable()
      count++
    }
    expect(count).toBe(20_000)
  })

  test('memory that a source fills again after each chunk is not read twice', async () => {
    const file = Buffer.from(`${HEADER}\n${at},é😀é😀,,,\n`)
    function* reusing(): Generator<Uint8Array> {
      const memory = new Uint8Array(1)
      for (const byte of file) {
        memory[0] = byte
        yield memory
      }
    }
    expect(await read(reusing())).toEqual([row({ note: 'é😀é😀' })])
  })

  test.each([100, 4096, 65_536, 1_000_000])('nor is that of gzip, in chunks of %i bytes', async (size) => {
    const lines = Array.from({ length: 5000 }, () => `${at},${randomUUID()},,,\n`)
    const file = gzipSync(`${HEADER}\n${lines.join('')}`)
    function* reusing(): Generator<Uint8Array> {
      const memory = Buffer.alloc(size)
      for (let from = 0; from < file.length; from += size) {
        yield memory.subarray(0, file.copy(memory, 0, from, from + size))
        memory.fill('!')
      }
    }
    expect(await read(reusing())).toHaveLength(5000)
  })

  test('how the closing of a source goes does not hide why it was closed', async () => {
    function* failing(): Generator<Uint8Array> {
      try {
        yield Buffer.from(`${HEADER}\n${at},"a"b,,,\n`)
        yield Buffer.from(`${at},b,,,\n`)
      } finally {
        throw new Error('closing failed')
      }
    }
    await expect(read(failing())).rejects.toMatchObject({ code: 'CSV_MALFORMED' })
  })
})

describe('files of other producers', () => {
  test.each(['\n', '\r\n'])(
    'line ends %j, with and without the last one, and a byte order mark',
    async (end) => {
      const expected = [row({ note: 'a' }), row({ note: 'b' })]
      const lines = [HEADER, `${at},a,,,`, `${at},b,,,`].join(end)
      for (const file of [lines, lines + end, `\uFEFF${lines}`]) expect(await read(file)).toEqual(expected)
    },
  )

  test('only one byte order mark is passed over', async () => {
    await expect(read(`\uFEFF\uFEFF${HEADER}\n`)).rejects.toMatchObject({ code: 'CSV_HEADER_MISMATCH' })
  })

  test('profile_country is read as profile_county', async () => {
    const csv = `event_type,event_datetime,profile_country\nx,${at},DE\n`
    const { value } = await readCsv(events, Buffer.from(csv)).next()
    expect(value).toMatchObject({ profile_county: 'DE', idfa: null })
    expect(value).not.toHaveProperty('added')
  })

  test('a column under its own name goes before its alias, which then is an added one', async () => {
    const csv = `event_type,event_datetime,profile_country,profile_county\nx,${at},FR,DE\n`
    const { value } = await readCsv(events, Buffer.from(csv)).next()
    expect(value).toMatchObject({ profile_county: 'DE', added: { profile_country: 'FR' } })
  })

  test('integers as pandas writes them, and Python dictionaries as text', async () => {
    expect(await read(`at,items,tags\n${at},7.0,{'a': True}\n`)).toEqual([
      row({ items: 7, tags: "{'a': True}" }),
    ])
  })

  test.each([
    ['true', true],
    ['false', false],
    ['True', true],
    ['FALSE', false],
    ['t', true],
    ['f', false],
    ['1', true],
    ['0', false],
    ['"true"', true],
    ['""', null],
    ['', null],
  ])('a boolean as programs write it: %s', async (cell, gift) => {
    expect(await read(`at,gift\n${at},${cell}\n`)).toEqual([row({ gift })])
  })

  test.each(['yes', 'no', '2', '1.0', 'truth', ' true', 'null', 'on', '"t\n"'])(
    'no boolean, which is an error: %j',
    async (cell) => {
      await expect(read(`at,gift\n${at},${cell}\n`)).rejects.toMatchObject({
        code: 'CELL_UNDECODABLE',
        details: { line: 2, column: 'gift', rule: 'expected a boolean (true or false)' },
      })
    },
  )

  test('a calendar day is text, whatever the zone of the process and the form of instants', async () => {
    const expected = [row({ due_on: '2026-03-07' }), row({ due_on: '0000-02-29' })]
    const csv = `at,due_on\n${at},2026-03-07\n${at},"0000-02-29"\n`
    expect(await read(csv)).toEqual(expected)
    expect(await read(csv, { instants: 'date' })).toEqual(expected)
  })

  test.each(['2026-02-29', '2026-3-7', '2026-03-07T00:00:00Z', '2026-03-07 00:00:00', '07/03/2026', '0'])(
    'no calendar day, which is an error: %s',
    async (cell) => {
      await expect(read(`at,due_on\n${at},${cell}\n`)).rejects.toMatchObject({
        code: 'CELL_UNDECODABLE',
        details: { line: 2, column: 'due_on', rule: "expected a calendar day 'YYYY-MM-DD'" },
      })
    },
  )

  test('a last cell that is empty, without a line end', async () => {
    expect(await read(`at,note\n${at},`)).toEqual([row({})])
    expect(await read(`at,note\n${at},""`)).toEqual([row({ note: '' })])
  })
})

describe('options', () => {
  const csv = `at,note,items,total,extra\n2026-03-07T12:00:00.123456+0000,a,9007199254740993,0.10,e\n`
  const big: ReadCsvOptions = { integers: 'bigint' }

  test('`columns` reads these alone, and no added ones', async () => {
    expect(await read(csv, { columns: ['total', 'note'] })).toEqual([{ total: '0.10', note: 'a' }])
    expect(await read(csv, { columns: ['tags'] })).toEqual([{ tags: null }])
  })

  test("'drop' and 'reject' for added columns", async () => {
    expect((await read(csv, { ...big, addedColumns: 'drop' }))[0]).not.toHaveProperty('added')
    await expect(read(csv, { ...big, addedColumns: 'reject' })).rejects.toMatchObject({
      code: 'CSV_HEADER_MISMATCH',
      details: { columns: ['extra'] },
    })
  })

  test('each kind in its other form', async () => {
    expect(await read(csv, { ...big, decimals: 'number', instants: 'string' })).toEqual([
      row({
        at: '2026-03-07T12:00:00.123456+0000',
        note: 'a',
        items: 9007199254740993n,
        total: 0.1,
        added: { extra: 'e' },
      }),
    ])
    expect((await read(csv, big))[0]?.at).toEqual(new Date('2026-03-07T12:00:00.123Z'))
  })

  test('a number that cannot hold the value is an error, never another value', async () => {
    await expect(read(csv)).rejects.toMatchObject({
      code: 'CELL_UNDECODABLE',
      message: expect.stringContaining("integers: 'bigint'") as string,
      details: { line: 2, column: 'items' },
    })
    await expect(read(`at,total\n${at},1e400\n`, { decimals: 'number' })).rejects.toMatchObject({
      code: 'CELL_UNDECODABLE',
      details: { line: 2, column: 'total' },
    })
  })

  test('a name that is not declared is COLUMN_UNKNOWN', async () => {
    await expect(read(csv, { columns: ['nope'] })).rejects.toMatchObject({
      code: 'COLUMN_UNKNOWN',
      details: { dataset: 'orders', column: 'nope' },
    })
  })
})

describe('headers', () => {
  test('a required column that is missing is named', async () => {
    await expect(read(`note,total\na,1\n`)).rejects.toMatchObject({
      code: 'CSV_HEADER_MISMATCH',
      details: { columns: ['at'] },
      message: expect.stringContaining('"at"') as string,
    })
    await expect(readCsv(paywallViews, Buffer.from('profile_id\n')).next()).rejects.toMatchObject({
      details: { columns: ['paywall_showed_at'] },
    })
    expect(await read(`note\na\n`, { columns: ['note'] })).toEqual([{ note: 'a' }])
  })

  test('a repeated column is refused, even under its alias', async () => {
    await expect(read(`at,x,x\n`)).rejects.toMatchObject({
      code: 'CSV_HEADER_MISMATCH',
      details: { columns: ['x'] },
    })
  })

  test('names that objects inherit are ordinary columns', async () => {
    const dataset = defineDataset({
      name: 'names',
      timeColumn: 'at',
      columns: [column.instant('at', { nullable: false }), column.text('__proto__'), column.text('toString')],
    })
    const csv = `at,toString,__proto__,constructor\n${at},t,p,c\n`
    const { value } = await readCsv(dataset, Buffer.from(csv)).next()
    expect(Object.entries(value ?? {})).toEqual([
      ['at', new Date(at)],
      ['__proto__', 'p'],
      ['toString', 't'],
      ['added', { constructor: 'c' }],
    ])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  test.each([126, 127, 128, 129, 252, 253, 1020, 1021])('%i columns make plain objects', async (count) => {
    const names = ['at', '__proto__', ...Array.from({ length: count - 2 }, (_, index) => `c${index}`)]
    const wide = defineDataset({
      name: 'wide',
      timeColumn: 'at',
      columns: names.map((name, index) =>
        index === 0 ? column.instant(name, { nullable: false }) : column.text(name),
      ),
    })
    const record = (row: number): string => [at, ...names.slice(1).map((name) => `${name}-${row}`)].join(',')
    const rows: object[] = []
    const csv = [names.join(','), record(0), record(1)].join('\n')
    for await (const each of readCsv(wide, Buffer.from(csv))) rows.push(each)
    for (const [index, each] of rows.entries()) {
      expect(Object.getPrototypeOf(each)).toBe(Object.prototype)
      expect(Object.keys(each)).toEqual(names)
      expect(Object.values(each).slice(1)).toEqual(names.slice(1).map((name) => `${name}-${index}`))
    }
    expect(rows).toHaveLength(2)
  })

  // In quadratic time this would run into the limit of a test.
  test('200,000 columns are read', async () => {
    const extra = Array.from({ length: 200_000 }, (_, index) => `c${index}`)
    expect(await read(`at,${extra.join()}\n${at},${extra.join()}\n`, { addedColumns: 'drop' })).toHaveLength(
      1,
    )
  })
})

describe('a cell in thousands of chunks', () => {
  // Joined anew at each chunk it would run into the limit of a test.
  test.each(['"', ''])('is read (quote %j)', async (quote) => {
    function* chunks(): Generator<Uint8Array> {
      yield Buffer.from(`at,note\n${at},${quote}`)
      for (let count = 0; count < 40_000; count++) yield Buffer.alloc(1000, 'x')
      yield Buffer.from(`${quote}\n`)
    }
    expect(((await read(chunks()))[0]?.note as string).length).toBe(40_000_000)
  })

  test('is refused beyond 64 Mi characters, as a quote that is lost must not take the memory', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    function* chunks(): Generator<Uint8Array> {
      yield Buffer.from(`at,note\n${at},"`)
      for (;;) yield chunk
    }
    await expect(read(chunks())).rejects.toMatchObject({ code: 'CSV_MALFORMED', details: { line: 2 } })
  })
})

describe('the source', () => {
  const file = Buffer.from(`${HEADER}\n${`${at},a,,,\n`.repeat(5)}`)
  const never = new Promise<never>(() => undefined)

  test.each([
    ['plain', file],
    ['gzip', gzipSync(file)],
  ])('is closed when the reader leaves early (%s)', async (_, bytes) => {
    let closed = false
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield bytes
      } finally {
        closed = true
      }
    }
    for await (const each of readCsv(orders, source(), { columns: ['note'] })) if (each.note === 'a') break
    await new Promise(setImmediate)
    expect(closed).toBe(true)
  })

  test.each([
    ['plain', file],
    ['gzip', gzipSync(file)],
  ])('need not answer when the reader leaves early: a stalled stream is destroyed (%s)', async (_, bytes) => {
    const stream = new Readable({
      read() {
        // It has given what it has, and waits for a network that has gone.
      },
    })
    stream.push(bytes)
    for await (const each of readCsv(orders, stream)) if (each.note === 'a') break
    expect(stream.destroyed).toBe(true)
  })

  test('need not answer: a generator that waits for ever does not hold the reader', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield gzipSync(file)
      await never
    }
    for await (const each of readCsv(orders, source())) if (each.note === 'a') break
  })

  test.each([
    ['plain', file],
    ['gzip', gzipSync(file)],
  ])('passes its own error through as it is, after the rows before (%s)', async (_, bytes) => {
    const failure = new Error('connection reset')
    async function* source(): AsyncGenerator<Uint8Array> {
      yield bytes
      await new Promise(setImmediate)
      throw failure
    }
    await expect(read(source())).rejects.toBe(failure)
  })
})
