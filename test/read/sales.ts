import { column, defineDataset, isDayfileError } from 'dayfile'
import { readCsv, type ReadCsvOptions } from 'dayfile/read'

/** A dataset with one column of each kind, a required text and closed lists. The header has not all of them. */
export const sales = defineDataset({
  name: 'sales',
  timeColumn: 'at',
  columns: [
    column.instant('at', { nullable: false }),
    column.text('id', { nullable: false }),
    column.text('store', { values: ['app_store', 'play_store'] }),
    column.integer('items', { values: ['1', '2', '30'] }),
    column.decimal('total'),
    column.json('tags'),
    column.boolean('gift'),
    column.date('due_on'),
  ],
})

export const SALES_HEADER = 'at,id,store,items,total,tags'
export const GOOD_SALE = '2026-03-07,a,app_store,1,9.99,"{""x"":1}"'

/** The rows that come out, and what is thrown after them as a log has it. */
export interface Outcome {
  readonly rows: readonly Record<string, unknown>[]
  readonly error?: unknown
}

export type SalesOptions = ReadCsvOptions<(typeof sales.columns)[number]['name']>

export async function strictOutcome(
  file: string | Uint8Array | Iterable<Uint8Array>,
  options: SalesOptions = {},
): Promise<Outcome> {
  const rows: Record<string, unknown>[] = []
  const bytes = typeof file === 'string' ? Buffer.from(file) : file
  try {
    for await (const row of readCsv(sales, bytes, { strict: true, ...options })) rows.push(row)
  } catch (error) {
    if (!isDayfileError(error)) throw error
    return { rows, error: JSON.parse(JSON.stringify(error)) as unknown }
  }
  return { rows }
}
