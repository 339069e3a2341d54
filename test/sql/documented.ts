// In: the name of an engine. Out: what docs/warehouses.md says of it.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

const guide = readFileSync(new URL('../../docs/warehouses.md', import.meta.url), 'utf8')

/** The SQL in the section of an engine that deletes the day 2026-03-08 of events. */
export function deletionOf(engine: string): string {
  const section = guide.split(/^## /m).find((each) => each.startsWith(`${engine}\n`)) ?? assert.fail(engine)
  const blocks = [...section.matchAll(/^```sql\n(.*?)^```$/gms)].map(([, sql = '']) => sql)
  return blocks.find((sql) => sql.startsWith('DELETE FROM ')) ?? assert.fail(`${engine}: nothing is deleted`)
}
