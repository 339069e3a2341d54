// Every entry point and every option, as an application with strict settings writes them. It is compiled, as this ES module and
// copied as CommonJS, by each TypeScript that is supported; nothing runs it.

import {
  column,
  compareColumns,
  csvEncoder,
  csvTransform,
  DayfileError,
  dayRange,
  dayWindow,
  defineDataset,
  describeReport,
  directoryArchive,
  directorySink,
  describeRun,
  dueDays,
  eachDay,
  encodeCsv,
  events,
  exportDays,
  exportDue,
  exportWindow,
  isDayfileError,
  nextRunAt,
  objectKeys,
  paywallViews,
  planDays,
  previousDay,
  scheduledDays,
  tracingChannels,
  type Archive,
  type Columns,
  type ColumnOptions,
  type ContractColumns,
  type CsvOptions,
  type Dataset,
  type DatasetDefinition,
  type DayWindow,
  type DescribeOptions,
  type Dialect,
  type DirectoryOptions,
  type DueDaysOptions,
  type EventRow,
  type ExportDaysOptions,
  type ExportDestination,
  type ExportDueOptions,
  type ExportReport,
  type ExportWindowOptions,
  type FailedDay,
  type LateRows,
  type ObjectKeysOptions,
  type PaywallViewRow,
  type PlannedDay,
  type RowOf,
  type RowFilter,
  type ScheduledDaysOptions,
  type ScheduleOptions,
  type Sink,
  type Source,
  type SourceRequest,
  type SplitOptions,
  type StageOptions,
  type TextColumnOptions,
  type UnstageOptions,
  type ZoneOptions,
  jsonSchema,
  markdownTable,
} from 'dayfile'
import { renderCoverage, type RenderCoverageOptions } from 'dayfile/calendar'
import {
  coverage,
  auditDays,
  listDays,
  readCsv,
  readDay,
  readDays,
  readNew,
  verifyDay,
  type AuditDaysOptions,
  type ListDaysOptions,
  type ReadCursor,
  type ReadCsvOptions,
  type ReadDayOptions,
  type ReadNewOptions,
  type ReadRow,
  type StrictOptions,
} from 'dayfile/read'
import {
  bigquerySchema,
  createTable,
  loadCommand,
  redshiftManifest,
  type CreateTableOptions,
  type Engine,
  type LoadCommandOptions,
} from 'dayfile/sql'
import {
  checkDestination,
  iamPolicy,
  s3Archive,
  s3Sink,
  type CheckDestinationOptions,
  type IamPolicyOptions,
  type S3ArchiveOptions,
  type S3Encryption,
  type S3SinkOptions,
} from 'dayfile/s3'
import {
  generateEvents,
  generatePaywallViews,
  memorySink,
  sampleEvents,
  samplePaywallViews,
  sinkContract,
  type SampleOptions,
  type SinkContractOptions,
  type SinkUnderTest,
} from 'dayfile/testing'
import type { S3Client } from '@aws-sdk/client-s3'
import type { Readable } from 'node:stream'

/** A setting that may not be there, as most are. */
declare function maybe<const T>(value: T): T | undefined
/** Every option: one that is new, or has another name, has to be written here. */
type All<Options> = Options & Record<keyof Options, unknown>
declare const bytes: Uint8Array
declare const stream: Readable
declare const cursor: ReadCursor
declare const client: S3Client

const day = '2026-03-07'
const at = new Date(0)
const signal = new AbortController().signal

// A dataset of its own, and what is made of it.

const text = {
  description: maybe('Id of the order.'),
  nullable: maybe(true),
  values: maybe(['a']),
  since: maybe(day),
  source: maybe('https://example.com'),
  aliases: maybe(['id']),
  lowerCase: maybe(true),
} satisfies All<TextColumnOptions>
const other: ColumnOptions = { ...text }
const orders = defineDataset({
  name: 'orders',
  timeColumn: 'ordered_at',
  columns: [
    column.text('order_id', { nullable: false }),
    column.instant('ordered_at', { nullable: false, description: maybe('When.') }),
    column.integer('count', { description: 'How many.' }),
    column.decimal('total'),
    column.json('basket'),
  ],
})
const order: RowOf<typeof orders> = { order_id: '1', ordered_at: at, count: 2n, total: '9.99', basket: {} }
const longer = orders.extend([column.text('note', text), column.decimal('fee', { nullable: false })])
const longest = longer.extend([column.text('more', other)])
const moreOfOrder: RowOf<typeof longer> = { ...order, fee: 1 }
const definition = {
  name: 'orders',
  timeColumn: 'ordered_at',
  columns: orders.columns,
} satisfies All<DatasetDefinition<typeof orders.columns>>
const withAttributes = events.extend([column.json('attributes')])

/** What takes any dataset takes each of them. */
const datasets: readonly Dataset[] = [events, paywallViews, orders, longer, longest, withAttributes]
export const breaks = compareColumns(orders, longer).breaks
export const comparisons = datasets.map((each) =>
  compareColumns(each, [...each.columns, { ...orders.columns[0] }]),
)
export const schemas = datasets.map(({ schema }) => Object.keys(schema.properties))
export const names: readonly ('order_id' | 'ordered_at' | 'count' | 'total' | 'basket')[] =
  orders.columns.map(({ name }) => name)
defineDataset(definition)

/** A function over any dataset keeps its columns. */
function named<C extends Columns>(dataset: Dataset<C>): Dataset<C> {
  return dataset
}
export const firstColumn: 'profile_id' = named(events).columns[0].name
const contract = {
  name: 'order_id',
  kind: 'text',
  nullable: false,
  aliases: maybe(['id']),
} satisfies All<Extract<ContractColumns, readonly unknown[]>[number]>
export const compared = compareColumns([contract], orders).breaks

// Windows.

const inZone = { zone: maybe('Europe/Berlin') } satisfies All<ZoneOptions>
const schedule = { ...inZone, runAt: maybe('04:00') } satisfies All<ScheduleOptions>
const sinceThen = {
  ...schedule,
  after: day,
  now: at,
  earlyMs: maybe(1),
} satisfies All<ScheduledDaysOptions>
const window: DayWindow = dayWindow(day, inZone)
export const windows: readonly DayWindow[] = [
  window,
  dayWindow(day, { zone: process.env.ZONE }),
  previousDay(at, inZone),
  ...eachDay(day, day, inZone),
  ...scheduledDays(sinceThen),
]
export const range = dayRange(day, day, inZone)
export const next: Date = nextRunAt(at, schedule)

// CSV.

const dialect = {
  delimiter: maybe(';'),
  quote: maybe('"'),
  escape: maybe('"'),
  recordDelimiter: maybe('\n'),
  quoting: maybe('all'),
  bom: maybe(true),
} satisfies { [Option in keyof Dialect]: Dialect[Option] | undefined }
const csv = {
  addedColumns: maybe('drop'),
  dialect: maybe(dialect),
  formulaGuard: maybe(true),
  onInvalidRow: maybe((error, row) => (row === null && error.code === 'ROW_INVALID' ? 'skip' : 'fail')),
} satisfies All<CsvOptions>
export const encoded: Uint8Array[] = [
  csvEncoder(orders, csv).encode([order]),
  csvEncoder(longer, csv).encode([moreOfOrder]),
  csvEncoder(events as Dataset).header(),
]
export const transform = csvTransform(orders, csv)
export const chunks: AsyncIterable<Uint8Array> = encodeCsv(orders, [order], csv)

// Places.

const remotePlace = {
  bucket: 'analytics',
  prefix: process.env.S3_PREFIX,
  keys: process.env.S3_KEYS,
  client: maybe(client),
  region: process.env.AWS_REGION,
  endpoint: process.env.S3_ENDPOINT,
  credentials: maybe({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: process.env.TOKEN ?? 'c' }),
  provider: maybe('minio'),
  expectedBucketOwner: process.env.S3_OWNER,
  requestTimeoutMs: maybe(1),
  deadlineMs: maybe(1),
} satisfies All<S3ArchiveOptions>
const encryption = {
  type: 'SSE-KMS',
  keyId: process.env.S3_KEY,
  context: maybe({ a: 'b' }),
  bucketKey: maybe(true),
} satisfies All<Extract<S3Encryption, { type: 'SSE-KMS' }>>
const place = {
  ...remotePlace,
  partSizeBytes: maybe(1),
  concurrency: maybe(1),
  encryption: maybe(encryption),
  acl: maybe('bucket-owner-full-control'),
  storageClass: process.env.S3_CLASS,
  tags: maybe({ a: 'b' }),
  metadata: maybe({ a: 'b' }),
  contentEncoding: maybe('gzip'),
} satisfies All<S3SinkOptions>
const folder = { root: '.', keys: process.env.S3_KEYS } satisfies All<DirectoryOptions>
const template = {
  prefix: process.env.S3_PREFIX,
  keys: process.env.S3_KEYS,
} satisfies All<ObjectKeysOptions>
const memory = memorySink(template)
const sink: Sink = memory
const sinks: readonly Sink[] = [sink, s3Sink(place), directorySink(folder)]
const archive: Archive = memory
export const archives: readonly Archive[] = [archive, s3Archive(remotePlace), directoryArchive(folder)]
export const keys = objectKeys(template)

/** A sink of the application's own. */
export async function ownSink(): Promise<void> {
  const staging = {
    contentType: 'text/csv',
    ifMatch: maybe(null),
    id: maybe('a'),
    onPart: maybe(() => undefined),
    signal,
  } satisfies All<StageOptions>
  const unstaging = {
    tokens: ['a'],
    mayBeCommitting: true,
    signal,
  } satisfies All<UnstageOptions>
  await sink.stage('key', stream, staging)
  console.log(unstaging.tokens.length)
}

export async function places(): Promise<void> {
  const asked = {
    name: maybe('a'),
    signal: maybe(signal),
  } satisfies All<CheckDestinationOptions>
  const { ok, hints } = await checkDestination(s3Sink(place), asked)
  const policy = {
    bucket: 'analytics',
    access: 'write',
    prefix: process.env.S3_PREFIX,
    keys: process.env.S3_KEYS,
    datasets: maybe(['events']),
    encryption: process.env.S3_KEY,
    tags: maybe(true),
    acl: maybe(true),
    partition: maybe('aws'),
  } satisfies All<IamPolicyOptions>
  console.log(ok, hints, iamPolicy(policy).Statement.length)
  const tested = {
    sink: memorySink(),
    archive: maybe(memory),
    residue: maybe(() => []),
    holdStorage: maybe(() => () => undefined),
    close: maybe(() => undefined),
  } satisfies All<SinkUnderTest>
  const laws = {
    open: () => tested,
    skip: maybe({ a: 'b' }),
  } satisfies All<SinkContractOptions>
  for (const law of sinkContract(laws)) console.log(law.law)
}

// Exports.

const filter = {
  eventTypes: maybe(['trial_started']),
  excludeHistorical: maybe(true),
  withoutProfile: maybe('exclude'),
  attributes: maybe(true),
} satisfies All<RowFilter>
const split = { maxRows: maybe(1), maxCsvBytes: maybe(1) } satisfies All<SplitOptions>
const lateRows = { lookbackDays: 3 } satisfies All<LateRows>
type Required = 'dataset' | 'window' | 'days' | 'source' | 'sink'
const oneDay = {
  ...filter,
  csv: maybe(csv),
  compression: maybe('gzip'),
  split: maybe(split),
  ifExists: maybe('skip'),
  outsideWindow: maybe('fail'),
  gracePeriodMs: maybe(1),
  onShrink: maybe('fail'),
  allowPartialWindow: maybe(true),
  allowOpenWindow: maybe(true),
  countRows: maybe(({ start }: DayWindow, { signal: { aborted } }: SourceRequest) =>
    Promise.resolve(aborted ? 0 : start.getTime()),
  ),
  onCountMismatch: maybe('warn'),
  onProgress: maybe(() => undefined),
  signal: maybe(signal),
  now: maybe(() => at),
} satisfies All<Omit<ExportWindowOptions, Required>>
const many = {
  ...oneDay,
  concurrency: maybe(1),
  lateRows: maybe(lateRows),
  onReport: maybe((report: ExportReport | FailedDay) => describeReport(report)),
} satisfies All<Omit<ExportDaysOptions, Required | 'onFailure'>>
const sampled = { day, count: maybe(1), seed: maybe(1) } satisfies All<SampleOptions>
const source: Source<typeof events> = ({ signal: stop }) => (stop.aborted ? [] : sampleEvents(sampled))

async function* slowOrders({ window: { start } }: SourceRequest): AsyncGenerator<typeof order, void, void> {
  await Promise.resolve()
  yield { ...order, ordered_at: start }
}

export async function exports(): Promise<void> {
  const reports: ExportReport[] = [
    await exportWindow({ dataset: events, window, source, sink, ...oneDay }),
    await exportWindow({ dataset: events, window, source: () => generateEvents(sampled), sink }),
    await exportWindow({
      dataset: paywallViews,
      window,
      source: ({ window: { day: asked } }): PaywallViewRow[] => samplePaywallViews({ day: asked }),
      sink,
    }),
    await exportWindow({
      dataset: paywallViews,
      window,
      source: () => Promise.resolve(generatePaywallViews(sampled)),
      sink,
    }),
    await exportWindow({ dataset: orders, window, source: slowOrders, sink }),
    await exportWindow({ dataset: orders, window, source: () => stream, sink }),
    await exportWindow({ dataset: longer, window, source: () => [moreOfOrder], sink }),
    await exportWindow({
      dataset: longer,
      window,
      source: async () => [await Promise.resolve(moreOfOrder)],
      sink,
    }),
    await exportWindow({
      dataset: orders,
      window,
      source: function* () {
        yield { order_id: '1', ordered_at: at }
      },
      sink,
    }),
  ]
  const days: (ExportReport | FailedDay)[] = await exportDays({
    dataset: orders,
    days: eachDay(day, day),
    source: slowOrders,
    sink,
    ...many,
    eventTypes: undefined,
    onFailure: maybe('report'),
  })
  const planned: PlannedDay[] = await planDays({ dataset: events, days: [window], source, sink, ...many })
  const { signal: _, now: __, ...destined } = many
  const ofEvents = {
    dataset: events,
    source,
    sink,
    ...destined,
    name: maybe('a'),
    archive: maybe(archive),
    from: maybe(day),
  } satisfies All<ExportDestination<typeof events>>
  const run = {
    destinations: [ofEvents, { dataset: orders, source: slowOrders, sink }],
    scheduledAt: maybe(at),
    days: maybe([window]),
    ...schedule,
    earlyMs: maybe(1),
    onFailure: maybe('report'),
    signal: maybe(signal),
    now: maybe(() => at),
  } satisfies All<ExportDueOptions<readonly [typeof events, typeof orders]>>
  const destinations = await exportDue(run)
  const asked = {
    ...schedule,
    dataset: events,
    archive,
    now: at,
    from: maybe(day),
    earlyMs: maybe(1),
    lateRows: maybe(lateRows),
    onUnreadable: maybe(({ day: unreadable }) => {
      console.log(unreadable)
    }),
    signal: maybe(signal),
  } satisfies All<DueDaysOptions>
  const due: DayWindow[] = await dueDays(asked)
  const described = { causes: maybe(true) } satisfies All<DescribeOptions>
  console.log(describeRun(destinations, described), describeRun(new Error('no')))
  for (const report of [...reports, ...days, ...planned, ...destinations.flatMap((each) => each.reports)])
    console.log(describeReport(report, described), due.length, sinks.length)
}

// Reading.

const strict = { maxProblems: maybe(1), schema: maybe({}) } satisfies All<StrictOptions>
const reading = {
  columns: maybe(['order_id']),
  addedColumns: maybe('drop'),
  dialect: maybe(dialect),
  formulaGuard: maybe(true),
  strict: maybe(strict),
  decimals: maybe('number'),
  instants: maybe('string'),
  integers: maybe('bigint'),
} satisfies All<ReadCsvOptions>
// How a published day was written is in its manifest.
const { dialect: _, formulaGuard: __, ...readingRows } = reading
const readingDay = {
  ...readingRows,
  verify: maybe('before'),
  signal: maybe(signal),
} satisfies All<ReadDayOptions>
const readingNew = {
  ...readingDay,
  from: maybe(day),
  to: maybe(day),
} satisfies All<ReadNewOptions>
const listing = {
  from: maybe(day),
  to: maybe(day),
  signal: maybe(signal),
} satisfies All<ListDaysOptions & AuditDaysOptions>
const drawing = {
  monthsPerRow: maybe(1),
  color: maybe(true),
} satisfies All<RenderCoverageOptions>

export async function reads(): Promise<void> {
  for await (const row of readCsv(orders, bytes)) {
    const whole: ReadRow<typeof orders> = row
    const id: string = row.order_id
    const total: string | null = row.total
    console.log(id, total, whole.added)
  }
  for await (const row of readCsv(events as Dataset, stream, reading)) console.log(row)
  for await (const { fee } of readDay(longer, archive, day, { columns: ['fee'], decimals: 'number' })) {
    const amount: number = fee
    console.log(amount)
  }
  const event: ReadRow<typeof events, { decimals: 'number' }>[] = []
  for await (const row of readDays(events, archive, [day], { decimals: 'number' })) event.push(row)
  for await (const row of readDay(events as Dataset, archive, day, readingDay)) console.log(row)
  for await (const { rows, cursor: kept } of readNew(events as Dataset, archive, maybe(cursor), readingNew))
    for await (const row of rows) console.log(row, kept)
  for await (const listed of listDays(events, archive, listing)) {
    const load = {
      table: process.env.TABLE,
      published: maybe(listed),
      location: process.env.PLACE,
      day: maybe(day),
      file: process.env.FILE,
      columns: maybe(listed.columns),
      manifest: process.env.MANIFEST,
      role: process.env.ROLE,
    } satisfies All<LoadCommandOptions>
    console.log(loadCommand(events, 'redshift', load), redshiftManifest(listed))
  }
  for await (const gap of auditDays(events, archive, listing)) console.log(gap.day)
  const found = await coverage(events, archive, listing)
  console.log(renderCoverage(found, 'ansi', drawing))
  console.log((await verifyDay(events, archive, day)).rows, Object.keys(tracingChannels))
}

// Tables.

const table = {
  table: process.env.TABLE,
  location: process.env.PLACE,
  firstDay: maybe(day),
} satisfies All<CreateTableOptions>
const engine: Engine = 'duckdb'
export const texts: unknown[] = datasets.flatMap((each) => [
  createTable(each, engine, table),
  bigquerySchema(each),
  jsonSchema(each),
  markdownTable(each),
])

export const failure = new DayfileError(
  'ZONE_UNKNOWN',
  'no',
  { zone: 'Mars/Base' },
  { cause: at, retryable: maybe(true), errors: maybe([]) },
)

export function codeOf(error: unknown): string {
  if (isDayfileError(error, 'WINDOW_INVALID')) return error.details.reason
  return isDayfileError(error) ? error.code : ''
}

// @ts-expect-error: a column that no event has
export const absent: keyof EventRow = 'price_eur'
