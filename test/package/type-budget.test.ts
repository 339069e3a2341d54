// What the compiler does for your application's file, counted by the compiler itself: counts are the same on every machine, which
// times are not. A type that grows with the square of the columns, or is made again at each call, shows here first.

import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { ROOT } from '../support/docs-examples.js'

// What was measured with TypeScript 6.0.3, and a quarter of it. Other versions count somewhat differently.
const BUDGET = { instantiations: 14_300, types: 3_490 } // 11,435 and 2,793
const BUDGET_OF_A_CALL = { instantiations: 820, types: 39 } // 656 and 31

const IMPORTS = `import {
  column, csvEncoder, dayWindow, encodeCsv, events, exportWindow, paywallViews,
  type Archive, type EventRow, type RowOf, type Sink,
} from 'dayfile'
import { readCsv, readDay, readDays } from 'dayfile/read'
declare const bytes: Uint8Array
declare const archive: Archive
declare const sink: Sink
`

/** An application that writes and reads both datasets, with every option that changes a type. */
const HOST = `
const row: EventRow = { event_type: 'trial_started', event_datetime: new Date(0), revenue_usd: '9.99' }
export const written = csvEncoder(events).encode([row, { ...row, paywall_revision: 3n }])
export const chunks = encodeCsv(paywallViews, [{ paywall_showed_at: '2026-03-07T12:00:00Z', store: null }])
await exportWindow({ dataset: events, window: dayWindow('2026-03-07'), source: () => [row], sink })

const longer = events.extend([column.json('attributes'), column.decimal('fee', { nullable: false })])
export const more: RowOf<typeof longer> = { ...row, fee: 1 }
csvEncoder(longer).encode([more])

for await (const row of readCsv(events, bytes)) {
  const cells: Readonly<Record<string, unknown>> = row
  console.log(cells, row.revenue_usd, row.added)
}
const columns = ['profile_id', 'revenue_usd'] as const
const forms = { decimals: 'number', instants: 'string', integers: 'bigint' } as const
for await (const { revenue_usd } of readCsv(events, bytes, { columns })) console.log(revenue_usd)
for await (const { event_datetime, revenue_usd } of readCsv(events, bytes, forms)) console.log(event_datetime, revenue_usd)
for await (const { attributes, fee } of readCsv(longer, bytes, { columns: ['attributes', 'fee'] })) console.log(attributes, fee)
for await (const { revenue_usd } of readDay(events, archive, '2026-03-07', { columns, ...forms })) console.log(revenue_usd)
for await (const { store } of readDays(paywallViews, archive, ['2026-03-07'])) console.log(store)
`

const call = (name: string) =>
  `for await (const row of readCsv(events, bytes, { columns: ['profile_id', '${name}'] })) console.log(row.${name})\n`

/** Reads and writes a dataset of so many columns. */
function wide(count: number): string {
  const kinds = ['text', 'integer', 'decimal', 'boolean', 'date', 'instant', 'json']
  const added = Array.from({ length: count - 44 }, (_, index) => {
    const kind = kinds[index % kinds.length] ?? 'text'
    return `column.${kind}('column_${String(index)}')`
  })
  return `
const longer = events.extend([${added.join(', ')}])
csvEncoder(longer).encode([{ event_type: 'trial_started', event_datetime: new Date(0) }])
for await (const row of readCsv(longer, bytes)) {
  // The compiler looks at a cell's type when it is asked for: here for all of them.
  const cells: Readonly<Record<string, unknown>> = row
  console.log(cells)
}
for await (const row of readDay(longer, archive, '2026-03-07', { columns: ['store'] })) console.log(row.store)
`
}

interface Effort {
  readonly instantiations: number
  readonly types: number
  readonly errors: readonly string[]
}

const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config,
  ts.sys,
  ROOT,
)
const compilerOptions: ts.CompilerOptions = { ...options, noUnusedLocals: false }
const disk = ts.createCompilerHost(compilerOptions)
const parsed = new Map<string, ts.SourceFile | undefined>()

/** What a module that holds this text costs: it alone is checked, and of the package what it needs. */
function effortOf(text: string): Effort {
  const path = join(ROOT, 'test/package/host.mts')
  const program = ts.createProgram([path], compilerOptions, {
    ...disk,
    fileExists: (file) => file === path || disk.fileExists(file),
    readFile: (file) => (file === path ? text : disk.readFile(file)),
    getSourceFile: (file, language) => {
      if (file === path) return ts.createSourceFile(file, text, language, true)
      if (!parsed.has(file)) parsed.set(file, disk.getSourceFile(file, language))
      return parsed.get(file)
    },
  })
  const source = program.getSourceFile(path)
  const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
  return {
    instantiations: program.getInstantiationCount(),
    types: program.getTypeCount(),
    errors: found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  }
}

const nothing = effortOf("import 'dayfile'\n")

function beyond(text: string, base = nothing): Effort {
  const { instantiations, types, errors } = effortOf(IMPORTS + text)
  return {
    instantiations: instantiations - base.instantiations,
    types: types - base.types,
    errors,
  }
}

test('an application that uses all of the row types stays within the budget', () => {
  const { errors, ...effort } = beyond(HOST)
  expect(errors).toEqual([])
  expect(effort.instantiations).toBeGreaterThan(BUDGET.instantiations / 2)
  expect(effort.instantiations).toBeLessThanOrEqual(BUDGET.instantiations)
  expect(effort.types).toBeLessThanOrEqual(BUDGET.types)
})

test('one more call that reads two columns costs a fraction of the first', () => {
  const first = effortOf(IMPORTS + call('store'))
  const { errors, ...effort } = beyond(call('store') + call('idfa'), first)
  expect(errors).toEqual([])
  expect(effort.instantiations).toBeLessThanOrEqual(BUDGET_OF_A_CALL.instantiations)
  expect(effort.types).toBeLessThanOrEqual(BUDGET_OF_A_CALL.types)
})

test('the effort grows with the number of columns, and not with its square', () => {
  const efforts = [44, 88, 176].map((count) => beyond(wide(count)))
  expect(efforts.flatMap(({ errors }) => errors)).toEqual([])
  const [least = 0, middle = 0, most = 0] = efforts.map(({ instantiations }) => instantiations)
  // Twice as many columns more: twice the effort, and four times if it grew with the square.
  expect((most - middle) / (middle - least)).toBeLessThan(2.5)
})
