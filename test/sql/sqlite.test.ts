import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { dayWindow, directoryArchive, directorySink, events, exportWindow } from 'dayfile'
import { createTable, loadCommand } from 'dayfile/sql'
import { listDays } from 'dayfile/read'
import { sampleEvents } from 'dayfile/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { firstDay, firstDayCells, HOSTILE, layOut, orders, secondDay, secondDayCells } from './orders.js'

const missing = ['sqlite3', 'gzip'].filter((name) => spawnSync(name, ['--version']).error !== undefined)
if (missing.length > 0) console.warn(`sqlite: skipped, not installed here: ${missing.join(', ')}`)

const select = `SELECT order_id AS id, CAST(round((julianday(ordered_at) - 2440587.5) * 86400000) AS INTEGER) AS ms,
  note, total, CAST(items AS TEXT) AS items, tags,
  CASE gift WHEN 1 THEN 'true' WHEN 0 THEN 'false' END AS gift, due_on, "select", "__proto__" AS proto,
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
      createTable(orders, 'sqlite', { table: options.table }),
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

  test('columns that are named go where they belong, one that nobody declared at their place too', () => {
    const file = join(layOut({}), 'orders.csv')
    writeFileSync(file, 'order_id,ordered_at,surprise\r\no1,2026-03-08T00:00:00Z,x\r\n')
    const columns = ['order_id', 'ordered_at', 'surprise']
    const { rows, warnings } = run(
      createTable(orders, 'sqlite'),
      loadCommand(orders, 'sqlite', { file, columns }),
    )
    expect(rows).toMatchObject([{ id: 'o1', note: null }])
    expect(warnings).toBe('')
  })

  test('a boolean is one in conditions, and no text that a condition would take for false', () => {
    const file = join(layOut({}), 'orders.csv')
    const load = loadCommand(orders, 'sqlite', { file, columns: ['order_id', 'ordered_at', 'gift'] })
    const found = (...gifts: string[]) => {
      const records = gifts.map((gift, index) => `${index},2026-03-08T00:00:00Z,${gift}\r\n`)
      writeFileSync(file, `order_id,ordered_at,gift\r\n${records.join('')}`)
      const count = 'SELECT count(*), sum(gift), count(*) FILTER (WHERE gift) FROM orders;'
      const input = [createTable(orders, 'sqlite'), load, count].join('\n')
      const { stdout, stderr, status } = spawnSync('sqlite3', ['-bail', ':memory:'], {
        input,
        encoding: 'utf8',
      })
      return { stdout, stderr, status }
    }
    expect(found('true', 'false', '', '"true"')).toEqual({ stdout: '4|2|2\n', stderr: '', status: 0 })
    const refused = found('true', 'True')
    expect(refused).toMatchObject({ stdout: '', status: 1 })
    expect(refused.stderr).toContain('CHECK constraint failed: gift is true or false')
  })

  describe('a published file', () => {
    const day = '2026-03-07'

    /** Loads a day whose file was damaged; how the program ends, what it says, and the rows that are there then. */
    async function loadDamaged(damage: (path: string) => void, options: readonly string[]) {
      const root = mkdtempSync(join(tmpdir(), 'dayfile-'))
      onTestFinished(() => {
        rmSync(root, { recursive: true })
      })
      const source = () => sampleEvents({ day, count: 500 })
      await exportWindow({ dataset: events, window: dayWindow(day), source, sink: directorySink({ root }) })
      const texts: string[] = []
      for await (const published of listDays(events, directoryArchive({ root }))) {
        for (const { url = '' } of published.files) damage(url)
        texts.push(loadCommand(events, 'sqlite', { published }))
      }
      const database = join(root, 'database')
      const program = (input: string, ...given: readonly string[]) =>
        spawnSync('sqlite3', [...given, database], { input, encoding: 'utf8' })
      program(createTable(events, 'sqlite'))
      const { status, stderr } = program(texts.join('\n'), ...options)
      return { status, stderr, rows: Number(program('SELECT count(*) FROM events;').stdout) }
    }

    const damages: Readonly<Record<string, (path: string) => void>> = {
      missing: rmSync,
      empty: (path) => {
        writeFileSync(path, '')
      },
      'no gzip': (path) => {
        writeFileSync(path, 'broken')
      },
      'cut in half': (path) => {
        const bytes = readFileSync(path)
        writeFileSync(path, bytes.subarray(0, bytes.length >> 1))
      },
    }

    test('that is whole is loaded', async () => {
      expect(await loadDamaged(() => undefined, ['-bail'])).toEqual({ status: 0, stderr: '', rows: 500 })
    })

    test.each(Object.keys(damages))('that is %s fails the program, and leaves no row', async (name) => {
      for (const options of [['-bail'], []]) {
        const { status, stderr, rows } = await loadDamaged(damages[name] ?? rmSync, options)
        expect(status).not.toBe(0)
        expect(stderr).toMatch(
          /CHECK constraint failed: 2026-03-07 has 500 rows|NOT NULL constraint failed: dayfile_stage/,
        )
        expect(rows).toBe(0)
      }
    })

    test('of which the last record is cut fails the program, though it has as many lines', async () => {
      const cut = (path: string) => {
        const whole = gunzipSync(readFileSync(path)).toString()
        writeFileSync(path, gzipSync(whole.slice(0, whole.lastIndexOf(','))))
      }
      const { status, rows } = await loadDamaged(cut, ['-bail'])
      expect(status).not.toBe(0)
      expect(rows).toBe(0)
    })
  })
})
