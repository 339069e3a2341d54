import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTable, loadCommand } from 'dayfile/ddl'
import { describe, expect, test } from 'vitest'
import { firstDay, firstDayCells, HOSTILE, layOut, orders, secondDay, secondDayCells } from './orders.js'

const missing = ['sqlite3', 'gzip'].filter((name) => spawnSync(name, ['--version']).error !== undefined)
if (missing.length > 0) console.warn(`sqlite: skipped, not installed here: ${missing.join(', ')}`)

const select = `SELECT order_id AS id, CAST(round((julianday(ordered_at) - 2440587.5) * 86400000) AS INTEGER) AS ms,
  note, total, CAST(items AS TEXT) AS items, tags, "select", "__proto__" AS proto,
  "${HOSTILE.replaceAll('"', '""')}" AS hostile FROM orders ORDER BY order_id;`

function run(...commands: string[]): { rows: unknown; warnings: string } {
  const { stdout, stderr } = spawnSync('sqlite3', [':memory:'], {
    input: [...commands, '.mode json', select].join('\n'),
    encoding: 'utf8',
  })
  return { rows: JSON.parse(stdout), warnings: stderr }
}

// What .import does to NULL in text columns, which the command's own note says.
const texts = ['note', 'select', 'proto', 'hostile'] as const
const imported = firstDayCells.map((cells) => ({
  ...cells,
  ...Object.fromEntries(texts.map((name) => [name, cells[name] ?? ''])),
}))

describe.skipIf(missing.length > 0)('sqlite3', () => {
  test('a gzip file comes back value by value, but for NULL in text columns', () => {
    const location = layOut({ '2026-03-07': firstDay })
    const load = loadCommand(orders, 'sqlite', { location, day: '2026-03-07' })
    expect(run(createTable(orders, 'sqlite'), load)).toEqual({ rows: imported, warnings: '' })
  })

  test('a plain file in an attached schema comes back too', () => {
    const file = join(layOut({}), 'orders.csv')
    writeFileSync(file, firstDay)
    const options = { table: 'other.or"ders', file }
    const { rows, warnings } = run(
      "ATTACH ':memory:' AS other;",
      createTable(orders, 'sqlite', options),
      loadCommand(orders, 'sqlite', options),
      'CREATE TEMP VIEW orders AS SELECT * FROM other."or""ders";',
    )
    expect({ rows, warnings }).toEqual({ rows: imported, warnings: '' })
  })

  test('an added column is left out', () => {
    const location = layOut({ '2026-03-08': secondDay })
    const load = loadCommand(orders, 'sqlite', { location, day: '2026-03-08' })
    const { rows, warnings } = run(createTable(orders, 'sqlite'), load)
    expect(rows).toMatchObject(
      secondDayCells('0.10').map(({ id, ms, note, total }) => ({ id, ms, note, total })),
    )
    expect(warnings).toContain('extras ignored')
  })
})
