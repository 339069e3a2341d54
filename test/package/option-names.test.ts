// The law of option names: an option that a function does not have is refused at every level, with the name that was
// probably meant. Every exported function is in one of the two lists below, or the last test fails.

import { S3Client } from '@aws-sdk/client-s3'
import * as main from 'dayfile'
import * as calendar from 'dayfile/calendar'
import * as sql from 'dayfile/sql'
import * as read from 'dayfile/read'
import * as s3 from 'dayfile/s3'
import * as testing from 'dayfile/testing'
import { Type } from 'typebox'
import { describe, expect, test } from 'vitest'

const { column, events, paywallViews } = main

/** Every option of a type, each with a value that fits. */
type Every<Options> = { readonly [Name in keyof Options]-?: Exclude<Options[Name], undefined> }

interface Taken {
  readonly options: object
  readonly call: (options: never) => unknown
}

function taking<Options extends object>(options: Every<Options>, call: (options: Options) => unknown): Taken {
  return { options, call }
}

/** What a destination failed with: the run itself rejects with all of it. */
async function ownError(run: Promise<unknown>): Promise<unknown> {
  return run.catch((error: unknown) => {
    throw main.isDayfileError(error, 'RUN_FAILED') ? error.errors[0]?.cause : error
  })
}

/** Objects in options that hold options themselves. Others, such as tags, may have any key. */
const NESTED = new Set<object>()

function nested<Options extends object>(options: Every<Options>): Every<Options> {
  NESTED.add(options)
  return options
}

const DAY = '2026-03-07'
const now = () => new Date('2026-03-08T04:00:00Z')
const { signal } = new AbortController()
const sink = testing.memorySink()
const window = main.dayWindow(DAY)

const dialect = nested<main.Dialect>({
  delimiter: ';',
  quote: "'",
  escape: '\\',
  recordDelimiter: '\n',
  quoting: 'all',
  bom: true,
})
const csv = nested<main.CsvOptions>({
  addedColumns: 'drop',
  dialect,
  formulaGuard: true,
  onInvalidRow: 'skip',
})
const eachDay: Every<Omit<main.ExportWindowOptions, 'window'>> = {
  dataset: events,
  source: () => [],
  sink,
  csv,
  compression: 'none',
  split: nested<main.SplitOptions>({ maxRows: 10, maxCsvBytes: 1024 * 1024 }),
  ifExists: 'replace',
  outsideWindow: 'include',
  gracePeriodMs: 0,
  allowOpenWindow: false,
  allowPartialWindow: false,
  onShrink: 'allow',
  countRows: () => 0,
  onCountMismatch: 'warn',
  onProgress: () => undefined,
  signal,
  now,
  eventTypes: ['trial_started'],
  excludeHistorical: true,
  withoutProfile: 'exclude',
  attributes: false,
}
const days: Every<main.ExportDaysOptions> = {
  ...eachDay,
  days: [window],
  concurrency: 2,
  lateRows: nested<main.LateRows>({ lookbackDays: 1 }),
  onReport: () => undefined,
  onFailure: 'report',
}
const { days: _, onFailure, signal: __, now: ___, ...ofDestination } = days
const zone = { zone: 'Asia/Tokyo' }
const span = { from: DAY, to: DAY, signal }
const readingDay: Every<read.ReadDayOptions> = {
  columns: ['profile_id'],
  decimals: 'number',
  instants: 'string',
  integers: 'bigint',
  addedColumns: 'drop',
  strict: nested<read.StrictOptions>({ maxProblems: 1, schema: Type.Object({}) }),
  verify: 'before',
  signal,
}
const { verify, signal: ____, ...reading } = readingDay
const columnOptions: Every<main.ColumnOptions> = {
  description: '',
  nullable: true,
  values: [],
  since: DAY,
  source: 'https://example.com',
  aliases: ['y'],
}
const place: Every<s3.S3LocationOptions> = {
  bucket: 'analytics',
  prefix: 'exports',
  keys: '{dataset}/{day}/x',
  client: new S3Client({ region: 'eu-central-1' }),
  region: 'eu-central-1',
  endpoint: 'http://localhost:1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  provider: 'generic',
  expectedBucketOwner: '123456789012',
  requestTimeoutMs: 1000,
  deadlineMs: 1000,
}
const sample: Every<testing.SampleOptions> = { day: DAY, count: 1, seed: 1 }
const keys: Every<main.ObjectKeysOptions> = { prefix: 'exports', keys: '{dataset}/{day}/x' }
const folder: Every<main.DirectoryOptions> = { root: 'exports', keys: '{dataset}/{day}/x' }

const WITH_OPTIONS: Readonly<Record<string, readonly Taken[]>> = {
  'column.text': [
    taking<main.TextColumnOptions>({ ...columnOptions, lowerCase: true }, (options) =>
      column.text('x', options),
    ),
  ],
  'column.integer': [taking<main.ColumnOptions>(columnOptions, (options) => column.integer('x', options))],
  'column.decimal': [taking<main.ColumnOptions>(columnOptions, (options) => column.decimal('x', options))],
  'column.instant': [
    taking<main.InstantColumnOptions>({ ...columnOptions, offset: 'required' }, (options) =>
      column.instant('x', options),
    ),
  ],
  'column.boolean': [taking<main.ColumnOptions>(columnOptions, (options) => column.boolean('x', options))],
  'column.date': [taking<main.ColumnOptions>(columnOptions, (options) => column.date('x', options))],
  'column.json': [taking<main.ColumnOptions>(columnOptions, (options) => column.json('x', options))],
  defineDataset: [
    taking<main.DatasetDefinition>(
      { name: 'orders', timeColumn: 'at', columns: [column.instant('at', { nullable: false })] },
      (options) => main.defineDataset(options),
    ),
  ],
  dayWindow: [taking<main.ZoneOptions>(zone, (options) => main.dayWindow(DAY, options))],
  previousDay: [taking<main.ZoneOptions>(zone, (options) => main.previousDay(now(), options))],
  dayRange: [taking<main.ZoneOptions>(zone, (options) => main.dayRange(DAY, DAY, options))],
  eachDay: [taking<main.ZoneOptions>(zone, (options) => main.eachDay(DAY, DAY, options))],
  nextRunAt: [
    taking<main.ScheduleOptions>({ ...zone, runAt: '04:00' }, (options) => main.nextRunAt(now(), options)),
  ],
  scheduledDays: [
    taking<main.ScheduledDaysOptions>(
      { ...zone, runAt: '04:00', after: DAY, now: now(), earlyMs: 1 },
      main.scheduledDays,
    ),
  ],
  dueDays: [
    taking<main.DueDaysOptions>(
      {
        ...{ ...zone, runAt: '04:00', now: now(), earlyMs: 1, dataset: events, archive: sink, from: DAY },
        ...{ lateRows: nested<main.LateRows>({ lookbackDays: 1 }), signal, onUnreadable: () => undefined },
      },
      main.dueDays,
    ),
  ],
  csvEncoder: [taking<main.CsvOptions>(csv, (options) => main.csvEncoder(events, options))],
  csvTransform: [taking<main.CsvOptions>(csv, (options) => main.csvTransform(events, options))],
  encodeCsv: [taking<main.CsvOptions>(csv, (options) => main.encodeCsv(events, [], options))],
  exportWindow: [taking<main.ExportWindowOptions>({ ...eachDay, window }, main.exportWindow)],
  exportDays: [taking<main.ExportDaysOptions>(days, main.exportDays)],
  planDays: [taking<main.ExportDaysOptions>(days, main.planDays)],
  describeReport: [
    taking<main.DescribeOptions>({ causes: true }, (options) =>
      main.describeReport({ outcome: 'failed', dataset: 'x', window, error: new Error() }, options),
    ),
  ],
  describeRun: [taking<main.DescribeOptions>({ causes: true }, (options) => main.describeRun([], options))],
  exportDue: [
    taking<main.ExportDueOptions>(
      {
        ...{ ...zone, runAt: '04:00', destinations: [], scheduledAt: now(), days: [window], signal, now },
        ...{ earlyMs: 1, onFailure: 'report' },
      },
      main.exportDue,
    ),
    taking<main.ExportDestination>(
      { ...ofDestination, name: 'all events', archive: sink, from: DAY },
      (destination) => ownError(main.exportDue({ destinations: [destination], scheduledAt: now() })),
    ),
  ],
  directorySink: [taking<main.DirectoryOptions>(folder, main.directorySink)],
  directoryArchive: [taking<main.DirectoryOptions>(folder, main.directoryArchive)],
  objectKeys: [taking<main.ObjectKeysOptions>(keys, main.objectKeys)],
  readCsv: [
    taking<read.ReadCsvOptions>({ ...reading, dialect, formulaGuard: true }, (options) =>
      read.readCsv(events, Buffer.from('event_datetime\n'), options as never),
    ),
  ],
  readDay: [
    taking<read.ReadDayOptions>(readingDay, (options) => read.readDay(events, sink, DAY, options as never)),
  ],
  readDays: [
    taking<read.ReadDayOptions>(readingDay, (options) =>
      read.readDays(events, sink, [DAY], options as never),
    ),
    taking<{ from: string; to: string }>({ from: DAY, to: DAY }, (list) => read.readDays(events, sink, list)),
  ],
  verifyDay: [
    taking<{ signal?: AbortSignal | undefined }>({ signal }, (options) =>
      read.verifyDay(events, sink, DAY, options),
    ),
  ],
  listDays: [taking<read.ListDaysOptions>(span, (options) => read.listDays(events, sink, options))],
  auditDays: [taking<read.AuditDaysOptions>(span, (options) => read.auditDays(events, sink, options))],
  coverage: [taking<read.CoverageOptions>(span, (options) => read.coverage(events, sink, options))],
  readNew: [
    taking<read.ReadNewOptions>({ ...readingDay, ...span }, (options) =>
      read.readNew(events, sink, null, options as never),
    ),
  ],
  renderCoverage: [
    taking<calendar.RenderCoverageOptions>({ monthsPerRow: 3, color: false }, async (options) =>
      calendar.renderCoverage(await read.coverage(events, sink), 'ansi', options),
    ),
  ],
  s3Archive: [taking<s3.S3ArchiveOptions>(place, s3.s3Archive)],
  s3Sink: [
    taking<s3.S3SinkOptions>(
      {
        ...place,
        encryption: nested<Extract<s3.S3Encryption, { type: 'SSE-KMS' }>>({
          ...{ type: 'SSE-KMS', keyId: 'k', context: { anything: 'x' }, bucketKey: true },
        }),
        acl: 'private',
        storageClass: 'STANDARD',
        tags: { anything: 'x' },
        metadata: { anything: 'x' },
        contentEncoding: 'gzip',
        partSizeBytes: 8 * 1024 * 1024,
        concurrency: 4,
      },
      s3.s3Sink,
    ),
  ],
  checkDestination: [
    taking<s3.CheckDestinationOptions>({ name: 'check', signal }, (options) =>
      s3.checkDestination(testing.memorySink(), options),
    ),
  ],
  iamPolicy: [
    taking<s3.IamPolicyOptions>(
      {
        ...{ bucket: 'analytics', prefix: 'exports', keys: '{dataset}/{day}/x', access: 'write' },
        encryption: 'arn:aws:kms:eu-central-1:123456789012:key/x',
        ...{ datasets: ['events'], tags: true, acl: true, partition: 'aws' },
      },
      s3.iamPolicy,
    ),
  ],
  createTable: [
    taking<sql.CreateTableOptions>({ table: 't', location: 's3://b/', firstDay: DAY }, (options) =>
      sql.createTable(paywallViews, 'athena', options),
    ),
  ],
  loadCommand: [
    taking<sql.LoadCommandOptions>(
      {
        ...{ table: 't', location: 's3://b/', day: DAY, file: 'f', manifest: 's3://b/m', role: 'r' },
        columns: ['profile_id'],
        published: {
          day: DAY,
          columns: [],
          files: [],
          manifest: { dialect: { ...dialect, formulaGuard: false }, compression: 'none' },
        },
      },
      (options) => sql.loadCommand(paywallViews, 'duckdb', options),
    ),
  ],
  redshiftManifest: [
    taking<{ bucket?: string | undefined }>({ bucket: 'b' }, (options) =>
      sql.redshiftManifest({ files: [{ key: 'k', bytes: 1 }] }, options),
    ),
  ],
  sampleEvents: [taking<testing.SampleOptions>(sample, testing.sampleEvents)],
  generateEvents: [taking<testing.SampleOptions>(sample, testing.generateEvents)],
  samplePaywallViews: [taking<testing.SampleOptions>(sample, testing.samplePaywallViews)],
  generatePaywallViews: [taking<testing.SampleOptions>(sample, testing.generatePaywallViews)],
  memorySink: [taking<main.ObjectKeysOptions>(keys, testing.memorySink)],
  sinkContract: [
    taking<testing.SinkContractOptions>({ open: () => ({ sink }), skip: {} }, testing.sinkContract),
  ],
}

/** Functions that take none, and the class of errors: one that cannot be made would hide what happened. */
const WITHOUT_OPTIONS = [
  ...['compareColumns', 'DayfileError', 'isDayfileError'],
  ...['bigquerySchema', 'jsonSchema', 'markdownTable'],
]

/** What the function throws for the options: at the call, by its promise, or when its first value is asked for. */
async function thrownFor({ call }: Taken, options: object): Promise<unknown> {
  try {
    const result = (await call(options as never)) as Partial<AsyncGenerator> | undefined
    if (typeof result?.next === 'function') await result.next()
  } catch (error) {
    return error
  }
  return undefined
}

/** The options with an option of another name, and maybe of another value, at the place of one of theirs. */
function renamed(options: object, path: readonly string[], name: string, value?: unknown): object {
  const [first = '', ...rest] = path
  return Object.fromEntries(
    Object.entries(options).map(([key, each]: [string, unknown]) => {
      if (key !== first) return [key, each]
      return rest.length > 0 ? [key, renamed(each as object, rest, name, value)] : [name, value ?? each]
    }),
  )
}

function pathsOf(options: object): string[][] {
  return Object.entries(options).flatMap(([name, value]: [string, unknown]) => [
    [name],
    ...(NESTED.has(value as object) ? pathsOf(value as object).map((path) => [name, ...path]) : []),
  ])
}

/** The name with one letter changed, dropped, doubled or swapped with the next; in capitals; and in snake case. */
function slipsOf(name: string): string[] {
  const slips = Array.from(name).flatMap((letter, index) => {
    const [before, after, next] = [name.slice(0, index), name.slice(index + 1), name.charAt(index + 1)]
    const changes = [letter === 'x' ? 'q' : 'x', '', letter + letter]
    const swapped = next === '' ? [] : [before + next + letter + name.slice(index + 2)]
    return [...changes.map((change) => before + change + after), ...swapped]
  })
  return [...slips, name.toUpperCase(), name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]
}

describe.each(Object.entries(WITH_OPTIONS))('%s', (_, all) => {
  test('takes every option that its type has', async () => {
    for (const taken of all) {
      expect(String(await thrownFor(taken, taken.options))).not.toContain('unknown option')
    }
  })

  test('refuses each of them when a letter is wrong, and says which one was meant', async () => {
    for (const taken of all) {
      const paths = pathsOf(taken.options)
      const names = new Set(paths.map((path) => path.at(-1)))
      for (const path of paths) {
        const name = path.at(-1) ?? ''
        for (const slip of slipsOf(name).filter((each) => each !== '' && !names.has(each))) {
          const error = await thrownFor(taken, renamed(taken.options, path, slip))
          expect(error).toBeInstanceOf(TypeError)
          const { message } = error as TypeError
          expect(message).toContain(`unknown option ${[...path.slice(0, -1), slip].join('.')};`)
          expect(message).toMatch(new RegExp(`did you mean (\\w+ or )*${name}( or \\w+)*\\?`))
        }
      }
    }
  })

  test('refuses an option that is undefined, and looks at own options alone', async () => {
    for (const taken of all) {
      const misspelt = await thrownFor(taken, { ...taken.options, unheardOf: undefined })
      expect(String(misspelt)).toMatch(/TypeError: .*: unknown option unheardOf; the options are \w+/)
      const inherited = Object.assign(Object.create({ unheardOf: 1 }) as object, taken.options)
      expect(String(await thrownFor(taken, inherited))).not.toContain('unknown option')
    }
  })
})

test('every exported function is in one of the lists', () => {
  const { column: kinds, ...others } = { ...main, ...sql, ...calendar, ...read, ...s3, ...testing }
  const functions = Object.entries(others).filter(([, value]) => typeof value === 'function')
  const names = [...functions.map(([name]) => name), ...Object.keys(kinds).map((kind) => `column.${kind}`)]
  expect([...Object.keys(WITH_OPTIONS), ...WITHOUT_OPTIONS].sort()).toEqual(names.sort())
})
