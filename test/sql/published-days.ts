// Two days as this package publishes them, the second with columns that were added, and the rows that went into them.

import {
  column,
  dayWindow,
  defineDataset,
  events,
  exportWindow,
  type Archive,
  type Dataset,
  type ExportWindowOptions,
  type Sink,
} from 'dayfile'
import { listDays, type ListedDay } from 'dayfile/read'
import { sampleEvents } from 'dayfile/testing'
import fc from 'fast-check'
import { day as anyDate } from '../csv/arbitraries.js'
import { HOSTILE, orders } from './orders.js'

type Row = Readonly<Record<string, unknown>>

/** What a producer exports, and what a consumer has a table for. */
export interface Publication {
  readonly produced: Dataset
  /** With columns that the first day lacks, in another order than that of the second day's file, which has one more. */
  readonly consumed: Dataset
  readonly days: Readonly<Record<string, readonly Row[]>>
  /** Days whose files have other columns: by another dataset, from the same rows in its words. */
  readonly otherwise?: Readonly<Record<string, { readonly dataset: Dataset; readonly rows: readonly Row[] }>>
  /** How the files are written. */
  readonly how?: Pick<ExportWindowOptions, 'compression' | 'split' | 'csv'>
}

const FIRST = '2026-03-07'
const SECOND = '2026-03-08'

const ledger = orders.extend([column.instant('paid_at')])

/** Cells in which engines stumble: quotes, breaks, escapes and words for nothing of other dialects. */
const TEXTS = [
  '',
  ' ',
  ' lead and trail ',
  '"',
  '""',
  ',',
  "it's; DROP TABLE orders; --",
  'two\r\nlines',
  'a\n\\.\nb',
  '\r',
  '\t',
  '\\',
  '\\N',
  'C:\\new\\table',
  'NULL',
  'null',
  'nan',
  'true',
  '007',
  '1e3',
  '# no comment',
  ' #1',
  '=1+1',
  '2026-03-07',
  'é e\u0301 ß 漢字 😀 \u2028 \u00a0',
  'long '.repeat(20_000),
]

const NUMBERS: readonly (readonly [total: unknown, items: unknown])[] = [
  ['12345678901234567890123456789.123456789', 9223372036854775807n],
  ['-99999999999999999999999999999.999999999', -9223372036854775808n],
  ['0.000000001', 0],
  [-0.1, -1],
  [10n, 42],
  ['+007.50', null],
  [null, undefined],
]

const MOMENTS: readonly unknown[] = [
  '1969-12-31T23:59:59.999999Z',
  '2000-02-29T12:00:00-11:30',
  '2026-03-07T05:30:00.000001+05:30',
  '2262-04-11T23:47:16.854775Z',
  new Date(951_782_400_001),
  null,
]

// Of years that all engines have.
const DAYS: readonly unknown[] = ['1970-01-01', '2024-02-29', '1901-12-31', null, '2262-04-12', '2026-03-07']

const JSONS: readonly unknown[] = [
  { k: 'x\\"y\r\n', deep: [1, null, { 'a b': '\u0000' }] },
  [],
  'text',
  12.5,
  false,
  null,
  {},
]

/** A row a text, each with its neighbours in the lists; the other lists go round, at paces that never meet. */
function hostileRows(day: string): Row[] {
  return TEXTS.map((text, index) => ({
    order_id: `${day}/${index}`,
    ordered_at: `${day}T23:59:59.${String(999_999 - index).padStart(6, '0')}Z`,
    note: text,
    total: NUMBERS[index % NUMBERS.length]?.[0],
    items: NUMBERS[index % NUMBERS.length]?.[1],
    tags: JSONS[index % JSONS.length],
    gift: [true, false, null, 1, 0][index % 5],
    due_on: DAYS[index % DAYS.length],
    select: index % 3 === 0 ? null : TEXTS.at(-index),
    // Computed, so that it is a property as any other.
    ['__proto__']: index % 2 === 0 ? text : undefined,
    [HOSTILE]: index % 5 === 0 ? '' : null,
    paid_at: MOMENTS[index % MOMENTS.length],
  }))
}

/** What the second day has beside the rest; the first is declared by nobody. */
function added(row: Row, index: number): Row {
  return {
    ...row,
    surprise: `nobody declared "${index}"`,
    integration_ids: index % 2 === 0 ? { amplitude: [`id,${index}`], 'quoted "key"': null } : undefined,
    attributes: index % 3 === 0 ? null : { index, note: 'a "b"\n' },
  }
}

const asRows = (rows: readonly object[]): Row[] => rows.map((row) => ({ ...row }))
const laterColumns = () => [column.json('attributes'), column.json('integration_ids')]

/** Its days touch: the last row of the first is a microsecond before the first row of the second. */
function eventDay(seed: number): Publication {
  const first = asRows(sampleEvents({ day: FIRST, count: 200, seed: 7 }))
  const second = asRows(sampleEvents({ day: SECOND, count: 100, seed })).map(added)
  const at = (row: Row | undefined, event_datetime: string): Row => ({ ...row, event_datetime })
  return {
    produced: events,
    consumed: events.extend(laterColumns()),
    days: {
      [FIRST]: [...first, at(first[0], `${FIRST}T23:59:59.999999Z`)],
      [SECOND]: [
        at(second[0], `${SECOND}T00:00:00.000Z`),
        ...second,
        // Offsets as systems write them that leave the colon out.
        at(second[1], `${SECOND}T12:30:00.5+0000`),
        at(second[1], `${FIRST}T23:00:00-0130`),
        at(second[1], `${SECOND}T23:59:59.999999Z`),
      ],
    },
  }
}

const orderDay: Publication = {
  produced: ledger,
  consumed: ledger.extend(laterColumns()),
  days: { [FIRST]: hostileRows(FIRST), [SECOND]: hostileRows(SECOND).map(added) },
}

const at = (day: string) => `${day}T12:00:00.000Z`
const grown = (...later: Dataset['columns']) =>
  defineDataset({
    name: 'grown',
    timeColumn: 'at',
    columns: [column.text('id', { nullable: false }), column.instant('at', { nullable: false }), ...later],
  })
const grownNow = grown(
  column.text('profile_county', { aliases: ['profile_country'] }),
  column.json('attributes'),
  column.json('dt'),
)
const grownRow = (day: string, id: string, county: string | null, cells: Row = {}): Row => ({
  id,
  at: at(day),
  profile_county: county,
  ...cells,
})

/**
 * A column that had another name on the first day, and one that nobody declared where another one is declared today.
 * One has the name that engines give to the day of a folder.
 */
const grownDay: Publication = {
  produced: grownNow,
  consumed: grownNow,
  days: {
    [FIRST]: [grownRow(FIRST, 'a', 'DE'), grownRow(FIRST, 'b', '')],
    [SECOND]: [grownRow(SECOND, 'c', 'FR', { attributes: { k: 1 }, dt: 'own' }), grownRow(SECOND, 'd', null)],
  },
  otherwise: {
    [FIRST]: {
      dataset: grown(column.text('profile_country')),
      rows: [
        { id: 'a', at: at(FIRST), profile_country: 'DE', surprise: 'undeclared' },
        { id: 'b', at: at(FIRST), profile_country: '', surprise: null },
      ],
    },
  },
}

export const publications: Readonly<Record<'orders' | 'events' | 'grown', Publication>> = {
  orders: orderDay,
  events: eventDay(8),
  grown: grownDay,
}

/** What a text has to be told of, as it goes by the names of the files and not by their layout. */
export const unusual: NonNullable<Publication['how']> = {
  compression: 'none',
  split: { maxRows: 7 },
  csv: { dialect: { recordDelimiter: '\n', quoting: 'all' } },
}

/** The days of events, and again with another second day. */
export const replacedDay = {
  day: SECOND,
  before: publications.events,
  after: eventDay(9),
}

// Engines hold no NUL in a text, and UTF-8 no half of a pair.
const anyText = fc
  .string({ unit: fc.constantFrom('a', ' ', ',', '"', "'", '\\', '\r', '\n', '\t', 'é', '😀', '#', ';') })
  .chain((text) => fc.constantFrom(text, `${text}\u0001`))

const anyRow = (day: string): fc.Arbitrary<Row> => {
  const cell = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 4 })
  const micros = fc.integer({ min: 0, max: 999_999 })
  const instant = (date: string, micro: number) => `${date}.${String(micro).padStart(6, '0')}Z`
  return fc.record({
    order_id: anyText,
    ordered_at: micros.map((micro) => instant(`${day}T23:59:59`, micro)),
    note: cell(anyText),
    total: cell(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }).map(ofBillionths)),
    items: cell(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    tags: fc.jsonValue(),
    gift: cell(fc.boolean()),
    // PostgreSQL has no year 0.
    due_on: cell(anyDate.filter((each) => each >= '0001')),
    select: cell(anyText),
    [HOSTILE]: cell(anyText),
    paid_at: cell(
      fc
        .tuple(
          fc.date({ min: new Date('1925-01-01'), max: new Date('2250-01-01'), noInvalidDate: true }),
          micros,
        )
        .map(([date, micro]) => instant(date.toISOString().slice(0, 19), micro)),
    ),
  })
}

function ofBillionths(value: bigint): string {
  const digits = String(value < 0n ? -value : value).padStart(10, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`
}

/** Days of any rows, none included. */
export const anyDay: fc.Arbitrary<Publication> = fc
  .tuple(fc.array(anyRow(FIRST), { maxLength: 6 }), fc.array(anyRow(SECOND), { maxLength: 6 }))
  .map(([first, second]) => ({ ...orderDay, days: { [FIRST]: first, [SECOND]: second.map(added) } }))

/** Exports the days; resolves to what a consumer finds of them in the archive. */
export async function publish(
  { produced, days, otherwise = {}, how }: Publication,
  { sink, archive }: { readonly sink: Sink; readonly archive: Archive },
): Promise<readonly ListedDay[]> {
  for (const [day, rows] of Object.entries(days)) {
    const exported = otherwise[day] ?? { dataset: produced, rows }
    await exportWindow({
      dataset: exported.dataset,
      window: dayWindow(day),
      source: () => exported.rows,
      sink,
      ...how,
    })
  }
  const listed: ListedDay[] = []
  for await (const day of listDays(produced, archive)) listed.push(day)
  return listed
}
