// What the compiler and an editor say to a host: the first lines on the commonest mistakes, and what hovering shows. They are
// short enough to be read, and name the column or the option that is meant.

import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../support/docs-examples.js'

const PRELUDE = `import {
  column, dayWindow, defineDataset, directorySink, encodeCsv, events, exportDays, exportDue, exportWindow,
  type Archive, type EventRow, type Sink,
} from 'dayfile'
import { readDay } from 'dayfile/read'
declare const archive: Archive
declare const sink: Sink
const scheduledAt = new Date()
const window = dayWindow('2026-03-07')
const source = (): EventRow[] => []
`

const NOT_A_COLUMN =
  'not a column of the dataset: correct the key, extend the dataset, or set csv.addedColumns'

/** Each with where it is reported, and what is said there in the first line or the second. */
const MISTAKES: Readonly<Record<string, readonly [code: string, at: string, message: string]>> = {
  'a misspelt key of a row': [
    `exportWindow({ dataset: events, window, sink, source: () => [{ event_type: 'a', event_datetime: scheduledAt, revenueUsd: 1 }] })`,
    'revenueUsd',
    `Type 'number' is not assignable to type '"${NOT_A_COLUMN}"'.`,
  ],
  'a misspelt key of a row that is promised, in exportDays': [
    `exportDays({ dataset: events, days: [window], sink, source: async ({ window }) => [{ event_type: 'a', event_datetime: window.start, revenueUsd: 1 }] })`,
    'revenueUsd',
    `Type 'number' is not assignable to type '"${NOT_A_COLUMN}"'.`,
  ],
  'a misspelt key of a row for a destination': [
    `exportDue({ scheduledAt, destinations: [{ dataset: events, sink, archive, source: ({ window }) => [{ event_type: 'a', event_datetime: window.start, revenueUsd: 1 }] }] })`,
    'destinations',
    `Type '[{ dataset: EventsDataset; sink: Sink; archive: Archive; source: ({ window }: SourceRequest) => { event_type: string; event_datetime: Date; revenueUsd: number; }[]; }]' is not assignable to type '"'revenueUsd' is ${NOT_A_COLUMN}"'.`,
  ],
  'a misspelt key of a row that is encoded': [
    `encodeCsv(events, [{ event_type: 'a', event_datetime: scheduledAt, revenueUsd: 1 }])`,
    'revenueUsd',
    `Object literal may only specify known properties, but 'revenueUsd' does not exist in type 'RowOf<EventsDataset>'. Did you mean to write 'revenue_usd'?`,
  ],
  'a row without a required column': [
    `exportWindow({ dataset: events, window, sink, source: () => [{ event_type: 'a' }] })`,
    `{ event_type: 'a' }`,
    `Property 'event_datetime' is missing in type '{ event_type: string; }' but required in type 'RowOf<EventsDataset>'.`,
  ],
  'a value of another type': [
    `exportWindow({ dataset: events, window, sink, source: () => [{ event_type: 'a', event_datetime: 1772841600 }] })`,
    'event_datetime',
    `Type 'number' is not assignable to type 'string | Date'.`,
  ],
  'a time column that may be empty': [
    `defineDataset({ name: 'orders', timeColumn: 'at', columns: [column.instant('at')] })`,
    'timeColumn',
    `Type '"at"' is not assignable to type '"the name of a column.instant with nullable: false"'.`,
  ],
  'a misspelt option of an export': [
    `exportWindow({ dataset: events, window, sink, source, ifExist: 'skip' })`,
    'ifExist',
    `Object literal may only specify known properties, but 'ifExist' does not exist in type 'ExportWindowOptions<EventsDataset, EventRow, "reject">'. Did you mean to write 'ifExists'?`,
  ],
  'a misspelt option of a destination': [
    `exportDue({ scheduledAt, destinations: [{ dataset: events, source, sink, archive, latRows: { lookbackDays: 3 } }] })`,
    'latRows',
    `Object literal may only specify known properties, but 'latRows' does not exist in type 'ExportDestination<EventsDataset>'. Did you mean to write 'lateRows'?`,
  ],
  'a misspelt option of a sink': [
    `directorySink({ root: 'exports', key: '{dataset}/{day}' })`,
    'key',
    `Object literal may only specify known properties, but 'key' does not exist in type 'DirectoryOptions'. Did you mean to write 'keys'?`,
  ],
  'a misspelt option of a reader': [
    `readDay(events, archive, '2026-03-07', { decimal: 'number' })`,
    'decimal',
    `Type '"number"' is not assignable to type '"there is no such option"'.`,
  ],
  'a misspelt column to read': [
    `readDay(events, archive, '2026-03-07', { columns: ['revenue_us'] })`,
    `'revenue_us'`,
    `Type '"revenue_us"' is not assignable to type '"event_datetime" | "profile_id" | "event_type" | "transaction_id" | "original_transaction_id" | "subscription_expires_at" | "environment" | "revenue_usd" | "proceeds_usd" | ... 34 more ... | "attribution_creative"'. Did you mean '"revenue_usd"'?`,
  ],
  'a misspelt column of a row that was read': [
    `for await (const row of readDay(events, archive, '2026-03-07')) row.revenueUsd`,
    'revenueUsd',
    `Property 'revenueUsd' does not exist on type 'Cells<EventsDataset, object, string> & { added?: Readonly<Record<string, string | null>>; }'. Did you mean 'revenue_usd'?`,
  ],
  'a column that was not asked for': [
    `for await (const row of readDay(events, archive, '2026-03-07', { columns: ['store'] })) row.revenue_usd`,
    'revenue_usd',
    `Property 'revenue_usd' does not exist on type 'Cells<EventsDataset, { readonly columns: readonly ["store"]; }, "store">'.`,
  ],
  'an outcome that there is not': [
    `(await exportWindow({ dataset: events, window, source, sink })).outcome === 'written'`,
    `(await exportWindow({ dataset: events, window, source, sink })).outcome === 'written'`,
    `This comparison appears to be unintentional because the types '"published" | "replaced" | "unchanged" | "skipped"' and '"written"' have no overlap.`,
  ],
  'a report that was not waited for': [
    `exportWindow({ dataset: events, window, source, sink }).outcome`,
    'outcome',
    `Property 'outcome' does not exist on type 'Promise<ExportReport>'.`,
  ],
  'the name of a dataset': [
    `readDay('events', archive, '2026-03-07')`,
    `'events'`,
    `Argument of type 'string' is not assignable to parameter of type 'Dataset<Columns>'.`,
  ],
  'a day in the place of its window': [
    `exportWindow({ dataset: events, window: '2026-03-07', source, sink })`,
    'window',
    `Type 'string' is not assignable to type 'DayWindow'.`,
  ],
  'rows in the place of a source': [
    `exportWindow({ dataset: events, window, sink, source: [] })`,
    'source',
    `Type 'never[]' is not assignable to type 'Source<EventsDataset, RowOf<EventsDataset>>'.`,
  ],
  'a sink to read from': [
    `readDay(events, sink, '2026-03-07')`,
    'sink',
    `Argument of type 'Sink' is not assignable to parameter of type 'Archive'.`,
  ],
}

/** What an editor shows for a name, and in how many characters at most. */
const HOVERS: readonly (readonly [name: string, code: string, most: number])[] = [
  ['events', 'events.name', 60],
  ['row', 'const row = source()[0]', 60],
  ['exportWindow', 'exportWindow({ dataset: events, window, source, sink })', 200],
  ['exportDays', 'exportDays({ dataset: events, days: [window], source, sink })', 250],
  ['readDay', "readDay(events, archive, '2026-03-07')", 300],
  ['read', "for await (const read of readDay(events, archive, '2026-03-07')) {}", 150],
  ['one', "for await (const one of readDay(events, '2026-03-07', archive, { columns: ['store'] })) {}", 150],
]

const codes = [...Object.values(MISTAKES).map(([code]) => code), ...HOVERS.map(([, code]) => code)]
const blocks = codes.map((code, index) => `export async function block${String(index)}() {\n${code}\n}\n`)
const text = [PRELUDE, ...blocks].join('')
const starts = blocks.map((_, index) => [PRELUDE, ...blocks.slice(0, index)].join('').length)

const file = join(ROOT, 'test/package/host.mts')
const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config,
  ts.sys,
  ROOT,
)
const service = ts.createLanguageService({
  getCompilationSettings: () => ({ ...options, noUnusedLocals: false, noUnusedParameters: false }),
  getScriptFileNames: () => [file],
  getScriptVersion: () => '1',
  getScriptSnapshot(path) {
    const content = path === file ? text : ts.sys.readFile(path)
    return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content)
  },
  getCurrentDirectory: () => ROOT,
  getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
  fileExists: (path) => path === file || ts.sys.fileExists(path),
  readFile: (path) => (path === file ? text : ts.sys.readFile(path)),
})

const diagnostics = [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)]

interface Finding {
  readonly at: string
  readonly lines: readonly string[]
}

function findingsIn(block: number): Finding[] {
  const start = starts[block] ?? 0
  const end = start + (blocks[block] ?? '').length
  return diagnostics
    .filter((found) => found.start !== undefined && found.start >= start && found.start < end)
    .map(({ start: from = 0, length = 0, messageText }) => ({
      at: text.slice(from, from + length),
      lines: ts
        .flattenDiagnosticMessageText(messageText, '\n')
        .split('\n')
        .map((line) => line.trim()),
    }))
}

describe('the first line on a mistake', () => {
  test.each(Object.keys(MISTAKES).map((title, block) => [title, block] as const))('%s', (title, block) => {
    const [, at, message] = MISTAKES[title] ?? []
    const [found] = findingsIn(block)
    expect(found?.at).toBe(at)
    expect(found?.lines.slice(0, 2)).toContain(message)
    expect(message?.length).toBeLessThan(340)
  })
})

describe('what hovering shows', () => {
  test.each(HOVERS)('%s', (name, code, most) => {
    const block = codes.indexOf(code)
    const position = (starts[block] ?? 0) + (blocks[block] ?? '').search(new RegExp(`\\b${name}\\b`))
    const shown = ts.displayPartsToString(service.getQuickInfoAtPosition(file, position)?.displayParts)
    expect(shown).toContain(name)
    expect(shown.length, shown).toBeLessThanOrEqual(most)
  })
})
