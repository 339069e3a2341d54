import {
  column,
  csvEncoder,
  dayWindow,
  defineDataset,
  DayfileError,
  exportDays,
  exportDue,
  exportWindow,
  isDayfileError,
  objectKeys,
  type ErrorCode,
  type Sink,
} from 'dayfile'
import { readCsv, verifyDay } from 'dayfile/read'
import { s3Sink } from 'dayfile/s3'
import { memorySink } from 'dayfile/testing'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { BUCKET, s3Place } from '../sinks/places.js'

const orders = defineDataset({
  name: 'orders',
  timeColumn: 'at',
  columns: [column.instant('at', { nullable: false }), column.decimal('total')],
})
const window = dayWindow('2026-03-07')
const signal = new AbortController().signal

interface Row {
  readonly at: string
  readonly total?: number
}

function run(
  rows: Iterable<Row>,
  options: { sink?: Sink; ifExists?: 'fail'; countRows?: () => number } = {},
) {
  return exportWindow({ dataset: orders, window, source: () => rows, sink: memorySink(), ...options })
}

const row: Row = { at: '2026-03-07T12:00:00Z', total: 1 }
const PERSONAL = 'jane@example.com'

async function fromS3(fault: { status: number; code: string }, write = true): Promise<unknown> {
  const place = await s3Place()
  try {
    place.s3.fault({ times: Infinity }, fault)
    const key = 'orders/x'
    return write
      ? await place.sink.write(key, Buffer.alloc(1), { contentType: 'text/csv', ifMatch: null, signal })
      : await place.sink.read(key, { signal })
  } finally {
    await place.close()
  }
}

async function readAll(csv: string, options: { readonly strict?: boolean } = {}): Promise<unknown[]> {
  const rows: unknown[] = []
  for await (const each of readCsv(orders, Buffer.from(csv), options)) rows.push(each)
  return rows
}

/** For each code one way in which a host meets it. */
const MEETINGS: { readonly [Code in ErrorCode]: () => unknown } = {
  WINDOW_INVALID: () => dayWindow('2026-02-30'),
  ZONE_UNKNOWN: () => dayWindow('2026-03-07', { zone: 'Mars/Base' }),
  COLUMN_UNKNOWN: () =>
    csvEncoder(orders, { addedColumns: 'reject' }).encode([
      { ...row, [`of_${PERSONAL.slice(0, 4)}`]: PERSONAL },
    ]),
  ROW_INVALID: () => csvEncoder(orders).encode([{ total: 1 } as never]),
  CELL_UNENCODABLE: () => csvEncoder(orders).encode([{ ...row, total: PERSONAL }]),
  CELL_UNDECODABLE: () => readAll(`at,total\r\n2026-03-07T12:00:00Z,${PERSONAL}\r\n`),
  SOURCE_FAILED: () =>
    run(
      (function* () {
        yield row
        throw new Error(PERSONAL)
      })(),
    ),
  DAY_SHRANK: async () => {
    const sink = memorySink()
    const all = { dataset: orders, window: dayWindow('2026-03-07'), sink }
    await exportWindow({ ...all, source: () => [row] })
    await exportWindow({ ...all, source: () => [] })
  },
  COUNT_MISMATCH: () => run([row], { countRows: () => 2 }),
  OPTIONS_INVALID: () =>
    exportDue({
      days: [],
      destinations: [{ dataset: orders, source: () => [], sink: {} as never }],
    }).catch((error: unknown) => {
      throw isDayfileError(error) ? error.errors[0] : error
    }),
  RUN_FAILED: () =>
    exportDays({
      dataset: orders,
      days: [dayWindow('2026-03-07')],
      source: () => {
        throw new Error(PERSONAL)
      },
      sink: memorySink(),
    }),
  SINK_DENIED: () => fromS3({ status: 403, code: 'AccessDenied' }),
  SINK_NOT_FOUND: () => verifyDay(orders, memorySink(), '2026-03-07'),
  SINK_CONFLICT: async () => {
    const sink = memorySink()
    await run([row], { sink })
    await run([row], { sink, ifExists: 'fail' })
  },
  SINK_UNAVAILABLE: () => fromS3({ status: 503, code: 'SlowDown' }, false),
  SINK_CORRUPT: async () => {
    const sink = memorySink()
    const { files } = await run([row], { sink })
    sink.objects.set(files[0]?.key ?? '', Buffer.from(`at,total\r\n${PERSONAL}`))
    await verifyDay(orders, sink, '2026-03-07')
  },
  MANIFEST_INVALID: async () => {
    const sink = memorySink()
    const { manifestKey } = await run([row], { sink })
    sink.objects.set(manifestKey, Buffer.from('{}'))
    await run([row], { sink })
  },
  KEY_INVALID: () => objectKeys({ prefix: '../other' }),
  CSV_MALFORMED: () => readAll(`at,total\r\n2026-03-07T12:00:00Z,"${PERSONAL}`),
  CSV_HEADER_MISMATCH: () => readAll(`total\r\n1\r\n`),
  CSV_INVALID: () => readAll(`at,total\r\n2026-03-07T12:00:00Z,${PERSONAL}\r\n`, { strict: true }),
}

async function thrownBy(meet: () => unknown): Promise<unknown> {
  try {
    await meet()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('each code is met through the public API:', () => {
  test.each(Object.entries(MEETINGS))('%s', async (code, meet) => {
    const error = await thrownBy(meet)
    if (!isDayfileError(error)) throw new Error('expected a DayfileError', { cause: error })
    expect(error).toBeInstanceOf(Error)
    expect(error.code).toBe(code)
    expect(isDayfileError(error, code as ErrorCode)).toBe(true)
    expect(error.name).toBe('DayfileError')
    expect(String(error)).toBe(`DayfileError: ${error.message}`)
    expect(error.stack).toContain('DayfileError')
    // A subject and a rule at least; and nothing that a row held.
    expect(error.message).toMatch(/.+: .+/)
    expect(error.message + JSON.stringify(error)).not.toContain(PERSONAL)
    expect(typeof error.retryable).toBe('boolean')
    expect(Object.keys(error.details)).not.toEqual([])
    const json = JSON.parse(JSON.stringify(error)) as object
    expect(json).toEqual({
      name: 'DayfileError',
      code,
      message: error.message,
      retryable: error.retryable,
      details: JSON.parse(JSON.stringify(error.details)) as object,
    })
  })

  test('and no error of a sink tells a secret', async () => {
    for (const fault of [
      { status: 403, code: 'InvalidAccessKeyId' },
      { status: 403, code: 'SignatureDoesNotMatch' },
    ]) {
      const error = await thrownBy(() => fromS3(fault))
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toMatch(/FAKES3ACCESSKEY|fake-s3-secret-key/)
    }
    expect(s3Sink({ bucket: BUCKET, region: 'eu-central-1' }).location).toBe(`s3://${BUCKET}`)
  })
})

describe('a DayfileError', () => {
  const cause = { any: 'thing' }
  const error = new DayfileError('ZONE_UNKNOWN', 'zone "x": unknown', { zone: 'x' }, { cause })

  test('keeps its cause untouched, and leaves it out of JSON', () => {
    expect(error.cause).toBe(cause)
    expect(JSON.stringify(error)).not.toContain('thing')
    expect('cause' in new DayfileError('ZONE_UNKNOWN', 'zone "x": unknown', { zone: 'x' })).toBe(false)
    const undefinedCause = new DayfileError('ZONE_UNKNOWN', 'm', { zone: 'x' }, { cause: undefined })
    expect('cause' in undefinedCause).toBe(true)
  })

  test('is not retryable unless said', () => {
    expect(error.retryable).toBe(false)
    expect(
      new DayfileError('SOURCE_FAILED', 'm', { dataset: 'd', rows: 0 }, { retryable: true }).retryable,
    ).toBe(true)
  })

  test('has its name on the prototype, so that it is not listed with its fields', () => {
    expect(Object.keys(error).sort()).toEqual(['code', 'details', 'retryable'])
  })
})

describe('isDayfileError', () => {
  const error: unknown = new DayfileError('ZONE_UNKNOWN', 'm', { zone: 'x' })

  test('narrows to the code that is asked for, and to its details', () => {
    if (!isDayfileError(error, 'ZONE_UNKNOWN')) throw new Error('expected ZONE_UNKNOWN')
    expectTypeOf(error.details).toEqualTypeOf<Readonly<{ zone: string }>>()
    expect(error.details.zone).toBe('x')
    expect(isDayfileError(error, 'SINK_DENIED')).toBe(false)
  })

  test('narrows by comparing the code', () => {
    if (!isDayfileError(error)) throw new Error('expected a DayfileError')
    if (error.code === 'CSV_MALFORMED') expectTypeOf(error.details.line).toEqualTypeOf<number>()
    if (error.code === 'ZONE_UNKNOWN') expectTypeOf(error.details.zone).toEqualTypeOf<string>()
    expect(error.code).toBe('ZONE_UNKNOWN')
  })

  test('is false for everything else', () => {
    for (const value of [
      undefined,
      null,
      0,
      '',
      'ZONE_UNKNOWN',
      {},
      [],
      new Error('x'),
      { code: 'ZONE_UNKNOWN' },
    ]) {
      expect(isDayfileError(value)).toBe(false)
    }
  })

  test('recognises errors of another copy of the package, both ways', async () => {
    // What another copy is to a host: another module, with a class of its own.
    const url = new URL('../../src/errors.ts?copy', import.meta.url).href
    const copy = (await import(/* @vite-ignore */ url)) as typeof import('../../src/errors.js')
    expect(copy.DayfileError).not.toBe(DayfileError)
    const foreign = new copy.DayfileError('SINK_DENIED', 'm', { location: 'l', operation: 'o' })
    expect(foreign).not.toBeInstanceOf(DayfileError)
    expect(isDayfileError(foreign)).toBe(true)
    expect(isDayfileError(foreign, 'SINK_DENIED')).toBe(true)
    expect(isDayfileError(foreign, 'SINK_CONFLICT')).toBe(false)
    expect(copy.isDayfileError(error, 'ZONE_UNKNOWN')).toBe(true)
  })
})
